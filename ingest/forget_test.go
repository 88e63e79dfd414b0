package ingest

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// However many codes somebody makes up: the log gets a line that counts them, and the
// metric knows them all.
func TestForgottenClocksAreToldOnce(t *testing.T) {
	var log bytes.Buffer
	in := New(Config{Prefix: "jiaping", Log: slog.New(slog.NewTextHandler(&log, nil))})
	clocks, f := payload.NewClocks(), forgot{}
	in.tellForgot(&f, clocks)
	if log.Len() > 0 {
		t.Errorf("told of nothing: %s", &log)
	}
	at := device.MillisOf(in.cfg.Clock.Now())
	for n := range 250_000 {
		clocks.Place(&device.Reading{Lamp: device.LampID(fmt.Sprint("X", n)), Received: at, TS: at, Clock: device.ClockNone})
		in.tellForgot(&f, clocks)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "left_out=50000") {
		t.Errorf("%d lines:\n%s", lines, &log)
	}
	if n := testutil.ToFloat64(in.metrics.forgotten); n != 150_000 || clocks.Forgotten() != 150_000 {
		t.Errorf("the metric says %v of %d", n, clocks.Forgotten())
	}
}
