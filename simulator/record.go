package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// Recording says what to write down: the messages of some lamps over a time, as the
// backtest reads them, and the truth about their faults. The same Recording gives
// the same bytes on any number of cores.
type Recording struct {
	Lamps    []device.Lamp // those that are installed and have a radio speak
	Prefix   string        // of the topics; empty reads as jiaping
	Location *time.Location
	Seed     int64
	From     time.Time
	Span     time.Duration
	Interval time.Duration // overrides the registry's where set
	Faults   []Fault       // their times count from From; see DrawPlan
	Perfect  bool          // a radio that loses, delays and repeats nothing
	Off      Off           // when our own service is off, every day
	Cores    int           // 0 takes what the machine has
	Progress func(done float64)
}

// Off is a time of the day, by the town's clocks, in which nobody listens. It may
// go over midnight; the zero Off is never.
type Off struct {
	From, Until time.Duration // since midnight
	Kept        bool          // the broker keeps what comes and delivers it in the first minute afterwards
}

// Recorded is what a recording held.
type Recorded struct {
	Readings int64 // that were delivered, repeats too
	Messages int64
	Truth    []Label // in order of subject, fault and start
}

// settleIn is how long lamps live unseen before a recording begins, so that their
// batteries show the season and not their first charge.
const settleIn = 15 * 24 * time.Hour

// chunk is how much is lived through and written at a time.
const chunk = 6 * time.Hour

// Write records to out: lines {"topic":…,"received":…,"payload":{…}} in order of
// received, with {"observing":…} each minute in which somebody listens.
func (r Recording) Write(ctx context.Context, out io.Writer) (Recorded, error) {
	rec, err := r.begin()
	if err != nil {
		return Recorded{}, err
	}
	pages := make(chan *page, 1)
	done := make(chan error, 1)
	go func() { done <- writePages(pages, rec, out) }()
	err = rec.live(ctx, pages, done)
	close(pages)
	if failed := <-done; err == nil {
		err = failed
	}
	if err != nil {
		return Recorded{}, fmt.Errorf("record simulated lamps: %w", err)
	}
	result := Recorded{Truth: rec.truth()}
	for _, s := range rec.speakers {
		result.Readings += s.readings
		result.Messages += s.messages
	}
	return result, nil
}

// recording is a Recording under way.
type recording struct {
	Recording

	from, until device.Millis
	speakers    []*speaker
	poles       []*pole
	villages    []village
	weather     weather
	workers     []*worker
}

// worker is what one core needs of its own.
type worker struct {
	skies  *skies
	nights *night.Calendar
	stamp  stamper
}

func (r Recording) begin() (*recording, error) {
	if r.Span <= 0 || r.From.IsZero() {
		return nil, errors.New("record simulated lamps: it needs a beginning and a length")
	}
	if r.Location == nil {
		r.Location = time.UTC
	}
	r.Prefix = stringOr(r.Prefix, "jiaping")
	if r.Cores <= 0 {
		r.Cores = runtime.GOMAXPROCS(0)
	}
	rec := &recording{Recording: r, from: device.MillisOf(r.From), until: device.MillisOf(r.From.Add(r.Span))}
	var err error
	if rec.poles, rec.villages, err = settle(r.Lamps, r.Seed, r.Interval); err != nil {
		return nil, err
	}
	if err := checkFaults(rec.poles, r.Faults); err != nil {
		return nil, err
	}
	rec.weather = weather{seed: uint64(r.Seed), zone: r.Location, spells: spellsOf(r.Faults, rec.from)}
	for _, p := range rec.poles {
		p.afflict(r.Faults, rec.from)
		if !r.Perfect { // half of the clocks are within 20 s, nearly all within a minute
			d := dice(mix(p.seed, 62, 0))
			p.drift = time.Duration(30 * d.bell() * float64(time.Second)).Truncate(time.Millisecond)
		}
	}
	rec.speakers = speakersOf(rec)
	for range r.Cores {
		rec.workers = append(rec.workers, &worker{skies: newSkies(rec.weather, rec.villages), nights: night.NewCalendar(r.Location)})
	}
	return rec, nil
}

func stringOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// live goes through time chunk by chunk and hands each page over to be written
// while the next is lived.
func (rec *recording) live(ctx context.Context, pages chan<- *page, failed chan error) error {
	settled := rec.from.Add(-settleIn)
	rec.each(func(w *worker, i int) {
		s := rec.speakers[i]
		for _, p := range s.poles {
			p.advance(settled, w.skies, w.nights)
			p.advance(rec.from, w.skies, w.nights)
			p.Boot = 1
		}
		s.begin(rec)
	})
	var spare [3]page
	for i, t := 0, rec.from; t < rec.until; i, t = i+1, t.Add(chunk) {
		if err := ctx.Err(); err != nil {
			return err
		}
		pg := &spare[i%len(spare)]
		pg.from, pg.until = t, min(t.Add(chunk), rec.until)
		pg.sheets = slices.Grow(pg.sheets[:0], len(rec.speakers))[:len(rec.speakers)]
		rec.each(func(w *worker, i int) { rec.speakers[i].speak(rec, w, pg, &pg.sheets[i]) })
		select {
		case pages <- pg:
		case err := <-failed:
			failed <- err
			return err
		}
		if rec.Progress != nil {
			rec.Progress(float64(pg.until-rec.from) / float64(rec.until-rec.from))
		}
	}
	return nil
}

// each lets the workers do something for every speaker, by its index.
func (rec *recording) each(do func(*worker, int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for _, w := range rec.workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(rec.speakers) {
					return
				}
				do(w, i)
			}
		})
	}
	all.Wait()
}

// off says whether nobody listens at t, and when somebody does again.
func (rec *recording) off(t device.Millis) (device.Millis, bool) {
	if rec.Off.From == rec.Off.Until {
		return 0, false
	}
	local := t.Time().In(rec.Location)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, rec.Location)
	since := local.Sub(midnight)
	from, until := rec.Off.From, rec.Off.Until
	switch {
	case from < until && (since < from || since >= until):
		return 0, false
	case from > until && since >= until && since < from:
		return 0, false
	case from > until && since >= from:
		return device.MillisOf(midnight.AddDate(0, 0, 1).Add(until)), true
	}
	return device.MillisOf(midnight.Add(until)), true
}
