package ledger

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics shows the totals; they are loaded once and then follow the commits.
type metrics struct {
	readings   *prometheus.GaugeVec
	errors     prometheus.Counter
	remembered prometheus.Gauge
	early      prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		readings: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "yingguang_ledger_readings", Help: "Readings since the ledger began, by what became of them; received is the sum of the others.",
		}, []string{"verdict"}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_ledger_errors_total", Help: "Times that the ledger could not count on and began anew from its last commit.",
		}),
		remembered: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_ledger_remembered_hashes", Help: "Readings that are remembered, to tell what comes twice.",
		}),
		early: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_ledger_forgotten_early_total", Help: "Times that more readings came than are remembered for 48 hours.",
		}),
	}
	if r != nil {
		r.MustRegister(m.readings, m.errors, m.remembered, m.early)
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
