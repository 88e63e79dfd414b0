package ingest

import (
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

func TestRememberedIsBounded(t *testing.T) {
	m := &remembered{}
	for i := range uint64(3 * rememberedMost) {
		m.add(i, 1)
	}
	if n := m.young.n + m.old.n; n > 2*rememberedMost {
		t.Errorf("%d hashes are remembered", n)
	}
	if !m.has(3*rememberedMost-1) || !m.has(2*rememberedMost+1) || m.has(1) {
		t.Error("the newest must be known, the oldest forgotten")
	}
}

// What came long ago is the ledger's to judge.
func TestRememberedForgets(t *testing.T) {
	const generation = device.Millis(rememberedFor / time.Millisecond)
	m := &remembered{}
	m.add(1, 1)
	m.add(2, generation+2)
	if !m.has(1) || !m.has(2) {
		t.Error("the last generation must be known")
	}
	m.add(3, 2*generation+3)
	if m.has(1) || !m.has(2) || !m.has(3) {
		t.Error("the one before it must be forgotten")
	}
}
