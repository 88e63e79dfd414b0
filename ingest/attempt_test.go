package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
)

const pushTopic = "push/thingsboard/cloud"

// mixed has one good reading, one bad one, and one of a stranger.
const mixed = `[{"lamp":"JP-0001","values":{"battery_v":12.9}},{"lamp":"JP-0002","values":{"battery_v":129}},{"lamp":"JP-9999","values":{"battery_v":12.9}}]`

// heldUp lets the journal refuse a message so many times, each time until the cloud gives up.
func heldUp(t *testing.T, in *ingest.Ingest, j *pages, message string, times int) {
	t.Helper()
	for range times {
		ctx, cancel := context.WithCancel(t.Context())
		j.mu.Lock()
		j.refused = cancel
		j.mu.Unlock()
		if taken, err := in.Take(ctx, pushTopic, []byte(message)); !errors.Is(err, ingest.ErrHeld) {
			t.Fatalf("%+v, %v", taken, err)
		}
		cancel()
	}
}

// While the journal is full a cloud sends the same message again and again: what is
// bad in it is kept once and counted once, and so is what a stranger sent.
func TestRetriesAreCountedOnce(t *testing.T) {
	j := &pages{blocks: journal.ErrFull}
	keeper := &gatekeeper{known: map[device.LampID]bool{"JP-0001": true, "JP-0002": true}}
	in := ingest.New(ingest.Config{Prefix: "jiaping", Formats: shipped(t, nil), Journal: j, Strangers: keeper, Clock: noon{}})
	heldUp(t, in, j, mixed, 5)
	heldUp(t, in, j, `{`, 5)
	if len(j.rejected) != 2 || len(keeper.kept) != 1 || j.leftOut != 0 {
		t.Fatalf("%d rejected, %d of strangers, %d counted; want 2, 1 and none yet", len(j.rejected), len(keeper.kept), j.leftOut)
	}
	j.blocks = nil
	for _, message := range []string{mixed, `{`} {
		if taken, err := in.Take(t.Context(), pushTopic, []byte(message)); err != nil || taken.Rejected == 0 {
			t.Errorf("%s: %+v, %v", message, taken, err)
		}
	}
	if len(j.readings) != 1 || len(j.rejected) != 2 || len(keeper.kept) != 1 || j.leftOut != 3 {
		t.Errorf("%d readings, %d rejected, %d of strangers, %d counted; want 1, 2, 1 and 3", len(j.readings), len(j.rejected), len(keeper.kept), j.leftOut)
	}
	// Sent once more after it was taken, it is another message.
	if _, err := in.Take(t.Context(), pushTopic, []byte(`{`)); err != nil || len(j.rejected) != 3 || j.leftOut != 4 {
		t.Errorf("%v, %d rejected, %d counted; want 3 and 4", err, len(j.rejected), j.leftOut)
	}
}

// Memory of what is held up is bounded: the oldest are forgotten.
func TestHeldUpMessagesAreBounded(t *testing.T) {
	j := &pages{blocks: journal.ErrFull}
	in := ingest.New(ingest.Config{Prefix: "jiaping", Formats: shipped(t, nil), Journal: j, Clock: noon{}})
	bad := func(n int) string { return fmt.Sprintf("{%d", n) }
	for n := range 1001 {
		heldUp(t, in, j, bad(n), 1)
	}
	heldUp(t, in, j, bad(1000), 1)
	if len(j.rejected) != 1001 {
		t.Errorf("%d rejected, want each of 1001 once", len(j.rejected))
	}
	heldUp(t, in, j, bad(0), 1)
	if len(j.rejected) != 1002 {
		t.Errorf("%d rejected; the oldest of 1001 is still remembered", len(j.rejected))
	}
}
