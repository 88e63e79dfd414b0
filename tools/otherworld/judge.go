package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/backtest"
	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// outcome is what the rules made of a month.
type outcome struct {
	report    *score.Report
	forecasts alerts.ForecastQuality
	readings  int
	tickets   int // alerts for which somebody has to go, also explained ones
}

type roster map[device.LampID]device.Lamp

func (r roster) Lamp(id device.LampID) (device.Lamp, bool) {
	l, ok := r[id]
	return l, ok
}

// judge makes a month and lets the rules look at it.
func judge(ctx context.Context, m month) (*outcome, error) {
	r := m.live()
	dir, err := os.MkdirTemp("", "otherworld")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "readings.ndjson")
	if err := toFile(name, func(w *bufio.Writer) error { r.lines(w, m); return nil }); err != nil {
		return nil, err
	}
	var table bytes.Buffer
	if err := writeLamps(&table, r.lamps); err != nil {
		return nil, err
	}
	lamps, bad := registry.ReadLamps(&table, registry.InZone(zone))
	if len(bad) > 0 {
		return nil, bad[0]
	}
	town := roster{}
	for _, l := range lamps {
		town[l.ID] = l
	}
	var found score.Alerts
	out := &outcome{}
	var failed error
	stats, err := backtest.Run(ctx, backtest.Config{
		Engine: alerts.EngineConfig{Lamps: town, Location: zone},
		Change: func(c alerts.Change) error { found.Add(c); return nil },
		Bad: func(e backtest.LineError) {
			if failed == nil {
				failed = &e
			}
		},
	}, name)
	if err != nil || failed != nil {
		return nil, fmt.Errorf("seed %d: %w", m.seed, errors.Join(err, failed))
	}
	var labels []score.Label
	for _, l := range r.labels {
		labels = append(labels, score.Label{
			Subject: device.Subject(l.subject), Fault: l.code, Start: device.MillisOf(l.start), End: device.MillisOf(l.end), Optional: l.optional,
		})
	}
	out.forecasts = stats.Forecasts
	// A limit is twice the interval at which a lamp does report, whatever the roster knows of it.
	for i := range lamps {
		lamps[i].Interval = r.lamps[i].interval
		if r.lamps[i].gateway != "" {
			lamps[i].Interval = max(lamps[i].Interval, m.trial.hold)
		}
	}
	out.report, out.readings = score.Judge(score.NewTown(lamps, zone), found.List(), labels), stats.Readings
	for _, a := range found.List() {
		if e, ok := alerts.Find(a.Fault); ok && !e.NoVisit {
			out.tickets++
		}
	}
	return out, nil
}

// months are those that are reported, and those that rules may be tuned on: winter, summer and
// between, and a month of rain.
func months(tune bool, n int) []month {
	first := uint64(1001)
	if tune {
		first = 1
	}
	var out []month
	at := [...]time.Month{time.January, time.July, time.April, time.October, time.December, time.August, time.June, time.November}
	for i := range n {
		out = append(out, month{first + uint64(i), time.Date(2025, at[i%len(at)], 1, 12, 0, 0, 0, zone), 30, 200, false, trial{}})
	}
	return append(out, month{first + 50, time.Date(2025, time.February, 1, 12, 0, 0, 0, zone), 30, 200, true, trial{}})
}

// name is how a month is called on the command line.
func (m month) name() string {
	if m.rain {
		return "rain"
	}
	return fmt.Sprintf("%s-%d", strings.ToLower(m.from.Format("Jan")), m.seed)
}

// scoreAll judges the months and prints what came of them; the page is written where write is set.
func scoreAll(ctx context.Context, tune, list, write bool, n int, only string, harder trial) error {
	sum := &score.Report{}
	var forecasts alerts.ForecastQuality
	rain, readings := 0, 0
	for _, m := range months(tune, n) {
		if only != "" && only != m.name() {
			continue
		}
		began := time.Now()
		m.trial = harder
		o, err := judge(ctx, m)
		if err != nil {
			return err
		}
		readings += o.readings
		fmt.Fprintf(os.Stderr, "%-14s %7d readings, %3d labels, %3d found, %2d false, %5.1f s\n", m.name(), o.readings, o.report.Total.Labels, o.report.Total.Found, o.report.Total.False, time.Since(began).Seconds())
		if list {
			o.report.WriteList(os.Stdout, zone)
		}
		if m.rain {
			rain += o.tickets
		}
		sum.Add(o.report)
		forecasts.Add(&o.forecasts)
	}
	var table bytes.Buffer
	if err := sum.Write(&table); err != nil {
		return err
	}
	fmt.Fprintf(&table, "\nforecasts: %v\n", &forecasts)
	fmt.Print(table.String())
	if write {
		if err := writePage(&table, rain); err != nil {
			return err
		}
	}
	t := &sum.Total
	line, err := json.Marshal(map[string]any{
		"precision": round(t.Precision()), "recall": round(t.Recall()), "false": t.False, "missed": t.Missed(), "labels": t.Labels, "rain_false_tickets": rain, "readings": readings,
	})
	fmt.Printf("%s\n", line)
	return err
}

func round(v float64) float64 { return math.Round(v*10000) / 10000 }

// page is docs/second-town.md up to its table.
const page = `# A second town: how the rules judge what they were not written for

The simulator and the rules come from one house, and one could be made to please the other. So ` + "`make score-other`" + ` lets a second
generator, tools/otherworld, make months of another town: another sun and sky (Cooper, Spencer, Adnot; a day is dull, mixed or
clear), panels by Faiman with half of the controllers PWM, lead as two wells (Manwell and McGowan), LiFePO4 with hysteresis, photo
cells that see twilight each in its own way, five makers with different fields of which a message may lack up to 15 %, gateways that
batch and fall silent, doubles and messages that are overtaken, one night on which nobody listens.

The table is of seeds from 1001; rules may be tuned on seeds below 1000 only. Eight months of 200 lamps, three in ten of which get one
fault, and a month of rain in which nothing breaks. A label is optional where its lamp's fields cannot show it, or where it
ends before its limit; what begins while nobody listens, or its gateway is silent, counts from the first look after that at which it
shows; no label is a light that fails over a battery with less than 12 %, or with less than half since its controller last
disconnected it. What explains what, and what counts as found, is as in [diagnosis.md](diagnosis.md). The tool makes it harder too:
` + "`-gaps 0.25`" + ` takes a quarter of all fields away, ` + "`-every 60m`" + ` lets all lamps report once an hour, ` + "`-skew 4m`" + ` sets their clocks off,
` + "`-hold 1h`" + ` lets gateways gather for an hour, and with ` + "`-blind`" + ` the roster knows no schedule, panel or battery.

Recall is under the goal of 0.98 here. A lamp that reports hourly is called silent after three reports that did not come, since two lost in a row are
chance; a battery that ages slowly, or sees hardly a step of current, takes more than its 14 days; and one whose modem dies with it leaves silence alone.

`

func writePage(table *bytes.Buffer, rain int) error {
	text := page + "```\n" + table.String() + "```\n\n" + fmt.Sprintf("False tickets in the month of rain: %d.\n", rain)
	return os.WriteFile(filepath.Join("docs", "second-town.md"), []byte(text), 0o644)
}
