package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// Credential lets one lamp or gateway speak with the broker, under its code.
type Credential struct {
	Username  string
	Kind      string // device.KindLamp or device.KindGateway
	SHA256    [sha256.Size]byte
	Mosquitto string // the password as mosquitto's password file has it
	CreatedAt device.Millis
	RevokedAt device.Millis // 0 while it is good
}

// Secret is a credential just made: the only time that its password is there.
type Secret struct {
	Username string `json:"username"`
	Kind     string `json:"kind"`
	Password string `json:"password"`
}

// newSecret draws a password of 130 bits. A plain hash of it is enough: there is
// nothing to guess, and a slow one would make a thousand logins take half a minute.
func newSecret(username, kind string, now device.Millis) (Secret, Credential) {
	s := Secret{username, kind, rand.Text()}
	return s, Credential{
		Username: username, Kind: kind, SHA256: sha256.Sum256([]byte(s.Password)), Mosquitto: MosquittoHash(s.Password), CreatedAt: now,
	}
}

// MosquittoHash is a password as mosquitto's password file has it: $6$, a salt, and
// the SHA-512 of both.
func MosquittoHash(password string) string {
	var salt [12]byte
	rand.Read(salt[:])
	sum := sha512.Sum512(append([]byte(password), salt[:]...))
	return "$6$" + base64.StdEncoding.EncodeToString(salt[:]) + "$" + base64.StdEncoding.EncodeToString(sum[:])
}

// MakeCredentials gives each of these subjects a new secret; the one before is void
// from then on. It fails whole, with ErrNotFound, where one is no registered lamp or
// a gateway of none.
func (db *DB) MakeCredentials(ctx context.Context, subjects []device.Subject, now device.Millis) ([]Secret, error) {
	var out []Secret
	err := db.update(ctx, func(tx *sql.Tx) error {
		for _, subject := range subjects {
			if err := db.nameable(ctx, tx, subject); err != nil {
				return err
			}
			secret, c := newSecret(subject.Code(), subject.Kind(), now)
			if err := putCredential(ctx, tx, c); err != nil {
				return err
			}
			out = append(out, secret)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	return out, nil
}

func putCredential(ctx context.Context, tx *sql.Tx, c Credential) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO credential (username, kind, secret_sha256, mosquitto, created_at, revoked_at) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (username) DO UPDATE SET kind = excluded.kind, secret_sha256 = excluded.secret_sha256, mosquitto = excluded.mosquitto,
			created_at = excluded.created_at, revoked_at = 0`,
		c.Username, c.Kind, hex.EncodeToString(c.SHA256[:]), c.Mosquitto, int64(c.CreatedAt))
	return err
}

// nameable says that the subject is there, and that its code is a user name of its own.
func (db *DB) nameable(ctx context.Context, tx *sql.Tx, s device.Subject) error {
	_, lamp := db.Lamp(device.LampID(s.Code()))
	gateway := len(db.Behind(device.GatewayID(s.Code()))) > 0
	switch {
	case s.Kind() == device.KindLamp && !lamp:
		return fmt.Errorf("lamp %s 路灯不在名册中: %w: import it first, or `yingguang lamp add`", s.Code(), ErrNotFound)
	case s.Kind() == device.KindGateway && !gateway:
		return fmt.Errorf("gateway %s 网关不在名册中: %w: no lamp of the registry names it in its column gateway", s.Code(), ErrNotFound)
	case lamp && gateway:
		return fmt.Errorf("%s is the code of a lamp and of a gateway 路灯与网关编号相同: the code is the user name, so give one of them another", s.Code())
	}
	// A credential of before a code changed hands.
	_, err := tx.ExecContext(ctx, `DELETE FROM credential WHERE username = $1 AND kind <> $2`, s.Code(), s.Kind())
	return err
}

// Credential gives the good credential of a user name.
func (db *DB) Credential(ctx context.Context, username string) (Credential, bool, error) {
	all, err := db.credentials(ctx, `WHERE username = $1 AND revoked_at = 0`, username)
	if err != nil || len(all) == 0 {
		return Credential{}, false, err
	}
	return all[0], true, nil
}

// Credentials gives all that are good, by user name.
func (db *DB) Credentials(ctx context.Context) ([]Credential, error) {
	return db.credentials(ctx, `WHERE revoked_at = 0 ORDER BY username`)
}

func (db *DB) credentials(ctx context.Context, where string, args ...any) ([]Credential, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, c *Credential) error {
		var sum string
		if err := r.Scan(&c.Username, &c.Kind, &sum, &c.Mosquitto, &c.CreatedAt, &c.RevokedAt); err != nil {
			return err
		}
		raw, err := hex.DecodeString(sum)
		if err == nil && len(raw) != sha256.Size {
			err = fmt.Errorf("the SHA-256 of %s has %d bytes", c.Username, len(raw))
		}
		copy(c.SHA256[:], raw)
		return err
	}, `SELECT username, kind, secret_sha256, mosquitto, created_at, revoked_at FROM credential `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return out, nil
}

// RevokeCredential makes the secret of a lamp or gateway void, and its claim code too.
// ErrNotFound where it has neither.
func (db *DB) RevokeCredential(ctx context.Context, s device.Subject, now device.Millis) error {
	err := db.update(ctx, func(tx *sql.Tx) error {
		first, err := changed(tx.ExecContext(ctx, `UPDATE credential SET revoked_at = $3 WHERE username = $1 AND kind = $2 AND revoked_at = 0`, s.Code(), s.Kind(), int64(now)))
		if err != nil {
			return err
		}
		second, err := changed(tx.ExecContext(ctx, `DELETE FROM claim WHERE username = $1 AND kind = $2`, s.Code(), s.Kind()))
		if err == nil && !first && !second {
			err = fmt.Errorf("%s has neither a credential nor a claim code 没有凭据: %w", s.Code(), ErrNotFound)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return nil
}

func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// ErrClaim is the one answer to every claim that is not good: unknown, wrong, used
// and expired look the same from outside.
var ErrClaim = errors.New("the claim code is not good: wrong, used or expired")
