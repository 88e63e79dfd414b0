package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func built(t *testing.T) pages {
	t.Helper()
	p, err := newPages(fstest.MapFS{
		"ui/dist/.gitkeep":            {},
		"ui/dist/index.html":          {Data: []byte("<!doctype html>萤光")},
		"ui/dist/favicon.svg":         {Data: []byte("<svg/>")},
		"ui/dist/assets/index-4f2.js": {Data: []byte("let a")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPages(t *testing.T) {
	h := open(t)
	h.front.Config.Handler = h.server.answer(route{"pages", anyone, built(t).serve})
	for _, c := range []struct {
		path, kind, cache, holds string
		status                   int
	}{
		{"/", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/lamps/JP-0001", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/tickets/7", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/office", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/inbox", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/index.html", "text/html; charset=utf-8", "no-cache", "萤光", 200},
		{"/nowhere", "text/html; charset=utf-8", "no-cache", "萤光", 404},
		{"/favicon.svg", "image/svg+xml", "no-cache", "<svg/>", 200},
		{"/assets/index-4f2.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "let a", 200},
		{"/assets/index-old.js", "application/json; charset=utf-8", "no-store", "not_found", 404},
		{"/.gitkeep", "application/json; charset=utf-8", "no-store", "not_found", 404},
		{"/../../go.mod", "application/json; charset=utf-8", "no-store", "not_found", 404},
	} {
		a := h.do(http.MethodGet, c.path, "", nil)
		if a.status != c.status || a.header.Get("Content-Type") != c.kind || a.header.Get("Cache-Control") != c.cache || !strings.Contains(a.body, c.holds) {
			t.Errorf("%s: %d %v %s", c.path, a.status, a.header, a.body)
		}
	}
	tag := h.do(http.MethodGet, "/", "", nil).header.Get("ETag")
	if a := h.do(http.MethodGet, "/", "", nil, func(r *http.Request) { r.Header.Set("If-None-Match", tag) }); a.status != http.StatusNotModified {
		t.Errorf("the same page again: %d", a.status)
	}
}

func TestPagesNotBuilt(t *testing.T) {
	p, err := newPages(fstest.MapFS{"ui/dist/.gitkeep": {}})
	if err != nil {
		t.Fatal(err)
	}
	h := open(t)
	h.front.Config.Handler = h.server.answer(route{"pages", anyone, p.serve})
	if a := h.do(http.MethodGet, "/", "", nil); a.status != http.StatusNotFound || !strings.Contains(a.body, "make ui") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestHeadersAndGzip(t *testing.T) {
	h := open(t)
	a := h.do(http.MethodGet, "/api/v1/lamps?stage=all", "", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	if a.header.Get("Content-Encoding") != "gzip" || len(a.body) > 60_000 {
		t.Errorf("958 lamps: %d bytes, %v", len(a.body), a.header)
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "script-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if !strings.Contains(a.header.Get(name), want) {
			t.Errorf("%s: %q", name, a.header.Get(name))
		}
	}
	if strings.Contains(a.header.Get("Content-Security-Policy"), "unsafe") {
		t.Error("the policy allows inline code")
	}
}

func TestReadiness(t *testing.T) {
	h := open(t, func(c *Config) {
		c.Ready = func(context.Context) []RoomState {
			return []RoomState{{"journal", true, ""}, {"influxdb", false, "starting"}}
		}
	})
	a := h.do(http.MethodGet, "/readyz", "", nil)
	want := `{"ready":false,"rooms":[{"name":"journal","ready":true,"reason":""},{"name":"influxdb","ready":false,"reason":"starting"}]}`
	if a.status != http.StatusServiceUnavailable || a.body != want {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := h.do(http.MethodGet, "/healthz", "", nil); a.status != http.StatusOK {
		t.Errorf("alive: %d", a.status)
	}
	if town := get[townView](h, "/api/v1/town", nil); town.Ready || town.Rooms != nil {
		t.Errorf("%+v", town)
	}
}

func TestTownCounts(t *testing.T) {
	h := open(t)
	h.breakLamp(faultyLamp)
	if err := h.server.live.refresh(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	public, office := get[townView](h, "/api/v1/town", nil), get[townView](h, "/api/v1/town", h.login(anOfficer))
	n := public.ByState
	if public.Installed != 400 || public.Planned != 558 || n.Fault != 1 || n.Lit+n.Dark+n.Fault+n.Silent+n.Unknown+n.NoRadio != 400 || len(public.Batches) != 2 {
		t.Errorf("%+v", public)
	}
	installed := 0
	for _, v := range public.Villages {
		installed += v.Installed
	}
	if installed != 400 || public.Ledger != nil || public.Tickets != nil {
		t.Errorf("%+v", public)
	}
	if office.Ledger == nil || *office.Ledger != someCount || office.Tickets == nil || office.Tickets.Open != 1 || len(office.Rooms) != 1 {
		t.Errorf("%+v", office)
	}
}

// Where InfluxDB is away the charts say so; all else goes on, and the log has the reason once.
func TestSeriesAway(t *testing.T) {
	h := open(t, func(c *Config) { c.Series = fakeSeries{errors.New("connection refused")} })
	a := h.do(http.MethodGet, "/api/v1/lamps/"+wellLamp+"/series", "", nil)
	if a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "refused") || strings.Count(h.log.String(), "connection refused") != 1 {
		t.Errorf("%d %s\n%s", a.status, a.body, h.log)
	}
}

// A mistake of ours is an answer and a line in the log, not a broken connection.
func TestPanicIsAnAnswer(t *testing.T) {
	h := open(t)
	h.front.Config.Handler = h.server.answer(route{"GET /boom", anyone, func(http.ResponseWriter, *http.Request, visitor) error { panic("boom") }})
	a := h.do(http.MethodGet, "/boom", "", nil)
	if a.status != http.StatusInternalServerError || strings.Contains(a.body, "boom") || !strings.Contains(h.log.String(), "boom") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestMetrics(t *testing.T) {
	h := open(t)
	h.do(http.MethodGet, "/healthz", "", nil)
	a := h.do(http.MethodGet, "/metrics", "", nil)
	for _, want := range []string{`yingguang_web_lamps{state="unknown"}`, "yingguang_web_live_clients 0", `yingguang_web_requests_total{route="GET /healthz",status="200"} 1`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in\n%s", want, a.body)
		}
	}
	problems, err := testutil.GatherAndLint(h.metrics)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

func TestSafeText(t *testing.T) {
	for _, c := range []struct{ in, out, encoding string }{
		{`{"ts":1}`, `{"ts":1}`, "text"},
		{"路灯\n", "路灯\n", "text"},
		{"\xff\x00", "ff00", "hex"},
		{"a\x1b[2J", "611b5b324a", "hex"},
		{"a\u202eb", "61e280ae62", "hex"},
		{"灯灯灯", "灯灯", "text"},
	} {
		limit := 8
		if out, encoding := safeText([]byte(c.in), limit); out != c.out || encoding != c.encoding {
			t.Errorf("%q: %q %s", c.in, out, encoding)
		}
	}
}

func FuzzSafeText(f *testing.F) {
	f.Add([]byte(`{"ts":1}`), 5)
	f.Add([]byte("灯\xff"), 4)
	f.Fuzz(func(t *testing.T, b []byte, limit int) {
		if limit < 0 || limit > 1<<16 {
			return
		}
		out, _ := safeText(b, limit)
		if strings.ContainsAny(out, "\x00\x1b\u202e") || len(out) > 2*limit {
			t.Errorf("%q", out)
		}
	})
}
