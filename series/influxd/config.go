package influxd

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// Version is the InfluxDB that is built and supervised.
const Version = "1.8.10"

// Config says what to run and where it keeps its data.
type Config struct {
	Binary     string // see FindBinary
	Dir        string // data, configuration, log and pid file
	Addr       string // loopback host:port; port 0 is any free one, kept over restarts
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// FindBinary returns the influxd to run: setting, or where that is empty the one
// that `make influxd` leaves in the user's cache. Its error says how to get one.
func FindBinary(setting string) (string, error) {
	path := setting
	if path == "" {
		cache := os.Getenv("XDG_CACHE_HOME")
		if cache == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("no place to look for influxd: %w: set influxdb.binary", err)
			}
			cache = filepath.Join(home, ".cache") // on every system, as the script that builds it
		}
		path = filepath.Join(cache, "yingguang", "influxd-"+Version)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("no InfluxDB at %s: run `make influxd` once, or set influxdb.binary, or influxdb.url for one that runs elsewhere", path)
	case err != nil:
		return "", fmt.Errorf("influxdb.binary: %w", err)
	case info.IsDir() || info.Mode()&0o111 == 0:
		return "", fmt.Errorf("influxdb.binary %s is not a program", path)
	}
	return path, nil
}

// pickAddr checks that addr is a free loopback address. Port 0 becomes a free
// port, so that the address is known now and stays over restarts.
func pickAddr(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("influxdb.listen %q: want 127.0.0.1:port, port 0 for any", addr)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("influxdb.listen %s: the supervised InfluxDB asks for no password, so it listens on loopback only: use 127.0.0.1", addr)
	}
	l, err := listen(host, port)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("influxdb.listen %s is taken by another program: stop it, or use port 0", addr)
	}
	if err != nil {
		return "", fmt.Errorf("influxdb.listen: %w", err)
	}
	addr = l.Addr().String()
	return addr, l.Close()
}

// listen takes, for port 0, one below those that the kernel gives away: while the child
// is on its way or dead, nobody else is given its port.
func listen(host, port string) (net.Listener, error) {
	if port == "0" {
		for range 100 {
			if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(10_000+rand.N(20_000)))); err == nil {
				return l, nil
			}
		}
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

// writeConfig writes the child's own configuration and returns its path. It is
// made anew at each start: settings live in ours.
func writeConfig(dir, addr string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("data folder of InfluxDB: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("data folder of InfluxDB: %w", err)
	}
	path := filepath.Join(dir, "influxd.conf")
	text := fmt.Sprintf(configText, filepath.Join(dir, "meta"), filepath.Join(dir, "data"), filepath.Join(dir, "wal"), addr)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("configuration of InfluxDB: %w", err)
	}
	return path, nil
}

// The caches are kept small beside the defaults of 1 GB: 400 lamps write a few
// points a second, and a batch of history a few MB.
const configText = `# Written by yingguang at every start; changes here are lost.
reporting-disabled = true
bind-address = "127.0.0.1:0" # its backup port, unused

[meta]
  dir = %q
  logging-enabled = false

[data]
  dir = %q
  wal-dir = %q
  index-version = "tsi1"
  cache-max-memory-size = "256m"
  cache-snapshot-memory-size = "16m"
  cache-snapshot-write-cold-duration = "5m"
  max-concurrent-compactions = 1
  max-series-per-database = 0
  max-values-per-tag = 0
  query-log-enabled = false

[coordinator]
  write-timeout = "30s"
  query-timeout = "60s"

[monitor]
  store-enabled = false

[subscriber]
  enabled = false

[continuous_queries]
  enabled = false

[http]
  bind-address = %q
  flux-enabled = true
  log-enabled = false

[logging]
  format = "logfmt"
  level = "info"
  suppress-logo = true
`
