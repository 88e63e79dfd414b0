package ingest

import (
	"context"
	"testing"
)

// A cloud that gives up waiting sends its message again while the first request still
// works on it: the second waits, and gives the same answer without doing it again.
func TestTheSameMessageAtOnce(t *testing.T) {
	var a attempts
	key := attemptKey("push/onenet/cloud", []byte("{"))
	first := a.find(key)
	if err := first.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := a.find(key)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := second.wait(ended); second != first || err == nil {
		t.Error("two requests work on one message")
	}
	if a.find(attemptKey("push/onenet/cloud", []byte("["))) == first || a.find(attemptKey("push/onenet", []byte("/cloud{"))) == first {
		t.Error("another message is taken for the same")
	}
	turn := make(chan error, 1)
	go func() { turn <- second.wait(t.Context()) }()
	first.taken = &Taken{Rejected: 1, Reason: "bad_json"}
	a.end(key, first)
	if err := <-turn; err != nil || second.taken == nil || second.taken.Rejected != 1 {
		t.Errorf("the second request got %+v, %v", second.taken, err)
	}
	a.end(key, second)
	if a.find(key) == first {
		t.Error("a message that is done is remembered")
	}
}
