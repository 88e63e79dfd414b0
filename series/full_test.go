package series

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/series/influxd"
	"github.com/yingguang/yingguang/tools/smalldisk"
)

// The disk of InfluxDB runs full: nothing is refused, everything waits, and once
// there is space again all is stored, each reading once. 1.8.10 does not get over a
// full disk by itself and is restarted; an operator's own is the operator's to restart.
func TestInfluxDBFull(t *testing.T) {
	t.Run("1.8.10", func(t *testing.T) {
		disk := smalldisk.New(t, 64<<20)
		child, err := influxd.Start(t.Context(), influxd.Config{Dir: disk.Dir, Addr: "127.0.0.1:0"})
		if err != nil {
			needs(t, &testServer{missing: err.Error()})
		}
		defer child.Close(context.Background())
		<-child.Ready()
		full(t, disk, Server{URL: child.URL(), Bucket: "full"}, child.Restart)
	})
	t.Run("2.7.12", func(t *testing.T) {
		disk := smalldisk.New(t, 64<<20)
		s := start2In(disk.Dir)
		if s.stop != nil {
			defer s.stop()
		}
		needs(t, s)
		full(t, disk, s.server(0), func() { s.kill(); s.revive() })
	})
}

func full(t *testing.T, disk *smalldisk.Disk, server Server, revive func()) {
	c, err := New(server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h := newHouse(t)
	var revived atomic.Int64
	w := NewWriter(WriterConfig{
		Client: c, Journal: h.journal, SQL: h.db.SQL(), Clock: hasty{},
		Revive: func() { revived.Add(1); revive() },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	at := stamp()
	h.append(&journal.Block{Readings: []device.Reading{simple("JP-0001", at, 12)}})
	h.wait("the first is stored", func() bool { return w.Status().Position == h.last })

	free := disk.Fill()
	for i := range 20 {
		// More than what is left of the last page of the write-ahead log.
		block := &journal.Block{}
		for k := range 500 {
			block.Readings = append(block.Readings, simple("JP-0002", at+device.Millis(500*i+k), float64(i*k%977)/7))
		}
		h.append(block)
	}
	h.wait("InfluxDB fails", func() bool { return w.Status().Failing != "" })
	if st := w.Status(); st.Refused != 0 {
		t.Errorf("%d are refused for a full disk: %s", st.Refused, st.Failing)
	}
	free()
	h.wait("all is stored", func() bool { return w.Status().Position == h.last && w.Status().Ready })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	counts, err := c.CountByLamp(t.Context(), 0, farFuture)
	if err != nil || counts["JP-0001"] != 1 || counts["JP-0002"] != 10_000 || w.Status().Refused != 0 {
		t.Errorf("%v, %v, refused %d; want 1 and 10000", counts, err, w.Status().Refused)
	}
	t.Logf("restarted %d times", revived.Load())
}

// While our own disk has no room InfluxDB is given nothing, and is not restarted for it.
func TestInfluxDBIsGivenNothingWithoutRoom(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		var tight atomic.Bool
		tight.Store(true)
		var revived atomic.Int64
		w := NewWriter(WriterConfig{Client: c, Journal: h.journal, SQL: h.db.SQL(), Clock: hasty{}, Revive: func() { revived.Add(1) }, Room: func() error {
			if tight.Load() {
				return errors.New("the disk is nearly full")
			}
			return nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0001", stamp(), 12)}})
		h.wait("it says why", func() bool { return w.Status().Failing == "the disk is nearly full" })
		if n, err := c.Count(t.Context(), "JP-0001", 0, farFuture); n != 0 || err != nil {
			t.Errorf("%d stored, %v", n, err)
		}
		tight.Store(false)
		h.wait("it is stored", func() bool { return w.Status().Position == h.last && w.Status().Ready })
		cancel()
		if err := <-done; err != nil || revived.Load() != 0 {
			t.Errorf("%v, restarted %d times", err, revived.Load())
		}
	})
}
