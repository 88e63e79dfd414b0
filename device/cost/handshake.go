package cost

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// Security is how a connection is guarded.
type Security struct {
	TLS    uint16 // tls.VersionTLS12 or 13; 0 for none
	Resume bool   // the session of the last connection is taken up again
	RSA    bool   // the broker's certificates are of RSA 2048 instead of ECDSA P-256
}

func (s Security) record() int {
	switch s.TLS {
	case 0:
		return 0
	case tls.VersionTLS12:
		return record12
	}
	return record
}

// Handshakes are the bytes on the air of each kind of TLS handshake.
type Handshakes map[Security]int

// Measure does real handshakes with a server that shows a leaf and an
// intermediate certificate, as public authorities issue them. A public one is some
// hundred bytes larger for its proofs of logging.
func Measure() (Handshakes, error) {
	// As modules for mobile networks do; a key share that withstands quantum computers
	// adds 2.3 KB to each handshake.
	curves := []tls.CurveID{tls.CurveP256}
	out := Handshakes{{}: 0}
	for _, ofRSA := range []bool{false, true} {
		chain, roots, err := authority(ofRSA)
		if err != nil {
			return nil, fmt.Errorf("make certificates: %w", err)
		}
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			server := &tls.Config{Certificates: []tls.Certificate{chain}, MinVersion: version, MaxVersion: version, CurvePreferences: curves}
			client := &tls.Config{
				RootCAs: roots, ServerName: serverName, MinVersion: version, MaxVersion: version, CurvePreferences: curves,
				ClientSessionCache: tls.NewLRUClientSessionCache(1),
			}
			for _, resume := range []bool{false, true} {
				bytes, resumed, err := shake(server, client)
				if err != nil {
					return nil, fmt.Errorf("TLS handshake: %w", err)
				}
				if resumed != resume {
					return nil, errors.New("the TLS session was not resumed as it should be")
				}
				out[Security{version, resume, ofRSA}] = bytes
			}
		}
	}
	return out, nil
}

// counter counts the flights of both directions: a flight ends where the other
// side speaks.
type counter struct {
	mu      sync.Mutex
	flights []int
	last    bool
}

func (c *counter) add(fromClient bool, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.flights) == 0 || c.last != fromClient {
		c.flights = append(c.flights, 0)
	}
	c.last = fromClient
	c.flights[len(c.flights)-1] += n
}

// air is the sum of the flights with their packets, and the acknowledgement of the last.
func (c *counter) air() int {
	total := ipTCP
	for _, n := range c.flights {
		total += flight(n) + acks(n)
	}
	return total
}

type counted struct {
	net.Conn
	counter    *counter
	fromClient bool
}

func (c counted) Write(p []byte) (int, error) {
	c.counter.add(c.fromClient, len(p))
	return c.Conn.Write(p)
}

// shake does one handshake and gives its bytes on the air. The client reads one
// byte, so that TLS 1.3's session ticket comes with it; that byte's record is not
// counted.
func shake(server, client *tls.Config) (bytes int, resumed bool, err error) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	count := &counter{}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		s := tls.Server(counted{far, count, false}, server)
		err := s.HandshakeContext(ctx)
		if err == nil {
			_, err = s.Write([]byte{0})
		}
		served <- err
	}()
	c := tls.Client(counted{near, count, true}, client)
	if err := c.HandshakeContext(ctx); err != nil {
		return 0, false, err
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		return 0, false, err
	}
	if err := <-served; err != nil {
		return 0, false, err
	}
	extra := record + 1
	if server.MaxVersion == tls.VersionTLS12 {
		extra = record12 + 1
	}
	return count.air() - extra, c.ConnectionState().DidResume, nil
}

const serverName = "mqtt.jiaping.example"

// authority makes a root, an intermediate and a leaf.
func authority(ofRSA bool) (tls.Certificate, *x509.CertPool, error) {
	issue := func(serial int64, name string, ca bool, parent *x509.Certificate, signer crypto.Signer) (*x509.Certificate, crypto.Signer, error) {
		key, err := newKey(ofRSA)
		if err != nil {
			return nil, nil, err
		}
		template := &x509.Certificate{
			SerialNumber: new(big.Int).Lsh(big.NewInt(serial), 120), Subject: pkix.Name{CommonName: name, Organization: []string{"Example Authority"}, Country: []string{"CN"}},
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: ca, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			OCSPServer: []string{"http://ocsp.authority.example"}, IssuingCertificateURL: []string{"http://ca.authority.example/issuer.crt"},
			CRLDistributionPoints: []string{"http://crl.authority.example/1.crl"},
		}
		if !ca {
			template.DNSNames = []string{serverName}
		}
		if parent == nil {
			parent, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			return nil, nil, err
		}
		cert, err := x509.ParseCertificate(der)
		return cert, key, err
	}
	root, rootKey, err := issue(1, "Example Root X1", true, nil, nil)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	middle, middleKey, err := issue(2, "Example E1", true, root, rootKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, leafKey, err := issue(3, serverName, false, middle, middleKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, middle.Raw}, PrivateKey: leafKey, Leaf: leaf}, roots, nil
}

func newKey(ofRSA bool) (crypto.Signer, error) {
	if ofRSA {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}
