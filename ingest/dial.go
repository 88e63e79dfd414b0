package ingest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// dial replaces paho's dialling: what it connects is tapped.
func (in *Ingest) dial(u *url.URL, o mqtt.ClientOptions) (*tap, error) {
	dialer := &net.Dialer{Timeout: o.ConnectTimeout}
	var c net.Conn
	var err error
	switch u.Scheme {
	case "tcp", "mqtt":
		c, err = dialer.Dial("tcp", u.Host)
	case "tls", "ssl", "mqtts":
		c, err = tls.DialWithDialer(dialer, "tcp", u.Host, o.TLSConfig)
	default:
		return nil, fmt.Errorf("mqtt.url: cannot speak %s: use tcp:// or tls://", u.Scheme)
	}
	if err != nil {
		return nil, err
	}
	return newTap(c, in.cfg.MaxPayload, in.queue, in.now), nil
}
