package notify

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// redacted is the stage that keeps the secrets of a channel's URL out of errors.
type redacted struct {
	Sender
	url *url.URL
}

func (r redacted) Send(ctx context.Context, m *Message) (bool, error) {
	retry, err := r.Sender.Send(ctx, m)
	return retry, redact(err, r.url)
}

// maxErrorLen is the longest error kept, in bytes: enough for a sentence, not for
// a page of HTML that a proxy sent.
const maxErrorLen = 300

// redact makes a new error without any part of the URL that could be a secret: user,
// password, host (WeCom's key stands there), path and every value of the query.
func redact(err error, u *url.URL) error {
	if err == nil {
		return nil
	}
	secrets := []string{u.Host, u.Hostname(), strings.Trim(u.Path, "/"), strings.Trim(u.EscapedPath(), "/"), u.Opaque, u.RawQuery}
	secrets = append(secrets, strings.Split(u.Path, "/")...)
	if u.User != nil {
		password, _ := u.User.Password()
		secrets = append(secrets, u.User.Username(), password, url.QueryEscape(password), url.PathEscape(password))
	}
	for _, values := range u.Query() {
		for _, v := range values {
			secrets = append(secrets, v, url.QueryEscape(v))
		}
	}
	// The longest first, so that no part of one is left standing.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	text := err.Error()
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	if len(text) > maxErrorLen {
		text = strings.ToValidUTF8(text[:maxErrorLen], "") + "…"
	}
	return errors.New(text)
}
