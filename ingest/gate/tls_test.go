package gate_test

import (
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/certs"
	"github.com/yingguang/yingguang/ingest/certs/certtest"
)

// With client certificates asked for: a certificate in a lamp's name stands for its
// password and for no other lamp's, one of another authority for nothing, and without
// one no password helps. A withdrawn lamp's certificate is worth nothing.
func TestTLSAndClientCertificates(t *testing.T) {
	ours, theirs := certtest.NewAuthority(t, "ours"), certtest.NewAuthority(t, "theirs")
	cert, key := ours.Make("server")
	listen, err := certs.Broker(cert, key, ours.File).Server()
	if err != nil {
		t.Fatal(err)
	}
	w := newTown(t, func(c *broker.Config) { c.TLS = listen })
	try := func(a *certtest.Authority, certified, name, password string) error {
		clientCert, clientKey := "", ""
		if a != nil {
			clientCert, clientKey = a.Make(certified)
		}
		dial, err := certs.Client(clientCert, clientKey, ours.File).Dial()
		if err != nil {
			t.Fatal(err)
		}
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tls://" + w.Addr()).SetClientID("x").SetUsername(name).SetPassword(password).
			SetTLSConfig(dial).SetAutoReconnect(false).SetConnectTimeout(patience))
		defer c.Disconnect(0)
		if err := outcome(c.Connect()); err != nil {
			return err
		}
		return outcome(c.Publish("jiaping/lamps/"+name+"/telemetry", 1, false, "hello"))
	}
	for _, c := range []struct {
		what                      string
		authority                 *certtest.Authority
		certified, name, password string
		in                        bool
	}{
		{"its certificate and no password", ours, "JP-0001", "JP-0001", "", true},
		{"any certificate and its password", ours, "depot", "JP-0001", "secret of JP-0001", true},
		{"another's certificate", ours, "JP-0001", "JP-0002", "", false},
		{"a certificate of a stranger's authority", theirs, "JP-0001", "JP-0001", "secret of JP-0001", false},
		{"no certificate", nil, "", "JP-0001", "secret of JP-0001", false},
	} {
		if err := try(c.authority, c.certified, c.name, c.password); (err == nil) != c.in {
			t.Errorf("%s: %v, want in: %v", c.what, err, c.in)
		}
	}
	w.book.withdraw("JP-0001")
	if err := try(ours, "JP-0001", "JP-0001", ""); err == nil {
		t.Error("the certificate of a withdrawn lamp was let in")
	}
}
