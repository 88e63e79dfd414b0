package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/alerts/notify"
	"github.com/yingguang/yingguang/device"
)

func TestOutbox(t *testing.T) {
	db := openWithTicket(t)
	ctx := t.Context()
	due := func(now device.Millis, limit int) (out []int64) {
		t.Helper()
		all, err := db.Due(ctx, now, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			out = append(out, o.Notice.ID)
			if o.Person.ID != o.Notice.Person {
				t.Errorf("notice of %s comes with %q", o.Notice.Person, o.Person.ID)
			}
		}
		return out
	}
	mark := func(o ...notify.Outcome) {
		t.Helper()
		if err := db.Mark(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	check := func(name string, got []int64, want ...int64) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	check("both are queued", due(100, 10), 1, 2)
	check("one at a time", due(100, 1), 1)
	mark(notify.Outcome{Notice: 1, State: notify.Queued, Channel: 1, Attempts: 2, NextAt: 500, At: 100, Error: "refused"}, notify.Outcome{Notice: 2, State: notify.Sent, At: 100})
	check("the first waits, the second is sent", due(499, 10))
	check("its time has come", due(500, 10), 1)
	all, err := db.Due(ctx, 500, 1)
	if err != nil || all[0].Channel != 1 || all[0].Attempts != 2 {
		t.Errorf("got %+v, %v; want channel 1 after 2 attempts", all, err)
	}
	mark(notify.Outcome{Notice: 1, State: notify.Failed, Channel: 1, Attempts: 9, At: 600, Error: "no such number"})
	check("nothing is left", due(9999, 10))
	failed, err := db.FailedNotices(ctx, 10)
	if err != nil || len(failed) != 1 || failed[0].ID != 1 || failed[0].Error != "no such number" {
		t.Errorf("failed: %+v, %v", failed, err)
	}
}

func TestInbox(t *testing.T) {
	db := openWithTicket(t)
	ctx := t.Context()
	if _, err := db.Take(ctx, 1, "V", 5, takenNotice); err != nil {
		t.Fatal(err)
	}
	newest, err := db.Inbox(ctx, "R", 0, 1)
	if err != nil || len(newest) != 1 {
		t.Fatal(newest, err)
	}
	older, err := db.Inbox(ctx, "R", newest[0].ID, 10)
	if err != nil || len(older) != 1 || older[0].ID >= newest[0].ID {
		t.Fatal(older, err)
	}
	unread := func(want int) {
		t.Helper()
		if n, err := db.Unread(ctx, "R"); err != nil || n != want {
			t.Errorf("%d unread, %v; want %d", n, err, want)
		}
	}
	unread(2)
	for range 2 {
		if err := db.MarkRead(ctx, "R", older[0].ID, 77); err != nil {
			t.Fatal(err)
		}
	}
	unread(1)
	again, err := db.Inbox(ctx, "R", 0, 10)
	if err != nil || again[0].ReadAt != 0 || again[1].ReadAt != 77 {
		t.Errorf("got %+v, %v; want only the older one read", again, err)
	}
}
