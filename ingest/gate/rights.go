package gate

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"unicode"

	"github.com/yingguang/yingguang/device"
)

// Login is what is known of a user name.
type Login struct {
	Secret  [sha256.Size]byte // SHA-256 of the password
	Lamp    device.LampID     // of a lamp
	Gateway device.GatewayID  // of a gateway
	Lamps   int               // that it speaks for, at least 1
}

// Book knows the credentials.
type Book interface {
	// Login gives the credential of a user name; ok is false for a stranger and for
	// one that was withdrawn.
	Login(ctx context.Context, username string) (l Login, ok bool, err error)
	// Assigned says whether a gateway may speak for a lamp.
	Assigned(device.GatewayID, device.LampID) bool
}

// Account is a name and its password; the zero one lets nobody in.
type Account struct{ Username, Password string }

func (a Account) admits(h hello) bool {
	return a.Username != "" && h.username == a.Username && subtle.ConstantTimeCompare([]byte(h.password), []byte(a.Password)) == 1
}

// right is what a client may do; the zero right may do everything that is not the
// broker's own.
type right struct {
	prefix  string
	lamp    device.LampID
	gateway device.GatewayID
	book    Book
	owner   Owner
}

// Owner says whose topic it is by a payload profile: the lamp or the gateway that
// stands in it, or neither.
type Owner func(topic string) (device.LampID, device.GatewayID)

func (r right) free() bool { return r.lamp == "" && r.gateway == "" }

// publish says whether messages to the topic may be sent.
func (r right) publish(topic string) bool {
	if strings.ContainsAny(topic, "+#") { // signs of filters
		return false
	}
	if r.free() {
		return plain(topic)
	}
	if part, ok := r.own(topic); ok {
		return part == "telemetry" || part == "status" || part == "command/result"
	}
	return r.owner != nil && plain(topic) && r.owns(topic)
}

// owns says whether a profile's topic is the client's own.
func (r right) owns(topic string) bool {
	switch lamp, gateway := r.owner(topic); {
	case r.lamp != "":
		return lamp == r.lamp
	case lamp != "":
		return r.book.Assigned(r.gateway, lamp)
	default:
		return gateway == r.gateway
	}
}

// retain says whether the broker may keep the last message of the topic.
func (r right) retain(topic string) bool { return strings.HasSuffix(topic, "/status") }

// will says whether the topic may be that of a last will.
func (r right) will(topic string) bool {
	if r.free() {
		return r.publish(topic)
	}
	part, ok := r.own(topic)
	return ok && part == "status"
}

// subscribe says whether messages of the filter may be read.
func (r right) subscribe(filter string) bool {
	if r.free() {
		return plain(filter)
	}
	part, ok := r.own(filter)
	return ok && part == "command"
}

// own gives what follows prefix/lamps/CODE/ in a topic of the client's own.
func (r right) own(topic string) (part string, ok bool) {
	rest, ok := strings.CutPrefix(topic, r.prefix+"/")
	if !ok {
		return "", false
	}
	kind, rest, _ := strings.Cut(rest, "/")
	code, part, _ := strings.Cut(rest, "/")
	switch {
	case r.lamp != "":
		return part, kind == "lamps" && code == string(r.lamp)
	case kind == "gateways":
		return part, code == string(r.gateway)
	}
	return part, kind == "lamps" && device.ValidCode(code) && r.book.Assigned(r.gateway, device.LampID(code))
}

// plain says that a topic is none of the broker's own and has nothing in it that
// the broker behind would hang up on.
func plain(topic string) bool {
	return topic != "" && topic[0] != '$' && topic[0] != '_' &&
		!strings.ContainsFunc(topic, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
