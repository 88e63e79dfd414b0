package influxd

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// Version is the InfluxDB that is built and supervised.
const Version = "1.8.10"

// Config says what to run and where it keeps its data.
type Config struct {
	Binary     string // see FindBinary
	Dir        string // data, configuration, log and pid file
	Addr       string // loopback host:port; port 0 lets the kernel choose one, kept over restarts
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// FindBinary returns the influxd to run: setting, or the one that `make influxd`
// leaves in the user's cache. Its error names both where there is none.
func FindBinary(setting string) (string, error) { panic("soon") }

// Child is a supervised InfluxDB.
type Child struct{}

// Start writes the child's configuration, ends one that an earlier process left
// behind, and starts it; Ready tells when it answers. The error says which
// setting to look at.
func Start(ctx context.Context, cfg Config) (*Child, error) { panic("soon") }

// URL is where the child listens, now and after every restart.
func (c *Child) URL() string { panic("soon") }

// Ready is closed once the child has answered for the first time.
func (c *Child) Ready() <-chan struct{} { panic("soon") }

// Restarts is how often the child was started again after it died.
func (c *Child) Restarts() int { panic("soon") }

// Pid is the child's process id, 0 while there is none.
func (c *Child) Pid() int { panic("soon") }

// Close ends the child in order, or by force when ctx ends first.
func (c *Child) Close(ctx context.Context) error { panic("soon") }
