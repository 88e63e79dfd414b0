package app

import (
	"testing"

	"github.com/yingguang/yingguang/ingest/gate"
)

// The office is told of each trouble in words.
func TestEveryTroubleHasItsWords(t *testing.T) {
	for _, trouble := range []gate.Trouble{gate.Flood, gate.TooLarge, gate.Foreign, gate.QoS2, gate.Malformed, garbage} {
		if words := troubleWords(trouble); words[0] == "" || words[1] == "" {
			t.Errorf("%s: %q", trouble, words)
		}
	}
}
