package simulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Bounds of publishing.
const (
	inFlight    = 64 // messages on their way at once, over all connections
	batchSize   = 100
	ackTime     = 30 * time.Second
	longestWait = 10 * time.Second
)

// Stats counts what was published.
type Stats struct {
	Readings int64 // whose message the broker has acknowledged
	Messages int64
	Failures int64 // attempts that were repeated
}

// publisher sends messages with QoS 1 over a few connections, and each one again
// until it is acknowledged. While the broker is away its callers wait.
type publisher struct {
	cfg     Config
	clients []mqtt.Client
	slots   chan struct{} // one for each message on its way
	going   sync.WaitGroup
	life    context.Context // of the messages on their way: it outlasts Run's
	end     context.CancelFunc

	readings, messages, failures atomic.Int64
	metrics                      [3]prometheus.Counter
}

func newPublisher(cfg Config) *publisher {
	p := &publisher{cfg: cfg, slots: make(chan struct{}, inFlight)}
	p.life, p.end = context.WithCancel(context.Background())
	for i, name := range []string{"readings_total", "messages_total", "failures_total"} {
		help := []string{"Simulated readings that the broker acknowledged.", "Simulated messages that the broker acknowledged.", "Attempts to publish that were repeated."}[i]
		p.metrics[i] = prometheus.NewCounter(prometheus.CounterOpts{Name: "yingguang_simulator_" + name, Help: help})
		if cfg.Registerer != nil {
			cfg.Registerer.MustRegister(p.metrics[i])
		}
	}
	return p
}

func (p *publisher) stats() Stats {
	return Stats{p.readings.Load(), p.messages.Load(), p.failures.Load()}
}

// connect opens all connections; a broker that is away is waited for.
func (p *publisher) connect(ctx context.Context) error {
	session := rand.Uint32()
	for i := range p.cfg.Connections {
		o := mqtt.NewClientOptions().AddBroker(p.cfg.URL).
			SetClientID(fmt.Sprintf("simulator-%08x-%d", session, i)).
			SetCleanSession(true).SetAutoReconnect(true).SetConnectRetry(true).
			SetConnectRetryInterval(500*time.Millisecond + rand.N(500*time.Millisecond)).
			SetMaxReconnectInterval(longestWait).SetConnectTimeout(longestWait).SetWriteTimeout(longestWait).
			SetOrderMatters(false).SetStore(newStore())
		if p.cfg.Username != "" {
			o.SetUsername(p.cfg.Username).SetPassword(p.cfg.Password)
		}
		if p.cfg.TLS != nil {
			o.SetTLSConfig(p.cfg.TLS)
		}
		c := mqtt.NewClient(o)
		token := c.Connect()
		p.clients = append(p.clients, c)
		select {
		case <-token.Done():
			if err := token.Error(); err != nil {
				return fmt.Errorf("simulator: connect to %s: %w", p.cfg.URL, err)
			}
		case <-ctx.Done():
			p.close()
			return ctx.Err()
		}
	}
	return nil
}

// close gives up what is not acknowledged yet.
func (p *publisher) close() {
	p.end()
	p.going.Wait()
	for _, c := range p.clients {
		c.Disconnect(100)
	}
}

// send hands a message over and returns; it waits only for a free slot. Messages
// of one key go over one connection, and so stay in order while nothing fails.
func (p *publisher) send(ctx context.Context, topic string, retained bool, body []byte, readings int, key uint64) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	client := p.clients[key%uint64(len(p.clients))]
	token := client.Publish(topic, 1, retained, body)
	p.going.Go(func() {
		defer func() { <-p.slots }()
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, longestWait) {
			if p.acknowledged(client, token) {
				p.count(readings)
				return
			}
			if p.life.Err() != nil {
				return
			}
			p.failures.Add(1)
			p.metrics[2].Inc()
			if (clock.Real{}).Sleep(p.life, wait/2+rand.N(wait/2)) != nil {
				return
			}
			token = client.Publish(topic, 1, retained, body)
		}
	})
	return nil
}

func (p *publisher) count(readings int) {
	p.readings.Add(int64(readings))
	p.messages.Add(1)
	p.metrics[0].Add(float64(readings))
	p.metrics[1].Inc()
}

// acknowledged waits for the broker's word. While the connection is down the
// client keeps the message and sends it after it is back; only one that is open for
// ackTime without an answer has lost it.
func (p *publisher) acknowledged(client mqtt.Client, token mqtt.Token) bool {
	for {
		timer := time.NewTimer(ackTime)
		select {
		case <-token.Done():
			timer.Stop()
			return token.Error() == nil
		case <-timer.C:
			if client.IsConnectionOpen() {
				return false
			}
		case <-p.life.Done():
			timer.Stop()
			return false
		}
	}
}

// drain waits until everything sent is acknowledged.
func (p *publisher) drain(ctx context.Context) error {
	for range cap(p.slots) {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range cap(p.slots) {
		<-p.slots
	}
	return nil
}

func (p *publisher) status(ctx context.Context, lamp device.LampID, gateway device.GatewayID, now device.Millis) error {
	topic, key := payload.StatusTopic(p.cfg.Prefix, lamp), hashString(string(lamp))
	if gateway != "" {
		topic, key = payload.GatewayStatusTopic(p.cfg.Prefix, gateway), hashString(string(gateway))
	}
	return p.send(ctx, topic, true, payload.AppendStatusJSON(nil, true, now), 0, key)
}

// batches gathers readings by who sends them. Of the history every sender has
// batches of batchSize; live lamps send theirs alone and gateways what is due together.
type batches struct {
	out     *publisher
	history bool
	waiting map[string][]device.Reading // by topic
}

func newBatches(out *publisher, history bool) *batches {
	return &batches{out, history, map[string][]device.Reading{}}
}

func (b *batches) add(ctx context.Context, r device.Reading) error {
	prefix := b.out.cfg.Prefix
	if r.Gateway == "" && !b.history {
		return b.out.send(ctx, payload.TelemetryTopic(prefix, r.Lamp), false, payload.AppendJSON(nil, &r), 1, hashString(string(r.Lamp)))
	}
	topic := payload.TelemetryTopic(prefix, r.Lamp)
	if r.Gateway != "" {
		topic = payload.GatewayTelemetryTopic(prefix, r.Gateway)
	}
	b.waiting[topic] = append(b.waiting[topic], r)
	if len(b.waiting[topic]) >= batchSize {
		return b.send(ctx, topic)
	}
	return nil
}

func (b *batches) send(ctx context.Context, topic string) error {
	readings := b.waiting[topic]
	b.waiting[topic] = readings[:0]
	return b.out.send(ctx, topic, false, payload.AppendBatchJSON(nil, readings), len(readings), hashString(topic))
}

func (b *batches) flush(ctx context.Context) error {
	for topic, readings := range b.waiting {
		if len(readings) > 0 {
			if err := b.send(ctx, topic); err != nil {
				return err
			}
		}
	}
	return nil
}
