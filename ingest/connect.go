package ingest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/ingest/certs"
)

// Waits between attempts to connect, and for one attempt.
const (
	firstWait   = 200 * time.Millisecond
	longestWait = 30 * time.Second
	attemptTime = 10 * time.Second
	// pingTime is how long a broker may leave a ping unanswered. The ping stands behind
	// all our acknowledgements, and a mosquitto that saves its store at every change
	// takes some 30 of them a second: giving up early has everything sent again and
	// again. A connection that is gone shows by TCP's own keep-alive.
	pingTime = 5 * time.Minute
)

// stayConnected connects again and again until ctx ends.
func (in *Ingest) stayConnected(ctx context.Context) {
	wait, told := firstWait, false
	for ctx.Err() == nil {
		lost := make(chan error, 1)
		client, err := in.connect(ctx, in.cfg.URL, lost)
		if err != nil {
			if !told && ctx.Err() == nil {
				in.log.Warn("the broker does not answer, trying on; check mqtt.url and that the broker runs", "broker", in.cfg.URL, "error", certs.Explain(err))
				told = true
			}
			if in.cfg.Clock.Sleep(ctx, wait/2+rand.N(wait/2)) != nil {
				return
			}
			wait = min(2*wait, longestWait)
			continue
		}
		in.log.Info("connected to the broker", "broker", in.cfg.URL)
		in.connected.Store(int64(in.now()))
		in.metrics.connected.Set(1)
		wait, told = firstWait, false
		select {
		case <-ctx.Done():
			client.Disconnect(250)
		case err = <-lost:
			in.log.Warn("the connection to the broker is lost, connecting again", "broker", in.cfg.URL, "error", certs.Explain(err))
			in.metrics.reconnects.Inc()
		}
		in.connected.Store(0)
		in.metrics.connected.Set(0)
		in.queue.drop()
	}
}

// connect opens the persistent session and subscribes. Every connection has a
// client of its own: acknowledgements of the last one cannot reach this one.
func (in *Ingest) connect(ctx context.Context, broker string, lost chan<- error) (mqtt.Client, error) {
	o := mqtt.NewClientOptions().AddBroker(broker).SetClientID(in.cfg.ClientID).
		SetCleanSession(false).SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectTimeout(attemptTime).SetWriteTimeout(attemptTime).SetKeepAlive(30 * time.Second).SetPingTimeout(pingTime).
		SetProtocolVersion(4)
	if in.cfg.Username != "" {
		o.SetUsername(in.cfg.Username).SetPassword(in.cfg.Password)
	}
	if in.cfg.TLS != nil {
		o.SetTLSConfig(in.cfg.TLS)
	}
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	// The broker sends the session's backlog with the acknowledgement of CONNECT, so
	// the tap, which takes all messages, is there from the first byte on.
	o.SetCustomOpenConnectionFn(func(u *url.URL, o mqtt.ClientOptions) (net.Conn, error) { return in.dial(u, o) })

	client := mqtt.NewClient(o)
	if err := finish(ctx, client.Connect()); err != nil {
		client.Disconnect(0)
		return nil, err
	}
	if err := in.subscribe(ctx, client); err != nil {
		client.Disconnect(0)
		return nil, err
	}
	return client, nil
}

// Prime makes the persistent session and its subscriptions on the broker at url
// and leaves: from then on the broker keeps what lamps publish. The embedded
// broker does this before it opens its port.
func (in *Ingest) Prime(ctx context.Context, url string) error {
	client, err := in.connect(ctx, url, make(chan error, 1))
	if err != nil {
		return fmt.Errorf("prepare ingest's session: %w", err)
	}
	client.Disconnect(100)
	in.queue.drop() // nothing was acknowledged: it comes again
	return nil
}

// finish waits for a token within attemptTime and ctx.
func finish(ctx context.Context, t mqtt.Token) error {
	timer := time.NewTimer(attemptTime)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-timer.C:
		return fmt.Errorf("no answer within %v", attemptTime)
	case <-ctx.Done():
		return ctx.Err()
	}
}
