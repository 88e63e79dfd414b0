package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/journal"
)

// sentinel is published last: when it is stored, whatever mosquitto held is through.
var sentinel = id{lampCount + 1, 1}

// steadily is how long everything must have been at rest before what is missing
// counts as lost: some redeliveries of the embedded broker.
const steadily = 3 * time.Minute

// askWithin bounds one look at everything.
const askWithin = 3 * time.Minute

// found is where every message is.
type found struct {
	stored   map[id]int // points
	rejected map[id]bool
}

func (f *found) missing(m id) bool {
	if m.bad() {
		return !f.rejected[m]
	}
	return f.stored[m] == 0 && !f.rejected[m]
}

// both counts messages that are in InfluxDB and in the rejected stream: they are to be in one of them.
func (f *found) both() int {
	n := 0
	for m := range f.rejected {
		if f.stored[m] > 0 {
			n++
		}
	}
	return n
}

// rest lets everything come to rest, and counts.
func (r *round) rest(ctx context.Context) error {
	step("the troubles are over: everything may come to rest")
	if err := r.load.stop(r.o.settle); err != nil {
		return err
	}
	if r.broker != nil {
		// It may still be rewriting its store, which an orderly end brings to its end.
		if err := r.broker.restart(5 * time.Minute); err != nil {
			return err
		}
	}
	last := startSentinel(ctx, r.lamps.addr())
	defer last.cancel()
	if err := r.ready(ctx); err != nil {
		return err
	}
	var f *found
	var lost []id
	var since time.Time // when all was at rest
	err := eventually(ctx, "everything is at rest", r.o.settle, func() (bool, string) {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		a, err := app.Ask[app.LedgerAnswer](ctx, r.data(), "ledger", app.LedgerRequest{Audit: true})
		if err != nil {
			return false, err.Error()
		}
		r.result.Duplicates = int(a.Totals.Duplicate)
		if f, err = r.find(ctx); err != nil {
			return false, err.Error()
		}
		lost = r.lost(f)
		wrong := disagreement(a, len(lost))
		if n := f.both(); n > 0 && wrong == "" {
			wrong = fmt.Sprintf("%d are stored and rejected", n)
		}
		if r.broker != nil && f.stored[sentinel] == 0 {
			wrong = "the last message is on its way"
		}
		switch {
		case wrong == "":
			return true, ""
		case a.Totals.Waiting != 0:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > steadily:
			r.result.Wrong = wrong // it will not get better
			return true, ""
		}
		return false, wrong
	})
	r.count(f)
	if err != nil {
		return err
	}
	if err := r.us.stop(stopWithin); err != nil {
		return err
	}
	if r.broker != nil {
		r.leftBehind(f)
	}
	step("acknowledged %d, stored %d, rejected %d, lost %d, double %d, lost by mosquitto %d",
		r.result.Acked, r.result.Stored, r.result.Rejected, r.result.Lost, r.result.DuplicatePoints, r.result.LostByBroker)
	for i, m := range lost {
		if i < 10 {
			step("lost: %s seq %d", code(m.lamp), m.seq)
		}
	}
	return nil
}

// startSentinel publishes the last message until it has its PUBACK.
func startSentinel(ctx context.Context, address string) *load {
	ctx, cancel := context.WithCancel(ctx)
	cancel() // nothing new but this one
	g := &group{address: address, name: "chaos-last", acked: &acked{ids: map[id]struct{}{}}, every: time.Second, open: map[uint16]*message{}, freed: make(chan struct{}, 1)}
	g.again = []*message{{id: sentinel, payload: sentinel.payload(time.Now().UnixMilli())}}
	l := &load{acked: g.acked, cancel: cancel, done: make(chan struct{})}
	go func() { g.run(ctx); close(l.done) }()
	return l
}

// lost are the acknowledged messages that are nowhere by our doing: with mosquitto
// those only whose PUBACK it had of us.
func (r *round) lost(f *found) []id {
	var lost []id
	for _, m := range r.load.acked.all() {
		if f.missing(m) && (r.broker == nil || r.promises.has(m)) {
			lost = append(lost, m)
		}
	}
	return lost
}

func (r *round) count(f *found) {
	r.result.Acked, r.result.Sent = r.load.acked.len(), int(r.load.acked.sent.Load())
	r.result.Exits, r.result.Crashes = r.us.ended()
	if f == nil {
		return
	}
	delete(f.stored, sentinel)
	r.result.Stored, r.result.Rejected, r.result.Lost = len(f.stored), len(f.rejected), len(r.lost(f))
	for _, points := range f.stored {
		r.result.DuplicatePoints += points - 1
	}
	if r.broker == nil {
		return
	}
	for _, m := range r.load.acked.all() {
		if f.missing(m) && !r.promises.has(m) {
			r.result.LostByBroker++
		}
		if !r.control.has(m) {
			r.result.Control++
		}
	}
}

// leftBehind takes over ingest's session after it has left: what mosquitto still
// holds there it has not lost, so that it counts as ours.
func (r *round) leftBehind(f *found) {
	s := newSubscriber(r.mqtt, "yingguang-ingest")
	defer s.stop()
	for s.quiet() < 3*time.Second {
		time.Sleep(100 * time.Millisecond)
	}
	for _, m := range r.load.acked.all() {
		if f.missing(m) && !r.promises.has(m) && s.has(m) {
			r.result.LostByBroker--
			r.result.Lost++
		}
	}
}

// find asks InfluxDB for every point and the rejected stream for every message.
func (r *round) find(ctx context.Context) (*found, error) {
	f := &found{stored: map[id]int{}, rejected: map[id]bool{}}
	for lamp := 1; lamp <= lampCount+1; lamp++ {
		seqs, err := r.points(ctx, lamp)
		if err != nil {
			return nil, err
		}
		for _, seq := range seqs {
			f.stored[id{lamp, seq}]++
		}
	}
	for before := uint64(0); ; {
		list, err := app.Ask[[]journal.Rejected](ctx, r.data(), "rejected", app.RejectedRequest{Before: before, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for i := range list {
			if m, ok := parse(list[i].Payload); ok {
				f.rejected[m] = true
			}
			before = list[i].Seq
		}
		if len(list) == 0 || before <= 1 {
			return f, nil
		}
	}
}

// points are the seq of every point of a lamp's status series.
func (r *round) points(ctx context.Context, lamp int) ([]int, error) {
	q := url.Values{"db": {"yingguang"}, "epoch": {"ms"}, "q": {`SELECT "seq" FROM "status" WHERE "lamp" = '` + code(lamp) + `'`}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.influx+"/query?"+q.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var answer struct {
		Results []struct {
			Error  string
			Series []struct{ Values [][2]int }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("InfluxDB: %s: %w", res.Status, err)
	}
	var seqs []int
	for _, result := range answer.Results {
		if result.Error != "" {
			return nil, fmt.Errorf("InfluxDB: %s", result.Error)
		}
		for _, s := range result.Series {
			for _, v := range s.Values {
				seqs = append(seqs, v[1])
			}
		}
	}
	return seqs, nil
}

// disagreement says what keeps the ledger, InfluxDB and the lamps from agreeing.
func disagreement(a app.LedgerAnswer, lost int) string {
	switch {
	case !a.Balanced || !a.Totals.Balanced():
		return fmt.Sprintf("the ledger's identity does not hold: %+v %s", a.Totals, a.Unbalanced)
	case a.InfluxDB == nil || *a.InfluxDB != a.Totals.Stored:
		return fmt.Sprintf("the ledger says %+v, InfluxDB holds %s", a.Totals, show(a.InfluxDB))
	case a.Totals.Waiting != 0:
		return fmt.Sprintf("%d wait", a.Totals.Waiting)
	case a.Audit == nil || !a.Audit.Exact():
		return fmt.Sprintf("by lamp and day: %v", a.Audit)
	case lost > 0:
		return fmt.Sprintf("%d are missing", lost)
	}
	return ""
}

func show(n *int64) string {
	if n == nil {
		return "did not answer"
	}
	return fmt.Sprint(*n)
}
