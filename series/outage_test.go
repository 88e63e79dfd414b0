package series

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

func TestBucketRemovedInTheMiddle(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		ts := stamp()
		w, _ := h.start(c)
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0001", ts, 12)}})
		h.wait("the first is stored", func() bool { return w.Status().Position == h.last })
		if c.info.Load().Major == 1 {
			if err := c.influxQL(t.Context(), "DROP DATABASE "+quoteName(c.server.Bucket), ""); err != nil {
				t.Fatal(err)
			}
		} else {
			var found struct{ Buckets []bucket }
			err := c.call(t.Context(), http.MethodGet, "api/v2/buckets?"+url.Values{"name": {c.server.Bucket}}.Encode(), nil, &found)
			if err == nil {
				err = c.call(t.Context(), http.MethodDelete, "api/v2/buckets/"+found.Buckets[0].ID, nil, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0002", ts, 12)}})
		h.wait("the second is stored", func() bool { return w.Status().Position == h.last })
		counts, err := c.CountByLamp(t.Context(), 0, farFuture)
		if err != nil || len(counts) != 1 || counts["JP-0002"] != 1 {
			t.Errorf("%v, %v, want the second alone", counts, err)
		}
	})
}

func TestReadingShowsSoon(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		w, _ := h.start(c)
		h.wait("the writer runs", func() bool { return w.Status().Ready })
		began := time.Now()
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0001", stamp(), 12)}})
		h.wait("it can be asked for", func() bool {
			n, err := c.Count(t.Context(), "JP-0001", 0, farFuture)
			return err == nil && n == 1
		})
		// How soon is for the load test to measure: here the machine may do much else.
		took := time.Since(began)
		t.Logf("a reading could be asked for after %v", took)
		if took > 30*time.Second {
			t.Errorf("a reading could be asked for after %v", took)
		}
	})
}

func TestForeignPositionIsFinal(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		h := newHouse(t)
		h.append(&journal.Block{Observing: true})
		_, err := h.db.SQL().ExecContext(t.Context(), "INSERT INTO consumer_position (consumer, created, seq) VALUES ($1, $2, $3)", Consumer, 12345, 7)
		if err != nil {
			t.Fatal(err)
		}
		w := NewWriter(WriterConfig{Client: s.client(t, 0), Journal: h.journal, SQL: h.db.SQL()})
		err = w.Run(t.Context())
		if _, ok := errors.AsType[*journal.PositionError](err); !ok {
			t.Errorf("Run: %v, want a *journal.PositionError", err)
		}
	})
}

// TestStrangeAnswersRefuseNothing: a proxy in trouble may answer anything, and
// what is refused is never written again.
func TestStrangeAnswersRefuseNothing(t *testing.T) {
	answers := []struct {
		code int
		body string
	}{
		{400, "<html>Bad Request</html>"},
		{400, `{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=1"}`},
		{401, `{"error":"unable to parse authentication credentials"}`},
		{413, `{"error":"Request Entity Too Large"}`},
		{422, `{"code":"unprocessable entity","message":"engine is closed"}`},
		{500, `{"error":"timeout"}`},
		{503, ""},
	}
	var asked atomic.Int64
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Influxdb-Version", "1.8.10")
		switch r.URL.Path {
		case "/api/v2/write":
			n := int(asked.Add(1))
			if n > len(answers) {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			a := answers[n-1]
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(a.code)
			_, _ = w.Write([]byte(a.body))
		default: // ping, the check's query and the setup
			_, _ = w.Write([]byte("{}"))
		}
	}))
	defer fake.Close()
	c, err := New(Server{URL: fake.URL, Bucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.append(&journal.Block{Readings: []device.Reading{simple("JP-0001", stamp(), 12)}})
	w := NewWriter(WriterConfig{Client: c, Journal: h.journal, SQL: h.db.SQL(), Clock: hasty{}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	h.wait("it is stored in the end", func() bool { return w.Status().Stored == 1 && w.Status().Ready })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := w.Status(); st.Refused != 0 || int(asked.Load()) != len(answers)+1 {
		t.Errorf("refused %d, asked %d times, want 0 and %d", st.Refused, asked.Load(), len(answers)+1)
	}
	if st := w.Status(); st.Position != h.last {
		t.Errorf("position %v after Run, want %v: it is saved at the end too", st.Position, h.last)
	}
}

// hasty is a clock whose pauses are over at once.
type hasty struct{}

func (hasty) Now() time.Time { return time.Now() }
func (hasty) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d / 100):
		return nil
	}
}

func TestDroppedIn(t *testing.T) {
	for words, want := range map[string]int{
		"partial write: points beyond retention policy dropped=12":                       12,
		"… dropped=3 for database: 3471506a5a378948 for retention policy: autogen":       3,
		"dropped 1 points outside retention policy … dropped=1 for database: x dropped=": 0,
		"field type conflict":          0,
		"dropped=99999999999999999999": 0,
	} {
		if got := droppedIn(words); got != want {
			t.Errorf("%q: %d, want %d", words, got, want)
		}
	}
}

func TestHealthSaysItOnce(t *testing.T) {
	var log lockedBuffer
	h := newTestHealth(&log)
	for range 3 {
		h.down(errors.New("first trouble"))
	}
	h.up()
	h.down(errors.New("second trouble"))
	if ready, why, since := h.state(); ready || why != "second trouble" || since.IsZero() {
		t.Errorf("state %v %q %v", ready, why, since)
	}
	h.up()
	h.up()
	text := log.String()
	if strings.Count(text, "does not take") != 2 || strings.Count(text, "again") != 2 || !strings.Contains(text, "level=WARN") {
		t.Errorf("log:\n%s", text)
	}
}

func newTestHealth(log *lockedBuffer) *health {
	return &health{clock: hasty{}, log: slog.New(slog.NewTextHandler(log, nil))}
}
