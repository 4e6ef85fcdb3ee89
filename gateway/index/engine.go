package index

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"

	"go.uber.org/zap"

	"henanchain/gateway/sqldb"
)

//go:embed migrations
var migrations embed.FS

var tables = sqldb.Tables{Files: migrations}

// sqlite is a SQLite file. One process follows; others may read.
type sqlite struct {
	inserter
	*claims
	write *sql.DB // one connection: SQLite has one writer
	read  *sql.DB
	asks  *sql.Stmt // latest, compiled
	back  *writeBack
}

const sqliteReaders = 8

func openSQLite(ctx context.Context, path string, log *zap.Logger) (*sqlite, error) {
	// A row that cannot be written fails the transaction: what its statement has
	// written before need not be put by, to be taken back without the rest.
	s := &sqlite{inserter: inserter{rowsAtOnce: 128, verb: "INSERT OR FAIL", mark: func(int) string { return "?" }}, claims: &claims{path: path + ".lock"}}
	var err error
	if s.write, err = sqldb.OpenFile(path, pragmas...); err == nil {
		err = tables.UpdateFile(ctx, s.write, path)
	}
	if err == nil {
		s.compiled = sqldb.NewStatements(s.write)
		s.read, err = sqldb.OpenReaders(path, sqliteReaders, pragmas...)
	}
	if err == nil {
		s.asks, err = s.read.PrepareContext(ctx, latest)
	}
	if err == nil {
		s.back, err = newWriteBack(path, s.write, log)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the read model %s: %w", path, err), s.close())
	}
	return s, nil
}

// pragmas: NORMAL, not FULL, because what a crash of the machine takes is read from
// the blocks again; the checkpoint goes with it. Who commits writes no pages back from
// the log: writeBack does. The file is mapped as far as SQLite does it: that memory is
// the system's to take back.
var pragmas = []string{"synchronous(NORMAL)", "busy_timeout(10000)", "wal_autocheckpoint(0)", "cache_size(-65536)", "mmap_size(68719476736)", "temp_store(MEMORY)"}

func (s *sqlite) reader() *sql.DB { return s.read }

func (s *sqlite) latest(ctx context.Context, kind int64, id, channel string) *sql.Row {
	return s.asks.QueryRowContext(ctx, kind, id, channel)
}

func (s *sqlite) begin(ctx context.Context) (*sql.Tx, error) {
	s.back.look()
	if err := s.compiled.Compile(ctx); err != nil {
		return nil, err
	}
	return s.write.BeginTx(ctx, nil)
}

func (s *sqlite) forUpdate() string { return "" }

// numbering: a write transaction has the whole file to itself.
func (s *sqlite) numbering(context.Context, *sql.Tx) error { return nil }

// isolation: a SQLite transaction sees one state anyhow.
func (s *sqlite) isolation() sql.IsolationLevel { return sql.LevelDefault }

func (s *sqlite) close() error {
	var errs []error
	if s.back != nil {
		errs = append(errs, s.back.close())
	}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// schema is the read model's own in a PostgreSQL database, so that the
// gateway's state can be in the same one.
const schema = "readmodel"

type postgres struct {
	inserter
	db     *sql.DB
	claims sessionClaims
}

func openPostgres(ctx context.Context, dsn string) (*postgres, error) {
	db, err := sqldb.OpenPostgres(ctx, dsn, schema, 16)
	if err != nil {
		return nil, fmt.Errorf("open the read model: %w", err)
	}
	if err := tables.Update(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the read model's tables up to date: %w", err), db.Close())
	}
	return &postgres{db: db, inserter: inserter{rowsAtOnce: 256, verb: "INSERT", mark: func(n int) string { return "$" + strconv.Itoa(n) }}}, nil
}

func (p *postgres) reader() *sql.DB { return p.db }

// latest: the driver keeps statements compiled by itself.
func (p *postgres) latest(ctx context.Context, kind int64, id, channel string) *sql.Row {
	return p.db.QueryRowContext(ctx, latest, kind, id, channel)
}

// begin: not waiting for the disk at commit, for the reason that SQLite's
// NORMAL has; transactions reach the disk in their order.
func (p *postgres) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

func (p *postgres) forUpdate() string { return " FOR UPDATE" }

// numberingLock is the advisory lock of who gives out numbers ("hnn" in ASCII).
const numberingLock = 0x686e6e

func (p *postgres) numbering(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, numberingLock); err != nil {
		return fmt.Errorf("wait to give out a number: %w", err)
	}
	return nil
}

func (p *postgres) isolation() sql.IsolationLevel { return sql.LevelRepeatableRead }

func (p *postgres) close() error {
	p.claims.close()
	return p.db.Close()
}
