package backtest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/device/payload"
)

// LineError is a line, or a reading of it, that was not taken.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// decoder turns the lines of a block into events. It is for one goroutine.
type decoder struct {
	payload payload.Decoder
	batch   payload.Batch
	topics  map[string]payload.Topic
}

// maxTopics bounds what a recording of ever new topics can fill.
const maxTopics = 100_000

func (d *decoder) decode(b *block) {
	number := b.first
	for rest := b.text; len(rest) > 0; number++ {
		var text []byte
		text, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		l, err := cut(text)
		if err == nil {
			err = d.line(b, number, text, l)
		}
		if err != nil {
			b.bad = append(b.bad, LineError{b.file, number, err})
		}
	}
}

func (d *decoder) line(b *block, number int, text []byte, l line) error {
	if l.mark {
		b.events = append(b.events, event{at: l.at, mark: true})
		return nil
	}
	topic, err := d.topic(l.topic)
	if err != nil {
		return err
	}
	ev := event{at: l.at}
	switch topic.Part {
	case payload.Telemetry:
		d.payload.Telemetry(topic, l.payload, l.at, &d.batch)
		if l.guessed && len(d.batch.Rejects) > 0 && d.batch.Rejects[0].Reason == payload.BadJSON {
			return d.again(b, number, text)
		}
		b.readings = append(b.readings, d.batch.Readings...)
		ev.readings = len(d.batch.Readings)
		for i := range d.batch.Rejects {
			b.bad = append(b.bad, LineError{b.file, number, &d.batch.Rejects[i]})
			b.bad[len(b.bad)-1].Err = errors.New(d.batch.Rejects[i].Error()) // the batch is used again
		}
	case payload.Status:
		if len(bytes.TrimSpace(l.payload)) == 0 || string(l.payload) == "null" || string(l.payload) == `""` {
			return nil // a retained status was removed
		}
		st, err := d.payload.Status(topic, l.payload, l.at)
		if err != nil && l.guessed {
			return d.again(b, number, text)
		}
		if err != nil {
			return err
		}
		b.statuses = append(b.statuses, st)
		ev.statuses = 1
	default:
		return nil // commands are none of ours
	}
	b.events = append(b.events, ev)
	return nil
}

// again takes a line of which the payload was not what it looked like.
func (d *decoder) again(b *block, number int, text []byte) error {
	l, err := carefully(text)
	if err != nil {
		return err
	}
	return d.line(b, number, text, l)
}

func (d *decoder) topic(name []byte) (payload.Topic, error) {
	if t, ok := d.topics[string(name)]; ok {
		return t, nil
	}
	t, err := topicOf(string(name))
	if err != nil {
		return t, err
	}
	if d.topics == nil || len(d.topics) >= maxTopics {
		d.topics = map[string]payload.Topic{}
	}
	d.topics[string(name)] = t
	return t, nil
}
