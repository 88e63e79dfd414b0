package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// smallTown is twenty lamps of two villages, five of them behind a gateway.
func smallTown() []device.Lamp {
	var lamps []device.Lamp
	for i := range 20 {
		l := testLamp(fmt.Sprintf("JP-%04d", i))
		if i%4 == 3 {
			l.Gateway, l.Link = "GW-1", device.LinkGateway
		}
		if i%2 == 1 {
			l.Place.Village = "天水村"
		}
		if i%5 == 4 {
			l.BatteryChemistry, l.BatteryV = "gel", 12
		}
		l.LampW, l.Interval = 12, 10*time.Minute
		lamps = append(lamps, l)
	}
	return lamps
}

func recordingOf(mix Mix, seed int64, days int, cores int) Recording {
	lamps, span := smallTown(), time.Duration(days)*24*time.Hour
	return Recording{
		Lamps: lamps, Location: shanghai, Seed: seed, From: mix.Begins(2026, shanghai), Span: span, Cores: cores,
		Faults: DrawPlan(seed, lamps, span, mix),
	}
}

func write(t *testing.T, r Recording) (string, Recorded) {
	t.Helper()
	var out bytes.Buffer
	result, err := r.Write(t.Context(), &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), result
}

// said is one line of a recording.
type said struct {
	Topic     string          `json:"topic"`
	Received  time.Time       `json:"received"`
	Observing time.Time       `json:"observing"`
	Payload   json.RawMessage `json:"payload"`
}

func linesOf(t *testing.T, text string) []said {
	t.Helper()
	var all []said
	for l := range strings.Lines(text) {
		var s said
		if err := json.Unmarshal([]byte(l), &s); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		all = append(all, s)
	}
	return all
}

// One core or five write the same bytes.
func TestRecordingIsTheSameOnAnyCores(t *testing.T) {
	one, truth := write(t, recordingOf(Mixed, 3, 4, 1))
	five, again := write(t, recordingOf(Mixed, 3, 4, 5))
	if one != five {
		t.Errorf("%d bytes on one core, %d on five, and not the same", len(one), len(five))
	}
	if diff := cmp.Diff(truth, again); diff != "" {
		t.Errorf("another truth on five cores:\n%s", diff)
	}
	if other, _ := write(t, recordingOf(Mixed, 4, 4, 2)); other == one {
		t.Error("another seed writes the same")
	}
}

// A recording is in the order of receipt, marked each minute, and every reading in
// it passes the check of a real one's.
func TestRecordingIsWhole(t *testing.T) {
	r := recordingOf(Summer, 5, 3, 2)
	text, result := write(t, r)
	var d payload.Decoder
	var b payload.Batch
	var last time.Time
	var readings, messages int64
	marks := 0
	for _, l := range linesOf(t, text) {
		at := l.Received
		if at.IsZero() {
			at = l.Observing
			marks++
		} else {
			messages++
			topic, err := payload.ParseTopic("jiaping", l.Topic)
			if err != nil {
				t.Fatal(err)
			}
			d.Telemetry(topic, l.Payload, device.MillisOf(l.Received), &b)
			if len(b.Rejects) > 0 {
				t.Fatalf("%s: %+v", l.Payload, b.Rejects[0])
			}
			readings += int64(len(b.Readings))
		}
		if at.Before(last) {
			t.Fatalf("%v comes after %v", at, last)
		}
		if at.Before(r.From) || !at.Before(r.From.Add(r.Span)) {
			t.Fatalf("%v lies outside the recording", at)
		}
		last = at
	}
	if marks != 3*24*60 {
		t.Errorf("%d marks in three days, want one a minute", marks)
	}
	if readings != result.Readings || messages != result.Messages {
		t.Errorf("%d readings in %d messages, told %d in %d", readings, messages, result.Readings, result.Messages)
	}
	if most := int64(20 * 3 * 144); readings < most*8/10 || readings > most*11/10 {
		t.Errorf("%d readings of some %d", readings, most)
	}
}

// While we are off nothing is received and nothing marked; what the broker keeps
// comes right afterwards, else it is gone.
func TestRecordingWhileOff(t *testing.T) {
	for _, kept := range []bool{false, true} {
		r := recordingOf(Summer, 5, 2, 2)
		r.Faults, r.Perfect = nil, true
		r.Off = Off{From: 18 * time.Hour, Until: 8*time.Hour + 30*time.Minute, Kept: kept}
		text, result := write(t, r)
		for _, l := range linesOf(t, text) {
			local := l.Received.In(shanghai)
			if l.Received.IsZero() {
				local = l.Observing.In(shanghai)
			}
			if clock := local.Format("15:04"); clock >= "18:00" || clock < "08:30" {
				t.Fatalf("kept %v: at %v nobody listens", kept, local)
			}
		}
		// Of 48 h the last 6 are never delivered, and of the rest 9.5 h a day are heard.
		want := int64(20 * 6 * 19)
		if kept {
			want = 20 * 6 * 42
		}
		if result.Readings < want-20 || result.Readings > want+20 {
			t.Errorf("kept %v: %d readings, want some %d", kept, result.Readings, want)
		}
	}
}

// Every fault can be drawn and recorded, and each gives truth; thirty days of
// rain have no fault but the weather.
func TestTruth(t *testing.T) {
	lamps := smallTown()
	var plan []Fault
	for i, code := range Injectable {
		f := Fault{Code: code, From: 24 * time.Hour, Lasts: 40 * 24 * time.Hour, Lamps: []device.LampID{lamps[i].ID}}
		if code == device.GatewaySilent {
			f.Lamps, f.Gates = nil, []device.GatewayID{"GW-1"}
			f.From, f.Lasts = 41*24*time.Hour, 24*time.Hour
		}
		if code == device.WeatherShortage {
			f.Lamps, f.Villages, f.Severity = nil, []device.Village{Town}, 1
			f.From, f.Lasts = 30*24*time.Hour, 12*24*time.Hour
		}
		plan = append(plan, f)
	}
	r := recordingOf(Summer, 2, 43, 2)
	r.Faults = plan
	_, result := write(t, r)
	sure, perhaps := map[device.Fault]int{}, map[device.Fault]int{}
	for _, l := range result.Truth {
		if l.Optional {
			perhaps[l.Fault]++
		} else {
			sure[l.Fault]++
		}
		if l.End <= l.Start {
			t.Errorf("%+v ends before it begins", l)
		}
	}
	for _, code := range Injectable {
		if sure[code]+perhaps[code] == 0 {
			t.Errorf("%s gave no label", code)
		}
	}
	for _, code := range []device.Fault{
		device.LampDark, device.LampDayBurning, device.LampFlicker, device.PanelDead, device.ClockWrong, device.LampSilent, device.GatewaySilent,
	} {
		if sure[code] != 1 {
			t.Errorf("%s must be found %d times, want once", code, sure[code])
		}
	}
	_, result = write(t, recordingOf(Rain, 2, 30, 2))
	for _, l := range result.Truth {
		if !l.Optional && l.Fault != device.WeatherShortage {
			t.Errorf("rain alone gives %+v", l)
		}
	}
}

// Truth asks nobody for what could not be seen: a lamp that is dark for the last
// minutes of a night, a fault while we are off, a battery that the weather emptied.
func TestTruthIsFair(t *testing.T) {
	lamps := smallTown()
	summer := Summer.Begins(2026, shanghai)
	base := Recording{Lamps: lamps, Location: shanghai, Seed: 2, From: summer, Span: 4 * 24 * time.Hour, Cores: 2, Perfect: true}
	// Dawn is at six.
	dark := func(from, lasts time.Duration) Fault {
		return Fault{Code: device.LampDark, Lamps: []device.LampID{"JP-0000"}, From: from, Lasts: lasts}
	}
	for _, c := range []struct {
		name  string
		fault Fault
		off   Off
		must  bool
	}{
		{"all night", dark(42*time.Hour, 14*time.Hour), Off{}, true},
		{"from half past five in the morning", dark(53*time.Hour+30*time.Minute, 2*time.Hour), Off{}, false},
		{"by day", dark(32*time.Hour, 8*time.Hour), Off{}, false},
		{"while we are off", dark(42*time.Hour, 14*time.Hour), Off{From: 18 * time.Hour, Until: 8*time.Hour + 30*time.Minute}, false},
		{"while we are off and the broker keeps it", dark(42*time.Hour, 14*time.Hour), Off{From: 18 * time.Hour, Until: 8*time.Hour + 30*time.Minute, Kept: true}, false},
	} {
		r := base
		r.Faults, r.Off = []Fault{c.fault}, c.off
		_, result := write(t, r)
		must, may := 0, 0
		for _, l := range result.Truth {
			switch {
			case l.Fault != device.LampDark:
			case l.Optional:
				may++
			default:
				must++
				if at := l.Start.Time().In(shanghai).Format("15:04"); at < "20:00" || at > "20:40" {
					t.Errorf("%s: it begins at %s, the sun sets at eight", c.name, at)
				}
			}
		}
		if (must == 1) != c.must || must+may < 1 || !c.must && may != 1 {
			t.Errorf("%s: %d labels that must be found, %d that may", c.name, must, may)
		}
	}
	_, result := write(t, recordingOf(Rain, 2, 20, 2))
	empty := 0
	for _, l := range result.Truth {
		if l.Fault == device.BatteryEmpty {
			empty++
			if !l.Optional {
				t.Errorf("the weather did it, yet %+v must be found", l)
			}
		}
	}
	if empty == 0 {
		t.Error("twenty days of rain emptied no battery")
	}
}
