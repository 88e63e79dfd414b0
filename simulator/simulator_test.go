package simulator

import (
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
	"github.com/yingguang/yingguang/device/payload"
)

var shanghai = time.FixedZone("CST", 8*3600)

func day(month time.Month, d int) device.Millis {
	return device.MillisOf(time.Date(2026, month, d, 12, 0, 0, 0, shanghai))
}

func testLamp(id string) device.Lamp {
	schedule, err := device.ParseSchedule("dusk+0h:100 dusk+4h:30 dawn:0")
	if err != nil {
		panic(err)
	}
	return device.Lamp{
		ID: device.LampID(id), Stage: device.Installed, Place: device.Place{ID: "院", Village: "大垭村"}, Lat: 29.0, Lon: 106.3,
		PanelWp: 80, BatteryAh: 40, BatteryV: 12.8, BatteryChemistry: "lifepo4", LampW: 30, Interval: 5 * time.Minute, Schedule: schedule,
	}
}

// live steps a pole through some days and hands every moment out.
func live(p *pole, from device.Millis, days int, bad broken, see func(device.Millis, now)) {
	w, nights := weather{1, shanghai}, night.NewCalendar(shanghai)
	for t := from; t < from.Add(time.Duration(days)*24*time.Hour); t = t.Add(10 * time.Minute) {
		see(t, p.step(t, w, nights, bad))
	}
}

// The sun stands where astronomy says: solar noon at the solstices.
func TestSun(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want float64 // elevation, degrees, at 29.0 N 106.3 E
	}{
		{time.Date(2026, 6, 21, 4, 56, 0, 0, time.UTC), 90 - (29.0 - 23.44)},
		{time.Date(2026, 12, 22, 4, 53, 0, 0, time.UTC), 90 - (29.0 + 23.44)},
		{time.Date(2026, 3, 20, 5, 2, 0, 0, time.UTC), 90 - 29.0},
	} {
		got := math.Asin(sunAt(c.at, 29.0, 106.3).up) * 180 / math.Pi
		if math.Abs(got-c.want) > 0.3 {
			t.Errorf("%v: elevation %.2f°, want %.2f°", c.at, got, c.want)
		}
	}
	// Two ways to the same sun: H. Spencer's series here, NOAA's in device/night.
	for hour := range 24 * 30 {
		at := device.MillisOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(hour) * 12 * time.Hour / 5)
		got := math.Asin(sunAt(at.Time(), 29.0, 106.3).up) * 180 / math.Pi
		if want := night.Elevation(at, 29.0, 106.3); math.Abs(got-want) > 0.4 {
			t.Fatalf("%v: elevation %.2f°, NOAA has %.2f°", at.Time(), got, want)
		}
	}
}

// Twenty skies have Chongqing's sun: 1,000 to 1,500 hours a year, next to none in
// winter (sunny: at least 120 W/m² of beam, as the WMO counts).
func TestClimate(t *testing.T) {
	var year, winter, august float64
	const seeds = 20
	for seed := range uint64(seeds) {
		w := weather{seed, shanghai}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			p := sunAt(at, 29.0, 106.3)
			if p.up < 0.05 {
				continue
			}
			s := w.at(at, "大垭村")
			ghi := clearSky(p) * s.through()
			beam := ghi * (1 - (0.15 + 0.85*s.cloud*s.cloud)) / p.up
			if beam < 120 {
				continue
			}
			year += 0.5
			switch at.Month() {
			case time.December, time.January, time.February:
				winter += 0.5
			case time.August:
				august += 0.5
			}
		}
	}
	year, winter, august = year/seeds, winter/seeds/3, august/seeds
	t.Logf("sun hours: %.0f a year, %.0f a winter month, %.0f in August", year, winter, august)
	if year < 950 || year > 1550 {
		t.Errorf("%.0f sun hours a year, Chongqing has 1,000 to 1,500", year)
	}
	if winter > 42 {
		t.Errorf("%.0f sun hours in a winter month, Chongqing has under 35", winter)
	}
	if august < 130 || august > 260 {
		t.Errorf("%.0f sun hours in August, Chongqing has some 190", august)
	}
}

// Energy is neither made nor lost: what went in and did not come out is in the
// battery, as long as it is not full and refuses, and the counters say the same.
func TestEnergyIsKept(t *testing.T) {
	lamp := testLamp("JP-0001")
	lamp.LampW = 12
	p := newPole(lamp, 1)
	p.SoC = 0.6
	charged, consumed := p.ChargedWh, p.ConsumeWh
	var in, out, stored float64
	last := now{volts: 13}
	live(p, day(time.January, 1), 4, nil, func(_ device.Millis, n now) {
		if n.state == stateFloat || p.SoC < 0.05 || p.SoC > 0.99 {
			t.Fatalf("charge %.2f, state %v: choose other days", p.SoC, n.state)
		}
		in += n.panelW / 6
		out += n.loadW / 6
		stored += n.amps * n.volts / 6
		last = n
	})
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s %.1f, want %.1f", what, got, want)
		}
	}
	near("charged Wh", p.ChargedWh-charged, in, 3) // the first moment has no length yet
	near("consumed Wh", p.ConsumeWh-consumed, out, 3)
	near("into the battery Wh", stored, in*0.97-out, 0.04*(in+out))
	near("charge", (p.SoC-0.6)*40*0.95*last.volts, in*0.97-out, 0.05*(in+out))
}

// A summer's lamp burns by its schedule and is full again by noon on most days.
func TestLifeOfALamp(t *testing.T) {
	p := newPole(testLamp("JP-0001"), 1)
	var lit, dim, full float64
	live(p, day(time.August, 1), 30, nil, func(_ device.Millis, n now) {
		switch {
		case n.loadW > 29:
			lit += 1.0 / 6
		case n.loadW > 8:
			dim += 1.0 / 6
		}
		if n.state == stateFloat {
			full += 1.0 / 6
		}
	})
	// Nights of 10.9 hours: 4 bright, the rest dimmed.
	if lit/30 < 3.6 || lit/30 > 4.2 || dim/30 < 6 || dim/30 > 7.6 {
		t.Errorf("%.1f h bright and %.1f h dimmed a night", lit/30, dim/30)
	}
	if full/30 < 1 {
		t.Errorf("full for %.1f h a day in August", full/30)
	}
}

func TestWinterSags(t *testing.T) {
	lowest := func(month time.Month) float64 {
		low := 1.0
		p := newPole(testLamp("JP-0001"), 1)
		live(p, day(month, 1), 28, nil, func(device.Millis, now) { low = min(low, p.SoC) })
		return low
	}
	if august, january := lowest(time.August), lowest(time.January); january >= august {
		t.Errorf("lowest charge %.2f in January, %.2f in August", january, august)
	}
}

func TestFaultsShow(t *testing.T) {
	for _, c := range []struct {
		fault device.Fault
		shows func(now) bool
		never bool
	}{
		{device.LampDark, func(n now) bool { return n.loadW > 0 }, true},
		{device.PanelDead, func(n now) bool { return n.panelW > 0 }, true},
		{device.LampDim, func(n now) bool { return n.loadW > 20 }, true},
		{device.LampDayBurning, func(n now) bool { return n.loadW > 20 && n.panelW > 5 }, false},
	} {
		seen := false
		live(newPole(testLamp("JP-0001"), 1), day(time.August, 1), 3, broken{c.fault}, func(_ device.Millis, n now) { seen = seen || c.shows(n) })
		if seen == c.never {
			t.Errorf("%s: seen %v", c.fault, seen)
		}
	}
	cut := false
	p := newPole(testLamp("JP-0001"), 1)
	live(p, day(time.August, 1), 5, broken{device.BatteryEmpty}, func(_ device.Millis, n now) { cut = cut || p.Cut })
	if !cut {
		t.Error("an empty battery never disconnected the lamp")
	}
}

// Every reading that a lamp makes passes the same check as a real one's.
func TestReadingsAreValid(t *testing.T) {
	var d payload.Decoder
	var batch payload.Batch
	p := newPole(testLamp("JP-0001"), 7)
	live(p, day(time.March, 1), 20, nil, func(at device.Millis, n now) {
		r := p.report(at, n)
		d.Telemetry(payload.Topic{Lamp: "JP-0001", Part: payload.Telemetry}, payload.AppendJSON(nil, &r), at, &batch)
		if len(batch.Rejects) > 0 {
			t.Fatalf("%+v", batch.Rejects[0])
		}
	})
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"lamp_dark@JP-0007+2h":           {Code: device.LampDark, Lamps: []device.LampID{"JP-0007"}, From: 2 * time.Hour},
		"lamp_dark@JP-0007":              {Code: device.LampDark, Lamps: []device.LampID{"JP-0007"}},
		"lamp_silent@JP-1,JP-2-30h:45m":  {Code: device.LampSilent, Lamps: []device.LampID{"JP-1", "JP-2"}, From: -30 * time.Hour, Lasts: 45 * time.Minute},
		"gateway_silent@GW-DY-01+0h:30m": {Code: device.GatewaySilent, Gates: []device.GatewayID{"GW-DY-01"}, Lasts: 30 * time.Minute},
		"battery_empty@JP-0042+1h30m":    {Code: device.BatteryEmpty, Lamps: []device.LampID{"JP-0042"}, From: 90 * time.Minute},
	} {
		got, err := ParseFault(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
		again, err := ParseFault(got.String())
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%s came back from %s: %v\n%s", text, got, err, diff)
		}
	}
	for _, text := range []string{"", "lamp_dark", "lamp_bright@JP-1", "lamp_dark@", "lamp_dark@JP 1", "lamp_dark@JP-1+soon", "lamp_dark@JP-1:never", "lamp_dark@JP-1+1h:-2h"} {
		if _, err := ParseFault(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("lamp_dark@JP-0007+2h:6h")
	f.Add("gateway_silent@GW-1,GW-2-3h")
	f.Fuzz(func(t *testing.T, s string) {
		fault, err := ParseFault(s)
		if err != nil {
			return
		}
		again, err := ParseFault(fault.String())
		if diff := cmp.Diff(fault, again); err != nil || diff != "" {
			t.Errorf("%q → %v: %v\n%s", s, fault, err, diff)
		}
	})
}

// mosquitto starts Debian's broker on a port of the kernel's choice.
func mosquitto(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mosquitto is missing: apt-get install mosquitto")
		}
		t.Skip("SKIPPED: mosquitto is missing: apt-get install mosquitto")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return "tcp://" + address
}

// heard is everything that a subscriber received.
type heard struct {
	mu       sync.Mutex
	readings map[device.LampID][]device.Reading
	bad      []string
}

func listen(t *testing.T, url string) *heard {
	t.Helper()
	h := &heard{readings: map[device.LampID][]device.Reading{}}
	var d payload.Decoder
	o := mqtt.NewClientOptions().AddBroker(url).SetClientID("ear").SetConnectRetry(true).SetConnectRetryInterval(20 * time.Millisecond).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			h.mu.Lock()
			defer h.mu.Unlock()
			topic, err := payload.ParseTopic("jiaping", m.Topic())
			if err != nil || topic.Part != payload.Telemetry {
				return
			}
			var b payload.Batch
			d.Telemetry(topic, m.Payload(), device.MillisOf(time.Now().Add(24*time.Hour)), &b)
			for _, r := range b.Rejects {
				h.bad = append(h.bad, r.Error())
			}
			for _, r := range b.Readings {
				h.readings[r.Lamp] = append(h.readings[r.Lamp], r)
			}
		})
	c := mqtt.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(20*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	if token := c.Subscribe("jiaping/#", 1, nil); !token.WaitTimeout(20*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(50) })
	return h
}

func (h *heard) count() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, rs := range h.readings {
		n += len(rs)
	}
	return n
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// A fleet publishes its history and then lives; what the broker acknowledged is
// what a subscriber heard; a restart neither repeats nor leaves a hole.
func TestFleet(t *testing.T) {
	url := mosquitto(t)
	ears := listen(t, url)
	var lamps []device.Lamp
	for i := range 6 {
		l := testLamp(fmt.Sprintf("JP-%04d", i))
		if i >= 3 {
			l.Gateway, l.Link = "GW-1", device.LinkGateway
		}
		if i == 2 {
			l.Link = device.LinkNone
		}
		lamps = append(lamps, l)
	}
	clk := clock.NewScaled(time.Date(2026, 8, 1, 20, 0, 0, 0, shanghai), 3600)
	state := filepath.Join(t.TempDir(), "lives.json")
	start := func() (*Fleet, func()) {
		f, err := New(Config{
			URL: url, Prefix: "jiaping", Lamps: lamps, Backfill: 24 * time.Hour, Seed: 1, Location: shanghai, Clock: clk, StateFile: state,
			Faults: []Fault{{Code: device.LampSilent, Lamps: []device.LampID{"JP-0001"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		return f, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	f, stop := start()
	if f.Lamps() != 5 {
		t.Fatalf("%d lamps live, want 5: one has no radio", f.Lamps())
	}
	eventually(t, "history and two hours of life", func() bool { return f.Stats().Readings > 5*144+4*24 })
	stop()
	g, stop := start()
	eventually(t, "life goes on", func() bool { return g.Stats().Readings > 200 })
	stop()
	eventually(t, "all is heard", func() bool { return int64(ears.count()) >= f.Stats().Readings+g.Stats().Readings })

	ears.mu.Lock()
	defer ears.mu.Unlock()
	if len(ears.bad) > 0 {
		t.Errorf("rejected: %v", ears.bad)
	}
	if len(ears.readings["JP-0002"]) > 0 {
		t.Error("a lamp without a radio spoke")
	}
	if n := len(ears.readings["JP-0001"]); n < 140 || n > 150 {
		t.Errorf("the silent lamp has %d readings, want its history of 144", n)
	}
	for _, id := range []device.LampID{"JP-0000", "JP-0003"} {
		seen := map[uint64]bool{}
		var charged float64
		last := device.Millis(0)
		for _, r := range ears.readings[id] {
			if seen[r.Hash()] {
				t.Fatalf("%s repeats itself at %v", id, r.SentTS.Time())
			}
			seen[r.Hash()] = true
			if last != 0 && r.SentTS.Sub(last) > 11*time.Minute {
				t.Errorf("%s has a hole from %v to %v", id, last.Time(), r.SentTS.Time())
			}
			if last = r.SentTS; r.Value(device.ChargedWh) < charged {
				t.Errorf("%s: its counter goes back at %v", id, last.Time())
			}
			charged = r.Value(device.ChargedWh)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	p := newPole(testLamp("JP-0001"), 1)
	w, nights := weather{1, shanghai}, night.NewCalendar(shanghai)
	at := day(time.January, 1)
	for b.Loop() {
		at = at.Add(10 * time.Minute)
		n := p.step(at, w, nights, nil)
		p.report(at, n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
