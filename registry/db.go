package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

// DB is an open registry. It is safe for use by many goroutines.
type DB struct {
	write *sql.DB // one connection, so writers queue here and not in SQLite
	read  *sql.DB // query_only

	zone    *time.Location
	roster  atomic.Pointer[snapshot]
	fresh   sync.Mutex // held while the roster is read anew
	watches watches
}

// Open opens or creates the SQLite file at path and brings its tables up to
// date. Its error names the file; a file written by a newer Yingguang is
// refused unchanged.
func Open(ctx context.Context, path string, options ...Option) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	db := &DB{zone: settingsOf(options).zone}
	var err error
	if db.write, err = openPool(path, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if err = migrate(ctx, db.write); err != nil {
		return nil, errors.Join(fmt.Errorf("open registry %s: %w", path, err), db.write.Close())
	}
	if db.read, err = openPool(path, max(2, runtime.NumCPU()), "_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	if err = db.refresh(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open registry %s: %w", path, err), db.Close())
	}
	return db, nil
}

// openPool opens path with the pragmas that every connection needs. WAL lets
// readers go on beside the writer; synchronous=FULL flushes each commit.
func openPool(path string, conns int, extra string) (*sql.DB, error) {
	dsn := strings.Join([]string{
		"file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?_pragma=busy_timeout(10000)",
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(1)", extra,
	}, "&")
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open registry %s: %w", path, err)
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// SQL is the one writing connection, for rooms that keep tables of their own.
// Its transactions begin immediate. There is only one connection: finish reading
// (close the rows) before the next statement, keep transactions short, and never
// use SQL inside a transaction of your own, which would wait for itself.
func (db *DB) SQL() *sql.DB { return db.write }

// Reads is a small pool for queries beside the writer. It refuses to write, and
// sees everything committed before the query began.
func (db *DB) Reads() *sql.DB { return db.read }

// Close waits for running statements and closes the file.
func (db *DB) Close() error {
	db.watches.close()
	return errors.Join(db.read.Close(), db.write.Close())
}

// update runs f in one writing transaction and commits it if f gives no error.
// When ctx ended, the error says so, whichever statement noticed it.
func (db *DB) update(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it has nothing to do
	if err = f(tx); err == nil {
		err = tx.Commit()
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}
