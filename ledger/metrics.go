package ledger

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics shows the totals; they are loaded once and then follow the commits.
type metrics struct{ readings *prometheus.GaugeVec }

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "yingguang_ledger_readings", Help: "Readings since the ledger began, by what became of them; received is the sum of the others.",
	}, []string{"verdict"})}
	if r != nil {
		r.MustRegister(m.readings)
	}
	return m
}

func (m *metrics) add(counts map[key]*Count) {
	var sum Count
	for _, c := range counts {
		sum.Received += c.Received
		sum.Stored += c.Stored
		sum.Waiting += c.Waiting
		sum.Duplicate += c.Duplicate
		sum.Rejected += c.Rejected
	}
	m.addCount(sum)
}

func (m *metrics) addCount(c Count) {
	for verdict, n := range map[string]int64{
		"received": c.Received, "stored": c.Stored, "waiting": c.Waiting, "duplicate": c.Duplicate, "rejected": c.Rejected,
	} {
		m.readings.WithLabelValues(verdict).Add(float64(n))
	}
}

// measure begins the metrics with what was counted before this start.
func (l *Ledger) measure(ctx context.Context) error {
	c, err := l.Totals(ctx)
	if err != nil {
		return err
	}
	l.metrics.addCount(c)
	return nil
}
