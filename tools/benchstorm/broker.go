package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/gate"
	"github.com/yingguang/yingguang/registry"
)

// book asks the registry, as the running system does.
type book struct{ db *registry.DB }

func (b book) Login(ctx context.Context, name string) (gate.Login, bool, error) {
	c, ok, err := b.db.Credential(ctx, name)
	return gate.Login{Secret: c.SHA256, Lamp: device.LampID(name), Lamps: 1}, ok, err
}

func (book) Assigned(device.GatewayID, device.LampID) bool { return false }

func code(i int) string { return fmt.Sprintf("JP-%05d", i) }

// runBroker makes a registry with so many lamps, prints their secrets and its address,
// and serves until it is killed. Every message is flushed to disk.
func runBroker(ctx context.Context, lamps int, secure bool) error {
	db, err := registry.Open(ctx, "registry.db")
	if err != nil {
		return err
	}
	var file bytes.Buffer
	file.WriteString("lamp,stage,batch,village,place,place_kind,lat,lon\n")
	var subjects []device.Subject
	for i := range lamps {
		fmt.Fprintf(&file, "%s,installed,1,大垭村,石坝大院,courtyard,29.01,106.28\n", code(i))
		subjects = append(subjects, device.LampSubject(device.LampID(code(i))))
	}
	if _, err := db.Import(ctx, []registry.File{{Name: "lamps.csv", Data: &file}}, registry.Options{}); err != nil {
		return err
	}
	secrets, err := db.MakeCredentials(ctx, subjects, 0)
	if err != nil {
		return err
	}
	cfg := broker.Config{Dir: "broker", Listen: "127.0.0.1:0", MaxBytes: 1 << 30, Prefix: "jiaping", Closed: true, Book: book{db}}
	if secure {
		if cfg.TLS, err = selfSigned(); err != nil {
			return err
		}
	}
	b, err := broker.Start(ctx, cfg)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, s := range secrets {
		fmt.Fprintln(&out, s.Password)
	}
	fmt.Print(out.String())
	fmt.Println("listening", b.Addr())
	<-ctx.Done()
	return nil
}

func selfSigned() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}
