// Command uitest is the sample town on one evening, for the browser tests of
// web/ui: real registry, journal and pages, made-up states, nights and curves. It
// promises the same evening at every start, prints its addresses as one line of
// JSON and ends when its standard input does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // nights need Asia/Shanghai on machines without zone files

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/web"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "uitest:", err)
		os.Exit(1)
	}
}

// addresses is what a test needs to know.
type addresses struct {
	Page    string            `json:"page"`
	Control string            `json:"control"` // POST /reading?lamp=CODE&soc=PERCENT: that lamp reports, lit
	Logins  map[string]string `json:"logins"`  // by person
}

func run(in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	dir, err := os.MkdirTemp("", "yingguang-uitest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	clk := clock.NewScaled(time.Date(2026, 11, 23, 20, 10, 0, 0, zone), 1)

	db, err := openTown(ctx, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	log, err := journal.Open(ctx, journal.Config{
		Dir: filepath.Join(dir, "journal"), SyncInterval: time.Second, MaxBytes: 64 << 20, RejectedMaxBytes: 8 << 20, Clock: clk,
	})
	if err != nil {
		return err
	}
	defer log.Close(context.WithoutCancel(ctx))
	dispatch := alerts.NewDispatcher(alerts.DispatcherConfig{Roster: db, Location: zone})
	e := evening{db: db, journal: log, dispatch: dispatch, zone: zone, now: device.MillisOf(clk.Now())}
	if err := e.seed(ctx); err != nil {
		return err
	}

	l, err := listen(ctx)
	if err != nil {
		return err
	}
	s, err := web.New(web.Config{
		Registry: db, Journal: log, Series: curves{}, Ledger: someLedger{}, Dispatcher: dispatch, Ready: ready, BaseURL: "http://" + l.Addr().String(),
		Town: web.Town{Code: "jiaping", Name: "嘉平镇"}, Public: true, Location: zone, Clock: clk, Version: "0.1.0",
	})
	if err != nil {
		return err
	}
	control, err := listen(ctx)
	if err != nil {
		return err
	}
	failed := make(chan error, 3)
	go func() { failed <- s.Run(ctx) }()
	go func() { failed <- s.Serve(ctx, l) }()
	steer := &http.Server{Handler: controls(log, clk), ReadHeaderTimeout: time.Second}
	go func() { failed <- steer.Serve(control) }()
	defer steer.Close()

	a := addresses{Page: "http://" + l.Addr().String(), Control: "http://" + control.Addr().String(), Logins: map[string]string{}}
	for _, p := range []device.PersonID{volunteer, neighbour, "O-01", resident, english} {
		if a.Logins[string(p)], err = s.LoginLink(ctx, p); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(out).Encode(a); err != nil {
		return err
	}
	go func() {
		_, err := io.Copy(io.Discard, in)
		failed <- err
	}()
	return <-failed
}

func listen(ctx context.Context) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
}

func openTown(ctx context.Context, dir string) (*registry.DB, error) {
	db, err := registry.Open(ctx, filepath.Join(dir, "town.db"))
	if err != nil {
		return nil, err
	}
	files, err := registry.OpenFolder(jiaping.Files)
	if err == nil {
		_, err = db.Import(ctx, files, registry.Options{})
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// controls let a test be a lamp.
func controls(log *journal.Journal, clk clock.Clock) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reading", func(w http.ResponseWriter, r *http.Request) {
		var soc float64
		if _, err := fmt.Sscan(r.URL.Query().Get("soc"), &soc); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reading := lit(device.LampID(r.URL.Query().Get("lamp")), device.MillisOf(clk.Now()), soc)
		if _, err := log.Append(r.Context(), &journal.Block{Readings: []device.Reading{reading}}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

func ready(context.Context) []web.RoomState {
	return []web.RoomState{{Name: "broker", Ready: true}, {Name: "journal", Ready: true}, {Name: "influxdb", Ready: false, Reason: "正在启动 starting"}, {Name: "alerts", Ready: true}}
}

// someLedger is a town's ledger that balances.
type someLedger struct{}

func (someLedger) Totals(context.Context) (ledger.Count, error) {
	return ledger.Count{Received: 782_431, Stored: 781_902, Waiting: 118, Duplicate: 397, Rejected: 14}, nil
}

func (someLedger) Gaps(context.Context, device.LampID, string, int) ([]ledger.Gap, error) {
	return []ledger.Gap{
		{Lamp: "JP-0007", Day: "2026-01-04", Boot: 3, From: 120, To: 122, After: 1767520800000, Before: 1767523200000},
		{Lamp: "JP-0311", Day: "2026-01-04", Boot: 1, From: 9, To: 9, After: 1767511800000, Before: 1767513000000},
	}, nil
}

func (someLedger) Days(context.Context, int) ([]ledger.Day, error) {
	return []ledger.Day{
		{Day: "2026-11-23", Lamps: 386, Count: ledger.Count{Received: 96_204, Stored: 96_060, Waiting: 118, Duplicate: 21, Rejected: 5}},
		{Day: "2026-11-22", Lamps: 388, Count: ledger.Count{Received: 114_377, Stored: 114_318, Duplicate: 52, Rejected: 7}},
		{Day: "2026-11-21", Lamps: 388, Count: ledger.Count{Received: 571_850, Stored: 571_524, Duplicate: 324, Rejected: 2}},
	}, nil
}
