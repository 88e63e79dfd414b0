package journal

import (
	"context"
	"errors"
	"testing"
)

// A reader that keeps up is served from memory, one that lags by the server below,
// and both read the same.
func TestReadersThatKeepUpAndLag(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	const blocks = 3 * recentBlocks
	quick, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	written := make(chan error, 1)
	go func() {
		for i := 1; i <= blocks; i++ {
			if _, err := j.Append(t.Context(), block(i)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	expect(t, quick, 1, blocks)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	late, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	expect(t, late, 1, blocks)
	if late.messages != nil {
		t.Error("a reader that has caught up goes on asking the server")
	}
	appendBlocks(t, j, blocks+1, blocks+1)
	expect(t, quick, blocks+1, blocks+1)
	expect(t, late, blocks+1, blocks+1)
}

// Where an append fails nobody knows whether the block was written: who waits in
// memory goes on at the server, which does.
func TestReaderFindsWhatNobodyAcknowledged(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	appendBlocks(t, j, 1, 1)
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	expect(t, r, 1, 1)
	waits := make(chan error, 1)
	go func() {
		_, b, err := r.Next(t.Context())
		if err == nil && b.At != 2 {
			err = errors.New("another block")
		}
		waits <- err
	}()
	// Written behind our back, as by an append whose answer was lost.
	if err := j.conn.Publish(blockSubject, EncodeBlock(nil, block(2))); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ended, block(3)); err == nil {
		t.Fatal("an append with an ended context succeeds")
	}
	if err := <-waits; err != nil {
		t.Fatal(err)
	}
}

// Memory is bounded whatever the size of the blocks, and what a reader holds is not
// written over.
func TestRecentIsBounded(t *testing.T) {
	r := &recent{}
	r.begin(1)
	large := make([]byte, recentBytes/4)
	for seq := uint64(1); seq <= 20; seq++ {
		large[0] = byte(seq)
		r.add(seq, large)
		if seq == 10 {
			held, _ := r.take(Position{1, 9})
			defer func() {
				if held.data[0] != 10 {
					t.Error("a block was overwritten while it was read")
				}
			}()
		}
	}
	if r.bytes > recentBytes || len(r.list) != 4 || len(r.free) > recentFree {
		t.Errorf("%d bytes in %d blocks, %d free", r.bytes, len(r.list), len(r.free))
	}
	for seq := uint64(21); seq <= 20+2*recentBlocks; seq++ {
		r.add(seq, nil)
	}
	if len(r.list) != recentBlocks || r.list[0].seq != 21+recentBlocks {
		t.Errorf("%d blocks from %d on", len(r.list), r.list[0].seq)
	}
	if k, more := r.take(Position{2, 20 + 2*recentBlocks}); k != nil || more != nil {
		t.Error("another journal's position is served")
	}
}
