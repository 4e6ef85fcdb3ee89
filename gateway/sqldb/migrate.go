package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Tables are the tables of one part of the gateway, as migrations make them.
type Tables struct {
	// Files holds the folder migrations: in it a folder sqlite and a folder postgres,
	// or files that are good for both.
	Files fs.FS
	// Versions is the table that says how far the migrations are; empty: goose's own.
	// Parts that share a schema have one each.
	Versions string
}

// UpdateFile brings the tables of a SQLite file up to date. Processes that do so
// at the same time do it one after another.
func (t *Tables) UpdateFile(ctx context.Context, db *sql.DB, path string) error {
	release, err := lockFolder(ctx, filepath.Dir(path))
	if err != nil {
		return err
	}
	provider, err := t.Provider(goose.DialectSQLite3, db)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	return errors.Join(err, release())
}

// Update brings the tables of a PostgreSQL database up to date. Processes that do
// so at the same time do it one after another.
func (t *Tables) Update(ctx context.Context, db *sql.DB) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // looks every second, for five minutes
	if err != nil {
		return err
	}
	provider, err := t.Provider(goose.DialectPostgres, db, goose.WithSessionLocker(locker))
	if err == nil {
		_, err = provider.Up(ctx)
	}
	return err
}

// Provider moves the tables of a database up and down, without regard to others.
func (t *Tables) Provider(dialect goose.Dialect, db *sql.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	folder := "migrations/sqlite"
	if dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
	}
	if _, err := fs.Stat(t.Files, folder); errors.Is(err, fs.ErrNotExist) {
		folder = "migrations"
	}
	files, err := fs.Sub(t.Files, folder)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if t.Versions != "" {
		versions, err := database.NewStore(dialect, t.Versions)
		if err != nil {
			return nil, err
		}
		dialect, options = "", append(options, goose.WithStore(versions)) // the dialect is the store's then
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// folderPause is how soon a folder is tried again that another process has locked.
const folderPause = 20 * time.Millisecond

// lockFolder waits until no other process has the folder locked, and locks it. It
// is the folder and not the file, of which SQLite's own locks would be lost with
// the first descriptor that is closed.
func lockFolder(ctx context.Context, path string) (release func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("lock the database's folder: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock the folder %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for the lock of the folder %s: %w", path, ctx.Err()), f.Close())
		case <-time.After(folderPause):
		}
	}
}

// makeSchema makes a schema where there is none. That it is looked for under a
// lock is because PostgreSQL fails one of two that make it at the same time, and
// that it is looked for at all because who may use it need not be one who may make it.
func makeSchema(ctx context.Context, db *sql.DB, name string) error {
	if name == "" {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lock.DefaultLockID); err != nil {
		return fmt.Errorf("wait to make the schema %s: %w", name, err)
	}
	var there bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, name).Scan(&there)
	if err == nil && !there {
		_, err = tx.ExecContext(ctx, `CREATE SCHEMA `+name)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("make the schema %s: %w", name, err)
	}
	return nil
}
