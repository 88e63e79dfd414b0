package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/yingguang/yingguang/clock"
)

// dingTalk sends to a custom robot of a DingTalk group, which the library lacks:
//
//	dingtalk://ACCESS_TOKEN?secret=SEC…&at={phone}
//
// With a secret it signs as the robot's security settings ask for. host and
// scheme set another server. A token in the query (token=) may stand for the host.
type dingTalk struct {
	client        *http.Client
	clock         clock.Clock
	base          url.URL
	token, secret string
	mobile        string
}

func newDingTalk(u *url.URL, client *http.Client, clk clock.Clock) (Sender, error) {
	q := u.Query()
	d := &dingTalk{client: client, clock: clk, token: u.Host, secret: q.Get("secret"), mobile: q.Get("at")}
	d.base = url.URL{Scheme: "https", Host: "oapi.dingtalk.com", Path: "/robot/send"}
	if h := q.Get("host"); h != "" {
		d.base.Host = h
	}
	if s := q.Get("scheme"); s != "" {
		d.base.Scheme = s
	}
	if t := q.Get("token"); t != "" {
		d.token = t
	}
	if d.token == "" {
		return nil, errors.New("want dingtalk://ACCESS_TOKEN?secret=SEC…")
	}
	return d, nil
}

// signature is what the robot checks: HMAC-SHA256 of time and secret.
func (d *dingTalk) signature(ms int64) string {
	mac := hmac.New(sha256.New, []byte(d.secret))
	fmt.Fprintf(mac, "%d\n%s", ms, d.secret)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// errors of the robot that pass by themselves: too busy, too many messages a minute.
const (
	dingTalkBusy    = -1
	dingTalkTooMany = 130101
	dingTalkSpeed   = 410100
)

func (d *dingTalk) Send(ctx context.Context, m *Message) (bool, error) {
	to := d.base
	q := url.Values{"access_token": {d.token}}
	if d.secret != "" {
		now := d.clock.Now().UnixMilli()
		q.Set("timestamp", strconv.FormatInt(now, 10))
		q.Set("sign", d.signature(now))
	}
	to.RawQuery = q.Encode()
	content := map[string]any{"msgtype": "text", "text": map[string]string{"content": m.Title + "\n" + m.Body()}}
	if d.mobile != "" {
		content["at"] = map[string]any{"atMobiles": []string{d.mobile}}
	}
	body, err := json.Marshal(content)
	if err != nil {
		return false, err
	}
	reply, retry, err := post(ctx, d.client, http.MethodPost, to.String(), "application/json", body, nil)
	if err != nil {
		return retry, err
	}
	var answer struct {
		Code int    `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return true, errors.New("the answer is not DingTalk's")
	}
	if answer.Code != 0 {
		passes := answer.Code == dingTalkBusy || answer.Code == dingTalkTooMany || answer.Code == dingTalkSpeed
		return passes, fmt.Errorf("DingTalk refused: %d %s", answer.Code, answer.Text)
	}
	return false, nil
}
