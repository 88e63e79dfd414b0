package registry

import "testing"

// The forms are those of docs/notify.md.
func TestIsChannel(t *testing.T) {
	for c, want := range map[string]bool{
		"inbox": true, "sms": true, "email:zhang@example.com": true, "wecom_group-2": true, "ntfy://ntfy.sh/my-topic": true,
		"email:": false, ":zhang": false, "inbox;sms": false, "短信": false, "zhang@example.com": false,
	} {
		if got := isChannel(c); got != want {
			t.Errorf("isChannel(%q) = %v, want %v", c, got, want)
		}
	}
}
