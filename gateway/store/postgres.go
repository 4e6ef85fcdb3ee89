package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/sqldb"
)

// lockClass is the first half of the advisory locks by which gateways see that
// another one lives ("hnc" in ASCII), carrierClass that of carriers ("hnr"): locks
// are the whole database's, and each kind counts its own from 1.
const (
	lockClass    = 0x686e63
	carrierClass = 0x686e72
)

// lockClass is that of a kind of program.
func (k Keeper) lockClass() int32 {
	if k == Carrier {
		return carrierClass
	}
	return lockClass
}

// schema is where the tables of a kind of program are; empty: where the database has
// them for that user.
func (k Keeper) schema() string { return string(k) }

// pingEvery is how often the session that holds the lock is looked at.
const pingEvery = time.Second

// postgres is a database shared with other gateways. Each holds an advisory
// lock on its number in a session of its own: the lock is gone the moment the
// process is, without a clock or a lease.
type postgres struct {
	db    *sql.DB
	class int32
	id    int64
	log   *zap.Logger

	stop context.CancelFunc
	done sync.WaitGroup
}

func openPostgres(ctx context.Context, dsn string, k Keeper, log *zap.Logger) (*postgres, error) {
	db, err := openPostgresTables(ctx, dsn, k)
	if err != nil {
		return nil, err
	}
	p := &postgres{db: db, class: k.lockClass(), log: log}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the gateway's database: %w", err), db.Close())
	}
	return p, nil
}

// openPostgresTables opens the database and brings its tables up to date, and
// is no gateway there.
func openPostgresTables(ctx context.Context, dsn string, k Keeper) (*sql.DB, error) {
	db, err := sqldb.OpenPostgres(ctx, dsn, k.schema(), 8)
	if err != nil {
		return nil, fmt.Errorf("open the gateway's database: %w", err)
	}
	if err := tables.Update(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the gateway's tables up to date: %w", err), db.Close())
	}
	return db, nil
}

func (p *postgres) start(ctx context.Context) error {
	if err := p.db.QueryRowContext(ctx, `SELECT nextval('gateway_instance')`).Scan(&p.id); err != nil {
		return fmt.Errorf("take a number: %w", err)
	}
	session, err := p.hold(ctx)
	if err != nil {
		return err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.done.Go(func() { p.keep(background, session) })
	return nil
}

// hold takes this gateway's lock in a session of its own.
func (p *postgres) hold(ctx context.Context) (*sql.Conn, error) {
	session, err := p.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the session of this gateway's lock: %w", err)
	}
	var held bool
	err = session.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1, $2)`, p.class, int32(p.id)).Scan(&held)
	if err == nil && !held {
		err = fmt.Errorf("another session holds the lock of gateway %d", p.id)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take this gateway's lock: %w", err), session.Close())
	}
	return session, nil
}

// keep takes the lock again whenever its session is lost, as it is when
// PostgreSQL restarts. Others may take over this gateway's entries in the
// meantime; owns notices.
func (p *postgres) keep(ctx context.Context, session *sql.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if session != nil {
				session.Close() //nolint:errcheck // the pool is closed next
			}
			return
		case <-tick.C:
		}
		attempt, cancel := context.WithTimeout(ctx, groupTimeout)
		if session != nil && session.PingContext(attempt) != nil && ctx.Err() == nil {
			p.log.Warn("the session with the database was lost")
			session.Close() //nolint:errcheck // it is lost
			session = nil
		}
		if session == nil && ctx.Err() == nil {
			if s, err := p.hold(attempt); err == nil {
				session = s
				p.log.Info("the session with the database is back")
			}
		}
		cancel()
	}
}

func (p *postgres) reader() *sql.DB { return p.db }

func (p *postgres) begin(ctx context.Context, durable bool) (*sql.Tx, error) {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil || durable {
		return tx, err
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
		return nil, errors.Join(fmt.Errorf("set durability: %w", err), ignoreDone(tx.Rollback()))
	}
	return tx, nil
}

func (p *postgres) self() int64 { return p.id }

func (p *postgres) forUpdate() string { return " FOR UPDATE" }

func (p *postgres) alive(ctx context.Context, tx *sql.Tx, owner int64) (bool, error) {
	if owner == p.id {
		return true, nil
	}
	var free bool
	if err := tx.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock($1, $2)`, p.class, int32(owner)).Scan(&free); err != nil {
		return false, fmt.Errorf("look whether gateway %d lives: %w", owner, err)
	}
	return !free, nil
}

// owns also holds the calls against a takeover until the transaction ends.
func (p *postgres) owns(ctx context.Context, tx *sql.Tx, calls []string) error {
	var held int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM
		(SELECT 1 FROM idempotency WHERE call_id = ANY($1) AND owner = $2 FOR SHARE) AS mine`, calls, p.id).Scan(&held)
	if err != nil {
		return fmt.Errorf("look whether the calls are still this gateway's: %w", err)
	}
	if held != len(calls) {
		return ErrTakenOver
	}
	return nil
}

func (p *postgres) close() error {
	if p.stop != nil {
		p.stop()
		p.done.Wait()
	}
	return p.db.Close()
}
