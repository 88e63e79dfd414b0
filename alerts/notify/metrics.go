package notify

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	sent, errors *prometheus.CounterVec
	failed       prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingguang_notify_sent_total", Help: "Notices that a channel has taken, by kind of channel.",
		}, []string{"kind"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingguang_notify_errors_total", Help: "Attempts that failed, by kind of channel.",
		}, []string{"kind"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_notify_failed_total", Help: "Notices given up, since no channel of the person took them.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.sent, m.errors, m.failed)
	}
	for _, kind := range kinds {
		m.sent.WithLabelValues(kind)
		m.errors.WithLabelValues(kind)
	}
	return m
}
