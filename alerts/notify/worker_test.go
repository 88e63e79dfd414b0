package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// memory is an outbox in memory.
type memory struct {
	mu        sync.Mutex
	notices   map[int64]*Outgoing
	outcomes  map[int64]Outcome // the last of each
	history   []Outcome
	failMarks int // so many calls of Mark fail
}

func newMemory(out ...Outgoing) *memory {
	m := &memory{notices: map[int64]*Outgoing{}, outcomes: map[int64]Outcome{}}
	for i := range out {
		out[i].Notice.ID = int64(i + 1)
		m.notices[out[i].Notice.ID] = &out[i]
	}
	return m
}

func (m *memory) Due(_ context.Context, now device.Millis, limit int) ([]Outgoing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []Outgoing
	for id, o := range m.notices {
		if last, ok := m.outcomes[id]; !ok || last.State == Queued && last.NextAt <= now {
			due = append(due, *o)
		}
	}
	slices.SortFunc(due, func(a, b Outgoing) int { return int(a.Notice.ID - b.Notice.ID) })
	return due[:min(limit, len(due))], nil
}

func (m *memory) Mark(_ context.Context, outcomes []Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failMarks > 0 {
		m.failMarks--
		return errors.New("disk full")
	}
	for _, o := range outcomes {
		m.outcomes[o.Notice] = o
		m.history = append(m.history, o)
		m.notices[o.Notice].Channel, m.notices[o.Notice].Attempts = o.Channel, o.Attempts
	}
	return nil
}

func (m *memory) state(id int64) Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.outcomes[id]
}

func outgoing(channels ...string) Outgoing {
	return Outgoing{
		Notice: alerts.Notice{Title: "灯不亮", Text: "请看看", Ticket: 7, Kind: alerts.NoticeRaised},
		Person: device.Person{ID: "V-01", Role: device.Volunteer, Phone: "000", Channels: channels},
	}
}

// run runs a worker until done says so, or fails the test.
func run(t *testing.T, box *memory, cfg Config, done func() bool) {
	t.Helper()
	cfg.Outbox = box
	if cfg.Channels == nil {
		cfg.Channels = channels(t, nil)
	}
	w := NewWorker(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- w.Run(ctx) }()
	deadline := time.Now().Add(2 * time.Minute)
	for !done() && time.Now().Before(deadline) {
		w.Wake()
		time.Sleep(2 * time.Millisecond)
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if !done() {
		t.Errorf("not done: %+v", box.history)
	}
}

func TestInboxAndLink(t *testing.T) {
	r := newReceiver(t, 200, "")
	box := newMemory(outgoing("inbox"), outgoing(), outgoing("generic+"+r.URL+"/?template=none"))
	reg := prometheus.NewPedanticRegistry()
	run(t, box, Config{Registerer: reg, TicketURL: func(id int64) string { return fmt.Sprintf("https://l.example/t/%d", id) }}, func() bool {
		return box.state(1).State == Sent && box.state(2).State == Sent && box.state(3).State == Sent
	})
	if got := r.only(t).body; got != "请看看\nhttps://l.example/t/7" {
		t.Errorf("body %q", got)
	}
	want := "# HELP yingguang_notify_sent_total Notices that a channel has taken, by kind of channel.\n# TYPE yingguang_notify_sent_total counter\n"
	for _, kind := range []string{"bark", "dingtalk", "email", "inbox", "lark", "ntfy", "other", "webhook", "wecom"} {
		n := map[string]int{"inbox": 2, "webhook": 1}[kind]
		want += fmt.Sprintf("yingguang_notify_sent_total{kind=%q} %d\n", kind, n)
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "yingguang_notify_sent_total"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// A channel that is down is tried again, then passed over; one that refuses is
// passed over at once.
func TestNextChannel(t *testing.T) {
	down, refuses := newReceiver(t, 503, ""), newReceiver(t, 403, "")
	box := newMemory(
		outgoing("generic+"+down.URL+"/", "inbox"), outgoing("generic+"+refuses.URL+"/", "inbox"),
		outgoing("generic+"+refuses.URL+"/s3cret-path", "nosuch"), Outgoing{},
	)
	run(t, box, Config{Attempts: 3, FirstPause: time.Millisecond}, func() bool {
		return box.state(1).State == Sent && box.state(2).State == Sent && box.state(3).State == Failed && box.state(4).State == Failed
	})
	if n := len(down.seen); n != 3 {
		t.Errorf("the channel that is down was tried %d times, want 3", n)
	}
	if n := len(refuses.seen); n != 2 {
		t.Errorf("the channel that refuses was tried %d times for two notices", n)
	}
	if o := box.state(1); o.Channel != 1 || o.Error != "" {
		t.Errorf("%+v", o)
	}
	for _, o := range box.history {
		if strings.Contains(o.Error, "s3cret") {
			t.Errorf("a secret in the outbox: %+v", o)
		}
	}
	if o := box.state(3); !strings.Contains(o.Error, "notify.channels") {
		t.Errorf("the office reads %q", o.Error)
	}
}

// What cannot be recorded is not sent a second time while the worker lives.
func TestOutboxFails(t *testing.T) {
	r := newReceiver(t, 200, "")
	box := newMemory(outgoing("generic+" + r.URL + "/"))
	box.failMarks = 5
	run(t, box, Config{Poll: time.Millisecond}, func() bool { return box.state(1).State == Sent })
	r.only(t)
}

// The pauses double, are jittered and end at ten minutes.
func TestPauses(t *testing.T) {
	w := NewWorker(Config{})
	for failed, want := range map[int]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 4: 40 * time.Second, 30: 10 * time.Minute} {
		for range 100 {
			if p := w.pause(failed); p < want/2 || p >= want*3/2 {
				t.Fatalf("pause after %d: %s, want about %s", failed, p, want)
			}
		}
	}
}

// A worker that nobody wakes looks by itself, and stops within its channels' time.
func TestPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		w := NewWorker(Config{Outbox: box, Channels: channels(t, nil), Clock: clock.Real{}})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- w.Run(ctx) }()
		synctest.Wait()
		o := outgoing("inbox")
		o.Notice.ID = 1
		box.mu.Lock()
		box.notices[1] = &o
		box.mu.Unlock()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if box.state(1).State != Sent {
			t.Error("not sent after two polls")
		}
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}
