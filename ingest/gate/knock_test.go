package gate_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/ingest/broker"
)

// Who tries passwords is told of by name, some of them, and the others are counted; no
// password is ever told.
func TestWrongPasswordsAreToldSparingly(t *testing.T) {
	var log bytes.Buffer // slog writes to it one line at a time
	w := newTown(t, func(c *broker.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	const knocks = 40
	for range knocks {
		c := mqtt.NewClient(w.options("JP-0001").SetPassword("Grapefruit"))
		if err := outcome(c.Connect()); err == nil {
			t.Fatal("a wrong password is let in")
		}
	}
	w.Close(context.Background())
	text := log.String()
	told := strings.Count(text, `JP-0001`)
	if told < 5 || told >= knocks || !strings.Contains(text, "trouble=login left_out=") || strings.Contains(text, "Grapefruit") {
		t.Errorf("%d of %d are told:\n%s", told, knocks, text)
	}
}
