package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
	"github.com/yingguang/yingguang/ingest"
)

// mainIngest is the name of the ingest in the process of `yingguang run`.
const mainIngest = "main"

// ExtraIngest is one more process that takes messages in. It has no data folder: all it
// knows is in its session at the broker and in the journal.
type ExtraIngest struct {
	*App
	ingest *ingest.Ingest
	name   string
}

// NewExtraIngest joins the journal of a `yingguang run` elsewhere. The name must be
// its own and stay: it names the session at the broker. Close it where the error is nil.
func NewExtraIngest(ctx context.Context, cfg *configs.Config, name string, opts Options) (*ExtraIngest, error) {
	switch {
	case !device.ValidCode(name) || name == mainIngest:
		return nil, fmt.Errorf("--name %q: 1 to 32 of A-Z a-z 0-9 - _, and not %s, which is `yingguang run`'s own", name, mainIngest)
	case cfg.Journal.URL == "":
		return nil, errors.New("journal.url is empty: one more ingest feeds the journal of `yingguang run`, which it can reach on a NATS server only; set journal.url for both 多个接收进程需要共用 NATS 日志")
	case cfg.MQTT.URL == "":
		return nil, errors.New("mqtt.url is empty: name the broker that the lamps publish to; the embedded one is reached as tcp://host:1883 需要填写消息服务器地址")
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Progress == nil {
		opts.Progress = func(string, ...any) {}
	}
	a := &App{
		cfg: cfg, opts: opts, log: opts.Log, clock: clock.Real{}, metrics: prometheus.NewRegistry(),
		failures: make(chan error, 4), folder: &Folder{}, // of which it uses nothing
	}
	if err := a.openJournal(ctx); err != nil {
		return nil, err
	}
	list, err := profiles.Load(cfg.Ingest.Profiles)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("payload profiles 报文配置档:\n%w", err), a.Close(ctx))
	}
	// Which profile a lamp is expected to speak stands in the registry, which is elsewhere:
	// here its topic and its payload tell.
	a.rooms.formats = newFormats(profile.NewSet(list, cfg.MQTT.Prefix, func(device.LampID) string { return "" }))
	in, err := a.ingestConfig()
	if err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	in.ClientID += "-" + name
	in.Observing = 0 // the one of `yingguang run` marks for all
	if cfg.MQTT.Share != "" {
		in.Others = a.rooms.journal.Member(name)
	}
	return &ExtraIngest{App: a, ingest: ingest.New(in), name: name}, nil
}

// Run takes messages in until ctx ends, which gives nil.
func (e *ExtraIngest) Run(ctx context.Context) error { return e.ingest.Run(ctx) }

// Status is how it stands.
func (e *ExtraIngest) Status() ingest.Status { return e.ingest.Status() }

// Leave brings what waits in its session into the journal and removes the session: for
// an ingest that will not come back.
func (e *ExtraIngest) Leave(ctx context.Context) error {
	if err := e.ingest.Leave(ctx); err != nil {
		return fmt.Errorf("ingest %s: %w", e.name, err)
	}
	if e.cfg.MQTT.Share == "" {
		return nil
	}
	return e.rooms.journal.Member(e.name).Leave(ctx)
}
