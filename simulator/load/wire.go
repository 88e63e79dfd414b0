package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// dialTime bounds one attempt to connect, writeTime one write.
const (
	dialTime  = 20 * time.Second
	writeTime = 20 * time.Second
)

// parseURL reads tcp://host:port or tls://host:port; mqtt, mqtts and ssl are other
// names of the two.
func parseURL(s string) (address string, secure bool, err error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return "", false, fmt.Errorf("broker %q: write it like tcp://127.0.0.1:1883 or tls://broker:8883", s)
	}
	port := u.Port()
	switch u.Scheme {
	case "tcp", "mqtt":
		if port == "" {
			port = "1883"
		}
	case "tls", "ssl", "mqtts":
		secure = true
		if port == "" {
			port = "8883"
		}
	default:
		return "", false, fmt.Errorf("broker %q: the load test speaks tcp:// and tls:// only", s)
	}
	return net.JoinHostPort(u.Hostname(), port), secure, nil
}

// refusedError is a broker's own word of refusal.
type refusedError struct{ why string }

func (e refusedError) Error() string { return "the broker refuses: " + e.why }

// open connects and waits for the broker's welcome.
func open(ctx context.Context, cfg *Config, client string) (net.Conn, *bufio.Reader, error) {
	address, secure, err := parseURL(cfg.URL)
	if err != nil {
		return nil, nil, err
	}
	dialer := net.Dialer{Timeout: dialTime}
	var conn net.Conn
	if secure {
		settings := cfg.TLS
		if settings == nil {
			settings = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		conn, err = (&tls.Dialer{NetDialer: &dialer, Config: settings}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReaderSize(conn, 512)
	if err := greet(conn, in, cfg, client); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, in, nil
}

func greet(conn net.Conn, in *bufio.Reader, cfg *Config, client string) error {
	if err := conn.SetDeadline(cfg.Clock.Now().Add(dialTime)); err != nil {
		return err
	}
	c := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.CleanSession, c.ClientIdentifier = "MQTT", 4, true, client
	// A lamp reports long before this is over, so that no ping is needed.
	c.Keepalive = uint16(min(65535, 60+3*cfg.Interval.Seconds()))
	if cfg.Username != "" {
		c.UsernameFlag, c.Username = true, cfg.Username
		c.PasswordFlag, c.Password = true, []byte(cfg.Password)
	}
	if err := c.Write(conn); err != nil {
		return err
	}
	answer, err := packets.ReadPacket(in)
	if err != nil {
		return err
	}
	ack, ok := answer.(*packets.ConnackPacket)
	if !ok {
		return errors.New("the broker does not speak MQTT 3.1.1")
	}
	if ack.ReturnCode != packets.Accepted {
		return refusedError{packets.ConnackReturnCodes[ack.ReturnCode]}
	}
	return conn.SetDeadline(time.Time{})
}

// appendPublish writes a PUBLISH packet with QoS 1 (MQTT 3.1.1, section 3.3).
func appendPublish(dst []byte, topic string, id uint16, again bool, body []byte) []byte {
	head := byte(0x32)
	if again {
		head |= 0x08 // DUP
	}
	dst = append(dst, head)
	for n := 2 + len(topic) + 2 + len(body); ; {
		digit := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			dst = append(dst, digit|0x80)
			continue
		}
		dst = append(dst, digit)
		break
	}
	dst = append(dst, byte(len(topic)>>8), byte(len(topic)))
	dst = append(dst, topic...)
	dst = append(dst, byte(id>>8), byte(id))
	return append(dst, body...)
}
