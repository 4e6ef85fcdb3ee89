package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Stages of a transaction that is signed outside.
const (
	StageProposed  = 1 // its proposal was handed out to be signed
	StageEndorsed  = 2 // its endorsed payload was
	StageSubmitted = 3 // it came back signed, and was taken
)

// Outside is a transaction that is signed by a key that the gateway does not
// have: what was handed out last, so that nothing else is taken in its place.
type Outside struct {
	TxID, App         string
	Channel, Contract string
	Op                string // the ledger's operation; empty for a function that was named
	Stage             int
	Digest            string // SHA-256, hex, of the bytes that were handed out last
	Expires           time.Time
}

// HandOut notes a proposal that is handed out.
func (s *Store) HandOut(ctx context.Context, o *Outside) error {
	err := s.group.insist(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO outside (tx_id, app, channel, contract, op, stage, digest, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tx_id) DO NOTHING`,
			o.TxID, o.App, o.Channel, o.Contract, o.Op, o.Stage, o.Digest, o.Expires.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("note a proposal: %w", err)
	}
	return nil
}

// Outside finds a transaction that was handed out to an application;
// ErrNotFound where there is none.
func (s *Store) Outside(ctx context.Context, app, txID string) (*Outside, error) {
	o := &Outside{TxID: txID, App: app}
	var expires int64
	row := s.db.reader().QueryRowContext(ctx, `SELECT channel, contract, op, stage, digest, expires FROM outside WHERE tx_id = $1 AND app = $2`, txID, app)
	switch err := row.Scan(&o.Channel, &o.Contract, &o.Op, &o.Stage, &o.Digest, &expires); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("read what was handed out: %w", err)
	}
	o.Expires = time.UnixMilli(expires)
	return o, nil
}

// Advance moves a transaction on to its next stage, with the digest of what is
// handed out then. It answers false where it was not at the stage before: of
// several that try, one succeeds.
func (s *Store) Advance(ctx context.Context, app, txID string, from int, digest string) (bool, error) {
	var moved int64
	err := s.group.do(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE outside SET stage = $1, digest = $2 WHERE tx_id = $3 AND app = $4 AND stage = $5`,
			from+1, digest, txID, app, from)
		if err == nil {
			moved, err = result.RowsAffected()
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("note what became of a proposal: %w", err)
	}
	return moved == 1, nil
}

// TakeBack undoes the last step of a transaction of which nothing was submitted
// after all: it may be sent again.
func (s *Store) TakeBack(ctx context.Context, app, txID string) error {
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outside SET stage = $1 WHERE tx_id = $2 AND app = $3 AND stage = $4`, StageEndorsed, txID, app, StageSubmitted)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what became of a proposal: %w", err)
	}
	return nil
}

// Forget removes what was handed out, so that it is not taken any more.
func (s *Store) Forget(ctx context.Context, app, txID string) error {
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM outside WHERE tx_id = $1 AND app = $2`, txID, app)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget a proposal: %w", err)
	}
	return nil
}
