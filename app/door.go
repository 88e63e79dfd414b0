package app

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest/gate"
	"github.com/yingguang/yingguang/registry"
)

// CredentialRequest is what the verbs credential, revoke and claims ask, of lamps or
// of gateways.
type CredentialRequest struct {
	Kind    string        `json:"kind"` // device.KindLamp or device.KindGateway
	Codes   []string      `json:"codes"`
	All     bool          `json:"all"`     // in place of Codes: every installed or planned one
	Missing bool          `json:"missing"` // with All: only those that have no credential
	Days    int           `json:"days"`    // that a claim code is good
	Now     device.Millis `json:"now"`
}

func (q CredentialRequest) at(c clock.Clock) CredentialRequest {
	q.Now = device.MillisOf(c.Now())
	return q
}

// MosquittoRequest is what the verb mosquitto asks.
type MosquittoRequest struct {
	Prefix, Reader string
	Password       string // of the reader; empty leaves it out
}

// MakeCredentials makes new secrets.
func MakeCredentials(ctx context.Context, db *registry.DB, q CredentialRequest) ([]registry.Secret, error) {
	subjects, err := subjectsOf(ctx, db, q)
	if err != nil {
		return nil, err
	}
	return db.MakeCredentials(ctx, subjects, q.Now)
}

// MakeClaims makes claim codes for labels.
func MakeClaims(ctx context.Context, db *registry.DB, q CredentialRequest) ([]registry.Claim, error) {
	subjects, err := subjectsOf(ctx, db, q)
	if err != nil {
		return nil, err
	}
	return db.MakeClaims(ctx, subjects, q.Now.Add(time.Duration(q.Days)*24*time.Hour))
}

// Revoke makes credentials and claim codes void, and tells whose.
func Revoke(ctx context.Context, db *registry.DB, q CredentialRequest) ([]string, error) {
	if q.All {
		return nil, errors.New("revoke names each code 请逐个写明编号")
	}
	for _, code := range q.Codes {
		if err := db.RevokeCredential(ctx, device.Subject(q.Kind+":"+code), q.Now); err != nil {
			return nil, err
		}
	}
	return q.Codes, nil
}

// Mosquitto gives the password file and the access list.
func Mosquitto(ctx context.Context, db *registry.DB, q MosquittoRequest) ([]ImportFile, error) {
	var passwords, acl bytes.Buffer
	if err := db.WriteMosquitto(ctx, &passwords, &acl, q.Prefix, q.Reader, q.Password); err != nil {
		return nil, err
	}
	return []ImportFile{{Name: "passwords", Data: passwords.Bytes()}, {Name: "acl", Data: acl.Bytes()}}, nil
}

// subjectsOf are those that a request names, or all that speak with the broker.
func subjectsOf(ctx context.Context, db *registry.DB, q CredentialRequest) ([]device.Subject, error) {
	codes := q.Codes
	if q.All {
		codes = nil
		if q.Kind == device.KindGateway {
			for _, g := range db.Gateways() {
				codes = append(codes, string(g.ID))
			}
		}
		for _, l := range db.Lamps() {
			if q.Kind == device.KindLamp && l.Reports() && l.Gateway == "" {
				codes = append(codes, string(l.ID))
			}
		}
	}
	var out []device.Subject
	for _, code := range codes {
		if q.All && q.Missing {
			if _, has, err := db.Credential(ctx, code); err != nil || has {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		out = append(out, device.Subject(q.Kind+":"+code))
	}
	return out, nil
}

// book is the registry as the gate asks it.
type book struct{ db *registry.DB }

func (b book) Login(ctx context.Context, username string) (gate.Login, bool, error) {
	c, ok, err := b.db.Credential(ctx, username)
	if err != nil || !ok {
		return gate.Login{}, false, err
	}
	l := gate.Login{Secret: c.SHA256, Lamps: 1}
	if c.Kind == device.KindGateway {
		l.Gateway = device.GatewayID(username)
		l.Lamps = len(b.db.Behind(l.Gateway))
	} else {
		l.Lamp = device.LampID(username)
	}
	return l, true, nil
}

func (b book) Assigned(g device.GatewayID, id device.LampID) bool {
	l, ok := b.db.Lamp(id)
	return ok && l.Gateway == g
}

// foreign says that a gateway may not speak for a lamp of the registry; strangers are
// for adoption.
func (b book) foreign(g device.GatewayID, id device.LampID) bool {
	l, ok := b.db.Lamp(id)
	return ok && l.Gateway != g
}

// foreign is nil where lamps need no credential: then anybody may speak for any lamp.
func (a *App) foreign() func(device.GatewayID, device.LampID) bool {
	if a.cfg.Broker.Anonymous {
		return nil
	}
	return book{a.rooms.registry}.foreign
}

// cutAll ends the connections of credentials that were changed just now.
func (a *App) cutAll(usernames []string) {
	if a.rooms.broker == nil {
		return
	}
	for _, name := range usernames {
		a.rooms.broker.Cut(name)
	}
}

// troubleWords is what a lamp gone mad does, in Chinese and English.
func troubleWords(t gate.Trouble) [2]string {
	return map[gate.Trouble][2]string{
		gate.Flood:     {"发送过于频繁，已限速", "sends far too much and is slowed down"},
		gate.TooLarge:  {"发送了过大的消息，已断开", "sent a message that is far too large and was disconnected"},
		gate.Foreign:   {"使用了不属于它的主题，已拒绝", "used a topic that is not its own and was turned away"},
		gate.QoS2:      {"使用了 QoS 2，已断开；请改用 QoS 1", "used QoS 2 and was disconnected; set it to QoS 1"},
		gate.Malformed: {"发送了无法识别的内容，已断开", "sent what is not MQTT and was disconnected"},
		garbage:        {"发送的数据无法识别", "sends readings that cannot be understood"},
	}[t]
}
