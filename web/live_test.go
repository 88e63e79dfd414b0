package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// listener is a page that watches.
type listener struct {
	t     *testing.T
	body  io.Closer
	event chan [2]string // name and data; closed at the end of the stream
}

func (h *house) listen(cookie *http.Cookie) *listener {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.front.URL+"/api/v1/live", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") || resp.StatusCode != http.StatusOK {
		h.t.Fatalf("%d %s", resp.StatusCode, got)
	}
	l := &listener{t: h.t, body: resp.Body, event: make(chan [2]string, 1000)}
	h.t.Cleanup(func() { _ = resp.Body.Close() })
	go func() {
		defer close(l.event)
		var name string
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = v
			} else if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				l.event <- [2]string{name, v}
			}
		}
	}()
	l.next("hello")
	return l
}

// any gives the next event, name and data, which must come within a minute.
func (l *listener) any() [2]string {
	l.t.Helper()
	select {
	case e, ok := <-l.event:
		if !ok {
			l.t.Fatal("the stream ended")
		}
		return e
	case <-time.After(time.Minute):
		l.t.Fatal("no event within a minute")
		panic("unreachable")
	}
}

// next gives the data of the next event of this name.
func (l *listener) next(name string) string {
	l.t.Helper()
	for {
		if e := l.any(); e[0] == name {
			return e[1]
		}
	}
}

// ends waits until the stream ends.
func (l *listener) ends() {
	l.t.Helper()
	for late := time.After(time.Minute); ; {
		select {
		case _, ok := <-l.event:
			if !ok {
				return
			}
		case <-late:
			l.t.Fatal("the stream does not end within a minute")
		}
	}
}

func (l *listener) lamp(id device.LampID) lampItem {
	l.t.Helper()
	for {
		var item lampItem
		if err := json.Unmarshal([]byte(l.next("lamp")), &item); err != nil {
			l.t.Fatal(err)
		}
		if item.ID == id {
			return item
		}
	}
}

// A reading in the journal is on the lamp's page and in the stream within two seconds.
func TestReadingShowsLive(t *testing.T) {
	h := open(t)
	h.run()
	h.following()
	page := h.listen(nil)
	now := h.server.cfg.now()
	h.publish(reading(wellLamp, now, 13.37, 20))
	got := page.lamp(wellLamp)
	if got.State != wordLit || got.BatteryV == nil || *got.BatteryV != 13.37 || got.LastSeen == nil || *got.LastSeen != now {
		t.Errorf("%+v", got)
	}
	detail := get[lampDetail](h, "/api/v1/lamps/"+wellLamp, nil)
	if detail.Reading == nil || detail.Reading.Values["battery_v"] != 13.37 || detail.Reading.Values["charge_state"] != "float" {
		t.Errorf("%+v", detail.Reading)
	}
	// A late one changes when it was heard, not how it is.
	late := reading(wellLamp, now-3_600_000, 11, 0)
	late.Received = now + 5
	h.publish(late)
	h.until("the late one was heard", func() bool {
		r, _ := h.server.live.get(wellLamp)
		return r.state.LastSeen == now+5 && r.state.Lit
	})
}

// An alert marks the lamp for all; tickets and notices are for those they concern.
func TestAlertShowsLive(t *testing.T) {
	h := open(t)
	h.run()
	public, volunteer := h.listen(nil), h.listen(h.login(aVolunteer))
	if got := volunteer.next("notice"); got != `{"unread":0}` {
		t.Errorf("at first: %s", got)
	}
	ticket := h.breakLamp(faultyLamp)
	if got := volunteer.next("notice"); got != `{"unread":1}` {
		t.Errorf("after: %s", got)
	}
	for _, page := range []*listener{public, volunteer} {
		for got := page.lamp(faultyLamp); got.State != wordFault; got = page.lamp(faultyLamp) {
		}
	}
	if a := h.do(http.MethodPost, ticketPath(ticket)+"/take", "", h.login(another)); a.status != http.StatusOK {
		t.Fatal(a)
	}
	volunteer.next("ticket")
	// The public's stream is in order: what it was told of the ticket came before this.
	h.publish(reading(wellLamp, h.server.cfg.now(), 13, 20))
	for last := ""; !strings.Contains(last, wellLamp); {
		e := public.any()
		if last = e[1]; e[0] == "ticket" || e[0] == "notice" {
			t.Fatalf("the public hears of %v", e)
		}
	}
}

// The end of Run ends the streams at once, and there are no new ones.
func TestStreamsEndWithRun(t *testing.T) {
	h := open(t)
	stop := h.run()
	page := h.listen(nil)
	stop()
	page.ends()
	if a := h.do(http.MethodGet, "/api/v1/live", "", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("afterwards: %d", a.status)
	}
}

// Who reads too slowly is cut off, and nobody waits for them.
func TestSlowClientIsCutOff(t *testing.T) {
	h := &hub{clients: map[*client]struct{}{}}
	slow, _ := h.join(visitor{}, true)
	quick, _ := h.join(visitor{}, true)
	for range frames + 1 {
		h.send([]byte("x"), func(*client) bool { return true })
		<-quick.out
	}
	n := 0
	for range slow.out {
		n++
	}
	if clients, dropped := h.figures(); n != frames || clients != 1 || dropped != 1 {
		t.Errorf("%d frames, %d clients, %d dropped", n, clients, dropped)
	}
	h.leave(slow) // what the handler does afterwards
	h.leave(quick)
	if clients, _ := h.figures(); clients != 0 {
		t.Errorf("%d clients stay", clients)
	}
}

// Serve ends a running stream and does not wait for it until the grace is over.
func TestServeEnds(t *testing.T) {
	h := open(t)
	h.server.cfg.grace = time.Hour
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.server.Serve(ctx, l) }()
	h.front.URL = "http://" + l.Addr().String()
	page := h.listen(nil)
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Serve does not end")
	}
	page.ends()
}

// Who is still in the middle of a request after the grace is cut off, which is no failure.
func TestServeCutsOff(t *testing.T) {
	h := open(t)
	h.server.cfg.grace = 10 * time.Millisecond
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.server.Serve(ctx, l) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /api/v1/claim HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 12)
	if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 100" {
		t.Fatalf("%q, %v: the body is not waited for", first, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it is not cut off")
	}
}

func TestStates(t *testing.T) {
	const now = device.Millis(1_795_478_400_000)
	lamp := device.Lamp{ID: wellLamp, Stage: device.Installed}
	lit := alerts.LampState{Last: reading(wellLamp, now, 13, 20), Known: true, Lit: true}
	dark, old, dumb := lit, lit, lit
	dark.Lit, dumb.Known = false, false
	old.Last.TS = now - 3*3_600_000
	noRadio, retired := lamp, lamp
	noRadio.Link, retired.Stage = device.LinkNone, device.Retired
	for _, c := range []struct {
		row  row
		want word
	}{
		{row{lamp: lamp, registered: true}, wordUnknown},
		{row{lamp: lamp, registered: true, reported: true, state: lit}, wordLit},
		{row{lamp: lamp, registered: true, reported: true, state: dark}, wordDark},
		{row{lamp: lamp, registered: true, reported: true, state: old}, wordUnknown},
		{row{lamp: lamp, registered: true, reported: true, state: dumb}, wordUnknown},
		{row{lamp: lamp, registered: true, reported: true, state: lit, faults: []device.Fault{device.ClockWrong}}, wordFault},
		{row{lamp: lamp, registered: true, reported: true, state: lit, faults: []device.Fault{device.LampSilent}}, wordSilent},
		{row{lamp: lamp, registered: true, faults: []device.Fault{device.GatewaySilent}}, wordSilent},
		{row{lamp: lamp, registered: true, faults: []device.Fault{device.LampDark, device.LampSilent}}, wordFault},
		{row{lamp: noRadio, registered: true}, wordNoRadio},
		{row{lamp: retired, registered: true}, wordPlanned},
	} {
		if got := c.row.word(now); got != c.want {
			t.Errorf("%+v: %s, want %s", c.row, got, c.want)
		}
	}
}

// brokenJournal fails as a gap does, then works.
type brokenJournal struct {
	*journal.Journal
	failed chan struct{}
}

func (b *brokenJournal) Tail(ctx context.Context) (*journal.Reader, error) {
	select {
	case <-b.failed:
		return b.Journal.Tail(ctx)
	default:
		close(b.failed)
		return nil, errors.New("gone")
	}
}

func TestViewBeginsAgain(t *testing.T) {
	h := open(t)
	h.server.cfg.Journal = &brokenJournal{h.journal, make(chan struct{})}
	h.run()
	h.following()
}
