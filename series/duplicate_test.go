package series

import (
	"context"
	"testing"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// said is a verdict for every block.
type said map[uint64][]byte

func (s said) Duplicates(_ context.Context, at journal.Position) ([]byte, error) {
	return s[at.Seq], nil
}

// A reading that came twice, the second time placed elsewhere (its clock was found
// out between the two), is in InfluxDB once: where the first was placed.
func TestDuplicatePlacedElsewhereIsNotStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		first := simple("JP-0001", stamp(), 12)
		second := first
		second.Received += 3_600_000
		second.TS, second.Clock = second.Received, device.ClockSteady
		h.append(&journal.Block{Readings: []device.Reading{first, simple("JP-0002", stamp(), 13)}})
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0003", stamp(), 13), second}})
		w := NewWriter(WriterConfig{Client: c, Verdicts: said{2: {0b10}}, Journal: h.journal, SQL: h.db.SQL()})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		h.wait("everything is committed", func() bool { return w.Status().Position == h.last })
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		n, err := c.Count(t.Context(), "JP-0001", 0, farFuture)
		if err != nil || n != 1 || w.Status().Stored != 3 {
			t.Errorf("%d points of it, %d stored, %v; want 1 and 3", n, w.Status().Stored, err)
		}
	})
}
