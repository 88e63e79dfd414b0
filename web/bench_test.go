package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// fullTown has the last state of every installed lamp.
func fullTown(b *testing.B) *Server {
	b.Helper()
	db, err := registry.Open(b.Context(), filepath.Join(b.TempDir(), "town.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	files, err := registry.OpenFolder(jiaping.Files)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.Import(b.Context(), files, registry.Options{}); err != nil {
		b.Fatal(err)
	}
	now := device.MillisOf(clock.Real{}.Now())
	c := alerts.Checkpoint{Position: journal.Position{Created: 1, Seq: 1}}
	for _, l := range db.Lamps() {
		if l.Reports() {
			c.Lamps = append(c.Lamps, alerts.LampState{Last: reading(l.ID, now, 13, 20), LastSeen: now, Lit: true, Known: true})
		}
	}
	if err := db.Commit(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Registry: db, Journal: noJournal{}, Clock: clock.Real{}, Public: true})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

type noJournal struct{ Journal }

func BenchmarkLampList(b *testing.B) {
	s := fullTown(b)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/api/v1/lamps", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for b.Loop() {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		b.ReportMetric(float64(w.Body.Len()), "bytes/answer")
	}
}

// What a commit of alerts costs the pages, without and with the last states.
func BenchmarkRefresh(b *testing.B) {
	for name, seeding := range map[string]bool{"changes": false, "seed": true} {
		b.Run(name, func(b *testing.B) {
			s := fullTown(b)
			for b.Loop() {
				if err := s.live.refresh(b.Context(), seeding); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkObserve400(b *testing.B) {
	s := fullTown(b)
	block := &journal.Block{}
	for _, r := range s.live.all() {
		if r.reported {
			block.Readings = append(block.Readings, r.state.Last)
		}
	}
	for b.Loop() {
		s.live.observe(block)
	}
}
