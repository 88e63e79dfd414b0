package journal

import "testing"

// One ingest is asked how the others stand: well means a word since the last look.
func TestMembers(t *testing.T) {
	j := open(t, t.TempDir())
	main, other := j.Member("main"), j.Member("other")
	ctx := t.Context()
	look := func(what string, want bool) {
		t.Helper()
		if got, err := main.AllWell(ctx); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
	say := func(well bool) {
		t.Helper()
		if err := other.Report(ctx, well); err != nil {
			t.Fatal(err)
		}
	}
	look("alone", true)
	if err := main.Report(ctx, false); err != nil {
		t.Fatal(err)
	}
	look("its own word is not another's", true)
	say(true)
	look("one is there, and not yet known to live", false)
	say(true)
	look("it lives", true)
	look("it has said nothing since", false)
	say(false)
	look("it has something on hand", false)
	say(true)
	look("it is done", true)
	if err := other.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	look("it has left", true)
}
