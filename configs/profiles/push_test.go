package profiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPushSources(t *testing.T) {
	known, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "push.yaml")
	load := func(text string) ([]PushSource, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return LoadPush(path, known)
	}
	list, err := load(`
sources:
  onenet: {profile: onenet, auth: onenet, token: hunter2hunter2, key: 0123456789abcdef}
  b: {profile: thingsboard, auth: bearer, token: hunter2hunter2hunter2}
  c: {profile: thingsboard, auth: hmac, secret: hunter2hunter2hunter2, timestamp: X-Time}
`)
	if err != nil || len(list) != 3 || list[0].Name != "onenet" || list[2].Header != "X-Signature" || list[2].Timestamp != "X-Time" {
		t.Fatalf("read as %v, %v", list, err)
	}
	for _, c := range []struct{ text, want string }{
		{"sources: {a: {profile: nobody, auth: bearer, token: hunter2hunter2hunter2}}", "push.yaml:1:14: sources.a.profile: 没有这个配置档 \"nobody\" is no profile"},
		{"sources: {a: {profile: onenet, auth: basic}}", "sources.a.auth"},
		{"sources: {a: {profile: onenet, auth: bearer, token: hunter2}}", "wants at least 16 characters"},
		{"sources: {a: {profile: onenet, auth: onenet, token: hunter2}}", "wants at least 8 characters"},
		{"sources: {a: {profile: onenet, auth: onenet, token: hunter2hunter2, key: hunter2}}", "wants 16 characters"},
		{"sources: {a: {profile: onenet, auth: bearer, token: hunter2hunter2hunter2, secret: hunter2}}", "bearer 不用这一项 has no use for it"},
		{"sources: {a b: {profile: onenet, auth: bearer, token: hunter2hunter2hunter2}}", "a source's name"},
		{"sources:\n  a: hunter2", "push.yaml:2:6"},
		{"sources:\n\ta: hunter2", "push.yaml:2"},
		{"sauces: {a: hunter2}", "did you mean sources"},
		{"", "the file is empty"},
		{"sources: [hunter2]", "wants entries below it"},
	} {
		_, err := load(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want %s", c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the message carries the secret: %v", err)
		}
	}
}
