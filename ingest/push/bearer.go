package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/clock"
)

// Bearer admits who sends Authorization: Bearer and the token.
type Bearer struct{ Token string }

// Open gives the body as it is.
func (b Bearer) Open(r *http.Request, body []byte) ([]byte, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !same(token, b.Token) {
		return nil, ErrStranger
	}
	return body, nil
}

// HMAC admits who signs the body with HMAC-SHA256, in hex or base64, also after
// sha256=. Where Timestamp names a header, that header's Unix seconds and a point
// are signed before the body, and must be within Window of our clock.
type HMAC struct {
	Secret    string
	Header    string // of the signature
	Timestamp string
	Window    time.Duration
	Clock     clock.Clock
}

// Open gives the body as it is.
func (h HMAC) Open(r *http.Request, body []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte(h.Secret))
	if h.Timestamp != "" {
		text := r.Header.Get(h.Timestamp)
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || h.Clock.Now().Sub(time.Unix(seconds, 0)).Abs() > h.Window {
			return nil, ErrStranger
		}
		mac.Write([]byte(text + "."))
	}
	mac.Write(body)
	sum := mac.Sum(nil)
	given := strings.TrimPrefix(r.Header.Get(h.Header), "sha256=")
	if !same(strings.ToLower(given), hex.EncodeToString(sum)) && !same(given, base64.StdEncoding.EncodeToString(sum)) {
		return nil, ErrStranger
	}
	return body, nil
}

// same compares without telling by its time how much is right.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
