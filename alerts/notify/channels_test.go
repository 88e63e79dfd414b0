package notify

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// receiver is a real HTTP server that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []received
	status int
	answer string
}

type received struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
}

func newReceiver(t *testing.T, status int, answer string) *receiver {
	t.Helper()
	r := &receiver{status: status, answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, received{req.Method, req.URL.Path, req.URL.Query(), req.Header, string(body)})
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) host() string { return strings.TrimPrefix(r.URL, "http://") }

func (r *receiver) only(t *testing.T) received {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) != 1 {
		t.Fatalf("received %d requests, want 1", len(r.seen))
	}
	return r.seen[0]
}

func testMessage() *Message {
	return &Message{
		ID: 42, Title: "石坝大院路灯JP-0007：灯不亮", Text: "电池有电，灯却不亮。", Link: "https://lamps.example/tickets/7",
		To: device.Person{ID: "V-01", Name: "示例·杨", Phone: "000-0000-0107"},
	}
}

func channels(t *testing.T, named map[string]string) *Channels {
	t.Helper()
	c, err := NewChannels(named, clock.Real{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// send sends the test message and gives the verdict.
func send(t *testing.T, c *Channels, channel string) (kind string, retry bool, err error) {
	t.Helper()
	m := testMessage()
	kind, s, err := c.sender(channel, m)
	if err != nil {
		return kind, false, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	retry, err = s.Send(ctx, m)
	return kind, retry, err
}

func mustSend(t *testing.T, c *Channels, channel, wantKind string) {
	t.Helper()
	kind, _, err := send(t, c, channel)
	if err != nil || kind != wantKind {
		t.Fatalf("kind %s, %v, want %s", kind, err, wantKind)
	}
}

func TestWebhook(t *testing.T) {
	r := newReceiver(t, 200, "ok")
	c := channels(t, map[string]string{
		"sms": "generic+" + r.URL + "/send?app=lamps&messagekey=content&$mobile={phone}&@Authorization=Bearer%20s3cret",
	})
	mustSend(t, c, "sms", "webhook")
	got := r.only(t)
	var body map[string]string
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	if body["mobile"] != "000-0000-0107" || !strings.HasPrefix(body["content"], "电池有电，灯却不亮。\nhttps://lamps") || body["title"] != testMessage().Title {
		t.Errorf("body %v", body)
	}
	if got.path != "/send" || got.query.Encode() != "app=lamps" || got.header.Get("Authorization") != "Bearer s3cret" {
		t.Errorf("request %+v", got)
	}
}

func TestWebhookForm(t *testing.T) {
	r := newReceiver(t, 200, "ok")
	mustSend(t, channels(t, nil), "generic+"+r.URL+"/?template=form&$to={phone}&method=put", "webhook")
	got := r.only(t)
	form, err := url.ParseQuery(got.body)
	if err != nil || form.Get("to") != "000-0000-0107" || got.method != http.MethodPut || got.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDingTalk(t *testing.T) {
	r := newReceiver(t, 200, `{"errcode":0,"errmsg":"ok"}`)
	mustSend(t, channels(t, nil), "dingtalk://tok3n?secret=SECabc&at={phone}&scheme=http&host="+r.host(), "dingtalk")
	got := r.only(t)
	if got.path != "/robot/send" || got.query.Get("access_token") != "tok3n" || got.query.Get("sign") == "" || got.query.Get("timestamp") == "" {
		t.Errorf("query %v", got.query)
	}
	if !strings.Contains(got.body, "灯不亮") || !strings.Contains(got.body, `"atMobiles":["000-0000-0107"]`) {
		t.Errorf("body %s", got.body)
	}
}

// The signature is that of DingTalk's own rule: HMAC-SHA256 of "time\nsecret" with
// the secret, in base64; this value was computed with openssl.
func TestDingTalkSignature(t *testing.T) {
	d := &dingTalk{secret: "SEC000000"}
	if got, want := d.signature(1577262236757), "NAKSVNx6zFNf/SVDhrzbEUdwgT4JYV3W1TXvKwZfk6Y="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestNtfy(t *testing.T) {
	r := newReceiver(t, 200, `{"id":"x"}`)
	mustSend(t, channels(t, nil), "ntfy://"+r.host()+"/lamps-7?scheme=http", "ntfy")
	got := r.only(t)
	if got.path != "/lamps-7" || got.body != testMessage().Text || got.header.Get("Title") != testMessage().Title || got.header.Get("Click") != testMessage().Link {
		t.Errorf("%+v", got)
	}
}

func TestBark(t *testing.T) {
	r := newReceiver(t, 200, `{"code":200,"message":"success"}`)
	mustSend(t, channels(t, nil), "bark://:devicekey@"+r.host()+"/?scheme=http", "bark")
	got := r.only(t)
	if got.path != "/push" || !strings.Contains(got.body, `"device_key": "devicekey"`) || !strings.Contains(got.body, "灯却不亮") {
		t.Errorf("%+v", got)
	}
}

// redirect sends every request to one receiver: the library does not let the
// hosts of WeCom and Lark be set.
type redirect struct{ to string }

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Wanted-Host", req.URL.Host)
	req.URL.Scheme, req.URL.Host = "http", r.to
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
}

func divert(t *testing.T, r *receiver) {
	t.Helper()
	before := http.DefaultTransport
	http.DefaultTransport = redirect{r.host()}
	t.Cleanup(func() { http.DefaultTransport = before })
}

func TestWeCom(t *testing.T) {
	r := newReceiver(t, 200, `{"errcode":0,"errmsg":"ok"}`)
	divert(t, r)
	mustSend(t, channels(t, map[string]string{"group": "wecom://693a91f6-7xxx-4bc4"}), "group", "wecom")
	got := r.only(t)
	if got.header.Get("Wanted-Host") != "qyapi.weixin.qq.com" || got.query.Get("key") != "693a91f6-7xxx-4bc4" || !strings.Contains(got.body, "灯不亮") {
		t.Errorf("%+v", got)
	}
}

func TestLark(t *testing.T) {
	r := newReceiver(t, 200, `{"code":0,"msg":"success"}`)
	divert(t, r)
	mustSend(t, channels(t, nil), "lark://open.feishu.cn/tok3n?secret=s3cret", "lark")
	got := r.only(t)
	if got.header.Get("Wanted-Host") != "open.feishu.cn" || got.path != "/open-apis/bot/v2/hook/tok3n" || !strings.Contains(got.body, `"sign":`) || !strings.Contains(got.body, "灯不亮") {
		t.Errorf("%+v", got)
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		answer  string
		channel string // HOST stands for the receiver
		retry   bool
	}{
		{"webhook busy", 503, "", "generic+http://HOST/s3cret-path", true},
		{"webhook refuses", 403, "", "generic+http://HOST/s3cret-path?k=s3cret-key", false},
		{"webhook too many", 429, "", "generic+http://HOST/", true},
		{"webhook moved", 302, "", "generic+http://HOST/", false},
		{"dingtalk key", 200, `{"errcode":300001,"errmsg":"token is not exist"}`, "dingtalk://s3cret-token?scheme=http&host=HOST", false},
		{"dingtalk speed", 200, `{"errcode":130101,"errmsg":"send too fast"}`, "dingtalk://s3cret-token?scheme=http&host=HOST", true},
		{"dingtalk nonsense", 200, `<html>`, "dingtalk://s3cret-token?scheme=http&host=HOST", true},
		{"ntfy forbidden", 403, `{"code":40301,"http":403,"error":"forbidden"}`, "ntfy://user:s3cret-pass@HOST/s3cret-topic?scheme=http", false},
		{"ntfy down", 502, `{"code":50201,"http":502,"error":"bad gateway"}`, "ntfy://HOST/s3cret-topic?scheme=http", true},
		{"bark down", 500, `{"code":500,"message":"down"}`, "bark://:s3cret-key@HOST/?scheme=http", true},
		{"wecom key", 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`, "wecom://s3cret-key", false},
		{"lark busy", 200, `{"code":11232,"msg":"too many requests"}`, "lark://open.feishu.cn/s3cret-token", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, c.status, c.answer)
			divert(t, r)
			_, retry, err := send(t, channels(t, nil), strings.ReplaceAll(c.channel, "HOST", r.host()))
			if err == nil || retry != c.retry {
				t.Errorf("retry %v, %v; want an error and retry %v", retry, err, c.retry)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// Port 1 is one that only root may take, and nobody does.
func TestNobodyListens(t *testing.T) {
	const host = "127.0.0.1:1"
	for _, channel := range []string{
		"generic+http://" + host + "/s3cret-path", "dingtalk://s3cret-token?scheme=http&host=" + host,
		"ntfy://" + host + "/s3cret-topic?scheme=http", "smtp://u:s3cret-pass@" + host + "/?from=a@b.example&to=c@d.example",
	} {
		_, retry, err := send(t, channels(t, nil), channel)
		if err == nil || !retry || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: retry %v, %v", channel, retry, err)
		}
	}
}

func TestBadChannels(t *testing.T) {
	for name, template := range map[string]string{
		"sms": "https://sms.example/", "mail": "smtp://host/?from=a@b.example", "ding": "dingtalk://", "hook": "generic+ftp://s3cret.example/",
		"x": "nosuch://s3cret", "y": "plain words", "a:b": "ntfy://h/t", "broken": "smtp://s3cret pass:%zz",
	} {
		_, err := NewChannels(map[string]string{name: template}, nil)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s %s: %v", name, template, err)
		}
	}
	c := channels(t, map[string]string{"email": "smtp://127.0.0.1/?from=a@b.example&to={address}"})
	for _, channel := range []string{"nosuch", "email", "email:"} {
		if _, _, err := send(t, c, channel); err == nil {
			t.Errorf("%s: no error", channel)
		}
	}
}

// mailServer is a real SMTP server that keeps what it is sent.
type mailServer struct {
	addr string
	mu   sync.Mutex
	from string
	to   []string
	data string
	rcpt error
}

func newMailServer(t *testing.T, rcpt error) *mailServer {
	t.Helper()
	m := &mailServer{rcpt: rcpt}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{m}, nil }))
	s.AllowInsecureAuth = true
	s.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = l.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return m
}

type session struct{ m *mailServer }

func (s session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "lamps" || password != "s3cret" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s session) Mail(from string, _ *smtp.MailOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.from = from
	return nil
}

func (s session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.to = append(s.m.to, to)
	return s.m.rcpt
}

func (s session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.data = string(b)
	return err
}
func (session) Reset()        {}
func (session) Logout() error { return nil }

func TestEmail(t *testing.T) {
	server := newMailServer(t, nil)
	c := channels(t, map[string]string{"email": "smtp://lamps:s3cret@" + server.addr + "/?from=lamps@jiaping.example&to={address}"})
	mustSend(t, c, "email:zhang@jiaping.example", "email")
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.from != "lamps@jiaping.example" || len(server.to) != 1 || server.to[0] != "zhang@jiaping.example" {
		t.Errorf("from %s to %v", server.from, server.to)
	}
	msg, err := mail.ReadMessage(strings.NewReader(server.data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != testMessage().Title {
		t.Errorf("subject %q, %v", subject, err)
	}
	if id := msg.Header.Get("Message-ID"); id != "<notice-42@jiaping.example>" {
		t.Errorf("Message-ID %s", id)
	}
	for _, c := range server.data {
		if c > 127 {
			t.Fatalf("the mail is not plain ASCII on the wire: %q", c)
		}
	}
}

func TestEmailRefused(t *testing.T) {
	for _, c := range []struct {
		code  int
		retry bool
	}{{550, false}, {451, true}} {
		server := newMailServer(t, &smtp.SMTPError{Code: c.code, Message: "no"})
		ch := "smtp://lamps:s3cret@" + server.addr + "/?from=lamps@jiaping.example&to=zhang@jiaping.example"
		if _, retry, err := send(t, channels(t, nil), ch); err == nil || retry != c.retry {
			t.Errorf("%d: retry %v, %v", c.code, retry, err)
		}
	}
}
