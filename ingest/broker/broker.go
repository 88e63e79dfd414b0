// Package broker is the embedded MQTT broker: NATS server's MQTT listener with a
// store of its own. It promises that a message whose PUBACK a lamp got is kept
// until ingest has acknowledged it, and that its port opens to lamps only once
// ingest's session exists, since a broker drops what nobody subscribes to.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
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

	"github.com/yingguang/yingguang/clock"
)

// Limits of the embedded broker.
const (
	// window is how many messages ingest may have on hand for each of its
	// subscriptions. A disk so slow that they are not done with within ackWait has
	// them sent again, which makes it slower still: 1024 did so at 45 messages/s.
	window = 256
	// ackWait is when a message that ingest took and did not acknowledge is sent
	// again: as soon as this after a kill, never in ordinary work.
	ackWait    = 20 * time.Second
	readyTime  = 30 * time.Second
	memoryMost = 64 << 20
	fileMode   = 0o750
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
	Username     string        // needed of every client where set
	Password     string
	// Session describes ingest's session: its name and filters. While it stays the
	// same, Prime is not called again.
	Session string
	// Prime is called with the URL of a private listener before lamps are let in; it
	// must leave ingest's persistent session and subscriptions behind.
	Prime func(ctx context.Context, url string) error
	Log   *slog.Logger
}

// Broker is a running broker.
type Broker struct {
	addr  string
	watch context.CancelFunc
	done  sync.WaitGroup

	mu     sync.Mutex
	server *server.Server // nil while it does not start again
}

// Start lets Prime make ingest's session on a private port, then opens the
// broker on its own. Its errors name the setting to look at.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	host, port, err := splitListen(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, fileMode); err != nil {
		return nil, fmt.Errorf("broker folder: %w: check data_dir", err)
	}
	// A port that is taken is told at once and in its own words.
	if port > 0 {
		if err := free(cfg.Listen); err != nil {
			return nil, err
		}
	}
	if cfg.Prime != nil && !primed(cfg) {
		if err := prime(ctx, cfg); err != nil {
			return nil, err
		}
	}
	s, addr, err := launch(cfg, host, port, cfg.TLS)
	if err != nil {
		return nil, err
	}
	b := &Broker{server: s, addr: addr}
	_, port, err = splitListen(addr) // the port that the kernel chose stays ours over a restart
	if err != nil {
		stop(s)
		return nil, err
	}
	watching, cancel := context.WithCancel(context.Background())
	b.watch = cancel
	b.done.Go(func() { b.mend(watching, cfg, host, port) })
	return b, nil
}

// Addr is host:port for lamps.
func (b *Broker) Addr() string { return b.addr }

// Close stops the broker; what ingest has not acknowledged is kept on disk.
func (b *Broker) Close(context.Context) error {
	b.watch()
	b.done.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server != nil {
		stop(b.server)
	}
	return nil
}

// Connections is how many clients are connected.
func (b *Broker) Connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server == nil {
		return 0
	}
	return b.server.NumClients()
}

// mend gives the server a new start after a failed write, which JetStream does
// not get over by itself, once there is space. Until then lamps get no PUBACK and
// keep their messages.
func (b *Broker) mend(ctx context.Context, cfg Config, host string, port int) {
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
			s, _, err := launch(cfg, host, port, cfg.TLS)
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
	return syscall.Statfs(dir, &fs) != nil || int64(fs.Bavail)*fs.Bsize >= restartRoom
}

// primedFile holds the Session that is in this store.
func primedFile(dir string) string { return filepath.Join(dir, "session") }

func primed(cfg Config) bool {
	have, err := os.ReadFile(primedFile(cfg.Dir))
	return err == nil && string(have) == cfg.Session
}

func prime(ctx context.Context, cfg Config) error {
	s, addr, err := launch(cfg, "127.0.0.1", server.RANDOM_PORT, nil)
	if err != nil {
		return err
	}
	defer stop(s)
	if err := cfg.Prime(ctx, "tcp://"+addr); err != nil {
		return err
	}
	return os.WriteFile(primedFile(cfg.Dir), []byte(cfg.Session), 0o640)
}

// launch starts a server and tells the address of its MQTT listener.
func launch(cfg Config, host string, port int, secure *tls.Config) (*server.Server, string, error) {
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
		MaxPayload:         1 << 20,
		MQTT: server.MQTTOpts{
			Host: host, Port: port, TLSConfig: secure, TLSTimeout: 10,
			Username: cfg.Username, Password: cfg.Password,
			AckWait: ackWait, MaxAckPending: window, JSAPITimeout: readyTime,
		},
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, "", fmt.Errorf("broker: %w", err)
	}
	words := &natsLog{log: cfg.Log}
	s.SetLoggerV2(words, false, false, false)
	s.Start()
	if why := words.fatal.Load(); why != nil {
		stop(s)
		return nil, "", fmt.Errorf("broker folder %s, broker.listen %s: %s", cfg.Dir, cfg.Listen, *why)
	}
	if !s.ReadyForConnections(readyTime) || !s.JetStreamEnabled() {
		stop(s)
		return nil, "", fmt.Errorf("broker folder %s: the embedded broker did not start: is the folder writable, is the disk full, is broker.listen %s free?", cfg.Dir, cfg.Listen)
	}
	// The server writes the port that the kernel chose into its options.
	return s, net.JoinHostPort(host, strconv.Itoa(options.MQTT.Port)), nil
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func splitListen(listen string) (string, int, error) {
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("broker.listen %q: write it like 127.0.0.1:1883", listen)
	}
	port, err := net.LookupPort("tcp", text)
	if err != nil {
		return "", 0, fmt.Errorf("broker.listen %q: %w", listen, err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// free says in one sentence why the address cannot be had.
func free(listen string) error {
	l, err := net.Listen("tcp", listen)
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("broker.listen %s: the port is taken 端口已被占用: another broker or yingguang uses it; choose another with --set broker.listen=127.0.0.1:1884", listen)
	}
	return fmt.Errorf("broker.listen %s: %w", listen, err)
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
