package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/alerts/notify"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/ingest/certs"
	"github.com/yingguang/yingguang/series"
	"github.com/yingguang/yingguang/series/influxd"
)

// Trial is one thing that a process with these settings will need.
type Trial struct {
	Name string
	Try  func(context.Context) (says string, err error)
}

// Trials is what `yingguang check` tries. None changes anything that lasts.
func Trials(cfg *configs.Config) []Trial {
	trials := []Trial{{"data folder 数据目录", func(context.Context) (string, error) { return tryFolder(cfg) }}}
	if b := cfg.Broker; cfg.MQTT.URL == "" && b.CertFile != "" {
		trials = append(trials, Trial{"TLS of the embedded broker 内置消息服务器的证书", func(context.Context) (string, error) {
			f := certs.Broker(b.CertFile, b.KeyFile, b.ClientCAFile)
			_, err := f.Server()
			return b.CertFile, errors.Join(err, f.Valid(clock.Real{}.Now()))
		}})
	}
	if cfg.MQTT.URL != "" {
		trials = append(trials, Trial{"MQTT broker 消息服务器", func(ctx context.Context) (string, error) { return tryBroker(ctx, cfg) }})
	}
	if cfg.InfluxDB.URL != "" {
		trials = append(trials, Trial{"InfluxDB 时序数据库", func(ctx context.Context) (string, error) { return tryInflux(ctx, cfg) }})
	} else {
		trials = append(trials, Trial{"InfluxDB 时序数据库", func(context.Context) (string, error) {
			path, err := influxd.FindBinary(cfg.InfluxDB.Binary)
			return "our own, " + path, err
		}})
	}
	return append(trials, Trial{"notice channels 通知渠道", func(context.Context) (string, error) {
		_, err := notify.NewChannels(channelTemplates(cfg), clock.Real{})
		return fmt.Sprintf("%d named, and the inbox", len(cfg.Notify.Channels)), err
	}})
}

func channelTemplates(cfg *configs.Config) map[string]string {
	named := map[string]string{}
	for name, template := range cfg.Notify.Channels {
		named[name] = template.Reveal()
	}
	return named
}

func tryFolder(cfg *configs.Config) (string, error) {
	f, err := OpenFolder(cfg.DataDir)
	if errors.Is(err, ErrInUse) {
		return "in use by a running yingguang", nil
	}
	if err != nil {
		return "", err
	}
	return f.Path, f.Release()
}

// tryBroker connects under a name of its own, so that a running ingest keeps its session.
func tryBroker(ctx context.Context, cfg *configs.Config) (string, error) {
	m := cfg.MQTT
	secure, err := certs.Client(m.CertFile, m.KeyFile, m.CAFile).Dial()
	if err != nil {
		return "", err
	}
	o := mqtt.NewClientOptions().AddBroker(m.URL).SetClientID(m.ClientID + "-check").SetCleanSession(true).
		SetAutoReconnect(false).SetTLSConfig(secure).SetConnectTimeout(5 * time.Second)
	if m.Username != "" {
		o.SetUsername(m.Username).SetPassword(m.Password.Reveal())
	}
	client := mqtt.NewClient(o)
	defer client.Disconnect(50)
	token := client.Connect()
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return "", fmt.Errorf("mqtt.url %s: %w: check address, port, TLS, username and password", m.URL, certs.Explain(err))
		}
	case <-ctx.Done():
		return "", fmt.Errorf("mqtt.url %s: no answer: check address, port and firewall", m.URL)
	}
	return m.URL + " lets us in", nil
}

func tryInflux(ctx context.Context, cfg *configs.Config) (string, error) {
	i := cfg.InfluxDB
	client, err := series.New(series.Server{URL: i.URL, Org: i.Org, Bucket: i.Bucket, Token: i.Token.Reveal(), Retention: i.Retention})
	if err != nil {
		return "", err
	}
	defer client.Close()
	info, err := client.Check(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is %s", i.URL, info.Version), nil
}

// ClientTLS trusts the system's authorities and those of caFile, which may be empty.
func ClientTLS(caFile string) (*tls.Config, error) { return certs.Client("", "", caFile).Dial() }

// ReadPassword takes a password from a file, or from YINGGUANG_MQTT_PASSWORD.
func ReadPassword(file string, environ []string) (string, error) {
	return readSecret(file, "mqtt.password", environ)
}

// ReadToken takes a token from a file, or from YINGGUANG_INFLUXDB_TOKEN.
func ReadToken(file string, environ []string) (string, error) {
	return readSecret(file, "influxdb.token", environ)
}

func readSecret(file, setting string, environ []string) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		return strings.TrimSpace(string(b)), err
	}
	for _, pair := range environ {
		if value, ok := strings.CutPrefix(pair, configs.EnvName(setting)+"="); ok {
			return value, nil
		}
	}
	return "", nil
}
