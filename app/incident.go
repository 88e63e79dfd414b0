package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/gate"
	"github.com/yingguang/yingguang/journal"
)

// garbage is a lamp whose messages cannot be understood.
const garbage gate.Trouble = "garbage"

// A lamp of which so many readings are rejected within garbageTime is told of.
const (
	garbageMost = 100
	garbageTime = time.Hour
)

// openIncidents tells the office of lamps that misbehave.
func (a *App) openIncidents(context.Context) error {
	a.rooms.incidents = make(chan gate.Incident, 1000)
	a.goRun("incidents", a.tellOffice)
	return nil
}

// watchedJournal counts what is rejected of each registered lamp.
type watchedJournal struct {
	ingest.Journal
	app *App

	mu sync.Mutex
	of map[device.LampID]*rejections
}

type rejections struct {
	since time.Time
	n     int
}

// RejectAll counts after the journal has them.
func (w *watchedJournal) RejectAll(ctx context.Context, all []journal.Rejected) (kept int, err error) {
	kept, err = w.Journal.RejectAll(ctx, all)
	for _, r := range all[:min(kept, len(all))] {
		if _, ok := w.app.rooms.registry.Lamp(r.Lamp); ok && w.count(r.Lamp, max(r.Readings, 1)) {
			w.app.report(gate.Incident{At: w.app.clock.Now(), Username: string(r.Lamp), Trouble: garbage, Text: r.Reason})
		}
	}
	return kept, err
}

// count says, once in garbageTime, that there were too many.
func (w *watchedJournal) count(lamp device.LampID, n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, c := w.app.clock.Now(), w.of[lamp]
	if c == nil || now.Sub(c.since) > garbageTime {
		c = &rejections{since: now}
		w.of[lamp] = c
	}
	before := c.n
	c.n += n
	return before < garbageMost && c.n >= garbageMost
}

// report never waits: what the office has not been told of by then, the log has.
func (a *App) report(i gate.Incident) {
	select {
	case a.rooms.incidents <- i:
	default:
		a.log.Warn("too many incidents at the broker to tell the office of each", "name", i.Username, "trouble", string(i.Trouble))
	}
}

// tellOffice passes incidents of the gate on to the office, each of a day once.
func (a *App) tellOffice(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case i := <-a.rooms.incidents:
			a.log.Warn("a lamp or gateway misbehaves", "name", i.Username, "trouble", string(i.Trouble), "seen", i.Text)
			if err := a.tellOf(ctx, i); err != nil && ctx.Err() == nil {
				a.log.Error("the office cannot be told", "error", err)
				_ = (clock.Real{}).Sleep(ctx, time.Second) // SQL may be busy; the next hour tells it again
			}
		}
	}
}

func (a *App) tellOf(ctx context.Context, i gate.Incident) error {
	subject := device.LampSubject(device.LampID(i.Username))
	if c, ok, err := a.rooms.registry.Credential(ctx, i.Username); err != nil {
		return err
	} else if ok && c.Kind == device.KindGateway {
		subject = device.GatewaySubject(device.GatewayID(i.Username))
	}
	now := device.MillisOf(a.clock.Now())
	key := fmt.Sprintf("gate/%s/%s/%s", i.Trouble, subject, now.Time().In(a.cfg.Location()).Format(time.DateOnly))
	err := a.rooms.registry.TellOffice(ctx, key, subject, func(lang device.Language) (string, string) {
		words := troubleWords(i.Trouble)
		if lang == device.English {
			return i.Username + " " + words[1], fmt.Sprintf("%s %s. Seen: %s. Its neighbours are not affected. If it does not stop: yingguang %s revoke %s", i.Username, words[1], i.Text, subject.Kind(), i.Username)
		}
		return i.Username + " " + words[0], fmt.Sprintf("%s %s。现象：%s。其他路灯不受影响。若持续发生：yingguang %s revoke %s", i.Username, words[0], i.Text, subject.Kind(), i.Username)
	}, now)
	if err == nil {
		a.rooms.notify.Wake()
	}
	return err
}
