package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

func ticketPath(id int64) string { return fmt.Sprintf("/api/v1/tickets/%d", id) }

// Of two who tap at once one has it; the other is told who was faster.
func TestTwoTake(t *testing.T) {
	h := open(t)
	ticket := h.breakLamp(faultyLamp)
	who := []device.PersonID{aVolunteer, another}
	cookies := []*http.Cookie{h.login(who[0]), h.login(who[1])}
	answers := make([]answer, 2)
	var both sync.WaitGroup
	for i := range who {
		both.Go(func() { answers[i] = h.do(http.MethodPost, ticketPath(ticket)+"/take", "", cookies[i]) })
	}
	both.Wait()
	winner := 0
	if answers[1].status == http.StatusOK {
		winner = 1
	}
	first, _ := h.db.Person(who[winner])
	var late problem
	if err := json.Unmarshal([]byte(answers[1-winner].body), &late); err != nil {
		t.Fatal(err)
	}
	if answers[winner].status != http.StatusOK || answers[1-winner].status != http.StatusConflict || late.Code != "taken" || late.By != first.Name {
		t.Fatalf("%+v", answers)
	}
	// The other who was asked hears that someone goes.
	if n := get[inboxView](h, "/api/v1/inbox", cookies[1-winner]); len(n.Notices) == 0 || n.Notices[0].Kind != alerts.NoticeTaken {
		t.Errorf("the other hears %+v", n)
	}
	if a := h.do(http.MethodPost, ticketPath(ticket)+"/take", "", cookies[winner]); a.status != http.StatusOK {
		t.Errorf("taking again: %d %s", a.status, a.body)
	}
	if a := h.do(http.MethodPost, ticketPath(ticket)+"/release", "", cookies[1-winner]); a.status != http.StatusConflict {
		t.Errorf("releasing what one does not have: %d %s", a.status, a.body)
	}
	if a := h.do(http.MethodPost, ticketPath(ticket)+"/release", "", cookies[winner]); a.status != http.StatusOK {
		t.Errorf("releasing: %d %s", a.status, a.body)
	}
}

func TestMyTickets(t *testing.T) {
	h := open(t)
	ticket := h.breakLamp(faultyLamp)
	type list struct {
		Tickets []ticketView `json:"tickets"`
	}
	for _, c := range []struct {
		who   device.PersonID
		query string
		want  int
	}{
		{aVolunteer, "", 1},
		{aVolunteer, "?state=open", 1},
		{aVolunteer, "?state=taken", 0},
		{"V-01", "", 0},
		{anOfficer, "", 1},
		{anOfficer, "?mine=true", 0},
	} {
		got := get[list](h, "/api/v1/tickets"+c.query, h.login(c.who)).Tickets
		if len(got) != c.want {
			t.Errorf("%s%s: %d tickets, want %d", c.who, c.query, len(got), c.want)
		}
	}
	got := get[ticketView](h, ticketPath(ticket), h.login("V-01")) // who was not asked may help
	if got.Lamp != faultyLamp || got.Severity != "urgent" || got.Words[device.LampDark].Title.Chinese != "灯不亮" || got.Mine {
		t.Errorf("%+v", got)
	}
}

func TestInboxIsRead(t *testing.T) {
	h := open(t)
	h.breakLamp(faultyLamp)
	cookie := h.login(aVolunteer)
	box := get[inboxView](h, "/api/v1/inbox", cookie)
	if box.Unread != 1 || len(box.Notices) != 1 || box.Notices[0].Lamp != faultyLamp || box.Notices[0].ReadAt != nil || box.Next != nil {
		t.Fatalf("%+v", box)
	}
	if a := h.do(http.MethodPost, "/api/v1/inbox/read", fmt.Sprintf(`{"up_to":%d}`, box.Notices[0].ID), cookie); a.body != `{"unread":0}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	if me := get[whoView](h, "/api/v1/me", cookie); me.Unread != 0 || me.Person == nil || me.Person.ID != aVolunteer {
		t.Errorf("%+v", me)
	}
}
