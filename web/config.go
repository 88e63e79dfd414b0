package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/series"
)

// Config is what the pages work with. Registry, Journal and Clock are needed;
// where another is missing, the pages that need it say so and the others work.
type Config struct {
	Registry   *registry.DB
	Journal    Journal
	Series     Series
	Ledger     Ledger
	Dispatcher *alerts.Dispatcher // makes the notices of a taken ticket; nil makes none

	Push       http.Handler                      // takes what clouds push to /push/{source}; nil answers 404
	Ready      func(context.Context) []RoomState // how every room stands, for /readyz; nil is always ready
	Gatherer   prometheus.Gatherer               // behind /metrics; nil answers 404
	Registerer prometheus.Registerer             // for the metrics of web itself; nil for none

	BaseURL  string // how people reach the pages, such as https://deng.example.cn; https makes cookies Secure
	Town     Town
	Public   bool           // anyone may see lamps, without names of people; else one logs in first
	Location *time.Location // nil is UTC
	Clock    clock.Clock
	Log      *slog.Logger // nil logs nothing
	Version  string

	Prefix  string                // of the topics, told to a new lamp with its credential
	Claimed func(username string) // called when a claim code was traded; nil for none

	grace time.Duration // for running requests when Serve ends; 0 reads as 3 s
}

// Town is whose lamps these are.
type Town struct {
	Code string // such as jiaping
	Name string // such as 嘉平镇
}

// RoomState is how one room stands; Reason is a sentence for people where it is not ready.
type RoomState struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason"`
}

// Journal is what web needs of the journal.
type Journal interface {
	Tail(context.Context) (*journal.Reader, error)
	RejectedList(ctx context.Context, before uint64, limit int) ([]journal.Rejected, error)
	UnknownLamps(context.Context) ([]journal.UnknownLamp, error)
}

// Series answers the charts' questions.
type Series interface {
	Lamp(context.Context, series.LampQuery) ([]series.Point, time.Duration, error)
}

// Ledger says what became of the readings.
type Ledger interface {
	Totals(context.Context) (ledger.Count, error)
	Days(ctx context.Context, limit int) ([]ledger.Day, error)
	Gaps(ctx context.Context, lamp device.LampID, day string, limit int) ([]ledger.Gap, error)
}

func (c *Config) now() device.Millis { return device.MillisOf(c.Clock.Now()) }
