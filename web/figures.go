package web

import "github.com/prometheus/client_golang/prometheus"

// What the view shows, as metrics; read when asked for.
var (
	descLamps   = prometheus.NewDesc("yingguang_web_lamps", "Installed lamps by the state that pages show.", []string{"state"}, nil)
	descClients = prometheus.NewDesc("yingguang_web_live_clients", "Open live streams.", nil, nil)
	descDropped = prometheus.NewDesc("yingguang_web_live_dropped_total", "Live streams cut off because they were read too slowly.", nil, nil)
)

// Describe implements prometheus.Collector.
func (l *live) Describe(out chan<- *prometheus.Desc) {
	out <- descLamps
	out <- descClients
	out <- descDropped
}

// Collect implements prometheus.Collector.
func (l *live) Collect(out chan<- prometheus.Metric) {
	var n stateCounts
	now := l.cfg.now()
	for _, r := range l.all() {
		if r.installed() {
			n.add(r.word(now))
		}
	}
	for state, count := range n.byWord() {
		out <- prometheus.MustNewConstMetric(descLamps, prometheus.GaugeValue, float64(count), string(state))
	}
	clients, dropped := l.hub.figures()
	out <- prometheus.MustNewConstMetric(descClients, prometheus.GaugeValue, float64(clients))
	out <- prometheus.MustNewConstMetric(descDropped, prometheus.CounterValue, float64(dropped))
}
