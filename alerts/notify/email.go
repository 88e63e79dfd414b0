package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// email sends through an SMTP server:
//
//	smtp://user:password@smtp.example.com:587/?from=lamps@example.com&to={address}
//
// STARTTLS is demanded, but for loopback; starttls=no does without. smtps:// or
// port 465 speaks TLS from the first byte.
type email struct {
	host     string
	options  []mail.Option
	from, to string
}

func newEmail(u *url.URL) (Sender, error) {
	q := u.Query()
	e := &email{host: u.Hostname(), from: q.Get("from"), to: q.Get("to")}
	if e.from == "" {
		e.from = q.Get("fromaddress")
	}
	if e.to == "" {
		e.to = q.Get("toaddresses")
	}
	if e.host == "" || e.from == "" || e.to == "" {
		return nil, errors.New("want smtp://user:password@host:port/?from=lamps@example.com&to={address}")
	}
	port := 587
	if u.Scheme == "smtps" {
		port = 465
	}
	if p := u.Port(); p != "" {
		var err error
		if port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("port %q", p)
		}
	}
	e.options = []mail.Option{mail.WithTimeout(15 * time.Second)}
	ip := net.ParseIP(e.host)
	switch {
	case u.Scheme == "smtps" || port == 465:
		e.options = append(e.options, mail.WithSSL())
	case q.Get("starttls") == "no" || ip != nil && ip.IsLoopback() || e.host == "localhost":
		e.options = append(e.options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		e.options = append(e.options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	e.options = append(e.options, mail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		auth := mail.SMTPAuthAutoDiscover
		if ip != nil && ip.IsLoopback() {
			auth = mail.SMTPAuthPlainNoEnc // a relay on this machine
		}
		e.options = append(e.options, mail.WithSMTPAuth(auth), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	return e, nil
}

func (e *email) Send(ctx context.Context, m *Message) (bool, error) {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(e.from), msg.To(e.to)); err != nil {
		return false, err
	}
	_, domain, _ := strings.Cut(e.from, "@")
	if m.ID != 0 {
		msg.SetMessageIDWithValue(fmt.Sprintf("notice-%d@%s", m.ID, domain)) // a repeat is the same message to the reader
	}
	msg.Subject(m.Title)
	msg.SetBodyString(mail.TypeTextPlain, m.Body()+"\n")
	client, err := mail.NewClient(e.host, e.options...)
	if err != nil {
		return false, err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *mail.SendError
	if errors.As(err, &refused) {
		return refused.IsTemp() || refused.ErrorCode() < 500, err
	}
	return err != nil, err
}
