package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// Names of the streams and of the subjects in them.
const (
	blockStream     = "YINGGUANG_BLOCKS"
	blockSubject    = "yingguang.block.0"
	rejectedStream  = "YINGGUANG_REJECTED"
	rejectedSubject = "yingguang.rejected"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrFull     = errors.New("journal is full: raise journal.max_bytes, or see why a consumer lags")
	ErrNoSpace  = errors.New("too little free disk for the journal: free some, or lower journal.reserve")
	ErrBroken   = errors.New("a write to the journal's disk failed: its server is started anew once there is space")
	ErrTooLarge = fmt.Errorf("block is larger than %d bytes", MaxBlockBytes)
)

// Config says where the journal is and how far it may grow.
type Config struct {
	Dir              string        // of the embedded server; unused with URL
	URL              string        // NATS cluster; empty embeds a server
	Credentials      string        // NATS credentials file of the cluster
	SyncInterval     time.Duration // 0 flushes every block before Append returns
	MaxBytes         int64
	RejectedMaxBytes int64
	MaxAge           time.Duration // of blocks that a consumer has not read; 0 keeps them for ever
	RejectedMaxAge   time.Duration // of rejected messages; 0 keeps them while there is room
	Reserve          int64         // free bytes on the disk below which Append refuses
	Clock            clock.Clock
	Log              *slog.Logger
	Registerer       prometheus.Registerer // nil for none
}

// Journal is one open journal. All methods are safe for concurrent use.
type Journal struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	watch   *watch
	rooms   sync.Pool // of *[]byte, to encode blocks in
	recent  recent

	mu       sync.RWMutex // held for writing only while the server is restarted
	server   *embedded    // nil with a cluster
	conn     *nats.Conn
	js       jetstream.JetStream
	blocks   jetstream.Stream
	rejected jetstream.Stream
	unknown  jetstream.Stream
	created  int64
}

// Open starts or joins the journal and makes its streams where they are missing.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	j := &Journal{cfg: cfg, log: cfg.Log, metrics: newMetrics(cfg.Registerer)}
	j.watch = newWatch(j)
	if err := j.connect(ctx); err != nil {
		j.disconnect()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j.watch.start()
	return j, nil
}

// connect needs mu held for writing, or nobody else to know j.
func (j *Journal) connect(ctx context.Context) error {
	var err error
	if j.cfg.URL == "" {
		if j.server, err = startEmbedded(j.cfg); err != nil {
			return err
		}
		j.conn, err = j.server.connect()
	} else {
		options := []nats.Option{nats.Name("yingguang"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(false)}
		if j.cfg.Credentials != "" {
			options = append(options, nats.UserCredentials(j.cfg.Credentials))
		}
		j.conn, err = nats.Connect(j.cfg.URL, options...)
	}
	if err != nil {
		return err
	}
	if j.js, err = jetstream.New(j.conn); err != nil {
		return err
	}
	replicas := 1
	if j.cfg.URL != "" {
		replicas = 3 // a cluster replicates instead of flushing
	}
	j.blocks, err = j.openStream(ctx, jetstream.StreamConfig{
		Name: blockStream, Subjects: []string{blockSubject}, Storage: jetstream.FileStorage,
		Discard: jetstream.DiscardNew, MaxBytes: j.cfg.MaxBytes, MaxAge: j.cfg.MaxAge, MaxMsgSize: MaxBlockBytes + 1024,
		Replicas: replicas, AllowDirect: true, DenyDelete: true,
	})
	if err != nil {
		return err
	}
	j.rejected, err = j.openStream(ctx, jetstream.StreamConfig{
		Name: rejectedStream, Subjects: []string{rejectedSubject}, Storage: jetstream.FileStorage,
		Discard: jetstream.DiscardOld, MaxBytes: j.cfg.RejectedMaxBytes, MaxAge: j.cfg.RejectedMaxAge,
		Replicas: replicas, AllowDirect: true, Duplicates: 2 * time.Minute,
	})
	if err != nil {
		return err
	}
	if j.unknown, err = j.openStream(ctx, j.unknownConfig(replicas)); err != nil {
		return err
	}
	j.created = j.blocks.CachedInfo().Created.UnixNano()
	j.recent.begin(j.created)
	return nil
}

// replicasNotSupported is the answer of a server that is in no cluster.
const replicasNotSupported = 10074

// openStream makes the stream, or brings its limits up to date.
func (j *Journal) openStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := j.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = j.js.CreateStream(ctx, want)
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == replicasNotSupported {
			j.log.Warn("journal.url is a single NATS server: it holds the only copy, and flushes as its own sync_interval says")
			want.Replicas = 1
			return j.js.CreateStream(ctx, want)
		}
		return s, err
	}
	if err != nil {
		return nil, err
	}
	have := s.CachedInfo().Config
	if have.MaxBytes == want.MaxBytes && have.MaxMsgSize == want.MaxMsgSize && have.MaxAge == want.MaxAge {
		return s, nil
	}
	have.MaxBytes, have.MaxMsgSize, have.MaxAge = want.MaxBytes, want.MaxMsgSize, want.MaxAge
	return j.js.UpdateStream(ctx, have)
}

func (j *Journal) disconnect() {
	if j.conn != nil {
		j.conn.Close()
	}
	if j.server != nil {
		j.server.stop()
	}
}

// Close flushes and stops the embedded server, or leaves the cluster.
func (j *Journal) Close(context.Context) error {
	j.watch.stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.disconnect()
	return nil
}

// Append writes b as one record and returns its position once it is as durable
// as SyncInterval says. It sets b.At where that is zero. ErrFull and ErrNoSpace
// mean that nothing was written and a later try may succeed; ErrTooLarge that no
// try will.
func (j *Journal) Append(ctx context.Context, b *Block) (Position, error) {
	if b.At == 0 {
		b.At = device.MillisOf(j.cfg.Clock.Now())
	}
	room, _ := j.rooms.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	defer j.rooms.Put(room)
	*room = EncodeBlock((*room)[:0], b)
	return j.AppendEncoded(ctx, *room)
}

// AppendEncoded is Append for a block that EncodeBlock has encoded.
func (j *Journal) AppendEncoded(ctx context.Context, data []byte) (Position, error) {
	if len(data) > MaxBlockBytes {
		return Position{}, ErrTooLarge
	}
	if err := j.watch.room(); err != nil {
		return Position{}, err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	began := j.cfg.Clock.Now()
	ack, err := j.js.Publish(ctx, blockSubject, data, jetstream.WithRetryAttempts(0))
	if err != nil {
		j.metrics.appendErrors.Inc()
		if isFull(err) {
			return Position{}, ErrFull
		}
		j.recent.unsure()
		j.watch.failed(ctx)
		return Position{}, fmt.Errorf("append to journal: %w", err)
	}
	j.metrics.appendSeconds.Observe(j.cfg.Clock.Now().Sub(began).Seconds())
	j.metrics.appendedBytes.Add(float64(len(data)))
	if j.server != nil {
		j.recent.add(ack.Sequence, data)
	}
	return Position{Created: j.created, Seq: ack.Sequence}, nil
}

func isFull(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes exceeded")
}

// Trim removes every record up to and including upTo. Call it with the lowest
// position of all consumers; a zero or foreign position removes nothing, and so does
// any while a write has failed or the disk is full.
func (j *Journal) Trim(ctx context.Context, upTo Position) error {
	if !j.watch.mayPurge() {
		return nil
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	if upTo.Seq == 0 || upTo.Created != j.created {
		return nil
	}
	if err := j.blocks.Purge(ctx, jetstream.WithPurgeSequence(upTo.Seq+1)); err != nil {
		return fmt.Errorf("trim journal: %w", err)
	}
	j.recent.trim(upTo.Seq)
	return nil
}

// Status is how full the journal is.
type Status struct {
	First, Last   Position // of what is kept; First.Seq is Last.Seq+1 where nothing is
	Bytes         int64
	MaxBytes      int64
	Oldest        time.Time     // when the oldest block that is kept was appended; zero where none is
	MaxAge        time.Duration // 0 for none
	Rejected      uint64        // messages in the rejected stream
	RejectedBytes int64
	FreeDisk      int64 // bytes; -1 with a cluster
}

// Status asks the streams.
func (j *Journal) Status(ctx context.Context) (Status, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	b, err := j.blocks.Info(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("journal status: %w", err)
	}
	r, err := j.rejected.Info(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("journal status: %w", err)
	}
	return Status{
		First: Position{j.created, max(1, b.State.FirstSeq)}, Last: Position{j.created, b.State.LastSeq},
		Bytes: int64(b.State.Bytes), MaxBytes: b.Config.MaxBytes, Oldest: oldest(b.State), MaxAge: b.Config.MaxAge,
		Rejected: r.State.Msgs, RejectedBytes: int64(r.State.Bytes), FreeDisk: j.watch.free(),
	}, nil
}

func oldest(s jetstream.StreamState) time.Time {
	if s.Msgs == 0 {
		return time.Time{}
	}
	return s.FirstTime
}
