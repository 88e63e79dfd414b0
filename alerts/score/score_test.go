package score_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/device"
)

func zone(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// alert is one line for each of its changes: fault, subject, from and to as "05 18:30" of January 2026.
func alert(fault, subject, from, to string) string {
	line := func(at, state string) string {
		return fmt.Sprintf(`{"at":"2026-01-%s:00+08:00","alert":"%s/%s/%s","fault":%q,"subject":%q,"state":%q,"detail":{"x":1}}`+"\n",
			strings.Replace(at, " ", "T", 1), fault, subject, from, fault, subject, state)
	}
	out := line(from, "firing")
	if to != "" {
		out += line(to, "resolved")
	}
	return out
}

func label(fault, subject, from, to string) string {
	stamp := func(at string) string {
		if at == "" {
			return ""
		}
		return "2026-01-" + strings.Replace(at, " ", "T", 1) + ":00+08:00"
	}
	return fmt.Sprintf("%s,%s,%s,%s,\n", subject, fault, stamp(from), stamp(to))
}

func TestJudge(t *testing.T) {
	schedule, err := device.ParseSchedule("dusk+0h:100 dawn:0")
	if err != nil {
		t.Fatal(err)
	}
	var lamps []device.Lamp
	for i := range 3 {
		lamps = append(lamps, device.Lamp{
			ID: device.LampID(fmt.Sprintf("A%d", i)), Stage: device.Installed, Gateway: "G", Link: device.LinkGateway, Lat: 29, Lon: 106.3,
			Place: device.Place{ID: "P", Village: "V"}, Interval: 5 * time.Minute, Schedule: schedule,
		})
	}
	town := score.NewTown(lamps, zone(t))
	for _, c := range []struct {
		name                   string
		alerts, labels         string
		labelled, found, wrong int
	}{
		{"in time", alert("lamp_dark", "lamp:A1", "05 20:15", ""), label("lamp_dark", "lamp:A1", "05 20:00", "06 07:00"), 1, 1, 0},
		{"too late, yet no false one", alert("lamp_dark", "lamp:A1", "05 20:25", ""), label("lamp_dark", "lamp:A1", "05 20:00", "06 07:00"), 1, 0, 0},
		{"broken by day, seen after dusk", alert("lamp_dark", "lamp:A1", "05 18:55", ""), label("lamp_dark", "lamp:A1", "05 10:00", "06 07:00"), 1, 1, 0},
		{"begun by night, burns at dawn", alert("lamp_day_burning", "lamp:A1", "06 08:30", ""), label("lamp_day_burning", "lamp:A1", "05 23:00", "06 18:00"), 1, 1, 0},
		{"firing already", alert("lamp_dark", "lamp:A1", "05 19:00", ""), label("lamp_dark", "lamp:A1", "05 20:00", ""), 1, 1, 0},
		{"firing since the day before yesterday", alert("lamp_dark", "lamp:A1", "03 19:00", ""), label("lamp_dark", "lamp:A1", "05 20:00", ""), 1, 1, 1},
		{"over before", alert("lamp_dark", "lamp:A1", "05 18:40", "05 18:50"), label("lamp_dark", "lamp:A1", "05 20:00", ""), 1, 0, 0},
		{"nothing there", alert("lamp_dark", "lamp:A1", "05 19:00", ""), "", 0, 0, 1},
		{"another lamp", alert("lamp_dark", "lamp:A2", "05 20:10", ""), label("lamp_dark", "lamp:A1", "05 20:00", ""), 1, 0, 1},
		{"what follows from it", alert("battery_empty", "lamp:A1", "05 20:00", "") + alert("light_short", "lamp:A1", "06 08:00", ""), label("panel_dead", "lamp:A1", "03 08:00", "05 08:00"), 1, 0, 0},
		{"long after it", alert("battery_empty", "lamp:A1", "09 20:00", ""), label("panel_dead", "lamp:A1", "03 08:00", "05 08:00"), 1, 0, 1},
		{"behind its gateway", alert("lamp_silent", "lamp:A1", "05 22:10", ""), label("gateway_silent", "gateway:G", "05 20:00", ""), 1, 0, 0},
		{"the weather of its village", alert("battery_empty", "lamp:A1", "05 22:10", ""), label("weather_shortage", "village:V", "05 18:00", ""), 1, 0, 0},
		{"the town instead of the village", alert("weather_shortage", "town:jiaping", "05 22:10", ""), label("weather_shortage", "village:V", "05 18:00", ""), 1, 1, 0},
		{"optional and missed", "", strings.Replace(label("lamp_dark", "lamp:A1", "05 20:00", ""), ",\n", ",true\n", 1), 0, 0, 0},
		{"optional and found", alert("lamp_dark", "lamp:A1", "05 20:10", ""), strings.Replace(label("lamp_dark", "lamp:A1", "05 20:00", ""), ",\n", ",true\n", 1), 1, 1, 0},
		{"one for many lamps", strings.Replace(alert("lamp_dark", "village:V", "05 20:10", ""), `"x":1`, `"lamps":["A1","A2"]`, 1), label("lamp_dark", "lamp:A1", "05 20:00", "") + label("lamp_dark", "lamp:A2", "05 20:00", ""), 2, 2, 0},
	} {
		found, bad := score.ReadAlerts(strings.NewReader(c.alerts))
		labels, bad2 := score.ReadLabels(strings.NewReader("subject,fault,start,end,optional\n" + c.labels))
		if len(bad)+len(bad2) > 0 {
			t.Fatal(bad, bad2)
		}
		r := score.Judge(town, found, labels)
		if r.Total.Labels != c.labelled || r.Total.Found != c.found || r.Total.False != c.wrong {
			t.Errorf("%s: %d labels, %d found, %d false; want %d, %d, %d", c.name, r.Total.Labels, r.Total.Found, r.Total.False, c.labelled, c.found, c.wrong)
		}
		if len(r.Missed) != r.Total.Missed() || len(r.False) != r.Total.False {
			t.Errorf("%s: %d missed and %d false are listed", c.name, len(r.Missed), len(r.False))
		}
	}
}

func TestReadNamesBadLines(t *testing.T) {
	_, bad := score.ReadAlerts(strings.NewReader(alert("lamp_dark", "lamp:A", "05 20:00", "") + "x\n" + strings.Replace(alert("lamp_dark", "lamp:A", "05 20:00", ""), "firing", "burning", 1)))
	if len(bad) != 2 || !strings.HasPrefix(bad[0].Error(), "line 2: ") || !strings.Contains(bad[1].Error(), "burning") {
		t.Errorf("alerts: %v", bad)
	}
	for text, want := range map[string]string{
		"":                               "line 1",
		"subject,fault\n":                "no column start",
		"subject,fault,start,end\na,b\n": "line 2: subject",
		"subject,fault,start,end\nlamp:A,lamp_dark,now,\n": "line 2: start",
	} {
		if _, bad := score.ReadLabels(strings.NewReader(text)); len(bad) != 1 || !strings.Contains(bad[0].Error(), want) {
			t.Errorf("%q: %v, want %q", text, bad, want)
		}
	}
}

func TestDelays(t *testing.T) {
	l := score.Line{Delays: []time.Duration{5, 1, 4, 2, 3}}
	if l.Delay(0.5) != 3 || l.Delay(0.95) != 5 || (&score.Line{}).Delay(0.5) != 0 {
		t.Errorf("median %d, 95 %% %d", l.Delay(0.5), l.Delay(0.95))
	}
}

func FuzzReadLabels(f *testing.F) {
	f.Add("subject,fault,start,end,optional\n" + label("lamp_dark", "lamp:A", "05 20:00", "06 08:00"))
	f.Fuzz(func(t *testing.T, text string) {
		labels, _ := score.ReadLabels(strings.NewReader(text))
		for _, l := range labels {
			if l.Fault == "" || l.Subject.Code() == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
