package admin

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

type ask struct{ N int }

func TestCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := Call[int](t.Context(), path, "double", ask{1}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("nobody listens: got %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil { // what a killed process left
		t.Fatal(err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	Handle(mux, "double", func(_ context.Context, q ask) (int, error) {
		if q.N < 0 {
			return 0, errors.New("below zero")
		}
		return 2 * q.N, nil
	})
	server := &http.Server{Handler: mux}
	go server.Serve(l)
	defer server.Close()

	if got, err := Call[int](t.Context(), path, "double", ask{21}); err != nil || got != 42 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Call[int](t.Context(), path, "double", ask{-1}); err == nil || err.Error() != "below zero" {
		t.Errorf("got %v, want the verb's own error", err)
	}
	if _, err := Call[int](t.Context(), path, "treble", ask{}); err == nil {
		t.Error("an unknown verb gave no error")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket mode %v, %v", info.Mode(), err)
	}
}
