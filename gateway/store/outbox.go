package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"henanchain/gateway/sqldb"
)

// Entry is a signed transaction in the outbox: on disk before it is submitted,
// gone when it is known how it ended.
type Entry struct {
	TxID     string
	Channel  string
	Contract string
	App      string
	// Bytes and Signature are fabric.Transaction's.
	Bytes     []byte
	Signature []byte
	// Places tell for each operation of the transaction which request it is;
	// nil where none belongs to a keyed call.
	Places  []Place
	Created time.Time
}

// Place is one request of a call: the call's ID, empty where it has no key,
// and the request's position in it.
type Place struct {
	Call     string `json:"c,omitempty"`
	Position int    `json:"p,omitempty"`
	// Alone tells that the transaction is one call of one function, whose answer
	// is its outcome, and no list of operations.
	Alone bool `json:"a,omitempty"`
}

// Known is what became of one request of a keyed call.
type Known struct {
	Place
	Outcome json.RawMessage
}

// ErrTakenOver tells that a keyed call is no longer this gateway's, because it
// was cut off from the database for a while. Nothing was written.
var ErrTakenOver = errors.New("another gateway has taken over a call of this transaction")

// IsUncertain tells of an error that the write may have been done all the
// same: the database went away before it confirmed.
func IsUncertain(err error) bool { return errors.Is(err, errUncertain) }

// Put stores a transaction that is about to be submitted. When it returns nil
// the entry is on disk; after an error it is not, unless IsUncertain says that
// it may be: Claim will then find it.
func (s *Store) Put(ctx context.Context, e Entry) error {
	places, calls, err := encodePlaces(e.Places)
	if err != nil {
		return err
	}
	s.setActive(e.TxID, true)
	var taken error
	err = s.group.insist(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		if taken = nil; len(calls) > 0 {
			switch err := s.db.owns(ctx, tx, calls); {
			case errors.Is(err, ErrTakenOver):
				taken = err
				return nil
			case err != nil:
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO outbox
			(tx_id, owner, channel, contract, app, bytes, signature, places, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tx_id) DO NOTHING`,
			e.TxID, s.db.self(), e.Channel, e.Contract, e.App, e.Bytes, e.Signature, places, now())
		return err
	})
	if err == nil && taken == nil {
		return nil
	}
	s.setActive(e.TxID, false)
	if err != nil {
		return fmt.Errorf("store transaction %s before it is submitted: %w", e.TxID, err)
	}
	return fmt.Errorf("store transaction %s before it is submitted: %w", e.TxID, taken)
}

func encodePlaces(places []Place) (text string, calls []string, err error) {
	if len(places) == 0 {
		return "", nil, nil
	}
	for _, p := range places {
		if p.Call != "" {
			calls = append(calls, p.Call)
		}
	}
	slices.Sort(calls)
	out, err := json.Marshal(places)
	if err != nil {
		return "", nil, fmt.Errorf("encode places: %w", err)
	}
	return string(out), slices.Compact(calls), nil
}

// Complete removes a transaction whose end is known, and keeps what became of
// the requests of keyed calls, in one step. Done twice it changes nothing.
// After an error the entry stays, and Claim will return it.
func (s *Store) Complete(ctx context.Context, txID string, known []Known) error {
	defer s.setActive(txID, false)
	err := s.group.insist(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE tx_id = $1`, txID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // somebody else has completed it
		}
		return s.record(ctx, tx, known)
	})
	if err != nil {
		return fmt.Errorf("complete transaction %s: %w", txID, err)
	}
	return nil
}

// record skips calls that have their answer already, or are forgotten.
func (s *Store) record(ctx context.Context, tx *sql.Tx, known []Known) error {
	for _, k := range known {
		_, err := tx.ExecContext(ctx, `INSERT INTO outcomes (call_id, position, outcome)
			SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM idempotency WHERE call_id = $1 AND status IS NULL)
			ON CONFLICT (call_id, position) DO NOTHING`, k.Call, k.Position, []byte(k.Outcome))
		if err != nil {
			return err
		}
	}
	return nil
}

// Claim returns the transactions that nobody looks after: those of gateways
// that are gone, and those of this one that it could not complete. They are
// this gateway's from now on, and each must be completed.
func (s *Store) Claim(ctx context.Context) ([]Entry, error) {
	var ids []string
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.adopt(ctx, tx, "outbox"); err != nil {
			return err
		}
		var err error
		ids, err = sqldb.Column[string](ctx, tx, `SELECT tx_id FROM outbox WHERE owner = $1 ORDER BY created, tx_id`, s.db.self())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim transactions: %w", err)
	}
	var entries []Entry
	for _, id := range ids {
		if !s.activate(id) {
			continue
		}
		e, err := s.entry(ctx, id)
		switch {
		case errors.Is(err, sql.ErrNoRows): // completed a moment ago
			s.setActive(id, false)
		case err != nil:
			s.setActive(id, false)
			return entries, fmt.Errorf("claim transaction %s: %w", id, err)
		default:
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func (s *Store) entry(ctx context.Context, txID string) (Entry, error) {
	var (
		e       = Entry{TxID: txID}
		places  string
		created int64
	)
	row := s.db.reader().QueryRowContext(ctx, `SELECT channel, contract, app, places, created, signature, bytes
		FROM outbox WHERE tx_id = $1`, txID)
	if err := row.Scan(&e.Channel, &e.Contract, &e.App, &places, &created, &e.Signature, &e.Bytes); err != nil {
		return e, err
	}
	e.Created = time.UnixMilli(created)
	if places != "" {
		if err := json.Unmarshal([]byte(places), &e.Places); err != nil {
			return e, fmt.Errorf("decode places: %w", err)
		}
	}
	return e, nil
}

// adopt makes this gateway the owner of the rows of gateways that are gone.
func (s *Store) adopt(ctx context.Context, tx *sql.Tx, table string) error {
	owners, err := sqldb.Column[int64](ctx, tx, `SELECT DISTINCT owner FROM `+table+` WHERE owner <> $1`, s.db.self())
	if err != nil {
		return err
	}
	for _, owner := range owners {
		alive, err := s.db.alive(ctx, tx, owner)
		if err != nil {
			return err
		}
		if alive {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET owner = $1 WHERE owner = $2`, s.db.self(), owner); err != nil {
			return err
		}
	}
	return nil
}

// activate marks a transaction as looked after, and tells whether it was not.
func (s *Store) activate(txID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, active := s.active[txID]
	s.active[txID] = struct{}{}
	return !active
}

func (s *Store) setActive(txID string, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if active {
		s.active[txID] = struct{}{}
	} else {
		delete(s.active, txID)
	}
}

// Outcomes returns what is known of a keyed call's requests, by position. It
// waits while a transaction of the call is still in an outbox.
func (s *Store) Outcomes(ctx context.Context, call string) (map[int]json.RawMessage, error) {
	for {
		waiting, err := pending(ctx, s.db.reader(), call)
		if err != nil {
			return nil, err
		}
		if !waiting {
			return s.outcomes(ctx, call)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the call's transactions: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// pending tells whether an outbox holds a transaction of the call. There are
// only ever as many entries as transactions in flight, so a scan is cheap.
func pending(ctx context.Context, q sqldb.Querier, call string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE places LIKE $1`, `%"c":"`+call+`"%`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for the call's transactions: %w", err)
	}
	return n > 0, nil
}

func (s *Store) outcomes(ctx context.Context, call string) (map[int]json.RawMessage, error) {
	known := map[int]json.RawMessage{}
	err := sqldb.Each(ctx, s.db.reader(), `SELECT position, outcome FROM outcomes WHERE call_id = $1`, []any{call}, func(scan sqldb.Scan) error {
		var position int
		var outcome []byte
		err := scan(&position, &outcome)
		known[position] = outcome
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outcomes of a call: %w", err)
	}
	return known, nil
}
