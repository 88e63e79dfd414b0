package ingest

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	messages   prometheus.Counter
	readings   prometheus.Counter
	rejected   *prometheus.CounterVec
	duplicate  prometheus.Counter
	held       prometheus.Counter
	reconnects prometheus.Counter
	forgotten  prometheus.Counter
	connected  prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "yingguang_ingest_" + name, Help: help})
	}
	m := &metrics{
		messages:   counter("messages_total", "Messages acknowledged to the broker."),
		readings:   counter("readings_total", "Readings decoded and accepted, duplicates included."),
		duplicate:  counter("duplicate_readings_total", "Readings left out because the journal had them a moment ago."),
		held:       counter("held_writes_total", "Writes that the journal refused and that were tried again."),
		reconnects: counter("reconnects_total", "Connections to the broker that were lost."),
		forgotten:  counter("clocks_forgotten_total", "Codes whose clock is judged anew, since more codes sent than are remembered."),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingguang_ingest_rejected_readings_total", Help: "Readings refused, by reason.",
		}, []string{"reason"}),
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingguang_ingest_connected", Help: "1 while connected to the broker.",
		}),
	}
	if r != nil {
		r.MustRegister(m.messages, m.readings, m.rejected, m.duplicate, m.held, m.reconnects, m.forgotten, m.connected)
	}
	return m
}
