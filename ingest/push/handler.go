package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device/profile"
	"github.com/yingguang/yingguang/ingest"
)

// takeTime bounds the wait for the journal; clouds give up after some 5 to 10 s
// themselves and send again.
const takeTime = 5 * time.Second

// Config says who may push and where it goes.
type Config struct {
	Sources    map[string]Source
	Take       func(ctx context.Context, topic string, data []byte) (ingest.Taken, error)
	MaxBody    int64 // bytes; more is answered 413
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Handler answers /push/{source}.
type Handler struct {
	cfg      Config
	requests *prometheus.CounterVec

	mu   sync.Mutex
	told map[string]time.Time // when a source's trouble was last logged
}

// New makes a handler.
func New(cfg Config) (*Handler, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{cfg: cfg, told: map[string]time.Time{}, requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yingguang_push_requests_total", Help: "Requests of clouds that push, by source and status.",
	}, []string{"source", "status"})}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(h.requests); err != nil {
			return nil, fmt.Errorf("push: %w", err)
		}
	}
	return h, nil
}

// answer is what a request is answered with; Text is for the people who set the
// push up.
type answer struct {
	status int
	ingest.Taken
	plain string // instead of JSON
}

func refusal(status int, text string) answer {
	return answer{status: status, Taken: ingest.Taken{Text: text}}
}

// ServeHTTP answers a GET that tries the address, and a POST that pushes.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("source")
	source, known := h.cfg.Sources[name]
	a := refusal(http.StatusUnauthorized, "来源或凭证不对 the source or its credential is wrong")
	switch {
	case !known:
		name = "unknown" // strangers must not make labels
	case r.Method == http.MethodGet:
		a = h.try(source, r, a)
	case r.Method == http.MethodPost:
		a = h.push(name, source, w, r, a)
	default:
		a = refusal(http.StatusMethodNotAllowed, "用 use POST")
		w.Header().Set("Allow", "GET, POST")
	}
	h.requests.WithLabelValues(name, fmt.Sprint(a.status)).Inc()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case a.plain != "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, a.plain)
		return
	case a.status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "30")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.Taken)
}

// try answers a cloud that tries the address by a GET before it pushes.
func (h *Handler) try(s Source, r *http.Request, stranger answer) answer {
	v, ok := s.Gate.(verifier)
	if !ok {
		return refusal(http.StatusMethodNotAllowed, "用 use POST")
	}
	text, err := v.verify(r)
	if err != nil || text == "" {
		return stranger
	}
	return answer{status: http.StatusOK, plain: text}
}

func (h *Handler) push(name string, s Source, w http.ResponseWriter, r *http.Request, stranger answer) answer {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return refusal(http.StatusRequestEntityTooLarge, fmt.Sprintf("报文太大 at most %d bytes (ingest.max_payload)", h.cfg.MaxBody))
	}
	if err != nil {
		return refusal(http.StatusBadRequest, "报文没有收完 the body ended early")
	}
	signed := body // a signature is over the bytes as they came
	if profile.Gzipped(body) {
		if inflated, err := profile.Inflate(body); err == nil {
			body = inflated
		}
	}
	data, err := s.Gate.Open(r, signed)
	if err != nil && len(body) != len(signed) {
		data, err = s.Gate.Open(r, body) // or over what was packed
	}
	switch {
	case errors.Is(err, ErrStranger):
		h.warn("a push without the source's credential: check token or secret on both sides", name, "from", r.RemoteAddr)
		return stranger
	case err != nil:
		h.warn("a push that cannot be read", name, "error", err)
		return refusal(http.StatusBadRequest, err.Error())
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeTime)
	defer cancel()
	taken, err := h.cfg.Take(ctx, s.topic(name), data)
	if err != nil {
		return refusal(http.StatusServiceUnavailable, err.Error())
	}
	return answer{status: http.StatusOK, Taken: taken}
}

// warn logs a source's trouble once a minute at most: who has no credential must
// not fill the log.
func (h *Handler) warn(text, source string, args ...any) {
	now := h.cfg.Clock.Now()
	h.mu.Lock()
	last, known := h.told[source]
	if quiet := known && now.Sub(last) < time.Minute; quiet {
		h.mu.Unlock()
		return
	}
	h.told[source] = now
	h.mu.Unlock()
	h.cfg.Log.Warn(text, append([]any{"source", source}, args...)...)
}
