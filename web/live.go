package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

const (
	flushPause   = 200 * time.Millisecond // pages redraw no faster, whatever the load
	refreshPause = 300 * time.Millisecond
	reseedPause  = 30 * time.Second // states from SQL again, should the tail ever have missed one
	maxUnknown   = 5000             // lamps that nobody registered; beyond it only registered ones are shown live
)

// live is the last of every lamp in memory: seeded from SQL, then kept by one
// reader of the journal for all pages.
type live struct {
	cfg  *Config
	hub  hub
	poke chan struct{} // look at the registry again

	mu      sync.RWMutex
	judge   *alerts.Engine // only tells whether a reading shows its lamp lit
	lamps   map[device.LampID]*row
	order   []device.LampID
	open    map[int64]alerts.Ticket // open and taken
	unknown int
	changed map[device.LampID]struct{} // since the last flush
}

// row is one lamp as it stands.
type row struct {
	lamp       device.Lamp
	registered bool
	reported   bool
	state      alerts.LampState
	faults     []device.Fault // firing, worst first; with its gateway's
	ticket     int64          // 0 for none
}

func newLive(cfg *Config) *live {
	return &live{
		cfg: cfg, hub: hub{clients: map[*client]struct{}{}}, poke: make(chan struct{}, 1),
		lamps: map[device.LampID]*row{}, changed: map[device.LampID]struct{}{},
	}
}

// get gives one lamp, and all of them by code. Rows are copies; what they point to is never changed.
func (l *live) get(id device.LampID) (row, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	r, ok := l.lamps[id]
	if !ok {
		return row{}, false
	}
	return *r, true
}

func (l *live) all() []row {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]row, len(l.order))
	for i, id := range l.order {
		out[i] = *l.lamps[id]
	}
	return out
}

// tickets counts the open and the taken ones.
func (l *live) tickets() (open, taken int) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, t := range l.open {
		if t.State == alerts.TicketOpen {
			open++
		} else {
			taken++
		}
	}
	return open, taken
}

// run keeps the view until ctx ends, and then ends every stream.
func (l *live) run(ctx context.Context) error {
	defer l.hub.close()
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running.Go(func() { l.follow(ctx) })
	running.Go(func() {
		for l.pause(ctx, flushPause) {
			l.flush()
		}
	})
	changed, stop := l.cfg.Registry.Watch()
	defer stop()
	for ctx.Err() == nil {
		window, over := context.WithTimeout(ctx, reseedPause)
		for seeding := true; window.Err() == nil; seeding = false {
			if err := l.refresh(ctx, seeding); err != nil && ctx.Err() == nil {
				l.cfg.Log.Error("the live view could not read the registry", "err", err)
			}
			l.pause(ctx, refreshPause)
			select {
			case <-window.Done():
			case <-l.poke:
			case _, ok := <-changed:
				if !ok {
					changed = nil // the registry is closed; ctx ends soon
				}
			}
		}
		over()
	}
	return nil
}

// pause waits in real time, since it is people's pages and the machine's load
// that it is for; false when ctx has ended.
func (l *live) pause(ctx context.Context, d time.Duration) bool {
	return clock.Real{}.Sleep(ctx, d) == nil
}

// follow reads the journal's end for ever. A gap costs a page nothing that the
// seed from SQL does not give back, so it begins again instead of stopping.
func (l *live) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.read(ctx)
		if ctx.Err() != nil {
			return
		}
		l.cfg.Log.Warn("the live view begins again at the journal's end", "err", err)
		if !l.pause(ctx, time.Second) {
			return
		}
	}
}

func (l *live) read(ctx context.Context) error {
	tail, err := l.cfg.Journal.Tail(ctx)
	if err != nil {
		return fmt.Errorf("tail: %w", err)
	}
	defer tail.Close()
	for {
		_, block, err := tail.Next(ctx)
		if err != nil {
			return err
		}
		l.observe(block)
	}
}

// observe takes in a block. Late readings change when a lamp was last heard, not how it is.
func (l *live) observe(b *journal.Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range b.Readings {
		l.reading(&b.Readings[i])
	}
	for i := range b.Statuses {
		st := &b.Statuses[i]
		if st.Subject.Kind() != device.KindLamp || !st.Online {
			continue
		}
		if r, ok := l.lamps[device.LampID(st.Subject.Code())]; ok && st.Received > r.state.LastSeen {
			r.state.LastSeen = st.Received
			l.changed[r.lamp.ID] = struct{}{}
		}
	}
}

func (l *live) reading(in *device.Reading) {
	r := l.lamps[in.Lamp]
	if r == nil {
		if l.unknown >= maxUnknown {
			return
		}
		r = l.insert(in.Lamp)
		l.unknown++
	}
	r.reported = true
	r.state.LastSeen = max(r.state.LastSeen, in.Received)
	if in.TS < r.state.Last.TS {
		return
	}
	r.state.Last = *in
	if l.judge != nil {
		r.state.Lit, r.state.Known = l.judge.LitIn(in)
	}
	l.changed[in.Lamp] = struct{}{}
}

func (l *live) insert(id device.LampID) *row {
	r := &row{lamp: device.Lamp{ID: id}}
	l.lamps[id] = r
	at, _ := slices.BinarySearch(l.order, id)
	l.order = slices.Insert(l.order, at, id)
	return r
}

// flush sends what changed to all pages, one frame for all lamps.
func (l *live) flush() {
	l.mu.Lock()
	changed := slices.Sorted(maps.Keys(l.changed))
	clear(l.changed)
	rows := make([]row, 0, len(changed))
	for _, id := range changed {
		if r, ok := l.lamps[id]; ok {
			rows = append(rows, *r)
		}
	}
	l.mu.Unlock()
	if len(rows) == 0 {
		return
	}
	now := l.cfg.now()
	var frame []byte
	for i := range rows {
		frame = appendEvent(frame, "lamp", rows[i].item(now))
	}
	l.hub.send(frame, func(*client) bool { return true })
}
