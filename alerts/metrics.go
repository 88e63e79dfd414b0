package alerts

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/device"
)

type metrics struct {
	firing   *prometheus.GaugeVec
	changes  *prometheus.CounterVec
	notices  *prometheus.CounterVec
	readings prometheus.Counter
	nights   prometheus.Counter
	errors   prometheus.Counter
	lag      prometheus.Gauge
	commit   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		firing: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "yingguang_alerts_firing", Help: "Alerts that fire now, by fault.",
		}, []string{"fault"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingguang_alerts_changes_total", Help: "Changes of alerts, by fault and new state.",
		}, []string{"fault", "state"}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingguang_alerts_notices_total", Help: "Notices queued, by kind.",
		}, []string{"kind"}),
		readings: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_alerts_readings_total", Help: "Readings that the engine has seen.",
		}),
		nights: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_alerts_nights_total", Help: "Nights given out, finished or corrected by late data.",
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_alerts_commit_errors_total", Help: "Commits and journal writes that failed and were tried again.",
		}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_alerts_lag_seconds", Help: "Age of the newest committed journal block when it was committed.",
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_alerts_commit_seconds", Help: "Time of one commit of state, alerts, tickets and notices.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
		}),
	}
	if reg != nil {
		reg.MustRegister(m.firing, m.changes, m.notices, m.readings, m.nights, m.errors, m.lag, m.commit)
	}
	for _, e := range Catalogue() {
		if e.Ruled() {
			m.firing.WithLabelValues(string(e.Fault)).Set(0)
			m.changes.WithLabelValues(string(e.Fault), string(Firing)).Add(0)
		}
	}
	return m
}

func (m *metrics) committed(r *Runner, c *Checkpoint, took time.Duration) {
	for _, change := range c.Changes {
		m.changes.WithLabelValues(string(change.Alert.Fault), string(change.Alert.State)).Inc()
	}
	for _, t := range c.Tickets {
		for _, n := range t.Notices {
			m.notices.WithLabelValues(string(n.Kind)).Inc()
		}
	}
	counts := r.cfg.Engine.Firing()
	for _, e := range r.cfg.Engine.rules.entries {
		if e.Ruled() {
			m.firing.WithLabelValues(string(e.Fault)).Set(float64(counts[e.Fault]))
		}
	}
	m.nights.Add(float64(len(c.Nights)))
	m.commit.Observe(took.Seconds())
	m.lag.Set(max(0, device.MillisOf(r.cfg.Clock.Now()).Sub(r.batch.newest).Seconds()))
}
