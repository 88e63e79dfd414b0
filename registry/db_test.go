package registry

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openTest(t *testing.T) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "registry.db"))
}

func openAt(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// From empty, then again over the same file; a path with odd characters too.
func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "嘉平 50%?#&.d", "reg istry.db")
	db := openAt(t, path)
	if _, err := db.SQL().Exec(`INSERT INTO consumer_position (consumer, created, seq) VALUES ($1, $2, $3)`, "alerts", int64(1), int64(7)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path)
	var seq int64
	if err := db.Reads().QueryRow(`SELECT seq FROM consumer_position WHERE consumer = 'alerts'`).Scan(&seq); err != nil || seq != 7 {
		t.Fatalf("seq %d, %v; want 7", seq, err)
	}
}

func TestPragmas(t *testing.T) {
	db := openTest(t)
	for name, pool := range map[string]*sql.DB{"write": db.SQL(), "read": db.Reads()} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
			var got string
			if err := pool.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s pool: %s is %q, %v; want %q", name, pragma, got, err, want)
			}
		}
	}
	if _, err := db.Reads().Exec(`DELETE FROM lamp`); err == nil {
		t.Error("the read pool wrote")
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	db := openAt(t, path)
	if _, err := db.SQL().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err := Open(context.Background(), path)
	if err == nil || !strings.Contains(err.Error(), "newer program") || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v; want it to name the file and the newer program", err)
	}
}

// The tables can be taken down and made again, so every Down matches its Up.
func TestMigrationsDownAndUp(t *testing.T) {
	db := openTest(t)
	p, err := newProvider(db.SQL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.SQL().QueryRow(`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`).Scan(&left); err != nil || left != 0 {
		t.Fatalf("%d tables left after going down, %v", left, err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFileThatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "not a database") {
		t.Fatalf("got %v; want it to name the file", err)
	}
}
