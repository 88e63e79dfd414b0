package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/yingguang/yingguang/device"
)

// Who gets what, route by route: p public, r resident, v volunteer, o office. A
// new route fails here until it has its line.
var admitted = map[string]string{
	"GET /api/v1/town":                      "prvo",
	"GET /api/v1/lamps":                     "prvo",
	"GET /api/v1/lamps/{id}":                "prvo",
	"GET /api/v1/lamps/{id}/series":         "prvo",
	"GET /api/v1/lamps/{id}/nights":         "prvo",
	"GET /api/v1/faults":                    "prvo",
	"GET /api/v1/forecast":                  "vo",
	"GET /api/v1/tickets":                   "vo",
	"GET /api/v1/tickets/{id}":              "vo",
	"POST /api/v1/tickets/{id}/take":        "vo",
	"POST /api/v1/tickets/{id}/release":     "vo",
	"GET /api/v1/me":                        "prvo",
	"GET /api/v1/inbox":                     "rvo",
	"POST /api/v1/inbox/read":               "rvo",
	"GET /api/v1/ledger":                    "o",
	"GET /api/v1/ledger/gaps":               "o",
	"POST /api/v1/unknown-lamps/{id}/adopt": "o",
	"GET /api/v1/rejected":                  "o",
	"GET /api/v1/system":                    "o",
	"GET /api/v1/unknown-lamps":             "o",
	"GET /api/v1/live":                      "prvo",
	"POST /api/v1/claim":                    "prvo",
	"GET /push/{source}":                    "prvo", // by the source's own credential
	"POST /push/{source}":                   "prvo",
	"GET /login":                            "prvo",
	"POST /logout":                          "prvo",
	"GET /openapi.yaml":                     "prvo",
	"GET /healthz":                          "prvo",
	"GET /readyz":                           "prvo",
	"GET /metrics":                          "prvo",
}

// What is there without login where the town is not public.
var always = map[string]bool{
	"GET /api/v1/faults": true, "GET /api/v1/me": true, "POST /api/v1/claim": true, "GET /login": true, "POST /logout": true,
	"GET /push/{source}": true, "POST /push/{source}": true,
	"GET /openapi.yaml": true, "GET /healthz": true, "GET /readyz": true, "GET /metrics": true,
}

func TestRolesOfRoutes(t *testing.T) {
	h := open(t)
	h.server.live.hub.close() // streams end at once
	ticket := h.breakLamp(faultyLamp)
	if err := h.server.live.refresh(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	sessions := map[rune]func() *http.Cookie{
		'p': func() *http.Cookie { return nil },
		'r': func() *http.Cookie { return h.login(aResident) },
		'v': func() *http.Cookie { return h.login(aVolunteer) },
		'o': func() *http.Cookie { return h.login(anOfficer) },
	}
	for _, rt := range h.server.table() {
		letters, ok := admitted[rt.pattern]
		if !ok {
			t.Errorf("%s: nobody said here who may", rt.pattern)
			continue
		}
		method, path, _ := strings.Cut(rt.pattern, " ")
		if strings.Contains(path, "/lamps/") {
			path = strings.Replace(path, "{id}", faultyLamp, 1)
		}
		path = strings.Replace(path, "{id}", "1", 1)
		_ = ticket
		for who, cookie := range sessions {
			a := h.do(method, path, `{"up_to":1}`, cookie())
			refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden && path != "/login"
			if want := strings.ContainsRune(letters, who); refused == want {
				t.Errorf("%s as %c: %d %s", rt.pattern, who, a.status, a.body)
			}
			if who == 'p' && refused && !strings.Contains(a.body, "login_needed") {
				t.Errorf("%s: the public is not asked to log in: %s", rt.pattern, a.body)
			}
		}
	}
	if h.log.Len() > 0 {
		t.Errorf("errors were logged: %s", h.log)
	}
}

func TestTownThatIsNotPublic(t *testing.T) {
	h := open(t, func(c *Config) { c.Public = false })
	for _, rt := range h.server.table() {
		if p := (visitor{}).admit(rt.need, false); (p == nil) != always[rt.pattern] {
			t.Errorf("%s without login: %v", rt.pattern, p)
		}
	}
	if a := h.do(http.MethodGet, "/api/v1/lamps", "", nil); a.status != http.StatusUnauthorized {
		t.Errorf("lamps without login: %d", a.status)
	}
	if a := h.do(http.MethodGet, "/api/v1/lamps", "", h.login(aResident)); a.status != http.StatusOK {
		t.Errorf("lamps for a resident: %d", a.status)
	}
}

// No answer to the public or a resident names anybody, and only the office sees a phone.
func TestNamesStayInside(t *testing.T) {
	h := open(t)
	ticket := h.breakLamp(faultyLamp)
	if err := h.server.live.refresh(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/town", "/api/v1/lamps?stage=all", "/api/v1/lamps/" + faultyLamp, "/api/v1/lamps/" + faultyLamp + "/nights"} {
		body := h.do(http.MethodGet, path, "", nil).body
		for _, p := range h.db.People() {
			if strings.Contains(body, p.Name) || strings.Contains(body, p.Phone) || strings.Contains(body, `"`+string(p.ID)+`"`) {
				t.Errorf("%s names %s", path, p.ID)
			}
		}
	}
	for who, phone := range map[device.PersonID]bool{aVolunteer: false, anOfficer: true} {
		got := get[ticketView](h, ticketPath(ticket), h.login(who))
		if len(got.Asked) != 2 || got.Asked[0].Name == "" || (got.Asked[0].Phone != "") != phone {
			t.Errorf("%s sees %+v", who, got.Asked)
		}
	}
}
