// Package certs makes TLS out of the files that the settings name, for the embedded
// broker and towards another. It promises that what is wrong with a certificate is
// said in one sentence that names the file, the date and what to do, and that a
// renewed file is used without a restart.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"time"
)

// Files are the paths of one side: a certificate with its key, and the authorities
// that the other side's certificate must come from. Empty ones are not used.
type Files struct {
	Setting    string // the section they stand in, such as broker or mqtt, for errors
	Cert, Key  string
	Authority  string // broker.client_ca_file or mqtt.ca_file
	AuthorityK string // the name of that setting
}

// Broker are the files of the embedded broker.
func Broker(cert, key, clientCA string) Files {
	return Files{"broker", cert, key, clientCA, "broker.client_ca_file"}
}

// Client are the files towards another broker.
func Client(cert, key, ca string) Files { return Files{"mqtt", cert, key, ca, "mqtt.ca_file"} }

// Server is TLS for those who connect to us; nil where no certificate is named. With an
// authority every client needs a certificate of it.
func (f Files) Server() (*tls.Config, error) {
	if f.Cert == "" {
		return nil, nil //nolint:nilnil // no certificate means plain MQTT
	}
	p, err := f.pair()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.get(), nil }}
	if f.Authority != "" {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		err = f.authorities(c.ClientCAs)
	}
	return c, err
}

// Dial is TLS towards a server, which the system's authorities vouch for, or those of
// the file.
func (f Files) Dial() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.Authority != "" {
		var err error
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		if err := f.authorities(c.RootCAs); err != nil {
			return nil, err
		}
	}
	if f.Cert != "" {
		p, err := f.pair()
		if err != nil {
			return nil, err
		}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return p.get(), nil }
	}
	return c, nil
}

// Valid says what is wrong with the dates of the certificate at a moment.
func (f Files) Valid(at time.Time) error {
	if f.Cert == "" {
		return nil
	}
	p, err := f.pair()
	if err != nil {
		return err
	}
	switch leaf := p.get().Leaf; {
	case at.After(leaf.NotAfter):
		return fmt.Errorf("%s.cert_file %s: 证书已过期 the certificate expired on %s: renew it", f.Setting, f.Cert, leaf.NotAfter.Format(time.DateOnly))
	case at.Before(leaf.NotBefore):
		return fmt.Errorf("%s.cert_file %s: 证书尚未生效 the certificate is good from %s on: is this machine's clock right?", f.Setting, f.Cert, leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}

func (f Files) authorities(pool *x509.CertPool) error {
	pem, err := os.ReadFile(f.Authority)
	if err != nil {
		return fmt.Errorf("%s: %w: check the path and who may read it", f.AuthorityK, err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s %s: 文件里没有证书 no certificate in it: want PEM, beginning with -----BEGIN CERTIFICATE-----", f.AuthorityK, f.Authority)
	}
	return nil
}

// pair is a certificate with its key, read anew when the file has changed.
type pair struct {
	files Files

	mu      sync.Mutex
	changed time.Time // of the file that was read
	now     *tls.Certificate
}

func (f Files) pair() (*pair, error) {
	p := &pair{files: f}
	return p, p.read()
}

func (p *pair) read() error {
	info, err := os.Stat(p.files.Cert)
	if err != nil {
		return fmt.Errorf("%s.cert_file: %w: check the path and who may read it", p.files.Setting, err)
	}
	c, err := tls.LoadX509KeyPair(p.files.Cert, p.files.Key)
	if err != nil {
		return fmt.Errorf("%s.cert_file %s: 证书与密钥不能用 certificate and key cannot be used: %w: want the PEM files of one pair", p.files.Setting, p.files.Cert, err)
	}
	p.changed, p.now = info.ModTime(), &c
	return nil
}

// get gives the newest pair that could be read: of a renewal that is half done, the old.
func (p *pair) get() *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if info, err := os.Stat(p.files.Cert); err == nil && !info.ModTime().Equal(p.changed) {
		_ = p.read() // the next connection tries again
	}
	return p.now
}
