package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// memberBucket holds one entry for each ingest that shares a subscription with others.
const memberBucket = "YINGGUANG_INGESTS"

// The two words of an entry.
const (
	memberWell = "well"
	memberBusy = "busy"
)

// Member is one ingest among those that feed this journal. It knows of the others by
// what they report here, and of one that stopped by its silence.
type Member struct {
	journal *Journal
	name    string

	mu   sync.Mutex
	last map[string]uint64 // revision of each other's entry at the last look
}

// Member gives the ingest of this name; each has its own.
func (j *Journal) Member(name string) *Member {
	return &Member{journal: j, name: name, last: map[string]uint64{}}
}

// bucket is made where it is missing, since a restarted journal gives another handle.
func (m *Member) bucket(ctx context.Context) (jetstream.KeyValue, error) {
	m.journal.mu.RLock()
	js, replicas := m.journal.js, m.journal.blocks.CachedInfo().Config.Replicas
	m.journal.mu.RUnlock()
	kv, err := js.KeyValue(ctx, memberBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: memberBucket, Replicas: replicas, MaxBytes: 1 << 20})
	}
	if err != nil {
		return nil, fmt.Errorf("list of ingests in the journal: %w", err)
	}
	return kv, nil
}

// Report tells the others that this one is there; well means that it has taken in all
// it was given.
func (m *Member) Report(ctx context.Context, well bool) error {
	kv, err := m.bucket(ctx)
	if err != nil {
		return err
	}
	word := memberBusy
	if well {
		word = memberWell
	}
	if _, err := kv.PutString(ctx, m.name, word); err != nil {
		return fmt.Errorf("list of ingests in the journal: %w", err)
	}
	return nil
}

// AllWell says whether every other one has reported since the last call, and last that
// it is well. The first call can know of none that it is.
func (m *Member) AllWell(ctx context.Context) (bool, error) {
	kv, err := m.bucket(ctx)
	if err != nil {
		return false, err
	}
	names, err := kv.Keys(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) {
		return false, fmt.Errorf("list of ingests in the journal: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := true
	for _, name := range names {
		if name == m.name {
			continue
		}
		e, err := kv.Get(ctx, name)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue // it has just left
		}
		if err != nil {
			return false, fmt.Errorf("list of ingests in the journal: %w", err)
		}
		all = all && string(e.Value()) == memberWell && m.last[name] != 0 && m.last[name] != e.Revision()
		m.last[name] = e.Revision()
	}
	return all, nil
}

// Leave takes this one off the list: nobody waits for it any more.
func (m *Member) Leave(ctx context.Context) error {
	kv, err := m.bucket(ctx)
	if err != nil {
		return err
	}
	if err := kv.Delete(ctx, m.name); err != nil {
		return fmt.Errorf("list of ingests in the journal: %w", err)
	}
	return nil
}
