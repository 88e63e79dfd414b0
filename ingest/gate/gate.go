// Package gate is the door of the embedded broker: it speaks MQTT with the lamps
// and passes what they may send to the broker behind it over a few connections.
// It promises that nobody gets in without a credential where one is asked for,
// that a lamp reaches its own topics only, that nothing of a message that may not
// be sent reaches the broker, and that one lamp gone mad does not delay the others.
package gate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// Bounds of the door.
const (
	uplinks    = 8
	helloTime  = 10 * time.Second // for TLS and CONNECT
	spareFiles = 1024             // of the process's open files, for everything else
	atMost     = 50_000           // connections, whatever the system allows
)

// Config says where lamps knock and who is let in.
type Config struct {
	Listen string      // host:port for lamps; port 0 lets the kernel choose
	TLS    *tls.Config // nil speaks plain MQTT
	// Behind is the broker, by host:port, and the account there.
	Behind   string
	Username string
	Password string

	Prefix    string // of the topics
	Anonymous bool   // whoever gives no name may use any topic
	Shared    Account
	Book      Book  // nil knows no lamp
	Owner     Owner // of topics beside those of wire format 1; nil for none
	Limits    Limits
	Report    func(Incident) // called where something is wrong with a lamp; must not block; nil for none

	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Gate is an open door.
type Gate struct {
	cfg      Config
	log      *slog.Logger
	sparing  *sparing // for what strangers can cause
	listener net.Listener
	uplinks  []*uplink
	limits   *buckets
	reports  *reports
	metrics  *metrics
	most     int

	life context.Context
	end  context.CancelFunc
	all  sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	open     map[net.Conn]struct{} // those before their CONNECT too
}

// Open connects to the broker behind and begins to listen. Its errors name the
// setting to look at.
func Open(cfg Config) (*Gate, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Report == nil {
		cfg.Report = func(Incident) {}
	}
	listener, err := Listen(cfg.Listen)
	if err != nil {
		return nil, err
	}
	g := &Gate{
		cfg: cfg, log: cfg.Log, listener: listener, limits: newBuckets(cfg.Limits), most: mostConnections(),
		sessions: map[string]*session{}, open: map[net.Conn]struct{}{},
	}
	g.reports = &reports{tell: cfg.Report, clock: cfg.Clock}
	g.life, g.end = context.WithCancel(context.Background())
	for i := range uplinks {
		u := newUplink(g, fmt.Sprintf("gate-%d", i))
		g.uplinks = append(g.uplinks, u)
		g.all.Go(u.run)
	}
	for _, u := range g.uplinks {
		if !u.comesUp() {
			g.Close()
			return nil, errors.New("the embedded broker does not take its gate's connections: please report it")
		}
	}
	g.metrics = newMetrics(cfg.Registerer, g.Connections)
	g.sparing = newSparing(cfg.Log, cfg.Clock, cfg.Registerer)
	g.all.Go(func() { g.sparing.run(g.life) })
	g.all.Go(g.accept)
	return g, nil
}

// Addr is host:port for lamps.
func (g *Gate) Addr() string { return g.listener.Addr().String() }

// Connections is how many clients are connected.
func (g *Gate) Connections() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sessions)
}

// Cut ends the connection of a credential, at once. What it had begun to send is done
// with when Cut returns, unless the broker behind does not read.
func (g *Gate) Cut(username string) {
	g.mu.Lock()
	s := g.sessions[keyOf(username)]
	g.mu.Unlock()
	if s == nil {
		return
	}
	s.leave("its credential was withdrawn")
	ctx, cancel := context.WithTimeout(g.life, helloTime)
	defer cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
}

// Close shuts the door and sends everybody away, without their last wills.
func (g *Gate) Close() {
	g.end()
	g.listener.Close()
	g.mu.Lock()
	for conn := range g.open {
		conn.Close()
	}
	g.mu.Unlock()
	for _, u := range g.uplinks {
		u.wake()
	}
	g.all.Wait()
}

func (g *Gate) accept() {
	for g.life.Err() == nil {
		conn, err := g.listener.Accept()
		if err != nil {
			// Out of files, mostly: it passes.
			if g.life.Err() == nil {
				g.sparing.add(slog.LevelWarn, "accept", "the embedded broker cannot take a connection", "error", err)
				_ = g.cfg.Clock.Sleep(g.life, 100*time.Millisecond)
			}
			continue
		}
		if !g.enter(conn) {
			g.metrics.refused.WithLabelValues("full").Inc()
			g.sparing.add(slog.LevelWarn, "full", "the embedded broker has as many connections as it may: raise LimitNOFILE if they are lamps", "peer", conn.RemoteAddr().String(), "most", g.most)
			conn.Close()
			continue
		}
		g.all.Go(func() {
			defer g.exit(conn)
			g.serve(conn)
		})
	}
}

func (g *Gate) enter(conn net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.life.Err() != nil || len(g.open) >= g.most {
		return false
	}
	g.open[conn] = struct{}{}
	return true
}

func (g *Gate) exit(conn net.Conn) {
	conn.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, conn)
}

// uplinkOf is always the same for one name, so that its messages stay in order.
func (g *Gate) uplinkOf(key string) *uplink {
	h := fnv.New32a()
	h.Write([]byte(key))
	return g.uplinks[h.Sum32()%uint32(len(g.uplinks))]
}

// Listen opens the address, or says in one sentence why the address cannot be had.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("broker.listen %s: the port is taken 端口已被占用: another broker or yingguang uses it; choose another with --set broker.listen=127.0.0.1:1884", address)
	}
	if err != nil {
		return nil, fmt.Errorf("broker.listen %s: %w", address, err)
	}
	return l, nil
}

// mostConnections leaves files for the journal and the registry. The soft limit was
// raised to the hard one when the process began: Go does so.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > atMost+spareFiles {
		return atMost
	}
	return max(int(limit.Cur)-spareFiles, int(limit.Cur)/2)
}
