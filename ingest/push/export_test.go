package push

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// SignForTest is an envelope as OneNET signs it, for a text of any bytes.
func SignForTest(token, msg string) string {
	msg = strings.ToValidUTF8(msg, "\uFFFD")
	sum := md5.Sum([]byte(token + "nonce678" + msg))
	b, err := json.Marshal(map[string]string{"msg": msg, "nonce": "nonce678", "signature": base64.StdEncoding.EncodeToString(sum[:])})
	if err != nil {
		panic(err)
	}
	return string(b)
}
