package load

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is a result for people and for machines.
type Report struct {
	Broker     string           `json:"broker"`
	Began      time.Time        `json:"began"`
	Seconds    float64          `json:"seconds"`
	Processes  int              `json:"processes"`
	Lamps      int64            `json:"lamps"`   // most at once
	Offered    float64          `json:"offered"` // readings that were due
	Sent       int64            `json:"sent"`
	Acked      int64            `json:"acked"`
	Unacked    int64            `json:"unacked"` // still waiting when we gave up
	Again      int64            `json:"again"`   // messages sent again after a connection broke
	Rate       float64          `json:"rate"`    // acknowledged readings/s over the whole test
	PeakRate   float64          `json:"peak_rate"`
	PubAck     Percentiles      `json:"puback"`
	Failures   map[string]int64 `json:"failures"`
	Reconnects int64            `json:"reconnects"`
	Back       Percentiles      `json:"reconnect"` // from a broken connection to the next
	Queryable  *Percentiles     `json:"publish_to_queryable,omitempty"`
	Unseen     int64            `json:"unseen,omitempty"` // of the probe's readings, after a minute
	Phases     []PhaseReport    `json:"phases"`
	Course     []Point          `json:"course"` // second by second
}

// PhaseReport is one row of the table.
type PhaseReport struct {
	Phase      string      `json:"phase"`
	Lamps      int64       `json:"lamps"`
	Sent       int64       `json:"sent"`
	Acked      int64       `json:"acked"`
	Rate       float64     `json:"rate"`
	PubAck     Percentiles `json:"puback"`
	Reconnects int64       `json:"reconnects"`
}

// Point is one second of the course.
type Point struct {
	At        float64 `json:"at"`
	Lamps     int64   `json:"lamps"`
	Connected int64   `json:"connected"`
	Rate      float64 `json:"rate"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Failures  int64   `json:"failures"`
}

// NewReport sums a result up.
func NewReport(cfg *Config, r *Result) Report {
	out := Report{
		Broker: cfg.URL, Began: cfg.Begin.UTC().Truncate(time.Second), Processes: r.Processes, Offered: math.Round(r.Offered),
		Unacked: r.Unacked, Failures: r.Failures, Unseen: r.Unseen,
	}
	var acks, back Tally
	lamps := make([]int64, len(r.Phases))
	phase, ends := 0, cfg.Phases[0].Lasts.Seconds()
	for i := range r.Seconds {
		s := &r.Seconds[i]
		out.Lamps = max(out.Lamps, s.Lamps)
		length := s.At
		if i > 0 {
			length -= r.Seconds[i-1].At
		}
		rate := math.Round(10*float64(s.Acked)/max(length, 0.001)) / 10
		out.PeakRate = max(out.PeakRate, rate)
		p := s.Acks.percentiles()
		out.Course = append(out.Course, Point{s.At, s.Lamps, s.Connected, rate, p.P50, p.P99, s.Failures})
		for s.At > ends+0.5 && phase < len(r.Phases)-1 {
			phase++
			ends += cfg.Phases[phase].Lasts.Seconds()
		}
		lamps[phase] = max(lamps[phase], s.Lamps)
		out.Seconds = s.At
	}
	left := out.Seconds
	for i := range r.Phases {
		p := &r.Phases[i]
		out.Sent, out.Acked, out.Again, out.Reconnects = out.Sent+p.Sent, out.Acked+p.Acked, out.Again+p.Again, out.Reconnects+p.Reconnects
		acks.merge(p.Acks)
		back.merge(p.Back)
		took := min(left, cfg.Phases[i].Lasts.Seconds())
		left -= took
		out.Phases = append(out.Phases, PhaseReport{
			cfg.Phases[i].String(), lamps[i], p.Sent, p.Acked, math.Round(float64(p.Acked) / max(took, 1)), p.Acks.percentiles(), p.Reconnects,
		})
	}
	out.Rate = math.Round(float64(out.Acked) / max(out.Seconds, 1))
	out.PubAck, out.Back = acks.percentiles(), back.percentiles()
	if r.Queryable.total() > 0 || r.Unseen > 0 {
		q := r.Queryable.percentiles()
		out.Queryable = &q
	}
	return out
}

// Text writes the report for people, in both languages.
func (r *Report) Text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "压力测试 load test\t%s, %d process(es) 进程, %.0f s\n", r.Broker, r.Processes, r.Seconds)
	fmt.Fprintf(w, "路灯 lamps at most\t%d\n", r.Lamps)
	fmt.Fprintf(w, "遥测 readings\t%.0f due 应发, %d sent 已发, %d acknowledged 已确认, %d not 未确认\n", r.Offered, r.Sent, r.Acked, r.Unacked)
	fmt.Fprintf(w, "速率 rate\t%.0f/s on average 平均, %.0f/s in the best second 峰值\n", r.Rate, r.PeakRate)
	fmt.Fprintf(w, "PUBACK\tp50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms\n", r.PubAck.P50, r.PubAck.P90, r.PubAck.P99, r.PubAck.Max)
	fmt.Fprintf(w, "重连 reconnects\t%d, p50 %.0f ms, p99 %.0f ms; %d messages sent again 重发\n", r.Reconnects, r.Back.P50, r.Back.P99, r.Again)
	if r.Queryable != nil {
		fmt.Fprintf(w, "可查询 publish → queryable\tp50 %.0f ms, p99 %.0f ms, max %.0f ms of %d; %d not within %v 未出现\n",
			r.Queryable.P50, r.Queryable.P99, r.Queryable.Max, r.Queryable.Count, r.Unseen, probeTime)
	}
	if len(r.Failures) == 0 {
		fmt.Fprintf(w, "失败 failures\t0\n")
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Failures)) {
		fmt.Fprintf(w, "失败 failures\t%d × %s\n", r.Failures[kind], kind)
	}
	fmt.Fprintf(w, "\nphase 阶段\tlamps 路灯\treadings/s\tp50 ms\tp99 ms\treconnects 重连\n")
	for _, p := range r.Phases {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.1f\t%.1f\t%d\n", p.Phase, p.Lamps, p.Rate, p.PubAck.P50, p.PubAck.P99, p.Reconnects)
	}
	return w.Flush()
}
