package relay

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

//go:embed migrations
var migrations embed.FS

// tables: their version is in a table of its own, so that the gateway's state can
// be in the same database.
var tables = sqldb.Tables{Files: migrations, Versions: "relay_goose_version"}

// Book is what a carrier remembers: how far it has read, and what is open.
type Book struct{ db *sql.DB }

// Item is one record that is not at its end.
type Item struct {
	Channel, Type, ID string
	Attempts          int
}

// OpenBook opens the book at a DSN, sqlite:FILE or postgres://…. Carriers that
// share a PostgreSQL database share the book.
func OpenBook(ctx context.Context, dsn string) (*Book, error) {
	db, err := openTables(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("open the carrier's book: %w", err)
	}
	return &Book{db}, nil
}

func openTables(ctx context.Context, dsn string) (*sql.DB, error) {
	path, file := sqldb.Path(dsn)
	var db *sql.DB
	var err error
	if file {
		db, err = sqldb.OpenFile(path, "synchronous(FULL)", "busy_timeout(10000)")
	} else {
		db, err = sqldb.OpenPostgres(ctx, dsn, "", 8)
	}
	if err != nil {
		return nil, err
	}
	if file {
		err = tables.UpdateFile(ctx, db, path)
	} else {
		err = tables.Update(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bring its tables up to date: %w", err), db.Close())
	}
	return db, nil
}

// Close closes the book.
func (b *Book) Close() error { return b.db.Close() }

// Next is the block of a channel that was not read yet.
func (b *Book) Next(ctx context.Context, channel string) (uint64, error) {
	var next int64
	err := b.db.QueryRowContext(ctx, `SELECT next FROM relay_checkpoint WHERE channel = $1`, channel).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read how far %s was read: %w", channel, err)
	}
	return uint64(next), nil
}

// Read notes in one transaction that a channel was read up to before next, what
// that has opened and what it has ended.
func (b *Book) Read(ctx context.Context, channel string, next uint64, opened, ended []Item) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the carrier's book: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	_, err = tx.ExecContext(ctx, `INSERT INTO relay_checkpoint (channel, next) VALUES ($1, $2) ON CONFLICT (channel) DO UPDATE SET next = excluded.next`, channel, int64(next))
	for i := 0; err == nil && i < len(opened); i++ {
		_, err = tx.ExecContext(ctx, `INSERT INTO relay_work (channel, type, id, due) VALUES ($1, $2, $3, 0) ON CONFLICT (channel, type, id) DO UPDATE SET due = 0`,
			opened[i].Channel, opened[i].Type, opened[i].ID)
	}
	for i := 0; err == nil && i < len(ended); i++ {
		_, err = tx.ExecContext(ctx, `DELETE FROM relay_work WHERE channel = $1 AND type = $2 AND id = $3`, ended[i].Channel, ended[i].Type, ended[i].ID)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("write the carrier's book: %w", err)
	}
	return nil
}

// Due lists what is open and due, the longest due first.
func (b *Book) Due(ctx context.Context, now time.Time, limit int) ([]Item, error) {
	var all []Item
	err := sqldb.Each(ctx, b.db, `SELECT channel, type, id, attempts FROM relay_work WHERE due <= $1 ORDER BY due LIMIT $2`, []any{now.UnixMilli(), limit}, func(scan sqldb.Scan) error {
		var it Item
		err := scan(&it.Channel, &it.Type, &it.ID, &it.Attempts)
		all = append(all, it)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the carrier's book: %w", err)
	}
	return all, nil
}

// Again puts an item off until due; the note says why, for people.
func (b *Book) Again(ctx context.Context, it Item, due time.Time, note string) error {
	_, err := b.db.ExecContext(ctx, `UPDATE relay_work SET due = $1, attempts = attempts + 1, note = $2 WHERE channel = $3 AND type = $4 AND id = $5`,
		due.UnixMilli(), note, it.Channel, it.Type, it.ID)
	if err != nil {
		return fmt.Errorf("write the carrier's book: %w", err)
	}
	return nil
}

// Done takes an item out.
func (b *Book) Done(ctx context.Context, it Item) error {
	_, err := b.db.ExecContext(ctx, `DELETE FROM relay_work WHERE channel = $1 AND type = $2 AND id = $3`, it.Channel, it.Type, it.ID)
	if err != nil {
		return fmt.Errorf("write the carrier's book: %w", err)
	}
	return nil
}

// Open counts what is open.
func (b *Book) Open(ctx context.Context) (n int, err error) {
	if err := b.db.QueryRowContext(ctx, `SELECT count(*) FROM relay_work`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the carrier's book: %w", err)
	}
	return n, nil
}
