package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"henanchain/gateway/sqldb"
)

// sqlite is a SQLite file that this process has to itself.
type sqlite struct {
	lock    *os.File
	write   *sql.DB // one connection: SQLite has one writer
	read    *sql.DB
	id      int64
	durable bool // what the write connection is set to
}

const (
	readers = 4
	// walPages bounds the write-ahead log between two checkpoints (pages of 4 KiB):
	// transactions of full batches pass through it and are deleted soon after.
	walPages = "8000"
)

// pragmas of every connection: what is committed is on disk.
var pragmas = []string{"synchronous(FULL)", "busy_timeout(5000)", "wal_autocheckpoint(" + walPages + ")"}

func openSQLite(ctx context.Context, path string) (*sqlite, error) {
	s := &sqlite{id: time.Now().UnixNano(), durable: true}
	var err error
	if s.write, err = sqldb.OpenFile(path, pragmas...); err == nil {
		s.lock, err = lockFile(path + ".lock")
	}
	if err == nil {
		err = tables.UpdateFile(ctx, s.write, path)
	}
	if err == nil {
		s.read, err = sqldb.OpenReaders(path, readers, pragmas...)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the gateway's database %s: %w", path, err), s.close())
	}
	return s, nil
}

// openSQLiteTables opens the file beside the gateway that may be using it. Where
// none does, the tables are brought up to date first; where one does, it has
// done that.
func openSQLiteTables(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sqldb.OpenFile(path, pragmas...)
	if err != nil {
		return nil, fmt.Errorf("open the gateway's database %s: %w", path, err)
	}
	if lock, held := lockFile(path + ".lock"); held == nil {
		err = errors.Join(tables.UpdateFile(ctx, db, path), lock.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the gateway's database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// lockFile holds a lock for as long as the process lives, so that whoever
// opens the database next knows that its former owner is gone.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the gateway's database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w: another gateway uses this database; several gateways need PostgreSQL", path, err)
	}
	return f, nil
}

func (s *sqlite) reader() *sql.DB { return s.read }

func (s *sqlite) begin(ctx context.Context, durable bool) (*sql.Tx, error) {
	if durable != s.durable { // only the group's loop comes here, so there is no race
		mode := "NORMAL"
		if durable {
			mode = "FULL"
		}
		if _, err := s.write.ExecContext(ctx, "PRAGMA synchronous = "+mode); err != nil {
			return nil, fmt.Errorf("set durability: %w", err)
		}
		s.durable = durable
	}
	return s.write.BeginTx(ctx, nil)
}

func (s *sqlite) self() int64 { return s.id }

// forUpdate: a write transaction has the whole file to itself.
func (s *sqlite) forUpdate() string { return "" }

// alive: the lock says that nobody else is.
func (s *sqlite) alive(_ context.Context, _ *sql.Tx, owner int64) (bool, error) {
	return owner == s.id, nil
}

func (s *sqlite) owns(context.Context, *sql.Tx, []string) error { return nil }

func (s *sqlite) close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
