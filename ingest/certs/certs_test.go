package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/ingest/certs"
	"github.com/yingguang/yingguang/ingest/certs/certtest"
)

// serve answers every connection with a byte after its handshake. What refuses a
// client is said before the connection is closed.
func serve(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer raw.Close()
				if c == nil {
					raw.Write([]byte("no TLS here, sorry"))
				} else if conn := tls.Server(raw, c); conn.Handshake() == nil {
					conn.Write([]byte{1})
				}
				io.Copy(io.Discard, raw)
			}()
		}
	}()
	return l.Addr().String()
}

// meet connects and waits for the byte.
func meet(address string, c *tls.Config) error {
	conn, err := tls.Dial("tcp", address, c)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err
}

// What can be wrong between two sides, and that each is said with what to do.
func TestErrorsOfCertificatesSayWhatToDo(t *testing.T) {
	ours, theirs := certtest.NewAuthority(t, "ours"), certtest.NewAuthority(t, "theirs")
	type files struct{ cert, key string }
	pair := func(a *certtest.Authority, name string, change ...func(*x509.Certificate)) files {
		c, k := a.Make(name, change...)
		return files{c, k}
	}
	server := pair(ours, "server")
	for name, c := range map[string]struct {
		server   files
		wants    string // client certificates of this authority
		client   files
		trusts   string
		plain    bool
		says, do string
	}{
		"all is well":                    {server: server, trusts: ours.File},
		"with a client certificate":      {server: server, wants: ours.File, client: pair(ours, "JP-0001"), trusts: ours.File},
		"an authority nobody knows":      {server: server, says: "does not know", do: "mqtt.ca_file"},
		"an expired server":              {server: pair(ours, "old", certtest.Expired), trusts: ours.File, says: "good from 2020-01-01 to 2021-01-02", do: "renewed"},
		"a server of another name":       {server: pair(ours, "other", certtest.ForElsewhere), trusts: ours.File, says: "broker.elsewhere.example and not for 127.0.0.1", do: "mqtt.url"},
		"no TLS at the port":             {plain: true, trusts: ours.File, says: "nobody speaks TLS", do: "8883"},
		"no client certificate":          {server: server, wants: ours.File, trusts: ours.File, says: "wants a client certificate", do: "mqtt.cert_file"},
		"a client of another authority":  {server: server, wants: ours.File, client: pair(theirs, "JP-0001"), trusts: ours.File, says: "our client certificate", do: "mqtt.cert_file"},
		"an expired client":              {server: server, wants: ours.File, client: pair(ours, "late", certtest.Expired), trusts: ours.File, says: "our client certificate", do: "mqtt.cert_file"},
		"a server that nobody signed so": {server: pair(theirs, "server"), trusts: ours.File, says: "does not know", do: "mqtt.ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			var listen *tls.Config
			var err error
			if !c.plain {
				if listen, err = certs.Broker(c.server.cert, c.server.key, c.wants).Server(); err != nil {
					t.Fatal(err)
				}
			}
			dial, err := certs.Client(c.client.cert, c.client.key, c.trusts).Dial()
			if err != nil {
				t.Fatal(err)
			}
			err = meet(serve(t, listen), dial)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.says != "" && err == nil:
				t.Error("accepted")
			case c.says != "":
				if text := certs.Explain(err).Error(); !strings.Contains(text, c.says) || !strings.Contains(text, c.do) {
					t.Errorf("%v: says %q, want %q and %q", err, text, c.says, c.do)
				}
			}
		})
	}
}

// Files that cannot be used are named with their setting.
func TestFilesThatCannotBeUsed(t *testing.T) {
	a := certtest.NewAuthority(t, "a")
	cert, key := a.Make("one")
	_, otherKey := a.Make("two")
	late, lateKey := a.Make("late", certtest.Expired)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]certs.Files{
		"broker.cert_file: ":                           certs.Broker("/no/such", key, ""),
		"want the PEM files of one pair":               certs.Broker(cert, otherKey, ""),
		"broker.client_ca_file: ":                      certs.Broker(cert, key, "/no/such"),
		"broker.client_ca_file " + empty + ": 文件里没有证书": certs.Broker(cert, key, empty),
	} {
		if _, err := f.Server(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := certs.Client("", "", empty).Dial(); err == nil || !strings.Contains(err.Error(), "mqtt.ca_file "+empty) {
		t.Errorf("got %v", err)
	}
	at := time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
	if err := certs.Broker(late, lateKey, "").Valid(at); err == nil || !strings.Contains(err.Error(), "expired on 2021-01-02") {
		t.Errorf("got %v", err)
	}
	if err := certs.Broker(cert, key, "").Valid(at.AddDate(-20, 0, 0)); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("got %v", err)
	}
	if err := certs.Broker(cert, key, "").Valid(at); err != nil {
		t.Error(err)
	}
	if c, err := certs.Broker("", "", "").Server(); c != nil || err != nil {
		t.Errorf("without a certificate: %v, %v", c, err)
	}
}

// A renewed certificate is shown to the next client; a renewal that is half done is not.
func TestRenewedCertificateIsUsed(t *testing.T) {
	a := certtest.NewAuthority(t, "a")
	cert, key := a.Make("one")
	newCert, newKey := a.Make("two")
	c, err := certs.Broker(cert, key, "").Server()
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		got, err := c.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.Subject.CommonName
	}
	put := func(from, to string, at time.Time) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = errors.Join(os.WriteFile(to, data, 0o600), os.Chtimes(to, at, at))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	later := time.Now().Add(time.Hour)
	put(newCert, cert, later)
	if got := shown(); got != "one" {
		t.Errorf("the new certificate without its key: %s is shown", got)
	}
	put(newKey, key, later)
	if got := shown(); got != "two" {
		t.Errorf("after the renewal %s is shown", got)
	}
}

func TestOtherErrorsComeBackAsTheyAre(t *testing.T) {
	if err := certs.Explain(io.EOF); err != io.EOF { //nolint:errorlint // the same one
		t.Errorf("got %v", err)
	}
	if certs.Explain(nil) != nil {
		t.Error("no error became one")
	}
}
