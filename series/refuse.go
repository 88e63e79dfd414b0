package series

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// notTaken says that InfluxDB will never take some of the points it was given.
type notTaken struct {
	words   string
	dropped int // how many points it says it dropped; 0 where it does not say
}

func (e *notTaken) Error() string { return e.words }

// permanent are the words by which 1.8 and 2.x refuse a point for what it is. Any
// other answer may be a server or a proxy in trouble: it is tried again, since a
// reading that is refused is never written.
var permanent = []string{
	"field type conflict", "points beyond retention policy", "outside retention policy", "unable to parse",
	"max key length exceeded", "time outside range",
}

// notTakenOf reads an answer to a write; nil where trying again may help.
func notTakenOf(err error) *notTaken {
	code, words := answerOf(err)
	if code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
		return nil
	}
	for _, p := range permanent {
		if strings.Contains(words, p) {
			return &notTaken{words, droppedIn(words)}
		}
	}
	return nil
}

// droppedIn reads the number in "… dropped=3 for database …".
func droppedIn(words string) int {
	i := strings.LastIndex(words, "dropped=")
	if i < 0 {
		return 0
	}
	number := words[i+len("dropped="):]
	end := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		number = number[:end]
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}

// store writes items until InfluxDB has each or has refused it by name. InfluxDB
// says of a whole request only how many points it dropped, so the bad ones are
// found by halving: the good ones are written again, onto themselves.
func (w *Writer) store(ctx context.Context, b *batch, items []item) error {
	err := w.write(ctx, b.linesOf(items))
	no, bad := errors.AsType[*notTaken](err)
	if !bad {
		return err
	}
	lines := 0
	for i := range items {
		lines += items[i].lines
	}
	if no.dropped == lines {
		for _, it := range items {
			b.refused = append(b.refused, refusal{it, no.words})
		}
		return nil
	}
	if len(items) == 1 {
		b.refused = append(b.refused, refusal{items[0], no.words})
		return w.unstore(ctx, items[0])
	}
	cut := w.beyondRetention(items)
	if cut == 0 || cut == len(items) {
		cut = len(items) / 2
	}
	if err := w.store(ctx, b, items[:cut]); err != nil {
		return err
	}
	return w.store(ctx, b, items[cut:])
}

// beyondRetention moves the items that are too old to the front and counts them:
// a town that comes back after months sends thousands, refused by one request.
func (w *Writer) beyondRetention(items []item) int {
	keep := w.cfg.Client.server.Retention
	if keep == 0 {
		return 0
	}
	oldest := device.MillisOf(w.cfg.Clock.Now()).Add(-keep)
	n := 0
	for i := range items {
		if at := items[i].at(); at < oldest {
			items[n], items[i] = items[i], items[n]
			n++
		}
	}
	return n
}

func (it *item) at() device.Millis {
	if it.night != nil {
		return it.night.Dusk
	}
	return it.reading.TS
}

// unstore removes the lines of a refused reading that InfluxDB did take. A reading
// stands or falls as one, or the ledger would not match what InfluxDB counts.
func (w *Writer) unstore(ctx context.Context, it item) error {
	if it.reading == nil || it.lines == 1 {
		return nil
	}
	at := time.Unix(0, it.reading.PointNanos())
	err := w.insist(ctx, func(ctx context.Context) error {
		return w.cfg.Client.deleteAt(ctx, it.reading.Lamp, at)
	})
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	w.cfg.Log.Warn("part of a refused reading stays in InfluxDB", "lamp", it.reading.Lamp, "time", at.UTC(), "error", err)
	return nil
}
