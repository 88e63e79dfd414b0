package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

const (
	linkLife    = 7 * 24 * time.Hour
	sessionLife = 90 * 24 * time.Hour
	tokenBytes  = 16 // 128 bits: not to be guessed
)

// newToken gives a random token and what of it may be stored. A plain hash is
// enough, since there is nothing to guess in 128 random bits.
func newToken() (token, stored string) {
	var raw [tokenBytes]byte
	rand.Read(raw[:])
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	return token, hashToken(token)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (s *Server) loginLink(ctx context.Context, who device.PersonID) (string, error) {
	if _, ok := s.cfg.Registry.Person(who); !ok {
		return "", fmt.Errorf("login link of %q: %w", who, registry.ErrNotFound)
	}
	token, stored := newToken()
	now := s.cfg.now()
	if err := s.forget(ctx, "login_link", now); err != nil {
		return "", err
	}
	if _, err := s.cfg.Registry.SQL().ExecContext(ctx, `INSERT INTO login_link (token_sha256, person, expires_at) VALUES ($1, $2, $3)`,
		stored, string(who), int64(now.Add(linkLife))); err != nil {
		return "", fmt.Errorf("login link: %w", err)
	}
	return strings.TrimSuffix(s.cfg.BaseURL, "/") + "/login?t=" + url.QueryEscape(token), nil
}

// open gives the person of a link that is still good.
func (s *Server) openLink(ctx context.Context, token string) (device.Person, bool, error) {
	return s.bearer(ctx, `SELECT person FROM login_link WHERE token_sha256 = $1 AND expires_at > $2`, token)
}

// session gives the person of a session that is still good.
func (s *Server) session(ctx context.Context, token string) (device.Person, bool, error) {
	return s.bearer(ctx, `SELECT person FROM session WHERE token_sha256 = $1 AND expires_at > $2`, token)
}

func (s *Server) bearer(ctx context.Context, query, token string) (device.Person, bool, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return device.Person{}, false, nil
	}
	var who string
	err := s.cfg.Registry.Reads().QueryRowContext(ctx, query, hashToken(token), int64(s.cfg.now())).Scan(&who)
	if errors.Is(err, sql.ErrNoRows) {
		return device.Person{}, false, nil
	}
	if err != nil {
		return device.Person{}, false, fmt.Errorf("session: %w", err)
	}
	p, ok := s.cfg.Registry.Person(device.PersonID(who))
	return p, ok, nil
}

func (s *Server) beginSession(ctx context.Context, who device.PersonID) (token string, err error) {
	token, stored := newToken()
	now := s.cfg.now()
	if err := s.forget(ctx, "session", now); err != nil {
		return "", err
	}
	_, err = s.cfg.Registry.SQL().ExecContext(ctx, `INSERT INTO session (token_sha256, person, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
		stored, string(who), int64(now), int64(now.Add(sessionLife)))
	if err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	return token, nil
}

func (s *Server) endSession(ctx context.Context, token string) error {
	if _, err := s.cfg.Registry.SQL().ExecContext(ctx, `DELETE FROM session WHERE token_sha256 = $1`, hashToken(token)); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// forget removes what has expired, so that the tables stay small.
func (s *Server) forget(ctx context.Context, table string, now device.Millis) error {
	if _, err := s.cfg.Registry.SQL().ExecContext(ctx, `DELETE FROM `+table+` WHERE expires_at <= $1`, int64(now)); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}
