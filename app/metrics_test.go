package app_test

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Prometheus's own checker has nothing to say about our metrics, and none of
// them grows with the number of lamps.
func TestMetricsByConvention(t *testing.T) {
	promtool := debian(t, "promtool", "prometheus")
	h := newHouse(t, nil)
	h.ready()
	shows(t, h, h.addr.MQTT) // so that labels have values
	res, err := http.Get(h.addr.Page + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("/metrics: %d, %v", res.StatusCode, err)
	}
	// The checker reads the names of /metrics and answers with what it would change.
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = bytes.NewReader(page)
	if says, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, says)
	}
	for _, room := range []string{"alerts", "ingest", "journal", "ledger", "notify", "series", "web"} {
		if !bytes.Contains(page, []byte("\nyingguang_"+room+"_")) {
			t.Errorf("room %s has no metrics", room)
		}
	}
	lamp := regexp.MustCompile(`"(lamp:)?JP-\d+"`)
	for line := range strings.Lines(string(page)) {
		if lamp.MatchString(line) {
			t.Errorf("a label names a lamp: %s", line)
		}
	}
}
