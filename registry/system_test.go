package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

// Of what is news everyone of the office gets one notice, in their language, by their
// own channels; what lasts is told once, what comes back is told again.
func TestOfficeGetsOneNoticeOfTroubles(t *testing.T) {
	db := openTest(t)
	ctx := t.Context()
	people := "person,name,role,language\nO1,示例·办一,office,zh\nO2,示例·办二,office,en\nV,示例·志愿,volunteer,zh\n"
	if _, err := db.Import(ctx, files(people), Options{}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	told := func(chinese, english string, list ...SystemNotice) {
		t.Helper()
		if _, err := db.RaiseSystem(ctx, list...); err != nil {
			t.Fatal(err)
		}
		all, err := db.Due(ctx, 1<<50, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := map[device.PersonID]string{}
		for _, o := range all[seen:] {
			got[o.Person.ID] = o.Notice.Text
		}
		seen = len(all)
		want := map[device.PersonID]string{"O1": chinese, "O2": english}
		if chinese == "" {
			want = map[device.PersonID]string{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	disk := SystemNotice{Key: "disk/3", Kind: "disk", Chinese: "磁盘约 3 天后写满", English: "the disk is full in 3 days", At: 10}
	audit := SystemNotice{Key: "audit/A-1/2026-01-04", Kind: "audit", Chinese: "A-1 对不上", English: "A-1 differs", At: 20}
	told(disk.Chinese, disk.English, disk)
	told("", "", disk)
	told("", "")
	told(audit.Chinese, audit.English, disk, audit)
	for _, key := range []string{disk.Key, audit.Key} {
		if err := db.EndSystem(ctx, key, 30); err != nil {
			t.Fatal(err)
		}
	}
	disk.At, audit.At = 40, 40
	told(disk.Chinese+"。另有 1 项，见“镇办”页", disk.English+". And 1 more: see the office page", disk, audit)
}
