package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // OneNET's signature is MD5 over a secret; TLS guards what it does not
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// OneNET admits China Mobile OneNET's signed push, in plain mode, or in secure
// mode where Key is set: {"msg":…,"nonce":…,"signature":…}, signature being the
// base64 of MD5(token + nonce + msg), msg in secure mode the base64 of
// AES-128-CBC with PKCS#7, its IV being the key. (OneNET, 数据推送; the facts of
// the cipher as its receiver's sample code has them.)
type OneNET struct {
	Token string
	Key   string // 16 characters; empty for plain mode
}

// verify answers OneNET's trial of the address: msg, if its signature is right.
func (o OneNET) verify(r *http.Request) (string, error) {
	q := r.URL.Query()
	if msg := q.Get("msg"); o.signed(msg, q.Get("nonce"), q.Get("signature")) {
		return msg, nil
	}
	return "", ErrStranger
}

// nonceLen is OneNET's; with any other, bytes could wander between nonce and msg.
const nonceLen = 8

// signed allows blanks where a plus was not escaped in a URL.
func (o OneNET) signed(msg, nonce, signature string) bool {
	sum := md5.Sum([]byte(o.Token + nonce + msg)) //nolint:gosec // see above
	return len(nonce) == nonceLen && o.Token != "" && same(strings.ReplaceAll(signature, " ", "+"), base64.StdEncoding.EncodeToString(sum[:]))
}

// Open checks the signature and gives the message, deciphered in secure mode.
func (o OneNET) Open(_ *http.Request, body []byte) ([]byte, error) {
	var envelope struct {
		Msg       json.RawMessage `json:"msg"`
		Nonce     string          `json:"nonce"`
		Signature string          `json:"signature"`
		Older     string          `json:"msg_signature"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("the body is no envelope of OneNET: %w", err)
	}
	if envelope.Signature == "" {
		envelope.Signature = envelope.Older
	}
	msg := string(envelope.Msg) // an older platform sends the object itself
	if strings.HasPrefix(msg, `"`) {
		if err := json.Unmarshal(envelope.Msg, &msg); err != nil {
			return nil, fmt.Errorf("msg is no text: %w", err)
		}
	}
	if !o.signed(msg, envelope.Nonce, envelope.Signature) {
		return nil, ErrStranger
	}
	if o.Key == "" {
		return []byte(msg), nil
	}
	return o.decipher(msg)
}

var errCipher = errors.New("msg cannot be deciphered: is OneNET in secure mode (安全模式), and the key the instance's own?")

func (o OneNET) decipher(msg string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(msg)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errCipher
	}
	block, err := aes.NewCipher([]byte(o.Key))
	if err != nil || len(o.Key) != aes.BlockSize {
		return nil, fmt.Errorf("key: want 16 characters")
	}
	cipher.NewCBCDecrypter(block, []byte(o.Key)).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, errCipher
	}
	for _, c := range data[len(data)-pad:] {
		if int(c) != pad {
			return nil, errCipher
		}
	}
	return data[:len(data)-pad], nil
}
