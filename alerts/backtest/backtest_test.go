package backtest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/backtest"
	"github.com/yingguang/yingguang/device"
)

// town has lamps JP-0001 … that report every five minutes and are lit all night.
type town struct{}

func (town) Lamp(id device.LampID) (device.Lamp, bool) {
	schedule, err := device.ParseSchedule("dusk+0h:100 dawn:0")
	return device.Lamp{
		ID: id, Stage: device.Installed, Lat: 29, Lon: 106.3, LampW: 20, BatteryV: 12.8, BatteryChemistry: "lifepo4",
		Interval: 5 * time.Minute, Schedule: schedule,
	}, err == nil && strings.HasPrefix(string(id), "JP-")
}

func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// recording has three lamps over two days; JP-0002 is dark in the second night.
func recording(t testing.TB, marks func(time.Time) bool) string {
	t.Helper()
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, zone(t))
	var b strings.Builder
	for at := noon; at.Before(noon.Add(48 * time.Hour)); at = at.Add(time.Minute) {
		if marks != nil && marks(at) {
			fmt.Fprintf(&b, "{\"observing\":%q}\n", at.Format(time.RFC3339))
		}
		if at.Minute()%5 != 0 {
			continue
		}
		for lamp := 1; lamp <= 3; lamp++ {
			watts := 0.0
			night := at.Hour() >= 18 || at.Hour() < 8
			if night && !(lamp == 2 && at.After(noon.Add(24*time.Hour))) {
				watts = 20
			}
			if lamp == 3 && at.After(noon.Add(30*time.Hour)) {
				continue // silent from six in the evening on
			}
			fmt.Fprintf(&b, `{"topic":"any/where/lamps/JP-%04d/telemetry","received":%q,"payload":{"ts":%d,"load_w":%g,"battery_v":13.2}}`+"\n",
				lamp, at.Add(2*time.Second).Format(time.RFC3339Nano), at.Unix(), watts)
		}
	}
	return b.String()
}

// play runs recordings and gives what was printed, the bad lines and the sums.
func play(t *testing.T, files ...string) (string, []backtest.LineError, backtest.Stats) {
	t.Helper()
	var out bytes.Buffer
	p := backtest.NewPrinter(&out, zone(t))
	var bad []backtest.LineError
	stats, err := backtest.Run(t.Context(), backtest.Config{
		Engine: alerts.EngineConfig{Lamps: town{}, Location: zone(t)},
		Change: p.Print,
		Bad:    func(e backtest.LineError) { bad = append(bad, e) },
	}, files...)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), bad, stats
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunFindsWhatWasRecorded(t *testing.T) {
	text := recording(t, nil)
	out, bad, stats := play(t, write(t, "a.ndjson", text))
	if len(bad) != 0 || stats.Readings != strings.Count(text, "\n") {
		t.Errorf("%d bad lines, %d readings of %d", len(bad), stats.Readings, strings.Count(text, "\n"))
	}
	for _, want := range []string{
		`"fault":"lamp_dark","subject":"lamp:JP-0002","state":"firing","since":"2026-01-05T18:`,
		`"fault":"lamp_silent","subject":"lamp:JP-0003","state":"firing"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}

	// Gzip, two files and another order of keys say the same.
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	half := strings.Index(text[len(text)/2:], "\n") + len(text)/2 + 1
	if _, err := w.Write([]byte(text[:half])); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var turned strings.Builder
	for line := range strings.Lines(text[half:]) {
		topic, rest, _ := strings.Cut(strings.TrimSpace(line)[1:], `,"received":`)
		received, payload, _ := strings.Cut(rest, `,"payload":`)
		fmt.Fprintf(&turned, "{\"payload\":%s,%s,\"received\":%s}\r\n", payload[:len(payload)-1], topic, received)
	}
	again, bad, _ := play(t, write(t, "a.gz", z.String()), write(t, "b.ndjson", turned.String()))
	if again != out || len(bad) != 0 {
		t.Errorf("written otherwise, %d bad lines and\n%s\nwant\n%s", len(bad), again, out)
	}
}

// Where the recording has observing lines, nothing is silent between them.
func TestUnobserved(t *testing.T) {
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, zone(t))
	out, _, stats := play(t, write(t, "a.ndjson", recording(t, func(at time.Time) bool { return at.Before(noon.Add(31 * time.Hour)) })))
	if strings.Contains(out, "lamp_silent") || stats.Marks != 31*60 {
		t.Errorf("silent for one observed hour, %d marks:\n%s", stats.Marks, out)
	}
	out, _, _ = play(t, write(t, "b.ndjson", recording(t, func(time.Time) bool { return true })))
	if !strings.Contains(out, "lamp_silent") {
		t.Errorf("not silent although all was observed:\n%s", out)
	}
}

func TestBadLines(t *testing.T) {
	good := `{"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T19:00:02+08:00","payload":{"ts":1767524400,"load_w":0}}`
	for text, want := range map[string]string{
		`nonsense`:    "not JSON",
		`{"topic":3}`: "topic",
		`{"topic":"jiaping/lamps/JP-0001/telemetry","received":"yesterday","payload":{}}`:                            "yesterday",
		`{"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T19:00:02+08:00"}`:                         "no payload",
		`{"received":"2026-01-04T19:00:02+08:00","payload":{}}`:                                                      "no topic",
		`{"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T19:00:02+08:00","payload":{"ts":1}`:       "not JSON",
		`{"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T19:00:02+08:00","payload":{"load_w":1}}`:  "no_ts",
		`{"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T19:00:02+08:00","payload":{}} trailing`:   "not JSON",
		`{"topic":"jiaping/lamps/JP-0001/status","received":"2026-01-04T19:00:02+08:00","payload":{"online":"yes"}}`: "online",
	} {
		_, bad, stats := play(t, write(t, "x.ndjson", good+"\n\n"+text+"\n"+good))
		if len(bad) != 1 || bad[0].Line != 3 || !strings.Contains(bad[0].Error(), "x.ndjson:3: ") || !strings.Contains(bad[0].Error(), want) {
			t.Errorf("%s: %v, want line 3 and %q", text, bad, want)
		}
		if stats.Readings != 2 || stats.Bad != 1 {
			t.Errorf("%s: %+v", text, stats)
		}
	}
	cfg := backtest.Config{Engine: alerts.EngineConfig{Lamps: town{}}, Change: func(alerts.Change) error { return nil }}
	if _, err := backtest.Run(t.Context(), cfg, "no such file"); err == nil {
		t.Error("a missing file is no error")
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprintln(w, strings.Repeat(good+"\n", 1000))
	w.Close()
	if _, err := backtest.Run(t.Context(), cfg, write(t, "cut.gz", z.String()[:z.Len()/2])); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("gzip that was cut short: %v", err)
	}
}

// A time far in the future does not keep the engine ticking for ever.
func TestLeap(t *testing.T) {
	line := func(at string) string {
		return fmt.Sprintf(`{"topic":"t/lamps/JP-0001/telemetry","received":%q,"payload":{"ts":%q,"load_w":0}}`+"\n", at, at)
	}
	_, _, stats := play(t, write(t, "x.ndjson", line("2026-01-04T19:00:00+08:00")+line("2046-01-04T19:00:00+08:00")))
	if stats.Readings != 2 {
		t.Errorf("%+v", stats)
	}
}
