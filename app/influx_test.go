package app_test

import (
	"context"
	"testing"

	"github.com/yingguang/yingguang/series/influxd"
)

// startInflux starts an InfluxDB 1.8.10 of the town's own at an address.
func startInflux(t *testing.T, address string) {
	t.Helper()
	binary, err := influxd.FindBinary("")
	if err != nil {
		t.Fatal(err)
	}
	child, err := influxd.Start(t.Context(), influxd.Config{Binary: binary, Dir: t.TempDir(), Addr: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Close(context.Background()) })
}
