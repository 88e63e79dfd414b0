package registry

import (
	"context"
	"fmt"
	"io"

	"github.com/yingguang/yingguang/device"
)

// WriteMosquitto writes mosquitto's password file and access list of all good
// credentials. reader, who reads everything as ingest does, is in the list, and in the
// password file where password is not empty.
func (db *DB) WriteMosquitto(ctx context.Context, passwords, acl io.Writer, prefix, reader, password string) error {
	all, err := db.Credentials(ctx)
	if err != nil {
		return err
	}
	p, a := &lines{w: passwords}, &lines{w: acl}
	if password != "" {
		p.add("%s:%s", reader, MosquittoHash(password))
	}
	a.add("# Made by `yingguang lamp mosquitto`; made anew after each change of credentials.")
	a.add("user %s", reader)
	for _, kind := range []string{"lamps", "gateways"} {
		for _, part := range []string{"telemetry", "status", "command/result"} {
			a.add("topic read %s/%s/+/%s", prefix, kind, part)
		}
		a.add("topic write %s/%s/+/command", prefix, kind)
	}
	for _, c := range all {
		p.add("%s:%s", c.Username, c.Mosquitto)
		a.add("\nuser %s", c.Username)
		if c.Kind == device.KindLamp {
			a.own(prefix+"/lamps", c.Username)
			continue
		}
		a.own(prefix+"/gateways", c.Username)
		for _, l := range db.Behind(device.GatewayID(c.Username)) {
			a.own(prefix+"/lamps", string(l.ID))
		}
	}
	if p.err != nil {
		return p.err
	}
	return a.err
}

// lines writes lines until one fails.
type lines struct {
	w   io.Writer
	err error
}

func (l *lines) add(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format+"\n", args...)
	}
}

func (l *lines) own(kind, code string) {
	for _, part := range []string{"telemetry", "status", "command/result"} {
		l.add("topic write %s/%s/%s", kind, code, part)
	}
	l.add("topic read %s/%s/command", kind, code)
}
