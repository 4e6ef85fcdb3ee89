// Package store keeps the gateway's state in SQL: the outbox of signed
// transactions, idempotency keys and jobs. SQLite is embedded and serves one
// gateway; PostgreSQL serves several.
//
// Nothing here is the truth about a record: that is the ledger. The store only
// makes sure that a crash at any moment neither loses an accepted write nor
// does one twice.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/sqldb"
)

// ErrClosed is returned by every method of a store that was closed.
var ErrClosed = errors.New("the gateway's store is closed")

// ErrNotFound is returned where there is no such job.
var ErrNotFound = errors.New("there is no such entry in the gateway's store")

// Keeper is a kind of program that keeps its state in a store. Those of one kind
// take up what another one of them left behind; kinds that share a PostgreSQL
// database have tables of their own there, and do not.
//
// Whoever takes up a transaction sends it as it was signed, and asks how it ended in
// the name of the application that signed it, with that one's key. A carrier need
// have no keys but its own applications', nor a gateway those. One that has not the
// key gives the transaction up after a while, whether or not it is on its way, and
// whoever waits for it may do it again.
type Keeper string

// The kinds of programs.
const (
	Gateway Keeper = ""
	Carrier Keeper = "relay" // between the ledgers
)

// Options tune a Store; the zero value is what a gateway runs with.
type Options struct {
	// Keeper is what kind of program opens the store.
	Keeper Keeper
	// KeyLifetime is how long an idempotency key is remembered (default 24 h).
	KeyLifetime time.Duration
	// JobLifetime is how long a job and its answer are kept (default 7 days).
	JobLifetime time.Duration
	// Seal and Open protect the payloads of jobs, which hold private data, at
	// rest. Both or neither; without them payloads are stored as they are.
	Seal, Open func([]byte) ([]byte, error)
	Log        *zap.Logger
}

func (o *Options) fill() error {
	if o.KeyLifetime <= 0 {
		o.KeyLifetime = 24 * time.Hour
	}
	if o.JobLifetime <= 0 {
		o.JobLifetime = 7 * 24 * time.Hour
	}
	if (o.Seal == nil) != (o.Open == nil) {
		return errors.New("store options: give both Seal and Open, or neither")
	}
	if o.Seal == nil {
		same := func(b []byte) ([]byte, error) { return b, nil }
		o.Seal, o.Open = same, same
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return nil
}

// Store is the gateway's state. It is safe for concurrent use.
type Store struct {
	opts  Options
	db    database
	group *group

	mu       sync.Mutex
	inFlight map[string]*Ticket  // by app and key: calls that this process works on
	active   map[string]struct{} // transaction IDs that this process works on

	stop context.CancelFunc
	done sync.WaitGroup
}

// database is what the two engines differ in.
type database interface {
	// reader answers questions that need not be in a transaction.
	reader() *sql.DB
	// begin starts a write transaction. A durable one is on disk when its
	// commit returns; the others reach the disk in their order, a little later.
	begin(ctx context.Context, durable bool) (*sql.Tx, error)
	// self is this process's number among the gateways of the database.
	self() int64
	// forUpdate ends a SELECT whose rows nobody else may lock until the
	// transaction ends.
	forUpdate() string
	// alive tells whether the gateway with that number still runs.
	alive(ctx context.Context, tx *sql.Tx, owner int64) (bool, error)
	// owns fails with ErrTakenOver unless all calls are still this gateway's.
	owns(ctx context.Context, tx *sql.Tx, calls []string) error
	close() error
}

//go:embed migrations
var migrations embed.FS

var tables = sqldb.Tables{Files: migrations}

// Open opens the store that dsn names, and brings its tables up to date:
// postgres://user@host/database, or the path of a SQLite file.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	if err := opts.fill(); err != nil {
		return nil, err
	}
	var (
		db  database
		err error
	)
	if path, ok := sqldb.Path(dsn); ok {
		db, err = openSQLite(ctx, path)
	} else {
		db, err = openPostgres(ctx, dsn, opts.Keeper, opts.Log)
	}
	if err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{
		opts: opts, db: db, group: newGroup(db),
		inFlight: map[string]*Ticket{}, active: map[string]struct{}{},
		stop: stop,
	}
	s.done.Go(func() { s.sweepForever(background) })
	return s, nil
}

// Close ends the store after what was handed to it is written.
func (s *Store) Close() error {
	s.stop()
	s.done.Wait()
	s.group.close()
	return s.db.close()
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.reader().PingContext(ctx); err != nil {
		return fmt.Errorf("the gateway's database does not answer: %w", err)
	}
	return nil
}

// yesterday is the day before today, as the quota names days.
func yesterday() string {
	return time.Now().In(time.FixedZone("UTC+8", 8*60*60)).AddDate(0, 0, -1).Format("20060102")
}

func now() int64 { return time.Now().UnixMilli() }

// sweepEvery is how often what has expired is removed.
const sweepEvery = time.Minute

func (s *Store) sweepForever(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.opts.Log.Warn("expired entries stay for now", zap.Error(err))
			}
		}
	}
}

// Sweep removes what has expired. It runs by itself every minute.
func (s *Store) Sweep(ctx context.Context) error {
	at := now()
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range []string{
			`DELETE FROM idempotency WHERE expires <= $1`,
			`DELETE FROM jobs WHERE expires <= $1`,
			`DELETE FROM nonces WHERE expires <= $1`,
			`DELETE FROM outside WHERE expires <= $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, at); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM quota WHERE day < $1`, yesterday()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM outcomes WHERE NOT EXISTS
			(SELECT 1 FROM idempotency i WHERE i.call_id = outcomes.call_id)`)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove expired entries: %w", err)
	}
	return nil
}
