package web

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// calendar is a clock that a test turns.
type calendar struct{ ms atomic.Int64 }

func (c *calendar) Now() time.Time                                   { return time.UnixMilli(c.ms.Load()) }
func (c *calendar) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestLogin(t *testing.T) {
	clock := &calendar{}
	clock.ms.Store(1_795_478_400_000)
	h := open(t, func(c *Config) { c.Clock, c.BaseURL = clock, "https://deng.example.cn" })
	link, err := h.server.LoginLink(t.Context(), aVolunteer)
	if err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(link, "https://deng.example.cn")
	if !ok || !strings.HasPrefix(path, "/login?t=") {
		t.Fatal(link)
	}
	token := strings.TrimPrefix(path, "/login?t=")
	open := func(method string) (string, *http.Cookie) {
		a := h.do(method, path, "", nil)
		if len(a.cookies) == 0 {
			return a.header.Get("Location"), nil
		}
		return a.header.Get("Location"), a.cookies[0]
	}
	if to, c := open(http.MethodHead); to != "/tickets" || c != nil {
		t.Errorf("a look ahead: %q %v", to, c)
	}
	to, first := open(http.MethodGet)
	_, second := open(http.MethodGet) // chat apps have opened it before
	if to != "/tickets" || first == nil || second == nil || first.Value == second.Value {
		t.Fatal(to, first, second)
	}
	if !first.HttpOnly || !first.Secure || first.SameSite != http.SameSiteLaxMode || first.MaxAge != 90*24*3600 {
		t.Errorf("cookie: %+v", first)
	}
	me := func(c *http.Cookie) bool { return get[whoView](h, "/api/v1/me", c).Person != nil }
	if !me(first) || !me(second) || me(&http.Cookie{Name: cookieName, Value: token}) || me(&http.Cookie{Name: cookieName, Value: "x"}) {
		t.Error("who is logged in is wrong")
	}

	// What is stored logs nobody in.
	for _, table := range []string{"login_link", "session"} {
		var stored string
		if err := h.db.Reads().QueryRowContext(t.Context(), `SELECT token_sha256 FROM `+table).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if stored == token || stored == first.Value || stored == second.Value || me(&http.Cookie{Name: cookieName, Value: stored}) {
			t.Errorf("%s holds what logs in", table)
		}
	}

	// Logging out ends one session only.
	if a := h.do(http.MethodPost, "/logout", "", first); a.status != http.StatusNoContent || a.cookies[0].MaxAge >= 0 {
		t.Errorf("logout: %+v", a)
	}
	if me(first) || !me(second) {
		t.Error("logout ended the wrong session")
	}

	clock.ms.Add(linkLife.Milliseconds())
	if a := h.do(http.MethodGet, path, "", nil); a.status != http.StatusForbidden || len(a.cookies) != 0 || !strings.Contains(a.body, "登录链接已失效") {
		t.Errorf("an old link: %d %s", a.status, a.body)
	}
	if !me(second) {
		t.Error("the session ended with the link")
	}
	clock.ms.Add(sessionLife.Milliseconds())
	if me(second) {
		t.Error("the session never ends")
	}
}

func TestLoginGoesHome(t *testing.T) {
	h := open(t)
	for who, want := range map[device.PersonID]string{aVolunteer: "/tickets", anOfficer: "/office", aResident: "/"} {
		link, err := h.server.LoginLink(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		if a := h.do(http.MethodGet, link, "", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != want || a.cookies[0].Secure {
			t.Errorf("%s: %d to %q", who, a.status, a.header.Get("Location"))
		}
	}
	if _, err := h.server.LoginLink(t.Context(), "nobody"); err == nil {
		t.Error("a link for nobody")
	}
}

// A page of another site cannot act for who is logged in here.
func TestOtherSitesAreRefused(t *testing.T) {
	h := open(t)
	ticket := h.breakLamp(faultyLamp)
	cookie := h.login(aVolunteer)
	a := h.do(http.MethodPost, ticketPath(ticket)+"/take", "", cookie, func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if a.status != http.StatusForbidden || !strings.Contains(a.body, "cross_origin") {
		t.Errorf("%d %s", a.status, a.body)
	}
}
