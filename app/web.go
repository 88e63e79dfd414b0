package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/web"
)

// openWeb serves the pages as soon as the registry is there; what is not ready
// yet shows as such.
func (a *App) openWeb(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Web.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("web.listen %s: the port is taken 端口已被占用: choose another with --set web.listen=127.0.0.1:8081", a.cfg.Web.Listen)
	}
	if err != nil {
		return fmt.Errorf("web.listen %s: %w", a.cfg.Web.Listen, err)
	}
	a.undo.push("port of the pages", func(context.Context) error {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.rooms.page = pageURL(listener.Addr().String())
	pushed, err := a.pushHandler()
	if err != nil {
		return err
	}
	a.rooms.web, err = web.New(web.Config{
		Registry: a.rooms.registry, Journal: a.rooms.journal, Series: a.rooms.influx, Ledger: a.rooms.ledger, Dispatcher: a.rooms.dispatch,
		Push: pushed, Ready: a.Ready, Gatherer: a.metrics, Registerer: a.metrics,
		BaseURL: a.baseURL(), Town: web.Town{Code: a.cfg.Town.Code, Name: a.cfg.Town.Name}, Public: a.cfg.Web.Public,
		Location: a.cfg.Location(), Clock: a.clock, Log: a.log.With("room", "web"), Version: a.opts.Version,
		Prefix: a.cfg.MQTT.Prefix, Claimed: func(username string) { a.cutAll([]string{username}) },
	})
	if err != nil {
		return err
	}
	a.goRun("live view", a.rooms.web.Run)
	a.goRun("pages", func(ctx context.Context) error { return a.rooms.web.Serve(ctx, listener) })
	return nil
}

// pageURL is how a browser on this machine reaches an address that we listen on.
func pageURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "http://" + address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// baseURL begins the links that people get.
func (a *App) baseURL() string {
	if a.cfg.Web.BaseURL != "" {
		return strings.TrimRight(a.cfg.Web.BaseURL, "/")
	}
	return a.rooms.page
}

// Addresses is where everything is, for the terminal.
type Addresses struct {
	Page         string
	Logins       []Login
	MQTT         string
	BrokerListen string // host:port of the embedded broker, or empty
	TryTopic     string
	Data         string
}

// Login is a one-tap link for a person of the sample town.
type Login struct {
	Label string
	URL   string
}

// Addresses makes login links for one volunteer and one of the office in the
// demo; a real town makes its own by `yingguang login`.
func (a *App) Addresses(ctx context.Context) (Addresses, error) {
	out := Addresses{Page: a.baseURL(), MQTT: a.cfg.MQTT.URL, Data: a.folder.Path, TryTopic: a.cfg.MQTT.Prefix + "/lamps/JP-0001/telemetry"}
	if a.rooms.broker != nil {
		out.BrokerListen = a.rooms.broker.Addr()
		out.MQTT = "tcp://" + out.BrokerListen
		if a.cfg.Broker.CertFile != "" {
			out.MQTT = "tls://" + out.BrokerListen
		}
	}
	if !a.cfg.Simulator.Enabled {
		return out, nil
	}
	for _, sample := range []struct {
		role  device.Role
		label string
	}{{device.Volunteer, "志愿者 volunteer"}, {device.Office, "镇政府 office   "}} {
		id := a.sample(sample.role)
		if id == "" {
			continue
		}
		url, err := a.rooms.web.LoginLink(ctx, id)
		if err != nil {
			return out, err
		}
		out.Logins = append(out.Logins, Login{sample.label, url})
	}
	return out, nil
}

// sample is somebody of a role: of the volunteers, the one first on duty for the
// first of the demo's lamps with a fault.
func (a *App) sample(role device.Role) device.PersonID {
	if role == device.Volunteer {
		if l, known := a.rooms.registry.Lamp("JP-0007"); known {
			if duty := a.rooms.registry.OnDuty(l.Place.ID, device.MillisOf(a.clock.Now())); len(duty) > 0 {
				return duty[0].ID
			}
		}
	}
	for _, p := range a.rooms.registry.People() {
		if p.Role == role {
			return p.ID
		}
	}
	return ""
}
