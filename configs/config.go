// Package configs holds the settings of one Yingguang process, reads them from
// file, environment and flags, and promises that whoever gets a Config from Load
// gets a checked one: every mistake is named with its place and what to do.
package configs

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// Config is everything that can be set. The keys in files are the mapstructure
// names joined by dots; in the environment YINGGUANG_ and the key in capitals
// with underscores. Default gives the demo on one machine.
type Config struct {
	DataDir    string    `mapstructure:"data_dir" doc:"where everything is kept"`
	Timezone   string    `mapstructure:"timezone" doc:"zone of nights and days"`
	Town       Town      `mapstructure:"town"`
	MQTT       MQTT      `mapstructure:"mqtt"`
	Broker     Broker    `mapstructure:"broker"`
	Ingest     Ingest    `mapstructure:"ingest"`
	Journal    Journal   `mapstructure:"journal"`
	InfluxDB   InfluxDB  `mapstructure:"influxdb"`
	Alerts     Alerts    `mapstructure:"alerts"`
	Web        Web       `mapstructure:"web"`
	Notify     Notify    `mapstructure:"notify"`
	Simulator  Simulator `mapstructure:"simulator"`
	Log        Log       `mapstructure:"log"`
	Testing    Testing   `mapstructure:"testing"`
	location   *time.Location
	sourceFile string
}

// Town names the town and where its registry comes from at the first start.
type Town struct {
	Code     string `mapstructure:"code" doc:"subject of town-wide alerts"`
	Name     string `mapstructure:"name" doc:"shown on every page"`
	Registry string `mapstructure:"registry" doc:"folder of lamps.csv, people.csv, duty.csv imported into an empty registry; 'sample' is Jiaping's, 'none' nothing"`
}

// MQTT says which broker the lamps publish to.
type MQTT struct {
	URL          string `mapstructure:"url" doc:"external broker, such as tls://broker.example:8883; empty runs the embedded one"`
	Prefix       string `mapstructure:"prefix" doc:"first part of every topic"`
	ClientID     string `mapstructure:"client_id" doc:"name of ingest's persistent session"`
	Share        string `mapstructure:"share" doc:"group of a shared subscription, among whose ingests the broker divides the messages; see docs/ingest.md"`
	Username     string `mapstructure:"username"`
	Password     Secret `mapstructure:"password" doc:"better in YINGGUANG_MQTT_PASSWORD or password_file"`
	PasswordFile string `mapstructure:"password_file" doc:"file that holds the password"`
	CAFile       string `mapstructure:"ca_file" doc:"certificates to trust beside the system's"`
	CertFile     string `mapstructure:"cert_file" doc:"client certificate"`
	KeyFile      string `mapstructure:"key_file" doc:"its key"`
}

// Broker sets the embedded MQTT broker; unused where mqtt.url is set.
type Broker struct {
	Listen       string  `mapstructure:"listen" doc:"address for lamps; anonymous access is for loopback only"`
	Anonymous    bool    `mapstructure:"anonymous" doc:"lamps need no credential; on loopback only"`
	Sync         string  `mapstructure:"sync" doc:"always: flushed before PUBACK; or a duration: flushed that often"`
	MaxBytes     Size    `mapstructure:"max_bytes" doc:"most that waiting messages may take on disk"`
	CertFile     string  `mapstructure:"cert_file" doc:"certificate for TLS; empty speaks plain MQTT"`
	KeyFile      string  `mapstructure:"key_file"`
	ClientCAFile string  `mapstructure:"client_ca_file" doc:"lamps need a certificate of this authority"`
	Username     string  `mapstructure:"username" doc:"one account for every topic, for bridges; where set, nobody is anonymous"`
	Password     Secret  `mapstructure:"password"`
	LampRate     float64 `mapstructure:"lamp_rate" doc:"readings a second that a lamp may send for ever"`
	LampBurst    float64 `mapstructure:"lamp_burst" doc:"readings that it may send at once, for what it kept"`
}

// Ingest sets what is taken in.
type Ingest struct {
	MaxPayload Size          `mapstructure:"max_payload" doc:"larger messages are rejected"`
	Observing  time.Duration `mapstructure:"observing" doc:"how often ingest marks that it was watching"`
	Push       string        `mapstructure:"push" doc:"file of the clouds that may push over HTTP to /push/NAME, and their secrets; empty for none"`
	Profiles   string        `mapstructure:"profiles" doc:"folder of a town's own payload profiles (*.yaml) and devices.csv; they stand above the shipped ones"`
}

// Journal sets the durable log.
type Journal struct {
	URL              string        `mapstructure:"url" doc:"NATS cluster, such as nats://a:4222,nats://b:4222; empty embeds it"`
	Credentials      string        `mapstructure:"credentials" doc:"NATS credentials file of the cluster"`
	Sync             string        `mapstructure:"sync" doc:"always: flushed before a lamp's message is acknowledged; or a duration"`
	MaxBytes         Size          `mapstructure:"max_bytes" doc:"new readings are held at the broker beyond it"`
	MaxAge           time.Duration `mapstructure:"max_age" doc:"blocks that a consumer has not read for so long are dropped; 0 never drops one"`
	RejectedMaxAge   time.Duration `mapstructure:"rejected_max_age" doc:"rejected messages go after so long; 0 keeps them while there is room"`
	RejectedMaxBytes Size          `mapstructure:"rejected_max_bytes" doc:"the oldest rejected messages go beyond it"`
	Reserve          Size          `mapstructure:"reserve" doc:"free disk below which ingest holds readings at the broker"`
}

// InfluxDB says where series are kept.
type InfluxDB struct {
	URL       string        `mapstructure:"url" doc:"InfluxDB 2.x or 1.8; empty supervises a 1.8.10 of our own"`
	Org       string        `mapstructure:"org" doc:"2.x only"`
	Bucket    string        `mapstructure:"bucket" doc:"bucket, or database on 1.8"`
	Token     Secret        `mapstructure:"token" doc:"2.x token, or user:password on 1.8"`
	TokenFile string        `mapstructure:"token_file" doc:"file that holds the token"`
	Binary    string        `mapstructure:"binary" doc:"influxd 1.8.10 for the supervised child; empty looks in the user's cache"`
	Listen    string        `mapstructure:"listen" doc:"loopback address of the child; port 0 lets the kernel choose"`
	Retention time.Duration `mapstructure:"retention" doc:"readings older than this are dropped; 0 keeps all"`
}

// Alerts sets the rules.
type Alerts struct {
	Rules []string `mapstructure:"rules" doc:"figures of rules otherwise than the catalogue, such as battery_empty.lead_low_v=1.90 village=大垭村, or profile=NAME"`
}

// Web sets the pages.
type Web struct {
	Listen  string `mapstructure:"listen" doc:"address of the pages"`
	BaseURL string `mapstructure:"base_url" doc:"how people reach them, for links in notices"`
	Public  bool   `mapstructure:"public" doc:"anyone may see the lamps, without names of people"`
}

// Notify says how notices leave the house.
type Notify struct {
	Channels map[string]Secret `mapstructure:"channels" doc:"named channel templates, such as email: smtp://…"`
}

// Simulator sets the demo's lamps.
type Simulator struct {
	Enabled  bool          `mapstructure:"enabled" doc:"feed the broker with simulated lamps"`
	Seed     int64         `mapstructure:"seed" doc:"same seed, same weather and lamps"`
	Interval time.Duration `mapstructure:"interval" doc:"how often every lamp reports; 0 takes the registry's"`
	Backfill time.Duration `mapstructure:"backfill" doc:"history made at the first start"`
	Faults   []string      `mapstructure:"faults" doc:"such as lamp_dark@JP-0007+2h; 'demo' is the sample set"`
	Speed    float64       `mapstructure:"speed" doc:"clock of the whole process, for tests; 1 is real time"`
	Start    string        `mapstructure:"start" doc:"RFC 3339 time at which that clock begins; empty is now"`
}

// Log sets what is written to standard error.
type Log struct {
	Level  string `mapstructure:"level" doc:"debug, info, warn or error"`
	Format string `mapstructure:"format" doc:"text or json"`
}

// Testing is for the project's own tests and is not listed.
type Testing struct {
	ClockFile string `mapstructure:"clock_file" doc:"-"` // holds by how much the clock is off, such as -10m; read again and again
}

// DemoFaults in simulator.faults stands for the sample set of faults.
const DemoFaults = "demo"

// Default is the demo: everything embedded, loopback only, simulated lamps.
func Default() Config {
	return Config{
		DataDir:  "data",
		Timezone: "Asia/Shanghai",
		Town:     Town{Code: "jiaping", Name: "嘉平镇", Registry: "sample"},
		MQTT:     MQTT{Prefix: "jiaping", ClientID: "yingguang-ingest"},
		Broker:   Broker{Listen: "127.0.0.1:1883", Anonymous: true, Sync: "always", MaxBytes: 2 << 30, LampRate: 10, LampBurst: 20_000},
		Ingest:   Ingest{MaxPayload: 256 << 10, Observing: time.Minute},
		Journal: Journal{
			Sync: "always", MaxBytes: 8 << 30, RejectedMaxBytes: 256 << 20, RejectedMaxAge: 90 * 24 * time.Hour, Reserve: 512 << 20,
		},
		InfluxDB: InfluxDB{Org: "yingguang", Bucket: "yingguang", Listen: "127.0.0.1:0"},
		Web:      Web{Listen: "127.0.0.1:8080", Public: true},
		Notify:   Notify{Channels: map[string]Secret{}},
		Simulator: Simulator{
			Enabled: true, Seed: 1, Backfill: 7 * 24 * time.Hour, Faults: []string{DemoFaults}, Speed: 1,
		},
		Log: Log{Level: "warn", Format: "text"},
	}
}

// Location is the zone of Timezone; UTC before Load has checked it.
func (c *Config) Location() *time.Location {
	if c.location == nil {
		return time.UTC
	}
	return c.location
}

// File is the file that the settings came from, or empty.
func (c *Config) File() string { return c.sourceFile }

// TownSubject is what town-wide alerts are about.
func (c *Config) TownSubject() device.Subject {
	return device.Subject(device.KindTown + ":" + c.Town.Code)
}
