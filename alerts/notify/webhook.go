package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// webhook calls any HTTP address, such as an SMS gateway's. Its URL is written
// as shoutrrr's generic service has it:
//
//	generic+https://sms.example/send?template=json&messagekey=content&$mobile={phone}&@Authorization=Bearer%20…
//
// template is json (default), form or none (the text alone); method, contenttype,
// titlekey and messagekey set what they say; @Name is a header, $name a further
// field of the body. Every other parameter stays in the URL.
type webhook struct {
	client      *http.Client
	url         string
	method      string
	template    string
	contentType string
	titleKey    string
	messageKey  string
	headers     map[string]string
	extra       map[string]string
}

func newWebhook(u *url.URL, client *http.Client) (Sender, error) {
	target := *u
	q := u.Query()
	take := func(key, otherwise string) string {
		v := q.Get(key)
		q.Del(key)
		if v == "" {
			return otherwise
		}
		return v
	}
	w := &webhook{
		client: client, method: strings.ToUpper(take("method", http.MethodPost)), template: strings.ToLower(take("template", "json")),
		contentType: take("contenttype", ""), titleKey: take("titlekey", "title"), messageKey: take("messagekey", "message"),
		headers: map[string]string{}, extra: map[string]string{},
	}
	_, target.Scheme, _ = strings.Cut(u.Scheme, "+")
	if target.Scheme == "" {
		target.Scheme = "https"
	}
	if take("disabletls", "no") == "yes" {
		target.Scheme = "http"
	}
	for key := range q {
		if name, ok := strings.CutPrefix(key, "@"); ok {
			w.headers[name] = q.Get(key)
			q.Del(key)
		} else if name, ok := strings.CutPrefix(key, "$"); ok {
			w.extra[name] = q.Get(key)
			q.Del(key)
		}
	}
	target.RawQuery = q.Encode()
	w.url = target.String()
	if target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, errors.New("want generic+https://host/path?…")
	}
	if !slices.Contains([]string{"json", "form", "none"}, w.template) {
		return nil, fmt.Errorf("template %q: want json, form or none", w.template)
	}
	return w, nil
}

func (w *webhook) Send(ctx context.Context, m *Message) (bool, error) {
	body, contentType, err := w.body(m)
	if err != nil {
		return false, err
	}
	if w.contentType != "" {
		contentType = w.contentType
	}
	_, retry, err := post(ctx, w.client, w.method, w.url, contentType, body, w.headers)
	return retry, err
}

func (w *webhook) body(m *Message) ([]byte, string, error) {
	fields := map[string]string{w.titleKey: m.Title, w.messageKey: m.Body()}
	for k, v := range w.extra {
		fields[k] = v
	}
	switch w.template {
	case "form":
		form := url.Values{}
		for k, v := range fields {
			form.Set(k, v)
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
	case "none":
		return []byte(m.Body()), "text/plain; charset=utf-8", nil
	}
	b, err := json.Marshal(fields)
	return b, "application/json", err
}

// maxReply is how much of an answer is read.
const maxReply = 4 << 10

// post calls an address and gives the head of its answer. Refusals of the sender's
// own making (4xx but for 408, 425 and 429) are not worth a retry.
func post(ctx context.Context, client *http.Client, method, to, contentType string, body []byte, headers map[string]string) (reply []byte, retry bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Content-Type", contentType)
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := client.Do(req)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the address, which holds secrets
	}
	if err != nil {
		return nil, true, err
	}
	defer res.Body.Close()
	reply, err = io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return nil, true, err
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return reply, false, nil
	}
	return reply, worthRetry(res.StatusCode), fmt.Errorf("answered %s", res.Status)
}

func worthRetry(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 || status < 300
}
