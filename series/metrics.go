package series

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	writeSeconds  prometheus.Histogram
	writeErrors   prometheus.Counter
	writtenBytes  prometheus.Counter
	stored        prometheus.Counter
	refused       prometheus.Counter
	batchReadings prometheus.Histogram
	up            prometheus.GaugeFunc
}

func newMetrics(h *health) *metrics {
	return &metrics{
		writeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_series_write_seconds", Help: "Time of a write request that InfluxDB answered.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30},
		}),
		writeErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_write_errors_total", Help: "Requests that failed and were tried again.",
		}),
		writtenBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_written_bytes_total", Help: "Line protocol given to InfluxDB, before compression.",
		}),
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_stored_readings_total", Help: "Readings written to InfluxDB; one that comes twice counts twice.",
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_refused_readings_total", Help: "Readings that InfluxDB refused.",
		}),
		batchReadings: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingguang_series_batch_readings", Help: "Readings in one batch.",
			Buckets: []float64{1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000},
		}),
		up: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "yingguang_series_up", Help: "1 while InfluxDB takes readings.",
		}, func() float64 {
			if ready, _, _ := h.state(); ready {
				return 1
			}
			return 0
		}),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.writeSeconds, m.writeErrors, m.writtenBytes, m.stored, m.refused, m.batchReadings, m.up}
}
