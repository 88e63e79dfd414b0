package series

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/journal"
)

// Consumer is the name of the writer's row in consumer_position.
const Consumer = "series"

// Journal is what the writer needs of the journal.
type Journal interface {
	Reader(ctx context.Context, after journal.Position) (*journal.Reader, error)
	Reject(ctx context.Context, r journal.Rejected) error
}

// WriterConfig is what a Writer works with.
type WriterConfig struct {
	Client     *Client
	Journal    Journal
	SQL        *sql.DB // holds consumer_position and series_refused
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Writer takes blocks from the journal to InfluxDB.
type Writer struct{ cfg WriterConfig }

// NewWriter makes a writer; Run starts it.
func NewWriter(cfg WriterConfig) *Writer { return &Writer{cfg: cfg} }

// Run waits for InfluxDB, sets it up and writes until ctx ends, which gives nil.
// It retries for ever while InfluxDB fails; an error is final and means that the
// journal or SQL cannot be trusted.
func (w *Writer) Run(ctx context.Context) error { panic("soon") }

// Status is how the writer stands.
type Status struct {
	Position journal.Position // everything up to here is stored or refused, and committed
	Ready    bool             // InfluxDB is set up and took the last write
	Failing  string           // why it does not, for people; empty while Ready
	Since    time.Time        // of the outage; zero while Ready
	Stored   uint64           // readings written since the start
	Refused  uint64           // readings refused since the start
}

// Status is safe to call at any time.
func (w *Writer) Status() Status { panic("soon") }
