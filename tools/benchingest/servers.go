package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/yingguang/yingguang/series/influxd"
)

// mosquitto starts Debian's broker as a town would set it up for load: no limit on
// what waits, a thousand messages on the way, nothing on disk.
func mosquitto(ctx context.Context, dir string) (*process, string, error) {
	binary, err := exec.LookPath("mosquitto")
	if err != nil {
		binary = "/usr/sbin/mosquitto"
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	_, port, _ := net.SplitHostPort(address) // we have just made it
	conf := filepath.Join(dir, "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000\npersistence false\nlog_dest stderr\nlog_type error\nset_tcp_nodelay true\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil { // mosquitto reads it as a user of its own
		return nil, "", err
	}
	p, err := start("mosquitto", dir, binary, "-c", conf)
	if err != nil {
		return nil, "", fmt.Errorf("%w: apt-get install mosquitto", err)
	}
	return p, address, answers(ctx, address)
}

// influx is a fresh InfluxDB 1.8.10 with an empty database.
type influx struct {
	child *influxd.Child
	url   string
}

const database = "bench"

// startInflux starts one in an empty folder, so that no measurement pays for what another one wrote.
func startInflux(ctx context.Context, top string) (*influx, error) {
	dir, err := os.MkdirTemp(top, "influxdb-")
	if err != nil {
		return nil, err
	}
	child, err := influxd.Start(ctx, influxd.Config{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		return nil, err
	}
	i := &influx{child, child.URL()}
	select {
	case <-child.Ready():
	case <-ctx.Done():
		i.stop()
		return nil, fmt.Errorf("InfluxDB does not answer: %w: see %s", ctx.Err(), dir)
	}
	answer, err := http.PostForm(i.url+"/query", map[string][]string{"q": {"CREATE DATABASE " + database}})
	if err != nil {
		i.stop()
		return nil, err
	}
	return i, answer.Body.Close()
}

func (i *influx) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = i.child.Close(ctx)
}

// written is how many points InfluxDB has taken since its start. Asking costs it
// almost nothing, unlike a query that counts.
func (i *influx) written(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.url+"/debug/vars", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var all map[string]json.RawMessage
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		return 0, err
	}
	for name, raw := range all {
		if !strings.HasPrefix(name, "httpd") {
			continue
		}
		var v struct {
			Values struct {
				Points float64 `json:"pointsWrittenOK"`
			} `json:"values"`
		}
		err := json.Unmarshal(raw, &v)
		return int(v.Values.Points), err
	}
	return 0, nil // nothing was written yet
}
