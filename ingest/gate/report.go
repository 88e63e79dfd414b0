package gate

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// Trouble is what can be wrong with a client.
type Trouble string

// The kinds of trouble.
const (
	Flood     Trouble = "flood"     // it sends more than it may, and is slowed down
	TooLarge  Trouble = "too_large" // a packet beyond MaxPacket
	Foreign   Trouble = "foreign"   // a topic that is not its own
	QoS2      Trouble = "qos2"      // which the broker would store before it looks at rights
	Malformed Trouble = "malformed" // not MQTT
)

// Incident is one trouble of one credential.
type Incident struct {
	At       time.Time
	Username string
	Trouble  Trouble
	Text     string // what was seen
}

// quiet is how long the same trouble of the same client is not told again.
const quiet = time.Hour

// reports tells each trouble once an hour.
type reports struct {
	tell  func(Incident)
	clock clock.Clock

	mu   sync.Mutex
	last map[string]time.Time
}

func (r *reports) add(i Incident) {
	i.At = r.clock.Now()
	key := string(i.Trouble) + " " + i.Username
	r.mu.Lock()
	if r.last == nil {
		r.last = map[string]time.Time{}
	}
	before, told := r.last[key]
	told = told && i.At.Sub(before) < quiet
	if !told {
		r.last[key] = i.At
	}
	r.mu.Unlock()
	if !told {
		r.tell(i)
	}
}

type metrics struct {
	refused *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, connections func() int) *metrics {
	m := &metrics{refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yingguang_broker_refused_total", Help: "Clients and messages that the embedded broker turned away, by reason.",
	}, []string{"reason"})}
	if reg != nil {
		reg.MustRegister(m.refused, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "yingguang_broker_connections", Help: "Clients connected to the embedded broker.",
		}, func() float64 { return float64(connections()) }))
	}
	return m
}
