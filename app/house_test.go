package app_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/series/influxd"
)

// house is a whole running system as a user has it.
type house struct {
	t    *testing.T
	data string
	app  *app.App
	addr app.Addresses
	set  map[string]string
	down func()
}

// needInflux skips loudly where `make influxd` has not run; never in CI.
func needInflux(t *testing.T) {
	t.Helper()
	if _, err := influxd.FindBinary(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %v", err)
	}
}

func newHouse(t *testing.T, set map[string]string) *house {
	t.Helper()
	needInflux(t)
	all := map[string]string{
		"data_dir": filepath.Join(t.TempDir(), "data"), "web.listen": "127.0.0.1:0", "broker.listen": "127.0.0.1:0",
		"simulator.enabled": "false", "journal.reserve": "1MiB", "log.level": "warn",
	}
	for k, v := range set {
		all[k] = v
	}
	h := &house{t: t, data: all["data_dir"], set: all}
	h.up()
	t.Cleanup(func() { h.down() })
	return h
}

// up starts the system; down stops it as Ctrl-C does.
func (h *house) up() {
	h.t.Helper()
	cfg, err := configs.Load(configs.Source{Set: h.set})
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := app.New(h.t.Context(), cfg, app.Options{Log: slog.New(slog.NewTextHandler(testWriter{h.t}, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		h.t.Fatal(err)
	}
	h.app = a
	if h.addr, err = a.Addresses(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	h.down = func() {
		h.down = func() {}
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("a room failed: %v", err)
		}
		stopping, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := a.Close(stopping); err != nil {
			h.t.Errorf("Close: %v", err)
		}
	}
}

// testWriter sends logs to the test while it runs.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

func (h *house) get(path string, into any) (int, error) {
	res, err := http.Get(h.addr.Page + path)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && into != nil && res.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	return res.StatusCode, err
}

func (h *house) ready() {
	h.t.Helper()
	eventually(h.t, patience, "every room is ready", func() (bool, string) {
		code, err := h.get("/readyz", nil)
		return code == http.StatusOK, fmt.Sprint(code, err)
	})
}

// ledger asks for the counts, and fails where they do not balance; audit asks
// InfluxDB too, which must be there.
func (h *house) ledger(audit bool) app.LedgerAnswer {
	h.t.Helper()
	answer, err := h.tryLedger(audit)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer
}

// tryLedger is ledger for a loop that asks again after an error.
func (h *house) tryLedger(audit bool) (app.LedgerAnswer, error) {
	h.t.Helper()
	answer, err := app.Ask[app.LedgerAnswer](h.t.Context(), h.data, "ledger", app.LedgerRequest{Audit: audit})
	if err == nil && (!answer.Balanced || !answer.Totals.Balanced()) {
		h.t.Fatalf("the ledger does not balance: %+v", answer)
	}
	return answer, err
}

// settled waits until nothing waits and InfluxDB holds exactly what is stored.
func (h *house) settled(atLeast int64) app.LedgerAnswer {
	h.t.Helper()
	var a app.LedgerAnswer
	eventually(h.t, 2*patience, fmt.Sprintf("%d readings are stored", atLeast), func() (bool, string) {
		var err error
		// The audit asks InfluxDB for everything: only once it may be so, not fifty times a second.
		if a, err = h.tryLedger(false); err != nil || a.Totals.Stored < atLeast || a.Totals.Waiting != 0 {
			return false, fmt.Sprintf("%+v, %v", a.Totals, err)
		}
		if a, err = h.tryLedger(true); err != nil || a.InfluxDB == nil {
			return false, fmt.Sprintf("%+v, %v", a.Totals, err)
		}
		return a.Totals.Stored >= atLeast && a.Totals.Waiting == 0 && *a.InfluxDB == a.Totals.Stored, fmt.Sprintf("%+v, InfluxDB %v", a.Totals, *a.InfluxDB)
	})
	return a
}

// rows reads the registry file beside the running system.
func (h *house) rows(query string, args ...any) []string {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.data, "registry.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(h.t.Context(), query, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return out
}

func eventually(t *testing.T, within time.Duration, what string, ask func() (bool, string)) {
	t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		ok, says := ask()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s (%s)", within, what, says)
		}
	}
}

// debian finds a program of Debian's; its absence is a failure in CI only.
func debian(t *testing.T, name, pkg string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/bin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	t.Skipf("SKIPPED: %s is missing: apt-get install %s", name, pkg)
	return ""
}
