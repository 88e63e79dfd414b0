package app_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/tools/freeport"
)

// lampPage is what a lamp's page is made of.
type lampPage struct {
	State   string `json:"state"`
	Reading *struct {
		TS     int64          `json:"ts"`
		Values map[string]any `json:"values"`
	} `json:"reading"`
}

// The main job with a faster clock: 400 lamps' history of a night and then some
// hours of life, all in InfluxDB, all in the ledger, and still there after a restart.
func TestFourHundredLamps(t *testing.T) {
	h := newHouse(t, map[string]string{
		"simulator.enabled": "true", "simulator.backfill": "24h", "simulator.start": "2026-01-04T18:00:00+08:00", "simulator.speed": "60",
	})
	h.ready()
	history := int64(400 * 24 * 6)
	var live int64
	eventually(t, 240*time.Second, "history and life are received", func() (bool, string) {
		a := h.ledger(false)
		live = a.Totals.Received - a.Totals.Duplicate // a slow machine has some sent again
		return a.Lamps == 400 && live > history+500, fmt.Sprintf("%+v", a)
	})
	// The alerts read the journal at their own pace.
	eventually(t, 2*patience, "the alerts have seen every lamp", func() (bool, string) {
		n := h.rows(`SELECT COUNT(*) FROM lamp_state`)
		return n[0] == "400", fmt.Sprint(n)
	})
	h.down()
	before := h.rows(`SELECT COUNT(*) FROM lamp_state`)
	if before[0] != "400" {
		t.Errorf("the last states of %s lamps are kept", before[0])
	}
	// The second start, the next morning: the same data, and the lamps send what
	// they kept while we were off. Then they rest, so that all can be counted.
	h.set["simulator.start"], h.set["simulator.speed"], h.set["simulator.interval"] = "2026-01-05T08:00:00+08:00", "1", "24h"
	h.up()
	h.ready()
	a := h.settled(live)
	if a.Lamps != 400 || a.Totals.Rejected != 0 {
		t.Errorf("after the restart: %+v", a)
	}
	var town struct {
		Installed int            `json:"installed"`
		ByState   map[string]int `json:"by_state"`
	}
	if code, err := h.get("/api/v1/town", &town); code != http.StatusOK || err != nil || town.Installed != 400 {
		t.Errorf("town: %d, %v, %+v", code, err, town)
	}
}

// pub publishes with Debian's own client.
func pub(t *testing.T, url, topic, payload string) {
	t.Helper()
	host, port, err := net.SplitHostPort(strings.TrimPrefix(url, "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(debian(t, "mosquitto_pub", "mosquitto-clients"), "-h", host, "-p", port, "-q", "1", "-t", topic, "-m", payload).CombinedOutput()
	if err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
}

// shows proves that what is published is on the lamp's page, and
// a bad one in the rejected list with its reason.
func shows(t *testing.T, h *house, url string) {
	t.Helper()
	now, began := time.Now().UnixMilli(), time.Now()
	pub(t, url, "jiaping/lamps/JP-0001/telemetry", fmt.Sprintf(`{"ts":%d,"battery_v":12.34,"load_w":8,"lamp_on":true}`, now))
	eventually(t, patience, "the reading is on the lamp's page", func() (bool, string) {
		var page lampPage
		code, err := h.get("/api/v1/lamps/JP-0001", &page)
		return page.Reading != nil && page.Reading.TS == now && page.Reading.Values["battery_v"] == 12.34, fmt.Sprint(code, err, page)
	})
	t.Logf("on the page %v after it was sent", time.Since(began)) // the load test judges it: a test machine may do much else
	pub(t, url, "jiaping/lamps/JP-0002/telemetry", fmt.Sprintf(`{"ts":%d,"battery_v":1234}`, now))
	eventually(t, patience, "the bad one is in the rejected list", func() (bool, string) {
		list, err := app.Ask[[]journal.Rejected](t.Context(), h.data, "rejected", app.RejectedRequest{Limit: 10})
		found := slices.ContainsFunc(list, func(r journal.Rejected) bool {
			return r.Lamp == "JP-0002" && r.Reason == "out_of_range" && strings.Contains(r.Text, "battery_v 1234")
		})
		return found, fmt.Sprint(list, err)
	})
	a := h.settled(1)
	if a.Totals.Received != 2 || a.Totals.Stored != 1 || a.Totals.Rejected != 1 {
		t.Errorf("ledger %+v", a.Totals)
	}
}

func TestPublishedIsShown(t *testing.T) {
	h := newHouse(t, nil)
	h.ready()
	shows(t, h, h.addr.MQTT)
}

// The same with Debian's mosquitto as the town's broker, which is not there yet
// when we start.
func TestPublishedIsShownThroughMosquitto(t *testing.T) {
	path := debian(t, "mosquitto", "mosquitto")
	address := freeport.Address(t)
	h := newHouse(t, map[string]string{"mqtt.url": "tcp://" + address})
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
	h.ready()
	shows(t, h, "tcp://"+address)
}

// A lamp is dark for fifty minutes of a night: its first volunteer and its
// follower hear of it, nobody else does, and both hear when it is lit again.
func TestDarkLampReachesItsVolunteer(t *testing.T) {
	h := newHouse(t, map[string]string{
		"simulator.enabled": "true", "simulator.backfill": "0s", "simulator.start": "2026-01-04T18:35:00+08:00", "simulator.speed": "60",
		"simulator.faults": "lamp_dark@JP-0007+5m:50m",
	})
	h.ready()
	told := func(kind string) []string {
		return h.rows(`SELECT n.person FROM notice n WHERE n.subject = 'lamp:JP-0007' AND n.kind = $1 ORDER BY n.person`, kind)
	}
	eventually(t, patience, "somebody is told", func() (bool, string) { return len(told("raised")) > 0, "" })
	duty := h.rows(`SELECT d.person FROM duty d JOIN lamp l ON l.place = d.place WHERE l.id = 'JP-0007' ORDER BY d.rank`)
	if got := told("raised"); len(got) != 1 || got[0] != duty[0] {
		t.Errorf("raised to %v, want only the first on duty of %v", got, duty)
	}
	if got := told("known"); !slices.Equal(got, []string{"R-02"}) {
		t.Errorf("known to %v, want the resident of the place", got)
	}
	eventually(t, patience, "everyone told hears that it is mended", func() (bool, string) {
		got := told("mended")
		return slices.Contains(got, duty[0]) && slices.Contains(got, "R-02"), fmt.Sprint(got)
	})
	if states := h.rows(`SELECT state FROM ticket WHERE subject = 'lamp:JP-0007'`); !slices.Equal(states, []string{"closed"}) {
		t.Errorf("tickets of the lamp: %v, want one that is closed", states)
	}
	others := h.rows(`SELECT DISTINCT n.person FROM notice n WHERE n.subject = 'lamp:JP-0007' ORDER BY n.person`)
	for _, p := range others {
		if p != "R-02" && !slices.Contains(duty, p) && !strings.HasPrefix(p, "O-") {
			t.Errorf("%s was told and has nothing to do with the lamp", p)
		}
	}
}

// While InfluxDB is away readings are taken in and alerts go on; afterwards every
// reading is stored.
func TestInfluxAway(t *testing.T) {
	h := newHouse(t, map[string]string{
		"influxdb.url":      "http://" + freeport.Address(t), // nobody listens there yet
		"simulator.enabled": "true", "simulator.backfill": "0s", "simulator.start": "2026-01-04T18:35:00+08:00", "simulator.speed": "60",
		"simulator.faults": "lamp_dark@JP-0007+5m",
	})
	eventually(t, patience, "a ticket is raised without InfluxDB", func() (bool, string) {
		return len(h.rows(`SELECT id FROM ticket WHERE subject = 'lamp:JP-0007'`)) == 1, ""
	})
	eventually(t, patience, "readings wait for InfluxDB", func() (bool, string) {
		waiting := h.rows(`SELECT COALESCE(SUM(waiting), 0) FROM ledger_day`)
		return waiting[0] != "0", fmt.Sprint(waiting)
	})
	received := h.rows(`SELECT SUM(received) FROM ledger_day`)
	startInflux(t, strings.TrimPrefix(h.set["influxdb.url"], "http://"))
	var n int64
	fmt.Sscan(received[0], &n)
	eventually(t, patience, "what waited is stored", func() (bool, string) {
		a := h.ledger(false)
		return a.Totals.Stored >= n, fmt.Sprintf("%+v of %d", a.Totals, n)
	})
}

// What cannot be is told in one sentence that names the setting.
func TestSecondStartAndTakenPorts(t *testing.T) {
	h := newHouse(t, nil)
	try := func(set map[string]string) error {
		all := map[string]string{"data_dir": filepath.Join(t.TempDir(), "data"), "web.listen": "127.0.0.1:0", "broker.listen": "127.0.0.1:0", "simulator.enabled": "false"}
		for k, v := range set {
			all[k] = v
		}
		cfg, err := configs.Load(configs.Source{Set: all})
		if err != nil {
			t.Fatal(err)
		}
		a, err := app.New(t.Context(), cfg, app.Options{})
		if err == nil {
			a.Close(t.Context())
		}
		return err
	}
	for _, c := range []struct {
		set  map[string]string
		want string
	}{
		{map[string]string{"data_dir": h.data}, "data_dir " + h.data},
		{map[string]string{"web.listen": strings.TrimPrefix(h.addr.Page, "http://")}, "web.listen "},
		{map[string]string{"broker.listen": h.addr.BrokerListen}, "broker.listen "},
		{map[string]string{"data_dir": "/proc/nothing/here"}, "data_dir "},
		{map[string]string{"influxdb.binary": "/no/such/influxd"}, "influxdb.binary"},
	} {
		if err := try(c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want a sentence with %q", c.set, err, c.want)
		}
	}
}
