package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/notify"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
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
	brokerTLS *tls.Config
	ledger    *ledger.Ledger
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
	a.rooms.series = series.NewWriter(series.WriterConfig{
		Client: a.rooms.influx, Journal: a.rooms.journal, SQL: a.rooms.registry.SQL(),
		Clock: clock.Real{}, Log: a.log.With("room", "series"), Registerer: a.metrics,
	})
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
	runner := alerts.NewRunner(alerts.RunnerConfig{
		Store:      a.rooms.registry,
		Engine:     alerts.NewEngine(alerts.EngineConfig{Lamps: a.rooms.registry, Location: a.cfg.Location()}),
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
	secure, err := clientTLS(m.CAFile, m.CertFile, m.KeyFile)
	if err != nil {
		return err
	}
	cfg := ingest.Config{
		URL: m.URL, ClientID: m.ClientID, Username: m.Username, Password: m.Password.Reveal(), TLS: secure,
		Prefix: m.Prefix, MaxPayload: int(a.cfg.Ingest.MaxPayload), Observing: a.cfg.Ingest.Observing,
		Journal: a.rooms.journal, Clock: a.clock, Log: a.log.With("room", "ingest"), Registerer: a.metrics,
	}
	if m.URL != "" {
		a.runIngest(cfg)
		return nil
	}
	b := a.cfg.Broker
	every, err := syncEvery(b.Sync)
	if err != nil {
		return fmt.Errorf("broker.sync: %w", err)
	}
	server, err := serverTLS(b.CertFile, b.KeyFile)
	if err != nil {
		return err
	}
	cfg.Username, cfg.Password = b.Username, b.Password.Reveal()
	session := ingest.New(withoutMetrics(cfg))
	a.rooms.broker, err = broker.Start(ctx, broker.Config{
		Dir: a.folder.Sub("broker"), Listen: b.Listen, SyncInterval: every, MaxBytes: int64(b.MaxBytes), TLS: server,
		Username: b.Username, Password: b.Password.Reveal(), Log: a.log.With("room", "broker"),
		Session: m.ClientID + " " + strings.Join(payload.Filters(m.Prefix), " "), Prime: session.Prime,
	})
	if err != nil {
		return err
	}
	a.undo.push("broker", a.rooms.broker.Close)
	a.rooms.brokerTLS = server
	if cfg.URL, cfg.TLS, err = a.reachBroker(); err != nil {
		return err
	}
	a.runIngest(cfg)
	return nil
}

func (a *App) runIngest(cfg ingest.Config) {
	in := ingest.New(cfg)
	a.rooms.intake.Store(in)
	a.goRun("ingest", in.Run)
}

// reachBroker is how this process's own clients reach the embedded broker.
func (a *App) reachBroker() (string, *tls.Config, error) {
	return toOurselves(a.rooms.broker.Addr(), a.rooms.brokerTLS)
}

func withoutMetrics(cfg ingest.Config) ingest.Config {
	cfg.Registerer = nil
	return cfg
}

// toOurselves is how ingest reaches the embedded broker: over loopback even where
// it listens on every address, trusting exactly its own certificate.
func toOurselves(addr string, server *tls.Config) (string, *tls.Config, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	if server == nil {
		return "tcp://" + addr, nil, nil
	}
	leaf, err := x509.ParseCertificate(server.Certificates[0].Certificate[0])
	if err != nil {
		return "", nil, fmt.Errorf("broker.cert_file: %w", err)
	}
	return "tls://" + addr, &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // the certificate itself is compared below
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || string(raw[0]) != string(leaf.Raw) {
				return errors.New("the embedded broker shows another certificate")
			}
			return nil
		},
	}, nil
}

func serverTLS(certFile, keyFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil //nolint:nilnil // no certificate means plain MQTT
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("broker.cert_file: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// clientTLS trusts the system's authorities and those of caFile.
func clientTLS(caFile, certFile, keyFile string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("mqtt.ca_file: %w", err)
		}
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("mqtt.ca_file %s: no certificate in it: want PEM", caFile)
		}
	}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("mqtt.cert_file: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
