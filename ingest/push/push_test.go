package push_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/push"
)

const (
	token  = "jiaping-token"
	key    = "0123456789abcdef"
	nonce  = "FZOKIRdC"
	secret = "secretsecretsecret"
	// What OneNET pushes of one lamp, and the same in secure mode; signatures and
	// cipher were made with openssl, as OneNET's manual says.
	message    = `{"deviceName":"JP-0008","messageType":"notify","notifyType":"property","data":{"id":"1","params":{"BatteryVoltage":{"time":1767268800499,"value":12.9}}}}`
	signed     = "9hBzDj1+aw1BL9Ff7k21Qw=="
	enciphered = "+fBWgY5Y9DMkkepz/MXONwu1CyqOTnCmMluCE7s2V9KGurgNLc+yJ7uJf3P5/tezUiKfI+YWOoE3UhvvAlt3SVj9tMBI2Gg+WHXUpg0PpC919mJ/t+n4kiUp7atp6UIa5TfxJb3gNMVs8RYmPN0H9mUHpAWQW5kyF/JHoOd5T7IM/AR+WUqC7/jLH+1oPXkPMSDogTCY4bNCgPmVC0HALQ=="
	cipherSign = "P1qXoJ4OaSTOORs2NHGpIg=="
	helloSign  = "NRXE+HPIU/bKIc4/fHnZSw=="
)

// cloud is a handler whose journal is a list.
type cloud struct {
	http.Handler
	topics []string
	taken  []string
	err    error
	log    bytes.Buffer
	rooms  *prometheus.Registry
}

func open(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{rooms: prometheus.NewRegistry()}
	h, err := push.New(push.Config{
		Sources: map[string]push.Source{
			"plain":  {Profile: "onenet", Gate: push.OneNET{Token: token}},
			"secure": {Profile: "onenet", Gate: push.OneNET{Token: token, Key: key}},
			"bearer": {Profile: "thingsboard", Gate: push.Bearer{Token: secret}},
			"hmac":   {Profile: "thingsboard", Gate: push.HMAC{Secret: secret, Header: "X-Signature"}},
			"timed": {Profile: "thingsboard", Gate: push.HMAC{
				Secret: secret, Header: "X-Signature", Timestamp: "X-Timestamp", Window: 5 * time.Minute,
				Clock: clock.NewScaled(time.Unix(1767268800, 0), 1),
			}},
		},
		Take: func(_ context.Context, topic string, data []byte) (ingest.Taken, error) {
			if c.err != nil {
				return ingest.Taken{}, c.err
			}
			c.topics, c.taken = append(c.topics, topic), append(c.taken, string(data))
			return ingest.Taken{Readings: 1}, nil
		},
		MaxBody: 4096, Clock: clock.Real{}, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Registerer: c.rooms,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/push/{source}", h)
	c.Handler = mux
	return c
}

func (c *cloud) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func envelope(msg, signature string) string {
	b, err := json.Marshal(map[string]any{"msg": msg, "nonce": nonce, "signature": signature, "time": 1767268800500, "id": "x"})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		panic(err)
	}
	return b.String()
}

// Each source's own credential opens its door, and nothing else does.
func TestCredentials(t *testing.T) {
	sum := "95dadadd37e693fbd5e106e26641cfbb0853a641396736ba098807879a38f281" // of body, by openssl
	for _, c := range []struct {
		name, path, body string
		header           []string
		status           int
		taken            string // what reaches the journal
	}{
		{"plain", "/push/plain", envelope(message, signed), nil, 200, message},
		{"the object itself, as an older platform has it", "/push/plain", `{"msg":` + message + `,"nonce":"` + nonce + `","msg_signature":"` + signed + `"}`, nil, 200, message},
		{"another message", "/push/plain", envelope(message+" ", signed), nil, 401, ""},
		{"no signature", "/push/plain", envelope(message, ""), nil, 401, ""},
		{"no message", "/push/plain", `{}`, nil, 401, ""},
		{"no envelope", "/push/plain", `[`, nil, 400, ""},
		{"secure", "/push/secure", envelope(enciphered, cipherSign), nil, 200, message},
		{"plain to a secure source", "/push/secure", envelope(message, signed), nil, 400, ""},
		{"secure, packed", "/push/secure", gzipped(envelope(enciphered, cipherSign)), nil, 200, message},
		{"bearer", "/push/bearer", "body", []string{"Authorization", "Bearer " + secret}, 200, "body"},
		{"bearer, packed", "/push/bearer", gzipped("body"), []string{"Authorization", "Bearer " + secret, "Content-Encoding", "gzip"}, 200, gzipped("body")},
		{"bearer, wrong", "/push/bearer", "body", []string{"Authorization", "Bearer " + secret + "x"}, 401, ""},
		{"bearer, empty", "/push/bearer", "body", []string{"Authorization", "Bearer "}, 401, ""},
		{"bearer, none", "/push/bearer", "body", nil, 401, ""},
		{"hmac in hex", "/push/hmac", "body", []string{"X-Signature", "sha256=" + strings.ToUpper(sum)}, 200, "body"},
		{"hmac of another body", "/push/hmac", "body2", []string{"X-Signature", sum}, 401, ""},
		{"hmac, none", "/push/hmac", "body", nil, 401, ""},
		{"hmac with a time, in base64", "/push/timed", "body", []string{"X-Timestamp", "1767268800", "X-Signature", "n4FK9oGZABL8xVdc0BBkX5KYwVYr+IXq9uw2AXXahTg="}, 200, "body"},
		{"hmac of an hour ago", "/push/timed", "body", []string{"X-Timestamp", "1767265200", "X-Signature", "n4FK9oGZABL8xVdc0BBkX5KYwVYr+IXq9uw2AXXahTg="}, 401, ""},
		{"nobody", "/push/nobody", "body", []string{"Authorization", "Bearer " + secret}, 401, ""},
		{"too large", "/push/bearer", strings.Repeat("x", 5000), []string{"Authorization", "Bearer " + secret}, 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			w := h.do(http.MethodPost, c.path, c.body, c.header...)
			if w.Code != c.status {
				t.Errorf("answered %d %s, want %d", w.Code, w.Body, c.status)
			}
			if got := strings.Join(h.taken, "|"); got != c.taken {
				t.Errorf("taken is %q, want %q", got, c.taken)
			}
			for _, s := range []string{secret, token, key} {
				if strings.Contains(h.log.String()+w.Body.String(), s) {
					t.Errorf("a secret is told: %s %s", h.log.String(), w.Body)
				}
			}
		})
	}
}

// OneNET tries the address by a GET and wants to see msg, nothing else.
func TestOneNETTriesTheAddress(t *testing.T) {
	h := open(t)
	query := func(signature string) string {
		return "/push/plain?" + url.Values{"msg": {"hello"}, "nonce": {nonce}, "signature": {signature}}.Encode()
	}
	if w := h.do(http.MethodGet, query(helloSign), ""); w.Code != 200 || w.Body.String() != "hello" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("answered %d %q as %s", w.Code, w.Body, w.Header().Get("Content-Type"))
	}
	if w := h.do(http.MethodGet, "/push/plain?msg=hello&nonce="+nonce+"&signature="+helloSign, ""); w.Code != 200 {
		t.Errorf("a plus that was not escaped: %d", w.Code)
	}
	for name, path := range map[string]string{"wrong": query(signed), "none": "/push/plain?msg=<script>&nonce=" + nonce, "bare": "/push/plain", "of another": strings.Replace(query(helloSign), "plain", "nobody", 1)} {
		if w := h.do(http.MethodGet, path, ""); w.Code != 401 || strings.Contains(w.Body.String(), "script") {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
	}
	if w := h.do(http.MethodGet, "/push/bearer", ""); w.Code != 405 {
		t.Errorf("a source without trial: %d", w.Code)
	}
	if w := h.do(http.MethodDelete, "/push/bearer", ""); w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Errorf("DELETE: %d", w.Code)
	}
}

// While the journal takes nothing the cloud is told to come again, and never 200.
func TestHeldJournal(t *testing.T) {
	h := open(t)
	h.err = ingest.ErrHeld
	w := h.do(http.MethodPost, "/push/bearer", "body", "Authorization", "Bearer "+secret)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	h.err = errors.New("other")
	if w := h.do(http.MethodPost, "/push/bearer", "body", "Authorization", "Bearer "+secret); w.Code != 503 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

// Ten thousand strangers make one line of log and one label.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	h := open(t)
	for i := range 200 {
		h.do(http.MethodPost, "/push/bearer", "body")
		h.do(http.MethodPost, "/push/stranger"+strings.Repeat("x", i), "body")
	}
	if n := strings.Count(h.log.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, h.log.String())
	}
	families, err := h.rooms.Gather()
	if err != nil || len(families) != 1 || len(families[0].Metric) != 2 {
		t.Errorf("metrics are %v, %v", families, err)
	}
}

// Whatever is pushed, it is answered without panic, and 200 only with the right proof.
func FuzzOneNET(f *testing.F) {
	f.Add([]byte(envelope(message, signed)))
	f.Add([]byte(envelope(enciphered, cipherSign)))
	f.Add([]byte(gzipped(envelope(message, signed))))
	f.Add([]byte(`{"msg":{"a":1},"nonce":"1","msg_signature":"2"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		for _, gate := range []push.OneNET{{Token: token}, {Token: token, Key: key}} {
			data, err := gate.Open(r, body)
			if err == nil && string(data) != message && string(data) != enciphered {
				t.Fatalf("%q opens the door: %q", body, data)
			}
		}
		// And as a text that was signed: nothing within breaks the decipherer.
		gate := push.OneNET{Token: token, Key: key}
		if data, err := gate.Open(r, []byte(push.SignForTest(token, string(body)))); errors.Is(err, push.ErrStranger) && len(body) > 0 {
			t.Fatalf("%q is signed and turned away: %q", body, data)
		}
	})
}
