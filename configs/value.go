package configs

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/dustin/go-humanize"
)

// Secret is a password or token: it prints as stars everywhere, so that no log,
// error or page can carry it. Reveal gives the text.
type Secret string

// Reveal is the secret itself, for the one call that needs it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString keeps %#v from printing it.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps encoders from printing it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from printing it.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Size is a number of bytes, written like 8GiB, 500MB or 4096.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	n, err := humanize.ParseBytes(strings.TrimSpace(string(b)))
	if err != nil || n > 1<<62 {
		return fmt.Errorf("%q is not a size: write it like 8GiB or 500MB", b)
	}
	*s = Size(n)
	return nil
}

// MarshalText writes a size as UnmarshalText reads it.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	return strings.ReplaceAll(humanize.IBytes(uint64(max(s, 0))), " ", "")
}
