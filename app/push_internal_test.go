package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device/profile"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
)

// The sources of ingest.push reach the journal through the running ingest; before it is there they
// are told to come again.
func TestPushSourcesReachTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "push.yaml")
	text := "sources:\n  cloud: {profile: thingsboard, auth: bearer, token: hunter2hunter2hunter2}\n" +
		"  signed: {profile: onenet, auth: hmac, secret: hunter2hunter2hunter2}\n  onenet: {profile: onenet, auth: onenet, token: hunter2hunter2}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := profiles.Load("")
	if err != nil {
		t.Fatal(err)
	}
	cfg := configs.Default()
	cfg.Ingest.Push = path
	a := &App{cfg: &cfg, clock: clock.Real{}, log: slog.New(slog.DiscardHandler), metrics: prometheus.NewRegistry()}
	a.rooms.formats = newFormats(profile.NewSet(list, "jiaping", nil))
	h, err := a.pushHandler()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/push/{source}", h)
	push := func(source, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/push/"+source, strings.NewReader(`{"lamp":"JP-0001","values":{"battery_v":12.9}}`))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	if w := push("cloud", "hunter2hunter2hunter2"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before ingest is there: %d %s", w.Code, w.Body)
	}
	j, err := journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), MaxBytes: 64 << 20, RejectedMaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close(t.Context())
	a.rooms.intake.Store(ingest.New(ingest.Config{Prefix: "jiaping", Formats: a.rooms.formats, Journal: j}))
	if w := push("cloud", "hunter2hunter2hunter2"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"readings":1`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	for _, source := range []string{"cloud", "signed", "onenet", "other"} {
		if w := push(source, "hunter3"); w.Code == http.StatusOK {
			t.Errorf("%s: a stranger is answered %d %s", source, w.Code, w.Body)
		}
	}
	r, err := j.Reader(t.Context(), journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, b, err := r.Next(t.Context()); err != nil || len(b.Readings) != 1 || b.Readings[0].Lamp != "JP-0001" {
		t.Errorf("the journal has %+v, %v", b, err)
	}
}
