package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/yingguang/yingguang/simulator/load"
)

// acknowledger is the least of a broker; it counts what it acknowledges.
func acknowledger(t *testing.T) (url string, heard *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard = &atomic.Int64{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for {
					p, err := packets.ReadPacket(conn)
					if err != nil {
						return
					}
					switch p := p.(type) {
					case *packets.ConnectPacket:
						packets.NewControlPacket(packets.Connack).Write(conn)
					case *packets.PublishPacket:
						heard.Add(1)
						ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
						ack.MessageID = p.MessageID
						ack.Write(conn)
					}
				}
			}()
		}
	}()
	return "tcp://" + l.Addr().String(), heard
}

// Two processes share the lamps of one test, and their reports add up.
func TestLoadInTwoProcesses(t *testing.T) {
	url, heard := acknowledger(t)
	folder := t.TempDir()
	report, chart := filepath.Join(folder, "load.json"), filepath.Join(folder, "load.svg")
	var out, errs bytes.Buffer
	code := run([]string{
		"load", "--broker", url, "--processes", "2", "--interval", "100ms", "--phases", "ramp:11:6s", "--json", report, "--chart", chart,
	}, os.Environ(), nil, &out, &errs)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r load.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if r.Processes != 2 || r.Lamps != 11 || r.Acked == 0 || r.Acked != heard.Load() || r.Acked != r.Sent {
		t.Errorf("%d processes, %d lamps, %d sent, %d acknowledged, %d heard", r.Processes, r.Lamps, r.Sent, r.Acked, heard.Load())
	}
	if svg, err := os.ReadFile(chart); err != nil || !bytes.HasPrefix(svg, []byte("<svg")) {
		t.Errorf("chart: %.40s, %v", svg, err)
	}
	if !strings.Contains(out.String(), "PUBACK") {
		t.Errorf("report:\n%s", out.String())
	}
}
