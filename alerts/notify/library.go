package notify

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// library sends through shoutrrr: WeCom, Lark (飞书), ntfy, Bark and whatever else it
// knows, each by its URL. What it does not do well is done beside it: e-mail
// (subjects in Chinese, deadlines), webhooks (timeouts), DingTalk (it has none).
// Its senders take no context, so an attempt that hangs is left behind, at most
// maxHanging of them.
type library struct {
	router *router.ServiceRouter
	scheme string
	slots  chan struct{}
}

func newLibrary(u *url.URL, scheme string, slots chan struct{}) (Sender, error) {
	r, err := shoutrrr.CreateSender(u.String())
	if err != nil {
		return nil, errors.New("no such channel, or its URL lacks something: " + err.Error())
	}
	return &library{r, scheme, slots}, nil
}

func (l *library) Send(ctx context.Context, m *Message) (bool, error) {
	select {
	case l.slots <- struct{}{}:
	default:
		return true, errors.New("too many earlier attempts hang")
	}
	done := make(chan error, 1)
	text, params := l.message(m)
	go func() {
		defer func() { <-l.slots }()
		done <- errors.Join(l.router.Send(text, params)...)
	}()
	select {
	case <-ctx.Done():
		return true, ctx.Err()
	case err := <-done:
		return err != nil && l.worthRetry(err), err
	}
}

// message puts title and link where the service has a place for them.
func (l *library) message(m *Message) (string, *types.Params) {
	switch l.scheme {
	case "ntfy":
		p := types.Params{"title": m.Title}
		if m.Link != "" {
			p["click"] = m.Link
		}
		return m.Text, &p
	case "bark":
		p := types.Params{"title": m.Title}
		if m.Link != "" {
			p["url"] = m.Link
		}
		return m.Text, &p
	}
	return m.Title + "\n" + m.Body(), &types.Params{}
}

var (
	httpStatus = regexp.MustCompile(`(?:status|Status|code)[^0-9]{0,12}([1-5][0-9]{2})\b`)
	ntfyCode   = regexp.MustCompile(`\(([45][0-9]{2})[0-9]{2}\)`) // HTTP status and two digits more
	// WeCom: the key is wrong or the robot was removed. Lark: token, keyword or signature are wrong.
	refusals = []string{"error code 93000", "code 19001", "code 19021", "code 19024"}
)

// worthRetry reads the verdict from the words, since the library gives no other;
// in doubt it is worth one.
func (l *library) worthRetry(err error) bool {
	text := err.Error()
	for _, r := range refusals {
		if strings.Contains(text, r) {
			return false
		}
	}
	for _, pattern := range []*regexp.Regexp{httpStatus, ntfyCode} {
		if m := pattern.FindStringSubmatch(text); m != nil {
			status, _ := strconv.Atoi(m[1])
			return worthRetry(status)
		}
	}
	return true
}
