package configs

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// mistake is a setting that reads well and cannot work.
type mistake struct{ key, text, hint string }

// check looks at what can be judged without touching the network, and sets what
// is derived.
func (c *Config) check() []mistake {
	var ms []mistake
	bad := func(key, hint, format string, args ...any) {
		ms = append(ms, mistake{key, fmt.Sprintf(format, args...), hint})
	}
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil || c.Timezone == "" {
		bad("timezone", "write a name such as Asia/Shanghai", "%q is not a time zone", c.Timezone)
	}
	c.location = loc
	if c.DataDir == "" {
		bad("data_dir", "name a folder", "is empty")
	}
	if c.MQTT.Prefix == "" || strings.ContainsAny(c.MQTT.Prefix, "+# ") || strings.HasPrefix(c.MQTT.Prefix, "/") || strings.HasSuffix(c.MQTT.Prefix, "/") {
		bad("mqtt.prefix", "write it like jiaping or town/lamps", "%q cannot begin a topic", c.MQTT.Prefix)
	}
	if c.MQTT.Share != "" && !device.ValidCode(c.MQTT.Share) {
		bad("mqtt.share", "1 to 32 of A-Z a-z 0-9 - _", "%q is no name of a group", c.MQTT.Share)
	}
	if c.MQTT.Share != "" && c.MQTT.URL == "" {
		bad("mqtt.share", "leave it empty, or name a broker that has them, such as mosquitto or EMQX, in mqtt.url",
			"内置消息服务器没有共享订阅: the embedded broker has no shared subscriptions: it would deliver nothing")
	}
	checkURL(bad, "mqtt.url", c.MQTT.URL, "tls", "ssl", "mqtts", "tcp", "mqtt")
	checkURL(bad, "influxdb.url", c.InfluxDB.URL, "http", "https")
	checkURL(bad, "web.base_url", c.Web.BaseURL, "http", "https")
	checkListen(bad, "web.listen", c.Web.Listen)
	checkPair(bad, "mqtt.cert_file", c.MQTT.CertFile, c.MQTT.KeyFile)
	checkPair(bad, "broker.cert_file", c.Broker.CertFile, c.Broker.KeyFile)
	checkFiles(bad, map[string]string{
		"mqtt.ca_file": c.MQTT.CAFile, "mqtt.cert_file": c.MQTT.CertFile, "mqtt.key_file": c.MQTT.KeyFile,
		"broker.cert_file": c.Broker.CertFile, "broker.key_file": c.Broker.KeyFile, "broker.client_ca_file": c.Broker.ClientCAFile, "journal.credentials": c.Journal.Credentials,
		"ingest.push": c.Ingest.Push,
	})
	if c.MQTT.URL == "" {
		checkListen(bad, "broker.listen", c.Broker.Listen)
		checkSync(bad, "broker.sync", c.Broker.Sync)
		c.checkDoor(bad)
	}
	checkSync(bad, "journal.sync", c.Journal.Sync)
	if c.Journal.MaxBytes < 16<<20 {
		bad("journal.max_bytes", "a day of 400 lamps takes some 100MiB; the default is 8GiB", "%v is too small", c.Journal.MaxBytes)
	}
	if c.Journal.MaxAge != 0 && c.Journal.MaxAge < 24*time.Hour {
		bad("journal.max_age", "InfluxDB may be away for a day; 0 keeps all", "%v is too short", c.Journal.MaxAge)
	}
	if c.InfluxDB.URL == "" {
		checkListen(bad, "influxdb.listen", c.InfluxDB.Listen)
	}
	if c.InfluxDB.Bucket == "" {
		bad("influxdb.bucket", "name the bucket, or the database on 1.8", "is empty")
	}
	if c.InfluxDB.Retention != 0 && c.InfluxDB.Retention < time.Hour {
		bad("influxdb.retention", "InfluxDB keeps at least an hour; 0 keeps all", "%v is too short", c.InfluxDB.Retention)
	}
	if c.Ingest.MaxPayload < 1<<10 {
		bad("ingest.max_payload", "one full reading takes some 440 bytes; the default is 256KiB", "%v is too small", c.Ingest.MaxPayload)
	}
	if dir := c.Ingest.Profiles; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			bad("ingest.profiles", "make the folder, or leave the setting out", "%q is no folder", dir)
		}
	}
	if c.Ingest.Observing <= 0 {
		bad("ingest.observing", "the default is 1m", "must be above zero")
	}
	c.checkRegistry(bad)
	c.checkSimulator(bad)
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		bad("log.level", "one of debug, info, warn, error", "%q is not a level", c.Log.Level)
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", "text or json", "%q is not a format", c.Log.Format)
	}
	return ms
}

// checkDoor looks at who may come in to the embedded broker.
func (c *Config) checkDoor(bad badFunc) {
	b := c.Broker
	if host, _, err := net.SplitHostPort(b.Listen); err == nil && !loopback(host) && b.Anonymous && b.Username == "" {
		bad("broker.listen", "set broker.anonymous: false and give each lamp its credential (yingguang lamp credential), or listen on 127.0.0.1",
			"%s can be reached from outside, and anyone could publish there", b.Listen)
	}
	if b.ClientCAFile != "" && b.CertFile == "" {
		bad("broker.client_ca_file", "name broker.cert_file and broker.key_file too", "lamps show certificates over TLS only")
	}
	if b.LampRate <= 0 || b.LampBurst < 1 {
		bad("broker.lamp_rate", "the defaults are lamp_rate 10 and lamp_burst 20000", "%v readings a second, %v at once: no lamp could send", b.LampRate, b.LampBurst)
	}
}

type badFunc func(key, hint, format string, args ...any)

func (c *Config) checkRegistry(bad badFunc) {
	switch c.Town.Registry {
	case "sample", "none":
		return
	}
	if _, err := os.Stat(filepath.Join(c.Town.Registry, "lamps.csv")); err != nil {
		bad("town.registry", "name a folder with lamps.csv, or write sample or none", "%q: %v", c.Town.Registry, err)
	}
}

func (c *Config) checkSimulator(bad badFunc) {
	s := c.Simulator
	if s.Speed <= 0 || s.Speed > 100_000 {
		bad("simulator.speed", "1 is real time, 60 makes an hour a minute", "%v is outside 0 to 100000", s.Speed)
	}
	if s.Start != "" {
		if _, err := time.Parse(time.RFC3339, s.Start); err != nil {
			bad("simulator.start", "write it like 2026-01-04T18:00:00+08:00", "%q is not a time", s.Start)
		}
	}
	if s.Backfill < 0 || s.Backfill > 400*24*time.Hour {
		bad("simulator.backfill", "seven nights are 168h", "%v is outside 0 to 400 days", s.Backfill)
	}
	if (s.Speed != 1 || s.Start != "") && !s.Enabled {
		bad("simulator.speed", "leave speed and start out, or set simulator.enabled: true", "would turn the clock of real lamps")
	}
}

func checkURL(bad badFunc, key, text string, schemes ...string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		bad(key, "write it like "+schemes[0]+"://host:port", "is not a URL with a host")
	case !slices.Contains(schemes, u.Scheme):
		bad(key, "one of "+strings.Join(schemes, ", "), "cannot speak %s", u.Scheme)
	case u.User != nil && strings.HasPrefix(key, "mqtt"):
		bad(key, "use mqtt.username and mqtt.password_file", "must not hold a password")
	}
}

func checkListen(bad badFunc, key, address string) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		bad(key, "write it like 127.0.0.1:8080", "%q is not an address with a port", address)
	}
}

func checkSync(bad badFunc, key, text string) {
	if text == "always" {
		return
	}
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		bad(key, "always, or how often, such as 2m", "%q is neither always nor a duration", text)
	}
}

func checkPair(bad badFunc, key, cert, private string) {
	if (cert == "") != (private == "") {
		bad(key, "name the certificate and the key, or neither", "a certificate needs its key")
	}
}

func checkFiles(bad badFunc, paths map[string]string) {
	for _, key := range keysOf(paths) {
		if paths[key] == "" {
			continue
		}
		f, err := os.Open(paths[key])
		if err != nil {
			bad(key, "check the path and who may read it", "%v", err)
			continue
		}
		f.Close()
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
