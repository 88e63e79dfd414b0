// Package broker is the embedded MQTT broker: NATS server's MQTT listener with a
// store of its own, on a private port behind the gate that lamps knock at. It
// promises that a message whose PUBACK a lamp got is kept until ingest has
// acknowledged it, and that the gate opens only once ingest's session exists,
// since a broker drops what nobody subscribes to.
package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/ingest/gate"
)

// Limits of the embedded broker.
const (
	// window is how many messages ingest may have on hand for each of its
	// subscriptions. A disk so slow that they are not done with within ackWait has
	// them sent again, which makes it slower still: 1024 did so at 45 messages/s.
	window = 256
	// ackWait is when a message that ingest took and did not acknowledge is sent
	// again: as soon as this after a kill, never in ordinary work. Where it crosses with
	// ingest's acknowledgement it gets a second one; that is harmless, since the server
	// gives a number again only after the 65,534 others, and the window is far smaller.
	ackWait    = 20 * time.Second
	readyTime  = 30 * time.Second
	memoryMost = 64 << 20
	fileMode   = 0o750
	loopback   = "127.0.0.1"
	// mendEvery is how often the server's health is looked at; restartRoom the least
	// free disk at which a new start after a failed write makes sense.
	mendEvery   = 2 * time.Second
	restartRoom = 16 << 20
)

// Config says where the broker listens and what it may keep.
type Config struct {
	Dir          string
	Listen       string        // host:port for lamps; port 0 lets the kernel choose
	SyncInterval time.Duration // 0 flushes before every PUBACK
	MaxBytes     int64         // of waiting messages on disk
	TLS          *tls.Config   // nil speaks plain MQTT
	// Who is let in, and where; see gate.Config.
	Prefix string
	Closed bool // nobody without a name
	Shared gate.Account
	Book   gate.Book
	Owner  gate.Owner
	Limits gate.Limits
	Report func(gate.Incident)
	// Session describes ingest's session: its name and filters. While it stays the
	// same, Prime is not called again.
	Session string
	// House is the account of this process's own clients at the private port; the zero
	// one lets everybody on this machine in there, for tests.
	House gate.Account
	// Prime is called with the private port's URL before lamps are let in; it must leave
	// ingest's persistent session and subscriptions behind.
	Prime      func(ctx context.Context, url string) error
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Broker is a running broker.
type Broker struct {
	gate  *gate.Gate
	url   string
	watch context.CancelFunc
	done  sync.WaitGroup

	mu     sync.Mutex
	server *server.Server // nil while it does not start again
}

// Start lets Prime make ingest's session, then opens the gate. Its errors name the
// setting to look at.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := checkListen(cfg.Listen); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, fileMode); err != nil {
		return nil, fmt.Errorf("broker folder: %w: check data_dir", err)
	}
	users := newAccounts(cfg.House)
	// The port that the kernel chooses stays ours over a restart.
	s, port, err := launch(cfg, server.RANDOM_PORT, users)
	if err != nil {
		return nil, err
	}
	behind := net.JoinHostPort(loopback, strconv.Itoa(port))
	b := &Broker{server: s, url: "tcp://" + behind}
	if err := b.open(ctx, cfg, behind, users); err != nil {
		stop(s)
		return nil, err
	}
	watching, cancel := context.WithCancel(context.Background())
	b.watch = cancel
	b.done.Go(func() { b.mend(watching, cfg, port, users) })
	return b, nil
}

func (b *Broker) open(ctx context.Context, cfg Config, behind string, users accounts) (err error) {
	if cfg.Prime != nil && !primed(cfg) {
		if err := cfg.Prime(ctx, b.url); err != nil {
			return err
		}
		if err := os.WriteFile(primedFile(cfg.Dir), []byte(cfg.Session), 0o640); err != nil {
			return fmt.Errorf("broker folder: %w: check data_dir", err)
		}
	}
	b.gate, err = gate.Open(gate.Config{
		Listen: cfg.Listen, TLS: cfg.TLS, Behind: behind, Username: users.gate.Username, Password: users.gate.Password,
		Prefix: cfg.Prefix, Anonymous: !cfg.Closed && cfg.Shared.Username == "", Shared: cfg.Shared, Book: cfg.Book, Owner: cfg.Owner,
		Limits: cfg.Limits, Report: cfg.Report, Clock: cfg.Clock, Log: cfg.Log, Registerer: cfg.Registerer,
	})
	return err
}

// Addr is host:port for lamps.
func (b *Broker) Addr() string { return b.gate.Addr() }

// URL is the private port, where ingest and other clients of this process go in
// past the gate, as the House.
func (b *Broker) URL() string { return b.url }

// Cut ends the connection of a lamp or gateway whose credential was withdrawn.
func (b *Broker) Cut(username string) { b.gate.Cut(username) }

// Close stops the broker; what ingest has not acknowledged is kept on disk.
func (b *Broker) Close(context.Context) error {
	b.watch()
	b.done.Wait()
	b.gate.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server != nil {
		stop(b.server)
	}
	return nil
}

// Connections is how many lamps and other clients are connected.
func (b *Broker) Connections() int { return b.gate.Connections() }

// mend gives the server a new start after a failed write, which JetStream does
// not get over by itself, once there is space. Until then lamps get no PUBACK and
// keep their messages.
func (b *Broker) mend(ctx context.Context, cfg Config, port int, users accounts) {
	for told := false; (clock.Real{}).Sleep(ctx, mendEvery) == nil; {
		b.mu.Lock()
		why := "it does not start again"
		if b.server != nil {
			why = failedWrite(b.server)
		}
		if why != "" && !told {
			cfg.Log.Error("the embedded broker failed a write: lamps get no acknowledgement until it is started anew", "error", why)
		}
		if told = why != ""; told && roomy(cfg.Dir) {
			if b.server != nil {
				stop(b.server)
			}
			s, _, err := launch(cfg, port, users)
			if b.server = s; err == nil {
				cfg.Log.Warn("the embedded broker was started anew")
				told = false
			}
		}
		b.mu.Unlock()
	}
}

// failedWrite says which write to a stream failed since the start. Other ailments pass.
func failedWrite(s *server.Server) string {
	for _, ill := range s.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if ill.Type == server.HealthzErrorStream && strings.Contains(ill.Error, "write error") {
			return ill.Error
		}
	}
	return ""
}

func roomy(dir string) bool {
	var fs syscall.Statfs_t
	return syscall.Statfs(dir, &fs) != nil || int64(fs.Bavail)*int64(fs.Bsize) >= restartRoom //nolint:unconvert // a uint32 on macOS
}

// primedFile holds the Session that is in this store.
func primedFile(dir string) string { return filepath.Join(dir, "session") }

func primed(cfg Config) bool {
	have, err := os.ReadFile(primedFile(cfg.Dir))
	return err == nil && string(have) == cfg.Session
}

// launch starts a server and tells the port of its MQTT listener.
func launch(cfg Config, port int, users accounts) (*server.Server, int, error) {
	options := &server.Options{
		ServerName: "yingguang-broker",
		DontListen: true, // no NATS clients: MQTT only
		JetStream:  true,
		StoreDir:   cfg.Dir,
		// Its own signal handler would end the process before our clean-up.
		NoSigs:             true,
		SyncAlways:         cfg.SyncInterval == 0,
		SyncInterval:       cfg.SyncInterval,
		JetStreamMaxMemory: memoryMost,
		JetStreamMaxStore:  cfg.MaxBytes,
		MaxPayload:         gate.MaxPacket + 1<<10,
		Users:              users.list(),
		NoAuthUser:         users.open,
		MQTT: server.MQTTOpts{
			Host: loopback, Port: port,
			AckWait: ackWait, MaxAckPending: window, JSAPITimeout: readyTime,
		},
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, 0, fmt.Errorf("broker: %w", err)
	}
	words := &natsLog{log: cfg.Log}
	s.SetLoggerV2(words, false, false, false)
	s.Start()
	if why := words.fatal.Load(); why != nil {
		stop(s)
		return nil, 0, fmt.Errorf("broker folder %s: %s", cfg.Dir, *why)
	}
	if !s.ReadyForConnections(readyTime) || !s.JetStreamEnabled() {
		stop(s)
		return nil, 0, fmt.Errorf("broker folder %s: the embedded broker did not start: is the folder writable, is the disk full?", cfg.Dir)
	}
	// The server writes the port that the kernel chose into its options.
	return s, options.MQTT.Port, nil
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// checkListen says in one sentence why the address cannot be had, before anything
// else is begun.
func checkListen(listen string) error {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("broker.listen %q: write it like 127.0.0.1:1883", listen)
	}
	if port == "0" {
		return nil
	}
	l, err := gate.Listen(listen)
	if err != nil {
		return err
	}
	return l.Close()
}

// natsLog passes the server's words on. Its notices are of no use to our users, and
// its warnings tell of recovering after a kill, which is its ordinary work.
type natsLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // why the server did not start
}

func (l *natsLog) Noticef(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l *natsLog) Warnf(f string, v ...any)   { l.log.Info("nats: " + fmt.Sprintf(f, v...)) }
func (l *natsLog) Errorf(f string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l *natsLog) Debugf(string, ...any)      {}
func (l *natsLog) Tracef(string, ...any)      {}

// Fatalf is called where the server gives up starting; it must not end the process.
func (l *natsLog) Fatalf(f string, v ...any) {
	why := fmt.Sprintf(f, v...)
	l.fatal.CompareAndSwap(nil, &why)
}
