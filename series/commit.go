package series

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/journal"
)

// ReasonRefused is the reason of rejected messages that InfluxDB refused.
const ReasonRefused = "series_refused"

// commitEvery spares the disk: the position may lag behind what is stored, since
// storing a reading again changes nothing. A refusal is committed at once.
const commitEvery = 500 * time.Millisecond

// loadPosition is where the last run stopped; zero at the first.
func (w *Writer) loadPosition(ctx context.Context) (journal.Position, error) {
	var p journal.Position
	err := w.cfg.SQL.QueryRowContext(ctx, "SELECT created, seq FROM consumer_position WHERE consumer = $1", Consumer).Scan(&p.Created, &p.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Position{}, nil
	}
	return p, err
}

// commit takes batches in the order of the journal, waits until each is sent, and
// makes the position and what was refused durable together.
func (w *Writer) commit(ctx context.Context, order <-chan *batch, free chan<- *batch) error {
	var head *batch // the oldest that is not committed
	var pending journal.Position
	var due <-chan struct{}
	for {
		in, sent := order, (<-chan struct{})(nil)
		if head != nil {
			in, sent = nil, head.sent
		}
		select {
		case head = <-in:
		case <-sent:
			w.count(head)
			if len(head.refused) > 0 {
				if err := w.makeDurable(ctx, head.last, head.refused); err != nil {
					return w.lastCommit(ctx, pending, err)
				}
			} else if due == nil {
				due = w.after(ctx, commitEvery)
			}
			pending = head.last
			w.recycle(head)
			free <- head // has room for all batches there are
			head = nil
		case <-due:
			due = nil
			if err := w.makeDurable(ctx, pending, nil); err != nil {
				return w.lastCommit(ctx, pending, err)
			}
		case <-ctx.Done():
			return w.lastCommit(ctx, pending, ctx.Err())
		}
	}
}

// lastCommit saves the position at the end, though ctx has ended, and returns why.
func (w *Writer) lastCommit(ctx context.Context, p journal.Position, why error) error {
	if p == (journal.Position{}) || p == w.Status().Position {
		return why
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := w.savePosition(limited, p, nil); err != nil {
		w.cfg.Log.Info("series could not save its position; the last readings are written again at the next start", "error", err)
	}
	return why
}

// makeDurable insists: neither the rejected stream nor SQL may stay without these.
func (w *Writer) makeDurable(ctx context.Context, p journal.Position, refused []refusal) error {
	var list []journal.Rejected
	for _, r := range refused {
		if r.item.reading == nil {
			w.cfg.Log.Warn("InfluxDB refused a night, which stays in SQL alone", "lamp", r.item.night.Lamp, "night", r.item.night.Night, "why", r.words)
			continue
		}
		list = append(list, rejected(r))
	}
	err := w.again(ctx, "keep refused readings", nil, func(ctx context.Context) error {
		kept, err := w.cfg.Journal.RejectAll(ctx, list)
		list = list[kept:]
		return err
	})
	if err != nil {
		return err
	}
	return w.again(ctx, "save the position", nil, func(ctx context.Context) error { return w.savePosition(ctx, p, refused) })
}

// rejected is the refused reading as it goes into the rejected stream.
func rejected(r refusal) journal.Rejected {
	text := payload.AppendJSON(nil, r.item.reading)
	sum := sha256.Sum256(text)
	return journal.Rejected{
		Received: r.item.reading.Received, Lamp: r.item.reading.Lamp, Reason: ReasonRefused,
		Text:    fmt.Sprintf("InfluxDB refused this reading: %s", r.words),
		Payload: text, Length: len(text), SHA256: hex.EncodeToString(sum[:]), Readings: 1,
		Encoded: journal.EncodeBlock(nil, &journal.Block{At: r.item.reading.Received, Readings: []device.Reading{*r.item.reading}}),
	}
}

// savePosition writes both tables in one transaction.
func (w *Writer) savePosition(ctx context.Context, p journal.Position, refused []refusal) error {
	tx, err := w.cfg.SQL.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it has nothing to do
	for _, r := range refused {
		if r.item.reading == nil {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO series_refused (seq, idx, lamp, reason) VALUES ($1, $2, $3, $4)
			ON CONFLICT (seq, idx) DO UPDATE SET reason = excluded.reason`,
			int64(r.item.seq), r.item.idx, string(r.item.reading.Lamp), r.words)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO consumer_position (consumer, created, seq) VALUES ($1, $2, $3)
		ON CONFLICT (consumer) DO UPDATE SET created = excluded.created, seq = excluded.seq`,
		Consumer, p.Created, int64(p.Seq))
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	w.position.Store(&p)
	return nil
}

// count adds a sent batch to the figures.
func (w *Writer) count(b *batch) {
	refused := 0
	for _, r := range b.refused {
		if r.item.reading != nil {
			refused++
		}
	}
	w.stored.Add(uint64(b.readings - refused))
	w.refused.Add(uint64(refused))
	w.metrics.stored.Add(float64(b.readings - refused))
	w.metrics.refused.Add(float64(refused))
	if b.readings > 0 {
		w.metrics.batchReadings.Observe(float64(b.readings))
	}
}
