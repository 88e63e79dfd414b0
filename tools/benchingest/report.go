package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is the line that a program reads.
type report struct {
	BrokerCeiling   float64 `json:"broker_ceiling_per_s"`
	Journal         float64 `json:"journal_per_s"`
	Window20        float64 `json:"journal_window20_per_s"`
	InfluxCeiling   float64 `json:"influx_ceiling_per_s"`
	JournalToInflux float64 `json:"journal_to_influx_per_s"`
	EndToEnd        float64 `json:"end_to_end_per_s"`
	NullSink        float64 `json:"null_sink_per_s"`
	TelegrafInflux  float64 `json:"telegraf_influx_per_s"`
	TelegrafNull    float64 `json:"telegraf_null_per_s"`
	CPU             float64 `json:"cpu_us_per_reading"` // broker → InfluxDB, ours alone
	PeakMB          float64 `json:"peak_mb"`            // the largest of all of ours
	PeakOf          peaks   `json:"peak_mb_of"`         // each of ours
	BacklogDay      float64 `json:"backlog_day_s"`
	P99Town         float64 `json:"p99_town_s"`

	NoLedger        float64 `json:"end_to_end_without_ledger_per_s"` // which Telegraf has none of
	CPUNoLedger     float64 `json:"cpu_us_without_ledger"`
	TelegrafOneLine float64 `json:"telegraf_one_line_per_s"` // with a schema of one line a reading
	CPUInflux       float64 `json:"cpu_us_of_influx"`        // InfluxDB's own, of our lines
	CPUInfluxReady  float64 `json:"cpu_us_of_influx_prepared"`
	P50Town         float64 `json:"p50_town_s"`
	TownCPU         float64 `json:"town_cpu_pct"`
	TownAckCPU      float64 `json:"town_ack_only_cpu_pct"`
	TownRatio       float64 `json:"town_cpu_ratio"`
	JournalBad      float64 `json:"journal_1pct_bad_per_s"`
	CPUJournal      float64 `json:"cpu_us_to_journal"`
	CPUSeries       float64 `json:"cpu_us_journal_to_influx"`
	CPUAckOnly      float64 `json:"cpu_us_ack_only"`
	CPUTelegraf     float64 `json:"cpu_us_telegraf"`
	TelegrafMB      float64 `json:"telegraf_peak_mb"`
	Window20Ceiling float64 `json:"ack_only_window20_per_s"`
	Rounds          int     `json:"rounds"`
	Readings        int     `json:"readings"`
}

func (r *report) town(name string, share, peakMB float64, delays []time.Duration) {
	if name == "town-ack" {
		r.TownAckCPU = round(100*share, 2)
		step("%-18s %6.2f %% of a core  %5.0f MB", name, 100*share, peakMB)
		return
	}
	r.TownCPU = round(100*share, 2)
	r.PeakOf = append(r.PeakOf, peak{"town", round(peakMB, 0)})
	r.P50Town = round(delays[len(delays)/2].Seconds(), 3)
	r.P99Town = round(delays[len(delays)*99/100].Seconds(), 3)
	step("%-18s %6.2f %% of a core  %5.0f MB  p50 %.3f s  p99 %.3f s from publish to queryable, %d readings", name, 100*share, peakMB, r.P50Town, r.P99Town, len(delays))
}

// peak is the peak memory of our process in one measurement.
type peak struct {
	name string
	mb   float64
}

// peaks are in the order of measuring.
type peaks []peak

func (p peaks) String() string {
	var parts []string
	for _, one := range p {
		parts = append(parts, fmt.Sprintf("%s %.0f", one.name, one.mb))
	}
	return strings.Join(parts, ", ")
}

// MarshalJSON makes an object of it.
func (p peaks) MarshalJSON() ([]byte, error) {
	all := map[string]float64{}
	for _, one := range p {
		all[one.name] = one.mb
	}
	return json.Marshal(all)
}

// median of one figure over the rounds; 0 where it was not measured.
func (b *bench) median(name string, of func(figures) float64) float64 {
	var list []float64
	for _, f := range b.all[name] {
		list = append(list, of(f))
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func (b *bench) rate(name string) float64 {
	return round(b.median(name, func(f figures) float64 { return f.rate }), 0)
}

func (b *bench) cpu(name string) float64 {
	return round(b.median(name, func(f figures) float64 { return f.cpu }), 2)
}

func (b *bench) peak(names ...string) float64 {
	most := 0.0
	for _, name := range names {
		for _, f := range b.all[name] {
			most = max(most, f.peakMB)
		}
	}
	return round(most, 0)
}

func (b *bench) finish() (*report, error) {
	r := &b.report
	r.Rounds, r.Readings = b.rounds, b.readings
	r.BrokerCeiling, r.Journal, r.Window20 = b.rate("broker_ceiling"), b.rate("journal"), b.rate("window20")
	r.InfluxCeiling, r.JournalToInflux = b.rate("influx_ceiling"), b.rate("journal_to_influx")
	r.EndToEnd, r.NullSink = b.rate("end_to_end"), b.rate("null_sink")
	r.TelegrafInflux, r.TelegrafNull = b.rate("telegraf_influx"), b.rate("telegraf_null")
	r.NoLedger, r.CPUNoLedger, r.TelegrafOneLine = b.rate("without_ledger"), b.cpu("without_ledger"), b.rate("telegraf_one_line")
	influx := func(name string) float64 {
		return round(b.median(name, func(f figures) float64 { return f.influx }), 2)
	}
	r.CPUInflux, r.CPUInfluxReady = influx("journal_to_influx"), influx("influx_ceiling")
	r.JournalBad, r.Window20Ceiling = b.rate("journal_bad"), b.rate("window20_ceiling")
	r.CPU, r.CPUJournal, r.CPUSeries = b.cpu("end_to_end"), b.cpu("journal"), b.cpu("journal_to_influx")
	r.CPUAckOnly, r.CPUTelegraf = b.cpu("broker_ceiling"), b.cpu("telegraf_influx")
	for _, name := range []string{"journal", "journal_bad", "window20", "journal_to_influx", "end_to_end", "without_ledger", "null_sink", "day"} {
		if mb := b.peak(name); mb > 0 {
			r.PeakOf = append(r.PeakOf, peak{name, mb})
		}
	}
	for _, p := range r.PeakOf {
		r.PeakMB = max(r.PeakMB, p.mb)
	}
	r.TelegrafMB = b.peak("telegraf_influx", "telegraf_null")
	if day := b.rate("day"); day > 0 {
		r.BacklogDay = round(float64(b.options.day)/day, 1)
	}
	r.TownRatio = ratio(r.TownCPU, r.TownAckCPU)
	text := b.text()
	fmt.Fprint(os.Stderr, "\n"+text+"\n")
	if b.table == "" {
		return r, nil
	}
	return r, writeTable(b.table, text)
}

// writeTable puts the table between the marks of a page that has them, or makes it
// the whole file.
func writeTable(file, text string) error {
	const begin, end = "<!-- figures -->\n", "<!-- /figures -->"
	page, err := os.ReadFile(file)
	if err == nil {
		before, rest, found := strings.Cut(string(page), begin)
		_, after, closed := strings.Cut(rest, end)
		if found && closed {
			text = before + begin + "\n" + text + "\n" + end + after
		}
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// text is the table for docs/ingest.md.
func (b *bench) text() string {
	r := &b.report
	var s strings.Builder
	line := func(what string, value, against float64, unit, goal string) {
		if value == 0 {
			return
		}
		times := ""
		if against > 0 {
			times = fmt.Sprintf("%.2f ×", value/against)
		}
		fmt.Fprintf(&s, "| %s | %s %s | %s | %s |\n", what, grouped(value), unit, times, goal)
	}
	fmt.Fprintf(&s, "%s\n\n| what | measured | beside its ceiling or peer | goal |\n|---|--:|--:|---|\n", machine())
	line("a paho subscriber that only acknowledges", r.BrokerCeiling, 0, "/s", "")
	line("broker → journal, every block flushed", r.Journal, r.BrokerCeiling, "/s", "100,000/s and 0.80 ×")
	line("the same, 1 % of the messages cut short", r.JournalBad, r.Journal, "/s", "0.95 ×")
	line("behind a window of 20", r.Window20, r.Window20Ceiling, "/s", "40,000/s")
	line("InfluxDB, batches prepared", r.InfluxCeiling, 0, "/s", "")
	line("journal → InfluxDB", r.JournalToInflux, r.InfluxCeiling, "/s", "0.95 ×")
	line("Telegraf, broker → InfluxDB", r.TelegrafInflux, 0, "/s", "")
	line("broker → journal → InfluxDB", r.EndToEnd, r.TelegrafInflux, "/s", "3 ×")
	line("the same without the ledger", r.NoLedger, r.TelegrafInflux, "/s", "")
	line("Telegraf with a schema of one line a reading", r.TelegrafOneLine, 0, "/s", "")
	line("Telegraf, broker → a receiver that answers 204", r.TelegrafNull, 0, "/s", "")
	line("broker → journal → such a receiver", r.NullSink, r.TelegrafNull, "/s", "5 ×")
	line("CPU, socket to journal", r.CPUJournal, r.CPUAckOnly, "µs/reading", "8")
	line("CPU, journal to InfluxDB", r.CPUSeries, 0, "µs/reading", "3")
	line("CPU, broker to InfluxDB", r.CPU, r.CPUTelegraf, "µs/reading", "")
	line("the same without the ledger", r.CPUNoLedger, r.CPUTelegraf, "µs/reading", "")
	line("CPU of InfluxDB itself, our lines", r.CPUInflux, r.CPUInfluxReady, "µs/reading", "")
	line("peak memory", r.PeakMB, r.TelegrafMB, "MB", "200")
	line("a day's backlog of the town in InfluxDB", r.BacklogDay, 0, "s", "25")
	line("town, publish to queryable, p50", r.P50Town, 0, "s", "")
	line("town, publish to queryable, p99", r.P99Town, 0, "s", "1.5")
	line("town, CPU of a core", r.TownCPU, r.TownAckCPU, "%", "1.5 ×")
	if len(r.PeakOf) > 0 {
		fmt.Fprintf(&s, "\nPeak memory of our process in each, MB: %s.\n", r.PeakOf)
	}
	return s.String()
}

// machine says where this was measured, with what.
func machine() string {
	model := "a processor without a name"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.TrimLeft(strings.TrimSpace(name), "\t: ")
				break
			}
		}
	}
	mosquitto := "mosquitto"
	if out, _ := exec.Command("/usr/sbin/mosquitto", "-h").Output(); len(out) > 0 {
		mosquitto, _, _ = strings.Cut(string(out), "\n")
	}
	telegraf := "Telegraf 1.37.2"
	if path := os.Getenv("TELEGRAF"); path != "" {
		out, _ := exec.Command(path, "version").Output()
		telegraf = cmp.Or(strings.TrimSpace(string(out)), path)
	}
	return fmt.Sprintf("Measured %s on %d cores of %s, %s, %s, InfluxDB 1.8.10, %s.",
		time.Now().Format(time.DateOnly), runtime.NumCPU(), model, runtime.Version(), mosquitto, telegraf)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return round(a/b, 2)
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// grouped writes large numbers with commas.
func grouped(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.4g", v)
	}
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
