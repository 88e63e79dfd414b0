package journal

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	appendSeconds    prometheus.Histogram
	appendErrors     prometheus.Counter
	appendedBytes    prometheus.Counter
	bytes            prometheus.Gauge
	maxBytes         prometheus.Gauge
	freeBytes        prometheus.Gauge
	oldestSeconds    prometheus.Gauge
	rejectedMessages prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		appendSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_journal_append_seconds", Help: "Time to append a block and have it acknowledged.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12),
		}),
		appendErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_journal_append_errors_total", Help: "Blocks that could not be appended and were tried again.",
		}),
		appendedBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_journal_appended_bytes_total", Help: "Bytes of the blocks appended.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_journal_size_bytes", Help: "Bytes that the journal holds.",
		}),
		maxBytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_journal_limit_bytes", Help: "Bytes beyond which the journal refuses blocks.",
		}),
		freeBytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_journal_disk_free_bytes", Help: "Free bytes on the journal's disk.",
		}),
		oldestSeconds: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_journal_oldest_seconds", Help: "Age of the oldest block that a consumer has not read.",
		}),
		rejectedMessages: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_journal_rejected_messages", Help: "Rejected messages that are kept.",
		}),
	}
	if r != nil {
		r.MustRegister(m.appendSeconds, m.appendErrors, m.appendedBytes, m.bytes, m.maxBytes, m.freeBytes, m.oldestSeconds, m.rejectedMessages)
	}
	return m
}
