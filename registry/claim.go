package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// claimLength is how many letters a claim code has, of 32 kinds: 60 bits.
const claimLength = 12

// Claim is a claim code just made, for a label; it is shown once.
type Claim struct {
	Username string        `json:"username"`
	Kind     string        `json:"kind"`
	Code     string        `json:"code"` // such as ABCD-EFGH-2345
	Expires  device.Millis `json:"expires"`
}

// MakeClaims gives each of these subjects a claim code that is good until expires; the
// one before is void from then on. It fails whole, as MakeCredentials does.
func (db *DB) MakeClaims(ctx context.Context, subjects []device.Subject, expires device.Millis) ([]Claim, error) {
	var out []Claim
	err := db.update(ctx, func(tx *sql.Tx) error {
		for _, subject := range subjects {
			if err := db.nameable(ctx, tx, subject); err != nil {
				return err
			}
			letters := rand.Text()[:claimLength]
			sum := sha256.Sum256([]byte(letters))
			if _, err := tx.ExecContext(ctx, `INSERT INTO claim (username, kind, code_sha256, expires_at, used_at) VALUES ($1, $2, $3, $4, 0)
				ON CONFLICT (username) DO UPDATE SET kind = excluded.kind, code_sha256 = excluded.code_sha256, expires_at = excluded.expires_at, used_at = 0`,
				subject.Code(), subject.Kind(), hex.EncodeToString(sum[:]), int64(expires)); err != nil {
				return err
			}
			out = append(out, Claim{subject.Code(), subject.Kind(), letters[:4] + "-" + letters[4:8] + "-" + letters[8:], expires})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim code: %w", err)
	}
	return out, nil
}

// CleanClaim is a claim code as it was typed, in the letters that it is made of: a
// reader of a label takes O for 0 and I for 1. ok is false for what cannot be one.
func CleanClaim(typed string) (code string, ok bool) {
	if len(typed) > 4*claimLength {
		return "", false
	}
	code = strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ':
			return -1
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		case r == '8':
			return 'B'
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	if len(code) != claimLength || strings.ContainsFunc(code, func(r rune) bool { return !(r >= 'A' && r <= 'Z' || r >= '2' && r <= '7') }) {
		return "", false
	}
	return code, true
}

// Redeem trades a claim code for the credential of its lamp or gateway: once. Its
// error is ErrClaim for every code that is not good.
func (db *DB) Redeem(ctx context.Context, username, typed string, now device.Millis) (Secret, error) {
	code, ok := CleanClaim(typed)
	if !ok || !device.ValidCode(username) {
		return Secret{}, ErrClaim
	}
	var secret Secret
	err := db.update(ctx, func(tx *sql.Tx) error {
		var kind, stored string
		err := tx.QueryRowContext(ctx, `SELECT kind, code_sha256 FROM claim WHERE username = $1 AND used_at = 0 AND expires_at > $2`, username, int64(now)).Scan(&kind, &stored)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrClaim
		}
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(code))
		if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(stored)) != 1 {
			return ErrClaim
		}
		if _, err := tx.ExecContext(ctx, `UPDATE claim SET used_at = $2 WHERE username = $1`, username, int64(now)); err != nil {
			return err
		}
		var c Credential
		secret, c = newSecret(username, kind, now)
		return putCredential(ctx, tx, c)
	})
	if err != nil && !errors.Is(err, ErrClaim) {
		return Secret{}, fmt.Errorf("redeem a claim code: %w", err)
	}
	return secret, err
}
