package alerts

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

// desk is a dispatcher with one ticket that lives on as a store would keep it.
type desk struct {
	t        *testing.T
	d        *Dispatcher
	ticket   *Ticket
	notices  []Notice // of the last step
	standing map[device.Subject][]device.Fault
	owed     bool
}

func newDesk(t *testing.T) *desk {
	return &desk{
		t: t, d: NewDispatcher(DispatcherConfig{Roster: newTestTown(), Location: shanghai(t)}),
		standing: map[device.Subject][]device.Fault{},
	}
}

func (k *desk) at(clock string) device.Millis {
	k.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-01-04 "+clock, shanghai(k.t))
	if err != nil {
		k.t.Fatal(err)
	}
	return device.MillisOf(at)
}

// step applies changes at a time and keeps what comes of it.
func (k *desk) step(clock string, changes ...Change) {
	k.t.Helper()
	now := k.at(clock)
	var open []Ticket
	if k.ticket != nil && (k.ticket.State == TicketOpen || k.ticket.State == TicketTaken) {
		open = append(open, *k.ticket)
	}
	k.notices = nil
	for i := range changes {
		changes[i].At = now
	}
	out := k.d.Apply(changes, open, func(s device.Subject) ([]device.Fault, bool) { return k.standing[s], k.owed }, now)
	if len(out) > 1 {
		k.t.Fatalf("%d tickets", len(out))
	}
	for _, c := range out {
		c.Ticket.ID = 7
		for _, n := range c.Notices {
			if n.Kind != NoticeTaken {
				c.Ticket.Told = append(c.Ticket.Told, n.Person)
			}
		}
		k.ticket, k.notices = &c.Ticket, c.Notices
	}
}

func (k *desk) change(s device.Subject, f device.Fault, state State, quiet bool) Change {
	if state == Firing {
		k.standing[s] = append(k.standing[s], f)
	} else {
		delete(k.standing, s)
	}
	return Change{Quiet: quiet, Alert: Alert{ID: alertID(f, s, 1), Fault: f, Subject: s, State: state}}
}

// said checks who was told what.
func (k *desk) said(want ...string) {
	k.t.Helper()
	var got []string
	for _, n := range k.notices {
		got = append(got, string(n.Kind)+" "+string(n.Person))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("notices: %s", diff)
	}
}

func TestTicketLife(t *testing.T) {
	k := newDesk(t)
	lamp := device.LampSubject("JP-0007")
	k.step("19:00", k.change(lamp, device.LampDark, Firing, false))
	k.said("raised V-01", "known R-01", "known R-02") // the first on duty, and nobody else
	if k.ticket.Place != "石坝大院" || k.ticket.Village != "大垭村" || k.ticket.State != TicketOpen || k.ticket.RaisedAt != k.at("19:00") {
		t.Errorf("ticket %+v", k.ticket)
	}
	k.step("19:29")
	k.said()
	k.step("19:30")
	k.said("raised V-02")
	k.step("20:00")
	k.said("raised O-01", "raised O-02")
	k.step("20:30")
	k.said() // nobody is left

	k.ticket.State, k.ticket.TakenBy = TicketTaken, "V-02"
	k.notices = k.d.Taken(*k.ticket, k.at("20:40"))
	k.said("taken V-01", "taken O-01", "taken O-02", "taken R-01", "taken R-02")
	k.step("21:30", k.change(lamp, device.LampDark, Resolved, false))
	k.said("mended V-01", "mended V-02", "mended O-01", "mended O-02", "mended R-01", "mended R-02")
	if k.ticket.State != TicketClosed || k.ticket.ClosedAt != k.at("21:30") || k.ticket.Faults[0] != device.LampDark {
		t.Errorf("ticket %+v", k.ticket)
	}
}

func TestNobodyFurtherIsWokenAtNight(t *testing.T) {
	k := newDesk(t)
	k.step("21:50", k.change(device.LampSubject("JP-0007"), device.LampDark, Firing, false))
	k.step("22:30")
	k.said()
	k.step("06:59")
	k.said()
	k.step("23:59")
	k.said()
	k.ticket.AskedAt = k.at("00:00")
	k.step("07:00")
	k.said("raised V-02")
}

func TestTakenIsNotEscalated(t *testing.T) {
	k := newDesk(t)
	k.step("19:00", k.change(device.LampSubject("JP-0007"), device.LampDark, Firing, false))
	k.ticket.State, k.ticket.TakenBy = TicketTaken, "V-01"
	k.step("20:00")
	k.said()
}

func TestNobodyOnDuty(t *testing.T) {
	k := newDesk(t)
	k.step("19:00", k.change(device.LampSubject("JP-0011"), device.LampDark, Firing, false))
	k.said("raised O-01", "raised O-02")
}

// Residents are not bothered with what they cannot see.
func TestSilenceIsForVolunteers(t *testing.T) {
	k := newDesk(t)
	lamp := device.LampSubject("JP-0007")
	k.step("19:00", k.change(lamp, device.LampSilent, Firing, false))
	k.said("raised V-01")
	k.step("19:10", k.change(lamp, device.LampDark, Firing, false)) // it joins the same ticket
	k.said("known R-01", "known R-02")
	if len(k.ticket.AlertIDs) != 2 {
		t.Errorf("alerts %v", k.ticket.AlertIDs)
	}
}

func TestLateDataIsQuiet(t *testing.T) {
	k := newDesk(t)
	lamp := device.LampSubject("JP-0007")
	k.step("19:00", k.change(lamp, device.LampDark, Firing, true))
	k.said()
	k.step("20:00")
	k.said() // nobody was asked, so nobody is next
	k.standing = map[device.Subject][]device.Fault{}
	k.step("20:30", k.change(lamp, device.LampDark, Firing, false))
	k.said("raised V-01", "known R-01", "known R-02")
	k.owed = true
	k.step("21:00", k.change(lamp, device.LampDark, Resolved, true))
	k.said()
	if k.ticket.State != TicketOpen {
		t.Errorf("closed before it could be said")
	}
	k.owed = false
	k.step("21:05", k.change(lamp, device.LampDark, Retracted, false))
	k.said("mended V-01", "mended R-01", "mended R-02")
	if !strings.Contains(k.notices[0].Text, "取消") {
		t.Errorf("text %s", k.notices[0].Text)
	}
}

func TestQuietLifeIsRecorded(t *testing.T) {
	k := newDesk(t)
	lamp := device.LampSubject("JP-0007")
	fired, ended := k.change(lamp, device.LampDark, Firing, true), k.change(lamp, device.LampDark, Resolved, true)
	k.step("19:00", fired, ended)
	k.said()
	if k.ticket.State != TicketClosed || len(k.ticket.AlertIDs) != 1 {
		t.Errorf("ticket %+v", k.ticket)
	}
	k.ticket = nil
	k.step("19:10", k.change(lamp, device.LampDark, Resolved, false))
	if k.ticket != nil {
		t.Errorf("an end alone made a ticket: %+v", k.ticket)
	}
}

func TestGatewayTicket(t *testing.T) {
	k := newDesk(t)
	k.step("19:00", k.change(device.GatewaySubject("GW-01"), device.GatewaySilent, Firing, false))
	k.said("raised V-03") // most of its lamps stand in 新湾大院
	if k.ticket.Place != "" || k.ticket.Village != "大垭村" {
		t.Errorf("ticket %+v", k.ticket)
	}
	if !strings.Contains(k.notices[0].Text, "新湾大院网关GW-01") {
		t.Errorf("text %s", k.notices[0].Text)
	}
}

// Every text says which lamp and place and what is wrong, in the person's language;
// a resident's fits one SMS, whatever the place is called.
func TestTexts(t *testing.T) {
	town := newTestTown()
	long := town.lamps["JP-0007"]
	long.Place.Name = strings.Repeat("长", 40)
	town.lamps["A-CODE-OF-THE-LONGEST-KIND-00001"] = long
	d := NewDispatcher(DispatcherConfig{Roster: town})
	for _, e := range Catalogue() {
		for _, lamp := range []device.LampID{"JP-0007", "A-CODE-OF-THE-LONGEST-KIND-00001"} {
			for _, kind := range []NoticeKind{NoticeRaised, NoticeKnown, NoticeTaken, NoticeMended} {
				for _, p := range town.people {
					ticket := Ticket{ID: 7, Subject: device.LampSubject(lamp), Faults: []device.Fault{e.Fault}, TakenBy: "V-01"}
					n := d.notice(&ticket, kind, p, 1)
					all := n.Title + n.Text
					if !strings.Contains(n.Text, string(lamp)) || !strings.Contains(all, e.Title.In(p.Language)) || strings.Contains(all, "%!") {
						t.Errorf("%s %s: %s / %s", e.Fault, kind, n.Title, n.Text)
					}
					if p.Language == device.English != (strings.IndexFunc(e.Title.In(p.Language), func(r rune) bool { return r > 127 }) < 0) {
						t.Errorf("language of %s", n.Text)
					}
					most := MaxResidentText
					if p.Language == device.English {
						most = 160
					}
					if p.Role == device.Resident && kind != NoticeRaised && utf8.RuneCountInString(n.Text) > most {
						t.Errorf("%d characters: %s", utf8.RuneCountInString(n.Text), n.Text)
					}
					if kind == NoticeRaised && !e.NoVisit && !strings.Contains(n.Text, e.Bring.In(p.Language)) {
						t.Errorf("nothing to bring: %s", n.Text)
					}
				}
			}
		}
	}
}
