package web

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed openapi.yaml
var openAPI []byte

const (
	maxBody = 16 << 10 // the largest request is a few numbers
	api     = "/api/v1"
)

// route is one line of the table of everything that is answered.
type route struct {
	pattern string
	need    access
	handle  func(http.ResponseWriter, *http.Request, visitor) error
}

// table is every route but the pages; openapi.yaml describes each.
func (s *Server) table() []route {
	return []route{
		{"GET " + api + "/town", viewer, s.town},
		{"GET " + api + "/lamps", viewer, s.lamps},
		{"GET " + api + "/lamps/{id}", viewer, s.lamp},
		{"GET " + api + "/lamps/{id}/series", viewer, s.lampSeries},
		{"GET " + api + "/lamps/{id}/nights", viewer, s.lampNights},
		{"GET " + api + "/faults", anyone, s.faults},
		{"GET " + api + "/forecast", volunteers, s.forecast},
		{"GET " + api + "/tickets", volunteers, s.tickets},
		{"GET " + api + "/tickets/{id}", volunteers, s.ticket},
		{"POST " + api + "/tickets/{id}/take", volunteers, s.takeTicket},
		{"POST " + api + "/tickets/{id}/release", volunteers, s.releaseTicket},
		{"GET " + api + "/me", anyone, s.me},
		{"GET " + api + "/inbox", person, s.inbox},
		{"POST " + api + "/inbox/read", person, s.markRead},
		{"GET " + api + "/ledger", office, s.ledger},
		{"GET " + api + "/ledger/gaps", office, s.gaps},
		{"GET " + api + "/rejected", office, s.rejected},
		{"GET " + api + "/system", office, s.system},
		{"GET " + api + "/unknown-lamps", office, s.unknownLamps},
		{"POST " + api + "/unknown-lamps/{id}/adopt", office, s.adopt},
		{"GET " + api + "/live", viewer, s.stream},
		{"POST " + api + "/claim", anyone, s.claim},
		{"GET /push/{source}", anyone, s.push},
		{"POST /push/{source}", anyone, s.push},
		{"GET /login", anyone, s.login},
		{"POST /logout", anyone, s.logout},
		{"GET /openapi.yaml", anyone, s.describe},
		{"GET /healthz", anyone, s.healthz},
		{"GET /readyz", anyone, s.readyz},
		{"GET /metrics", anyone, s.exposition},
	}
}

// routes puts the table, the pages and what holds for all together.
func (s *Server) routes() (http.Handler, error) {
	// Streams and metrics compress themselves or not at all.
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypes([]string{
		"application/json", "application/yaml", "text/html", "text/css", "text/javascript", "image/svg+xml", "text/plain", "application/manifest+json",
	}))
	if err != nil {
		return nil, err
	}
	pages, err := newPages(dist)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, r := range s.table() {
		h := http.Handler(s.answer(r))
		if !strings.HasSuffix(r.pattern, "/live") && !strings.HasSuffix(r.pattern, "/metrics") {
			h = compress(h)
		}
		mux.Handle(r.pattern, h)
	}
	mux.Handle("/api/", s.answer(route{"/api/", anyone, s.noSuchRoute(mux)}))
	mux.Handle("/", compress(s.answer(route{"pages", anyone, pages.serve})))

	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		(&problem{status: http.StatusForbidden, Code: "cross_origin", Chinese: "请求来自别的网站，已拒绝", English: "refused: the request comes from another site"}).write(w)
	}))
	return secure(guard.Handler(mux)), nil
}

// answer does for every route what none should do by itself: who asks and whether
// they may, the limit of the body, errors, panics, figures.
func (s *Server) answer(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Duration(s.cfg.Clock.Now().UnixNano())
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.fail(seen, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			s.metrics.answered(rt.pattern, seen.status, time.Duration(s.cfg.Clock.Now().UnixNano())-began)
		}()
		if !strings.HasSuffix(rt.pattern, pushPath) { // it has its own limit
			r.Body = http.MaxBytesReader(seen, r.Body, maxBody)
		}
		v, err := s.who(r)
		if err == nil {
			if p := v.admit(rt.need, s.cfg.Public); p != nil {
				err = p
			} else {
				err = rt.handle(seen, r, v)
			}
		}
		if err != nil {
			s.fail(seen, r, err)
		}
	}
}

// fail tells the client what it may know and the log the rest.
func (s *Server) fail(w *statusWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.cause != nil && r.Context().Err() == nil {
		s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "status", p.status, "err", p.cause)
	}
	if w.status == 0 {
		p.write(w)
	}
}

// noSuchRoute tells a wrong path from a wrong method.
func (s *Server) noSuchRoute(mux *http.ServeMux) func(http.ResponseWriter, *http.Request, visitor) error {
	return func(w http.ResponseWriter, r *http.Request, _ visitor) error {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" /api/") {
				w.Header().Set("Allow", method)
				return wrongMethod(method)
			}
		}
		p := notFound("没有这个接口", "no such endpoint")
		p.Hint = "见 /openapi.yaml。 See /openapi.yaml."
		return p
	}
}

func (s *Server) describe(w http.ResponseWriter, _ *http.Request, _ visitor) error {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-cache")
	_, err := w.Write(openAPI)
	return ignore(err)
}

func (s *Server) exposition(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if s.cfg.Gatherer == nil {
		return notFound("没有指标", "no metrics here")
	}
	promhttp.HandlerFor(s.cfg.Gatherer, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}

// ignore drops the error of a write: the client went away.
func ignore(error) error { return nil }
