package app

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// What a chatty lamp left in one block just short of the largest is delivered whole,
// though each block of a delivery names the message it comes from as well.
func TestTheLargestBlockIsDelivered(t *testing.T) {
	j, err := journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), MaxBytes: 64 << 20, RejectedMaxBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close(t.Context())
	const at = device.Millis(1767268800000)
	kept := &journal.Block{At: at}
	var all []device.Reading
	for i := range journal.MaxBlockBytes / 64 { // more than fit: each has a fault of 64 bytes
		all = append(all, device.Reading{Lamp: "NEW-1", TS: at + device.Millis(i), SentTS: at + device.Millis(i), Received: at, Faults: []string{strings.Repeat("f", 64), fmt.Sprint(i)}})
	}
	kept.Readings = all[:sort.Search(len(all), func(n int) bool {
		return len(journal.EncodeBlock(nil, &journal.Block{At: at, Readings: all[:n+1]})) > journal.MaxBlockBytes
	})]
	if len(kept.Readings) == len(all) {
		t.Fatal("the block is not full")
	}
	if err := j.KeepUnknown(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	s := &strangers{journal: j}
	if n, err := s.deliver(t.Context(), "NEW-1"); err != nil || n != len(kept.Readings) {
		t.Fatalf("delivered %d of %d: %v", n, len(kept.Readings), err)
	}
	r, err := j.Reader(t.Context(), journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ids, n := map[string]bool{}, 0
	for n < len(kept.Readings) {
		_, b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b.Replay == nil || int(b.Replay.Readings) != len(b.Readings) || ids[b.Replay.ID] || b.Readings[0].TS != at+device.Millis(n) {
			t.Fatalf("block %+v after %d readings", b.Replay, n)
		}
		ids[b.Replay.ID] = true
		n += len(b.Readings)
	}
	if _, _, b, err := j.Unknown(t.Context(), "NEW-1", 0); err != nil || b != nil {
		t.Errorf("still kept: %v, %v", b, err)
	}
}
