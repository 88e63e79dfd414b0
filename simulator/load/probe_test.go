package load

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// The probe finds its reading once the database has it, and not before.
func TestProbe(t *testing.T) {
	b := newBroker(t)
	var mu sync.Mutex
	asked := map[string]int{}
	query := regexp.MustCompile(`time\(v: (\d+)\), stop: time\(v: (\d+)\)\) \|> filter\(fn: \(r\) => r._measurement == "status" and r.lamp == "LT-PROBE"\)`)
	published := func(ms string) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		for body := range b.bodies {
			if strings.Contains(body, "LT-PROBE") && strings.Contains(body, `"ts":`+ms) {
				return true
			}
		}
		return false
	}
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m := query.FindStringSubmatch(string(body))
		if r.Header.Get("Authorization") != "Token secret" || r.URL.Query().Get("org") != "town" || m == nil || !strings.Contains(string(body), `bucket: "lamps"`) {
			t.Errorf("%v asked %s", r.Header, body)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if asked[m[1][:13]]++; asked[m[1][:13]] == 1 {
			return // not there yet
		}
		// The broker may not have read it yet: then it is not there either.
		if published(m[1][:13]) {
			fmt.Fprint(w, "#datatype,…\r\n,_result,0,LT-PROBE,1\r\n")
		}
	}))
	t.Cleanup(database.Close)
	probe := &Probe{URL: database.URL, Org: "town", Bucket: "lamps", Token: "secret", Every: 20 * time.Millisecond}
	found := func(Second) bool {
		tally := probe.seen.tally()
		return tally.total() > 0
	}
	cfg := Config{URL: b.url(), Phases: phasesOf(t, "ramp:1:1s,hold:120s"), Probe: probe, Begin: time.Now(), enough: found}
	r := run(t, cfg)
	report := NewReport(&cfg, &r)
	if report.Queryable == nil || report.Queryable.Count == 0 || report.Unseen != 0 {
		t.Fatalf("%+v, %d unseen", report.Queryable, report.Unseen)
	}
	// It asks twice at least, with a pause between.
	if report.Queryable.P50 < float64(probePause.Milliseconds()) {
		t.Errorf("found after %v ms, before it was there", report.Queryable.P50)
	}
}

// With TLS the broker's certificate is checked, and name and password are sent.
func TestTLSAndCredentials(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	t.Cleanup(server.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", server.TLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var mu sync.Mutex
	greetings := map[string]int{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveOnce(conn, func(c *packets.ConnectPacket) {
				mu.Lock()
				defer mu.Unlock()
				greetings[c.Username+":"+string(c.Password)]++
			})
		}
	}()
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	url := "tls://" + l.Addr().String()
	cfg := Config{URL: url, Username: "load", Password: "secret", Phases: phasesOf(t, "ramp:2:1s,hold:120s"), TLS: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	cfg.enough = func(s Second) bool { return s.Connected == 2 && s.Acked > 0 }
	r := run(t, cfg)
	if sent, acked, _ := sums(&r); sent == 0 || acked != sent || len(r.Failures) > 0 {
		t.Errorf("%d sent, %d acknowledged, failures %v", sent, acked, r.Failures)
	}
	mu.Lock()
	if len(greetings) != 1 || greetings["load:secret"] != 2 {
		t.Errorf("greeted by %v", greetings)
	}
	mu.Unlock()
	cfg.TLS, cfg.enough = nil, failed
	if r := run(t, cfg); r.Failures["the broker's certificate is not trusted: give --ca-file"] == 0 || r.Phases[0].Acked > 0 {
		t.Errorf("a certificate that nobody knows was trusted: %v", r.Failures)
	}
}

// serveOnce welcomes and acknowledges on one connection.
func serveOnce(conn net.Conn, greeted func(*packets.ConnectPacket)) {
	defer conn.Close()
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		switch p := p.(type) {
		case *packets.ConnectPacket:
			greeted(p)
			packets.NewControlPacket(packets.Connack).Write(conn)
		case *packets.PublishPacket:
			ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			ack.MessageID = p.MessageID
			ack.Write(conn)
		}
	}
}
