package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/series"
)

// memoryLimit is the one that the program itself sets for a town of this size (app/memory.go).
const memoryLimit = 150 << 20

// part is one of the programs that are measured, each a process of its own so that
// its cost is its own.
type part struct {
	dir    string // for its data
	mqtt   string // host:port of the broker
	client string // its session there
	influx string // URL of InfluxDB or of a receiver in its place
	n      int    // messages to wait for; 0 for no end
	count  counter
}

func newPart(dir, mqtt, client, influx string, n int) *part {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	return &part{dir: dir, mqtt: mqtt, client: client, influx: influx, n: n, count: counter{most: int64(n)}}
}

// counter tells when the first and the last message were dealt with.
type counter struct {
	most int64
	n    atomic.Int64
}

func (c *counter) add(k int) {
	if k == 0 {
		return
	}
	n := c.n.Add(int64(k))
	if n == int64(k) {
		fmt.Println("first", time.Now().UnixNano(), n)
	}
	if n >= c.most && n-int64(k) < c.most {
		fmt.Println("done", time.Now().UnixNano(), n)
	}
}

// ackOnly is the ceiling: paho as it comes, acknowledging and doing nothing else.
func (p *part) ackOnly(ctx context.Context) error {
	o := mqtt.NewClientOptions().AddBroker("tcp://" + p.mqtt).SetClientID(p.client).SetCleanSession(false).
		SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) { p.count.add(1) })
	c := mqtt.NewClient(o)
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	if t := c.Subscribe(telemetry, 1, nil); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	<-ctx.Done()
	c.Disconnect(100)
	return nil
}

// counted tells what reached the journal.
type counted struct {
	*journal.Journal
	count *counter
}

func (c counted) Append(ctx context.Context, b *journal.Block) (journal.Position, error) {
	at, err := c.Journal.Append(ctx, b)
	if err == nil {
		n := len(b.Readings)
		for _, l := range b.LeftOut {
			n += int(l.Rejected) + int(l.Duplicate)
		}
		c.count.add(n)
	}
	return at, err
}

func (p *part) openJournal(ctx context.Context) (*journal.Journal, error) {
	return journal.Open(ctx, journal.Config{Dir: filepath.Join(p.dir, "journal"), MaxBytes: 8 << 30, RejectedMaxBytes: 256 << 20, Log: logger()})
}

// logger writes to standard error, which is kept in the part's folder.
func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

func (p *part) ingestConfig(j ingest.Journal) ingest.Config {
	return ingest.Config{
		URL: "tcp://" + p.mqtt, ClientID: p.client, Prefix: prefix, MaxPayload: 256 << 10,
		Observing: time.Minute, Journal: j, Log: logger(),
	}
}

// toJournal is broker → journal.
func (p *part) toJournal(ctx context.Context) error {
	j, err := p.openJournal(ctx)
	if err != nil {
		return err
	}
	defer j.Close(context.WithoutCancel(ctx))
	return ingest.New(p.ingestConfig(counted{j, &p.count})).Run(ctx)
}

// toInflux is journal → InfluxDB.
func (p *part) toInflux(ctx context.Context) error {
	j, err := p.openJournal(ctx)
	if err != nil {
		return err
	}
	defer j.Close(context.WithoutCancel(ctx))
	return p.runWriter(ctx, j, false)
}

// runWriter is series, beside the ledger whose verdicts it waits for where judged.
func (p *part) runWriter(ctx context.Context, j *journal.Journal, judged bool) error {
	c, err := series.New(series.Server{URL: p.influx, Bucket: database})
	if err != nil {
		return err
	}
	defer c.Close()
	db, err := registry.Open(ctx, filepath.Join(p.dir, "registry.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	cfg := series.WriterConfig{Client: c, Journal: j, SQL: db.SQL(), Log: logger()}
	if !judged {
		return series.NewWriter(cfg).Run(ctx)
	}
	l := ledger.New(ledger.Config{Journal: j, SQL: db.SQL(), Location: time.Local, Log: logger()})
	cfg.Verdicts = l
	return both(ctx, l.Run, series.NewWriter(cfg).Run)
}

// whole is broker → journal → InfluxDB in one process, with the ledger where judged.
func (p *part) whole(ctx context.Context, judged bool) error {
	j, err := p.openJournal(ctx)
	if err != nil {
		return err
	}
	defer j.Close(context.WithoutCancel(ctx))
	return both(ctx,
		ingest.New(p.ingestConfig(counted{j, &p.count})).Run,
		func(ctx context.Context) error { return p.runWriter(ctx, j, judged) })
}

// both runs two parts until one of them ends.
func both(ctx context.Context, a, b func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make(chan error, 2)
	for _, f := range []func(context.Context) error{a, b} {
		go func() { errs <- f(ctx) }()
	}
	first := <-errs
	cancel()
	return errors.Join(first, <-errs)
}

// town is the embedded broker and either all that Yingguang does with a reading up
// to InfluxDB, or a subscriber that only acknowledges.
func (p *part) town(ctx context.Context, ackOnly bool) error {
	j, err := p.openJournal(ctx)
	if err != nil {
		return err
	}
	defer j.Close(context.WithoutCancel(ctx))
	cfg := p.ingestConfig(j)
	b, err := broker.Start(ctx, broker.Config{
		Dir: filepath.Join(p.dir, "broker"), Listen: "127.0.0.1:0", MaxBytes: 256 << 20,
		Session: p.client + " " + strings.Join(payload.Filters(prefix), " "), Prime: ingest.New(cfg).Prime,
	})
	if err != nil {
		return err
	}
	defer b.Close(context.WithoutCancel(ctx))
	p.mqtt = b.Addr()
	fmt.Println("listening", p.mqtt)
	if ackOnly {
		return p.ackOnly(ctx)
	}
	cfg.URL = "tcp://" + p.mqtt
	return both(ctx, ingest.New(cfg).Run, func(ctx context.Context) error { return p.runWriter(ctx, j, true) })
}
