package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/notify"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/certs"
	"github.com/yingguang/yingguang/ingest/gate"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/series"
	"github.com/yingguang/yingguang/series/influxd"
	"github.com/yingguang/yingguang/web"
)

// rooms are the parts of one process.
type rooms struct {
	registry  *registry.DB
	journal   *journal.Journal
	influxd   *influxd.Child // nil where influxdb.url names another
	influx    *series.Client
	series    *series.Writer
	notify    *notify.Worker
	dispatch  *alerts.Dispatcher
	intake    atomic.Pointer[ingest.Ingest] // the pages ask for it before it is there
	page      string                        // URL of the pages on this machine
	broker    *broker.Broker                // nil where mqtt.url names another
	house     gate.Account                  // its account for our own clients
	incidents chan gate.Incident
	ledger    *ledger.Ledger
	strangers *strangers
	formats   *formats
	web       *web.Server
}

// openInflux starts the supervised InfluxDB first: it takes longest to be ready.
func (a *App) openInflux(ctx context.Context) error {
	c := a.cfg.InfluxDB
	server := series.Server{URL: c.URL, Org: c.Org, Bucket: c.Bucket, Token: c.Token.Reveal(), Retention: c.Retention}
	if c.URL == "" {
		child, err := influxd.Start(ctx, influxd.Config{
			Binary: c.Binary, Dir: a.folder.Sub("influxdb"), Addr: c.Listen,
			Clock: clock.Real{}, Log: a.log.With("room", "influxd"), Registerer: a.metrics,
		})
		if err != nil {
			return err
		}
		a.rooms.influxd = child
		a.undo.push("InfluxDB", child.Close)
		server.URL, server.Token = child.URL(), ""
	}
	client, err := series.New(server)
	if err != nil {
		return err
	}
	a.rooms.influx = client
	a.undo.push("InfluxDB's client", func(context.Context) error { client.Close(); return nil })
	return nil
}

func (a *App) openSeries(context.Context) error {
	cfg := series.WriterConfig{
		Client: a.rooms.influx, Verdicts: a.rooms.ledger, Journal: a.rooms.journal, SQL: a.rooms.registry.SQL(),
		Clock: clock.Real{}, Log: a.log.With("room", "series"), Registerer: a.metrics,
	}
	if child := a.rooms.influxd; child != nil { // it shares our disk
		cfg.Room, cfg.Revive = a.roomForSeries, child.Restart
	}
	a.rooms.series = series.NewWriter(cfg)
	a.goRun("series", a.rooms.series.Run)
	return nil
}

func (a *App) openNotify(context.Context) error {
	channels, err := notify.NewChannels(channelTemplates(a.cfg), clock.Real{})
	if err != nil {
		return fmt.Errorf("notify.channels: %w", err)
	}
	a.rooms.notify = notify.NewWorker(notify.Config{
		Outbox: a.rooms.registry, Channels: channels, TicketURL: a.ticketURL,
		Clock: a.clock, Log: a.log.With("room", "notify"), Registerer: a.metrics,
	})
	a.goRun("notify", a.rooms.notify.Run)
	return nil
}

func (a *App) ticketURL(ticket int64) string {
	return fmt.Sprintf("%s/tickets/%d", a.baseURL(), ticket)
}

// openDispatcher is before the pages, which tell of a taken ticket through it.
func (a *App) openDispatcher(context.Context) error {
	a.rooms.dispatch = alerts.NewDispatcher(alerts.DispatcherConfig{Roster: a.rooms.registry, Location: a.cfg.Location()})
	return nil
}

func (a *App) openAlerts(context.Context) error {
	overrides, err := alerts.ParseOverrides(a.cfg.Alerts.Rules)
	if err != nil {
		return fmt.Errorf("alerts.rules: %w", err)
	}
	runner := alerts.NewRunner(alerts.RunnerConfig{
		Store: a.rooms.registry,
		Engine: alerts.NewEngine(alerts.EngineConfig{
			Lamps: a.rooms.registry, Location: a.cfg.Location(), Town: a.cfg.TownSubject(), Overrides: overrides,
		}),
		Dispatcher: a.rooms.dispatch,
		Read: func(ctx context.Context, after journal.Position) (alerts.BlockReader, error) {
			return a.rooms.journal.Reader(ctx, after)
		},
		Append: a.rooms.journal.Append,
		Clock:  clock.Real{}, Log: a.log.With("room", "alerts"), Registerer: a.metrics,
		Committed: a.rooms.notify.Wake,
	})
	a.goRun("alerts", runner.Run)
	return nil
}

// openIngest makes the subscriber, the embedded broker around its session, and
// lets it run.
func (a *App) openIngest(ctx context.Context) error {
	m := a.cfg.MQTT
	cfg, err := a.ingestConfig()
	if err != nil {
		return err
	}
	cfg.Journal = &watchedJournal{Journal: a.rooms.journal, app: a, of: map[device.LampID]*rejections{}}
	if m.Share != "" {
		cfg.Others = a.rooms.journal.Member(mainIngest)
	}
	cfg.Foreign = a.foreign()
	if m.URL != "" {
		a.runIngest(cfg)
		return nil
	}
	b := a.cfg.Broker
	every, err := syncEvery(b.Sync)
	if err != nil {
		return fmt.Errorf("broker.sync: %w", err)
	}
	server, err := certs.Broker(b.CertFile, b.KeyFile, b.ClientCAFile).Server()
	if err != nil {
		return err
	}
	// It runs on all the same: many lamps do not look at dates.
	if err := certs.Broker(b.CertFile, b.KeyFile, "").Valid(clock.Real{}.Now()); err != nil {
		a.log.Error("lamps may refuse the embedded broker", "error", err)
	}
	// Past the gate go our own clients only, with a password of this process.
	a.rooms.house = gate.Account{Username: "house", Password: rand.Text()}
	cfg.Username, cfg.Password, cfg.TLS = a.rooms.house.Username, a.rooms.house.Password, nil
	session := ingest.New(withoutMetrics(cfg))
	a.rooms.broker, err = broker.Start(ctx, broker.Config{
		Dir: a.folder.Sub("broker"), Listen: b.Listen, SyncInterval: every, MaxBytes: int64(b.MaxBytes), TLS: server,
		Prefix: m.Prefix, Closed: !b.Anonymous, Shared: gate.Account{Username: b.Username, Password: b.Password.Reveal()}, House: a.rooms.house,
		Book: book{a.rooms.registry}, Owner: a.rooms.formats.Owner, Limits: gate.Limits{PerSecond: b.LampRate, Burst: b.LampBurst}, Report: a.report,
		Session: m.ClientID + " " + strings.Join(ingest.Filters(m.Prefix, a.rooms.formats), " "), Prime: session.Prime,
		Log: a.log.With("room", "broker"), Registerer: a.metrics,
	})
	if err != nil {
		return err
	}
	a.undo.push("broker", a.rooms.broker.Close)
	cfg.URL = a.rooms.broker.URL()
	a.runIngest(cfg)
	return nil
}

// ingestConfig is what every ingest of these settings has.
func (a *App) ingestConfig() (ingest.Config, error) {
	m := a.cfg.MQTT
	secure, err := certs.Client(m.CertFile, m.KeyFile, m.CAFile).Dial()
	cfg := ingest.Config{
		Formats: a.rooms.formats,
		URL:     m.URL, ClientID: m.ClientID, Share: m.Share, Username: m.Username, Password: m.Password.Reveal(), TLS: secure,
		Prefix: m.Prefix, MaxPayload: int(a.cfg.Ingest.MaxPayload), Observing: a.cfg.Ingest.Observing,
		Journal: a.rooms.journal, Clock: a.clock, Log: a.log.With("room", "ingest"), Registerer: a.metrics,
	}
	if a.rooms.strangers != nil { // an ingest without the registry takes every lamp
		cfg.Strangers = a.rooms.strangers
	}
	return cfg, err
}

func (a *App) runIngest(cfg ingest.Config) {
	in := ingest.New(cfg)
	a.rooms.intake.Store(in)
	a.goRun("ingest", in.Run)
}

func withoutMetrics(cfg ingest.Config) ingest.Config {
	cfg.Registerer = nil
	return cfg
}
