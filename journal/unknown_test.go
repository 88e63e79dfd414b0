package journal

import (
	"fmt"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

func ofLamp(lamp device.LampID, i int) *Block {
	b := block(i)
	b.Readings[0].Lamp = lamp
	return b
}

// A stranger that floods us has a quota of its own: it pushes out its own oldest
// readings, never another's, nor what was rejected of the town's lamps.
func TestUnknownLampsHaveAQuota(t *testing.T) {
	j := open(t, t.TempDir(), func(c *Config) { c.SyncInterval = time.Minute; c.RejectedMaxBytes = 8 << 20 })
	defer j.Close(t.Context())
	if err := j.Reject(t.Context(), Rejected{Received: 1, Topic: "jiaping/lamps/JP-0001/telemetry", Reason: "bad_json", Payload: []byte("{"), Readings: 1}); err != nil {
		t.Fatal(err)
	}
	if err := j.KeepUnknown(t.Context(), ofLamp("QUIET", 1)); err != nil {
		t.Fatal(err)
	}
	for i := range unknownPerLamp + 50 {
		if err := j.KeepUnknown(t.Context(), ofLamp("LOUD", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := j.UnknownLamps(t.Context())
	if err != nil || len(list) != 2 || list[0].Lamp != "LOUD" || list[0].Blocks != unknownPerLamp || list[1].Lamp != "QUIET" || list[1].Blocks != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := list[0].Last.Received; got != unknownPerLamp+50 {
		t.Errorf("the newest of LOUD is %d", got)
	}
	if rejected, err := j.RejectedList(t.Context(), 0, 10); err != nil || len(rejected) != 1 {
		t.Errorf("rejected %v, %v", rejected, err)
	}
	seq, id, b, err := j.Unknown(t.Context(), "QUIET", 0)
	if err != nil || b == nil || b.Readings[0].Received != 1 || id == "" {
		t.Fatalf("%d %q %+v %v", seq, id, b, err)
	}
	if err := j.ForgetUnknown(t.Context(), "QUIET", seq); err != nil {
		t.Fatal(err)
	}
	if _, _, b, err := j.Unknown(t.Context(), "QUIET", 0); err != nil || b != nil {
		t.Errorf("still there: %+v, %v", b, err)
	}
	if _, _, b, err := j.Unknown(t.Context(), "LOUD", 0); err != nil || b == nil || b.Readings[0].Received != 51 {
		t.Errorf("the oldest of LOUD: %+v, %v", b, err)
	}
}

// Each message of a record is found by its number, and keeps its name over a restart.
func TestRejectedMessageByNumber(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	var all []Rejected
	for i := range 5 {
		all = append(all, Rejected{Received: device.Millis(i + 1), Reason: "bad_json", Payload: fmt.Append(nil, i), Readings: 1})
	}
	if _, err := j.RejectAll(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	list, err := j.RejectedList(t.Context(), 0, 10)
	if err != nil || len(list) != 5 {
		t.Fatal(list, err)
	}
	j.Close(t.Context())
	j = open(t, dir)
	defer j.Close(t.Context())
	for _, want := range list {
		got, there, err := j.RejectedMessage(t.Context(), want.Seq)
		if err != nil || !there || got.ID != want.ID || got.ID == "" || string(got.Payload) != string(want.Payload) {
			t.Errorf("%d: %+v, %v, %v, want %+v", want.Seq, got, there, err, want)
		}
	}
	for _, seq := range []uint64{0, 1, 1005, 999_999_000} {
		if got, there, err := j.RejectedMessage(t.Context(), seq); there || err != nil {
			t.Errorf("%d: %+v, %v", seq, got, err)
		}
	}
}
