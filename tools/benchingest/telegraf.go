package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// telegrafConf has the nearest guarantees that Telegraf offers, and is tuned as well
// as it goes: it acknowledges a message once its batch is written.
const telegrafConf = `[agent]
  interval = "10s"
  flush_interval = "1s"
  flush_jitter = "0s"
  metric_batch_size = 5000
  metric_buffer_limit = 200000
  omit_hostname = true
  quiet = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://%s"]
  topics = [%q]
  topic_tag = ""
  qos = 1
  client_id = %q
  persistent_session = true
  max_undelivered_messages = 65534
  data_format = "json_v2"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "%s/lamps/+/telemetry"
    tags = "_/_/lamp/_"
%s
[[outputs.influxdb_v2]]
  urls = [%q]
  token = ""
  organization = ""
  bucket = %q
  content_encoding = "identity"
`

// telegrafLines makes one line for each of our measurements, of the same fields.
func telegrafLines() string {
	keys := map[string][]string{"status": {"boot", "seq", "fw"}}
	for _, f := range device.Fields {
		keys[f.Series] = append(keys[f.Series], f.Name)
	}
	var s strings.Builder
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		fmt.Fprintf(&s, `  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = %q
    timestamp_path = "ts"
    timestamp_format = "unix_ms"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "@this"
      included_keys = ["%s"]
`, name, strings.Join(keys[name], `", "`))
	}
	return s.String()
}

// telegrafOneLine makes one line of all fields: another schema, and the least work
// that Telegraf can have with them.
const telegrafOneLine = `  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "lamps"
    timestamp_path = "ts"
    timestamp_format = "unix_ms"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "@this"
      excluded_keys = ["ts"]
`

// startTelegraf gives it the session client at the broker, and url to write to.
func startTelegraf(binary, dir, broker, client, url, parser string) (*process, error) {
	conf := filepath.Join(dir, client+".conf")
	text := fmt.Sprintf(telegrafConf, broker, telemetry, client, prefix, parser, url, database)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return start(client, dir, binary, "--config", conf)
}

// telegrafBinary is TELEGRAF, or the one that scripts/telegraf.sh builds.
func telegrafBinary(repo string) (string, error) {
	if path := os.Getenv("TELEGRAF"); path != "" {
		return path, nil
	}
	c := exec.Command(filepath.Join(repo, "scripts", "telegraf.sh"))
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("build telegraf: %w: set TELEGRAF to a binary of 1.37.2", err)
	}
	return strings.TrimSpace(string(out)), nil
}
