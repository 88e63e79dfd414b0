package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Others tells the ingests of one shared subscription of each other: what lies with
// one that is down is seen by none of them, and nobody may call its lamps silent.
type Others interface {
	// Report says that this one is there, and whether it has taken in all it has.
	Report(ctx context.Context, well bool) error
	// AllWell says whether every other one has reported so since the last call.
	AllWell(ctx context.Context) (bool, error)
}

// reportEvery is how often an ingest tells the others how it stands. The one who
// marks asks once a minute.
const reportEvery = 15 * time.Second

// shared begins every filter of a shared subscription; brokers for MQTT 3.1.1 know it
// by this name too.
func (in *Ingest) shared() string {
	if in.cfg.Share == "" {
		return ""
	}
	return "$share/" + in.cfg.Share + "/"
}

// leavePlain ends the subscriptions that the session has from a time before it shared:
// it would get every message beside its share.
func (in *Ingest) leavePlain(ctx context.Context, client mqtt.Client) error {
	if in.cfg.Share == "" {
		return nil
	}
	if err := finish(ctx, client.Unsubscribe(Filters(in.cfg.Prefix, in.cfg.Formats)...)); err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}

// report tells the others how this one stands until ctx ends.
func (in *Ingest) report(ctx context.Context) {
	if in.cfg.Others == nil || in.cfg.Share == "" {
		return
	}
	for {
		s := in.Status()
		if err := in.cfg.Others.Report(ctx, s.Connected != 0 && s.Queued == 0 && s.Failing == ""); err != nil && ctx.Err() == nil {
			in.log.Warn("this ingest could not tell the others how it stands", "error", err)
		}
		if in.cfg.Clock.Sleep(ctx, reportEvery) != nil {
			return
		}
	}
}

// othersObserve says whether nothing waits in the sessions of other ingests, as far as
// they know.
func (in *Ingest) othersObserve(ctx context.Context) bool {
	if in.cfg.Others == nil || in.cfg.Share == "" {
		return true
	}
	well, err := in.cfg.Others.AllWell(ctx)
	if err != nil && ctx.Err() == nil {
		in.log.Warn("how the other ingests stand is not known, so no lamp is called silent", "error", err)
	}
	return well && err == nil
}

// quiet is how long nothing must have come before a session counts as empty.
const quiet = 5 * time.Second

// Leave takes in what waits in the session, and removes the session from the broker: an
// ingest that only stays away goes on being given its share.
func (in *Ingest) Leave(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	full, written := make(chan *work), make(chan *work, works)
	var all sync.WaitGroup
	all.Go(func() { in.append(ctx, full, written) })
	all.Go(func() { in.decode(ctx, full, written) })
	defer all.Wait()
	defer cancel()

	lost := make(chan error, 1)
	client, err := in.connect(ctx, in.cfg.URL, lost)
	if err != nil {
		return err
	}
	defer client.Disconnect(250)
	filters := Filters(in.cfg.Prefix, in.cfg.Formats)
	for i := range filters {
		filters[i] = in.shared() + filters[i]
	}
	if err := finish(ctx, client.Unsubscribe(filters...)); err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	for left := in.now(); in.now().Sub(max(left, in.Status().LastSeen)) < quiet || in.Status().Queued > 0; {
		select {
		case err := <-lost:
			return fmt.Errorf("the connection was lost while the session was emptied: %w: try again", err)
		default:
		}
		if err := in.cfg.Clock.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	client.Disconnect(250)
	return in.forget(ctx)
}

// forget connects once without a session, which removes the one that was there.
func (in *Ingest) forget(ctx context.Context) error {
	o := mqtt.NewClientOptions().AddBroker(in.cfg.URL).SetClientID(in.cfg.ClientID).SetCleanSession(true).
		SetAutoReconnect(false).SetConnectTimeout(attemptTime).SetProtocolVersion(4)
	if in.cfg.Username != "" {
		o.SetUsername(in.cfg.Username).SetPassword(in.cfg.Password)
	}
	if in.cfg.TLS != nil {
		o.SetTLSConfig(in.cfg.TLS)
	}
	client := mqtt.NewClient(o)
	defer client.Disconnect(250)
	if err := finish(ctx, client.Connect()); err != nil {
		return fmt.Errorf("remove the session: %w", err)
	}
	return nil
}
