package series

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	writeSeconds  prometheus.Histogram
	writeErrors   prometheus.Counter
	writtenBytes  prometheus.Counter
	stored        prometheus.Counter
	refused       prometheus.Counter
	batchReadings prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, h *health) *metrics {
	auto := promauto.With(reg) // with nil it registers nothing
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yingguang_series_up", Help: "1 while InfluxDB takes readings.",
	}, func() float64 {
		if ready, _, _ := h.state(); ready {
			return 1
		}
		return 0
	})
	return &metrics{
		writeSeconds: auto.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_series_write_seconds", Help: "Time of a write request that InfluxDB answered.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30},
		}),
		writeErrors: auto.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_write_errors_total", Help: "Requests that failed and were tried again.",
		}),
		writtenBytes: auto.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_written_bytes_total", Help: "Line protocol given to InfluxDB, before compression.",
		}),
		stored: auto.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_stored_readings_total", Help: "Readings written to InfluxDB; one that comes twice counts twice.",
		}),
		refused: auto.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_refused_readings_total", Help: "Readings that InfluxDB refused.",
		}),
		batchReadings: auto.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_series_batch_readings", Help: "Readings in one batch.",
			Buckets: []float64{1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000},
		}),
	}
}
