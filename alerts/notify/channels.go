package notify

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// Channels makes senders of what stands in a person's list of channels:
//
//	inbox                      the page's inbox, nothing is sent
//	email:zhang@example.com    a channel named in the settings, with an address
//	sms                        the same without one: its template uses the phone
//	ntfy://ntfy.sh/my-topic    a channel of one's own, by URL
//
// A template or URL may hold {address}, {phone}, {name}, {title}, {text} and {link},
// which are escaped as URLs want it.
type Channels struct {
	named  map[string]string
	client *http.Client
	clock  clock.Clock
	slots  chan struct{} // attempts of the library that may hang at once
}

// maxHanging bounds attempts that outlive their time, since the library's cannot be ended.
const maxHanging = 32

// NewChannels takes the templates by name. Every template is tried on an
// invented person; the errors name the channel and never show its secrets.
func NewChannels(named map[string]string, clk clock.Clock) (*Channels, error) {
	if clk == nil {
		clk = clock.Real{}
	}
	c := &Channels{
		named: named, clock: clk, slots: make(chan struct{}, maxHanging),
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	invented := device.Person{Name: "示例", Phone: "000-0000-0000", Channels: nil}
	var errs []error
	for _, name := range sortedKeys(named) {
		m := &Message{Title: "title", Text: "text", Link: "https://example.com/", To: invented}
		if strings.ContainsAny(name, ":/ ") || name == "inbox" {
			errs = append(errs, fmt.Errorf("channel %q: a name is a plain word other than inbox", name))
			continue
		}
		if _, _, err := c.sender(name+":someone@example.com", m); err != nil {
			errs = append(errs, fmt.Errorf("channel %s: %w", name, err))
		}
	}
	return c, errors.Join(errs...)
}

// kinds are the kinds of channel, as the label of metrics has them.
var kinds = []string{"inbox", "email", "wecom", "dingtalk", "lark", "ntfy", "bark", "webhook", "other"}

// sender makes the sender of one channel for one message, and says its kind.
func (c *Channels) sender(channel string, m *Message) (kind string, s Sender, err error) {
	if channel == "inbox" || channel == "" {
		return "inbox", inbox{}, nil
	}
	var raw string
	if !strings.Contains(channel, "://") {
		name, address, _ := strings.Cut(channel, ":")
		template, ok := c.named[name]
		if !ok {
			return "other", nil, errNoSuchChannel
		}
		if address == "" && strings.Contains(template, "{address}") {
			return "other", nil, errNoAddress
		}
		raw = fill(template, m, address)
	} else {
		raw = fill(channel, m, "")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "other", nil, errors.New("not a URL such as smtp://… or ntfy://…") // url.Error quotes it, secrets and all
	}
	kind, s, err = c.byScheme(u)
	if err != nil {
		return kind, nil, redact(err, u)
	}
	return kind, redacted{s, u}, nil
}

func (c *Channels) byScheme(u *url.URL) (string, Sender, error) {
	scheme, _, _ := strings.Cut(u.Scheme, "+")
	switch scheme {
	case "smtp", "smtps":
		s, err := newEmail(u)
		return "email", s, err
	case "dingtalk":
		s, err := newDingTalk(u, c.client, c.clock)
		return "dingtalk", s, err
	case "generic":
		s, err := newWebhook(u, c.client)
		return "webhook", s, err
	case "http", "https":
		return "webhook", nil, fmt.Errorf("write generic+%s:// for a webhook", scheme)
	case "":
		return "other", nil, errors.New("not a URL such as smtp://… or ntfy://…")
	}
	kind := scheme
	if !slices.Contains(kinds, kind) {
		kind = "other"
	}
	s, err := newLibrary(u, scheme, c.slots)
	return kind, s, err
}

// fill puts a message and its person into a template.
func fill(template string, m *Message, address string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return strings.NewReplacer(
		"{address}", escape(address), "{phone}", escape(m.To.Phone), "{name}", escape(m.To.Name),
		"{title}", escape(m.Title), "{text}", escape(m.Text), "{link}", escape(m.Link),
	).Replace(template)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
