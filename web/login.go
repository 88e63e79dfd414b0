package web

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/yingguang/yingguang/device"
)

const cookieName = "yingguang"

//go:embed badlink.html
var badLinkPage []byte

// who reads the session cookie. A cookie that is unknown or too old is nobody's.
func (s *Server) who(r *http.Request) (visitor, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return visitor{}, nil
	}
	p, ok, err := s.session(r.Context(), c.Value)
	if err != nil || !ok {
		return visitor{}, err
	}
	return visitor{p}, nil
}

// login turns a link into a session. A link may be opened again and again until it
// expires: WeChat, DingTalk and mail filters open links before people do, and a
// link that works once would be spent by them.
func (s *Server) login(w http.ResponseWriter, r *http.Request, _ visitor) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
	w.Header().Set("Cache-Control", "no-store")
	p, ok, err := s.openLink(r.Context(), r.URL.Query().Get("t"))
	if err != nil {
		return err
	}
	if !ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(badLinkPage)
		return nil
	}
	if r.Method != http.MethodHead { // a look ahead needs no session
		token, err := s.beginSession(r.Context(), p.ID)
		if err != nil {
			return err
		}
		s.setCookie(w, token, int(sessionLife.Seconds()))
	}
	http.Redirect(w, r, home(p.Role), http.StatusSeeOther)
	return nil
}

// home is the page that a person most likely wants.
func home(r device.Role) string {
	switch r {
	case device.Volunteer:
		return "/tickets"
	case device.Office:
		return "/office"
	}
	return "/"
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if c, err := r.Cookie(cookieName); err == nil {
		if err := s.endSession(r.Context(), c.Value); err != nil {
			return err
		}
	}
	s.setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, // Lax, since people come from the links of chat apps
		Secure:   strings.HasPrefix(s.cfg.BaseURL, "https://"),
	})
}
