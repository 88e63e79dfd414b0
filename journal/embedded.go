package journal

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// readyWithin bounds how long an embedded server may take to recover its streams.
const readyWithin = 30 * time.Second

// embedded is a NATS server in this process that listens on no port.
type embedded struct{ server *server.Server }

func startEmbedded(cfg Config) (*embedded, error) {
	options := &server.Options{
		ServerName: "yingguang-journal",
		DontListen: true,
		JetStream:  true,
		StoreDir:   cfg.Dir,
		// Its own signal handler would end the process before our clean-up.
		NoSigs:             true,
		JetStreamMaxMemory: 16 << 20,
		JetStreamMaxStore:  cfg.MaxBytes + 2*cfg.RejectedMaxBytes + 64<<20,
		SyncAlways:         cfg.SyncInterval == 0,
		SyncInterval:       cfg.SyncInterval,
		MaxPayload:         1 << 20,
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("journal folder %s: %w", cfg.Dir, err)
	}
	words := &natsLog{log: cfg.Log}
	s.SetLoggerV2(words, false, false, false)
	s.Start()
	if why := words.fatal.Load(); why != nil {
		s.Shutdown()
		return nil, fmt.Errorf("journal folder %s: %s: check data_dir", cfg.Dir, *why)
	}
	if !s.ReadyForConnections(readyWithin) || !s.JetStreamEnabled() {
		s.Shutdown()
		return nil, fmt.Errorf("journal folder %s: the embedded server did not start: is the folder writable, is the disk full?", cfg.Dir)
	}
	return &embedded{s}, nil
}

func (e *embedded) connect() (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(e.server), nats.Name("yingguang"))
}

// broken says that a write to a stream failed since the start. Other ailments pass.
func (e *embedded) broken() bool {
	for _, ill := range e.server.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if ill.Type == server.HealthzErrorStream && strings.Contains(ill.Error, "write error") {
			return true
		}
	}
	return false
}

func (e *embedded) stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// natsLog passes the server's words on. Its notices are of no use to our users, and
// its warnings tell of recovering after a kill, which is its ordinary work.
type natsLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // why the server did not start
}

func (l *natsLog) Noticef(format string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }

func (l *natsLog) Warnf(format string, v ...any) { l.log.Info("nats: " + fmt.Sprintf(format, v...)) }

func (l *natsLog) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }

// Fatalf is called where the server gives up starting; it must not end the process.
func (l *natsLog) Fatalf(format string, v ...any) {
	why := fmt.Sprintf(format, v...)
	l.fatal.CompareAndSwap(nil, &why)
}

func (l *natsLog) Debugf(string, ...any) {}
func (l *natsLog) Tracef(string, ...any) {}

var _ server.Logger = (*natsLog)(nil)
