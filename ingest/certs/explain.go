package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Explain adds to an error of TLS towards a broker what it means and what to do;
// other errors come back as they are.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if says := meaning(err); says != "" {
		return fmt.Errorf("%s (%w)", says, err)
	}
	return err
}

func meaning(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fmt.Sprintf("对方证书已过期或尚未生效 the broker's certificate is good from %s to %s: have it renewed, or set this machine's clock",
			invalid.Cert.NotBefore.Format(time.DateOnly), invalid.Cert.NotAfter.Format(time.DateOnly))
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "对方证书的签发机构未知 the broker's certificate is of an authority that this machine does not know: name its certificate in mqtt.ca_file"
	}
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("对方证书不是这个主机名 the broker's certificate is for %s and not for %s: write one of its names into mqtt.url", strings.Join(names(host.Certificate), ", "), host.Host)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "该端口不是 TLS nobody speaks TLS at that port: use tcp://, or the broker's TLS port, usually 8883"
	}
	return alert(err.Error())
}

func names(c *x509.Certificate) []string {
	out := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 {
		return []string{"no name at all"}
	}
	return out
}

// alert is what the other side says of our certificate. crypto/tls gives no type for it.
func alert(text string) string {
	for _, a := range [][2]string{
		{"certificate required", "对方要求客户端证书 the broker wants a client certificate: name it in mqtt.cert_file and mqtt.key_file"},
		{"handshake failure", "对方拒绝握手 the broker refuses the handshake: does it want a client certificate (mqtt.cert_file, mqtt.key_file)?"},
		{"expired certificate", "我方客户端证书已过期 the broker says that our client certificate has expired: renew mqtt.cert_file"},
		{"unknown certificate authority", "对方不认识我方证书的签发机构 the broker does not know the authority of our client certificate: have mqtt.cert_file signed by its authority"},
		{"bad certificate", "对方拒绝我方客户端证书 the broker refuses our client certificate: is mqtt.cert_file of its authority, and meant for clients?"},
	} {
		if strings.Contains(text, "remote error: tls: "+a[0]) {
			return a[1]
		}
	}
	if strings.Contains(text, "first record does not look like a TLS handshake") {
		return "该端口不是 TLS nobody speaks TLS at that port: use tcp://, or the broker's TLS port, usually 8883"
	}
	return ""
}
