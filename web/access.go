package web

import (
	"net/http"

	"github.com/yingguang/yingguang/device"
)

// access is who may use a route.
type access uint8

const (
	anyone     access = iota // also in a town that is not public
	viewer                   // the public of a public town, else whoever is logged in
	person                   // whoever is logged in
	volunteers               // volunteers and the office
	office                   // the office
)

// visitor is who asks; the zero visitor is not logged in.
type visitor struct {
	device.Person
}

func (v visitor) loggedIn() bool { return v.ID != "" }

// level is the most that a visitor may do.
func (v visitor) level(public bool) access {
	switch {
	case v.loggedIn() && v.Role == device.Office:
		return office
	case v.loggedIn() && v.Role == device.Volunteer:
		return volunteers
	case v.loggedIn():
		return person
	case public:
		return viewer
	}
	return anyone
}

// admit is the one place that decides who may do what: nil, or why not.
func (v visitor) admit(need access, public bool) *problem {
	switch {
	case v.level(public) >= need:
		return nil
	case !v.loggedIn():
		return &problem{
			status: http.StatusUnauthorized, Code: "login_needed", Chinese: "请先登录", English: "please log in",
			Hint: "打开您的登录链接；没有就向镇办要一个。 Open your login link, or ask the town office for one.",
		}
	}
	return forbidden()
}

func forbidden() *problem {
	return &problem{
		status: http.StatusForbidden, Code: "forbidden", Chinese: "您没有这个权限", English: "this is not for your role",
		Hint: "需要时请找镇办。 Ask the town office if you need it.",
	}
}
