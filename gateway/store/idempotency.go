package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// ErrKeyReused tells that the idempotency key came before with another body.
var ErrKeyReused = errors.New("the idempotency key was used before with another body")

// ErrInFlight tells that a call with this key is being worked on right now.
var ErrInFlight = errors.New("a call with this idempotency key is being worked on")

// Answer is a REST answer as it was given.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Ticket is the right to carry out one call with an idempotency key, and the
// duty to end it with Finish or Release.
type Ticket struct {
	// Call identifies the call in the outbox.
	Call string
	// Resumed tells that the call was begun before and left without an answer:
	// parts of it may be on the ledger. write.Writer finds out which.
	Resumed bool

	store     *Store
	app, key  string
	digest    string
	mu        sync.Mutex
	holds     int
	forgotten bool
}

// Keys of callers and of jobs do not meet.
const (
	callerKey = "key/"
	jobKey    = "job/"
)

// Begin starts a call with an idempotency key. It returns a ticket to carry it
// out, or the answer that the same call got before; or ErrKeyReused where the
// body was another one, or ErrInFlight.
//
// The key alone promises nothing: only together with a transaction in the
// outbox is it held against another body. A key whose call never came that far
// is as good as new.
func (s *Store) Begin(ctx context.Context, app, key, bodyDigest string) (*Ticket, *Answer, error) {
	return s.begin(ctx, app, callerKey+key, bodyDigest, s.opts.KeyLifetime.Milliseconds())
}

func (s *Store) begin(ctx context.Context, app, key, digest string, lifetime int64) (*Ticket, *Answer, error) {
	t := &Ticket{Call: rand.Text(), store: s, app: app, key: key, digest: digest, holds: 1}
	if err := s.enter(t); err != nil {
		return nil, nil, err
	}
	var (
		answer *Answer
		refuse error
	)
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		answer, refuse, err = t.begin(ctx, tx, lifetime)
		return err
	})
	if err == nil && refuse == nil && answer == nil {
		return t, nil, nil
	}
	t.drop()
	if err != nil {
		return nil, nil, fmt.Errorf("begin a call with an idempotency key: %w", err)
	}
	return nil, answer, refuse
}

// begin takes the key in the database: as new, or from a call without answer.
func (t *Ticket) begin(ctx context.Context, tx *sql.Tx, lifetime int64) (answer *Answer, refuse, err error) {
	at := now()
	result, err := tx.ExecContext(ctx, `INSERT INTO idempotency (app, key, digest, call_id, owner, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (app, key) DO UPDATE SET digest = excluded.digest, call_id = excluded.call_id, owner = excluded.owner,
			status = NULL, header = NULL, body = NULL, created = excluded.created, expires = excluded.expires
		WHERE idempotency.expires <= $6`,
		t.app, t.key, t.digest, t.Call, t.store.db.self(), at, at+lifetime)
	if err != nil {
		return nil, nil, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return nil, nil, err
	}
	return t.resume(ctx, tx)
}

func (t *Ticket) resume(ctx context.Context, tx *sql.Tx) (answer *Answer, refuse, err error) {
	var (
		call, digest string
		owner        int64
		status       sql.NullInt64
		header       sql.NullString
		body         []byte
	)
	row := tx.QueryRowContext(ctx, `SELECT call_id, digest, owner, status, header, body FROM idempotency
		WHERE app = $1 AND key = $2`+t.store.db.forUpdate(), t.app, t.key)
	if err := row.Scan(&call, &digest, &owner, &status, &header, &body); err != nil {
		return nil, nil, err
	}
	if status.Valid {
		if digest != t.digest {
			return nil, ErrKeyReused, nil
		}
		answer, err := makeAnswer(status.Int64, header.String, body)
		return answer, nil, err
	}
	if owner != t.store.db.self() {
		switch alive, err := t.store.db.alive(ctx, tx, owner); {
		case err != nil:
			return nil, nil, err
		case alive && digest != t.digest:
			return nil, ErrKeyReused, nil
		case alive:
			return nil, ErrInFlight, nil
		}
	}
	return t.takeOver(ctx, tx, call, digest, owner)
}

// takeOver makes the key this gateway's. Where nothing of the old call can be
// on the ledger, the key is free for any body.
func (t *Ticket) takeOver(ctx context.Context, tx *sql.Tx, call, digest string, owner int64) (_ *Answer, refuse, err error) {
	traces, err := hasTraces(ctx, tx, call)
	if err != nil {
		return nil, nil, err
	}
	if traces && digest != t.digest {
		return nil, ErrKeyReused, nil
	}
	if traces {
		t.Call, t.Resumed = call, true
	}
	_, err = tx.ExecContext(ctx, `UPDATE idempotency SET digest = $1, call_id = $2, owner = $3
		WHERE app = $4 AND key = $5 AND owner = $6`, t.digest, t.Call, t.store.db.self(), t.app, t.key, owner)
	return nil, nil, err
}

// hasTraces tells whether anything of a call may be on the ledger.
func hasTraces(ctx context.Context, tx *sql.Tx, call string) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM outcomes WHERE call_id = $1`, call).Scan(&n); err != nil || n > 0 {
		return n > 0, err
	}
	return pending(ctx, tx, call)
}

func makeAnswer(status int64, header string, body []byte) (*Answer, error) {
	a := &Answer{Status: int(status), Body: body}
	if header == "" {
		return a, nil
	}
	if err := json.Unmarshal([]byte(header), &a.Header); err != nil {
		return nil, fmt.Errorf("decode a stored answer: %w", err)
	}
	return a, nil
}

func (a *Answer) columns() (status int, header string, body []byte, err error) {
	if len(a.Header) > 0 {
		text, err := json.Marshal(a.Header)
		if err != nil {
			return 0, "", nil, fmt.Errorf("encode an answer: %w", err)
		}
		header = string(text)
	}
	return a.Status, header, a.Body, nil
}

// Finish stores the call's answer: it is what the same key gets from now on.
func (t *Ticket) Finish(ctx context.Context, a Answer) error {
	defer t.drop()
	status, header, body, err := a.columns()
	if err != nil {
		return err
	}
	err = t.store.group.insist(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		return t.finish(ctx, tx, status, header, body)
	})
	if err != nil {
		return fmt.Errorf("store the answer of a call with an idempotency key: %w", err)
	}
	return nil
}

func (t *Ticket) finish(ctx context.Context, tx *sql.Tx, status int, header string, body []byte) error {
	_, err := tx.ExecContext(ctx, `UPDATE idempotency SET status = $1, header = $2, body = $3 WHERE call_id = $4`,
		status, header, body, t.Call)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM outcomes WHERE call_id = $1`, t.Call)
	return err
}

// Release ends a call that has no answer worth keeping, such as one that found
// the network away. The key is free again, unless something of the call is or
// may be on the ledger; then the same body may resume it.
func (t *Ticket) Release(ctx context.Context) error {
	defer t.drop()
	if t.held() {
		return nil // transactions are under way: whoever comes next resumes the call
	}
	err := t.store.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		traces, err := hasTraces(ctx, tx, t.Call)
		if err != nil || traces {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM idempotency WHERE call_id = $1 AND status IS NULL`, t.Call)
		return err
	})
	if err != nil {
		return fmt.Errorf("release an idempotency key: %w", err)
	}
	return nil
}

// Hold keeps the key in flight, beyond Finish or Release, until Drop is called
// as many times: the writer's transactions of this call are under way.
func (t *Ticket) Hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds++
}

// Drop ends a Hold.
func (t *Ticket) Drop() { t.drop() }

func (t *Ticket) held() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.holds > 1
}

func (t *Ticket) drop() {
	t.mu.Lock()
	t.holds--
	last := t.holds == 0 && !t.forgotten
	t.forgotten = t.forgotten || last
	t.mu.Unlock()
	if last {
		t.store.leave(t)
	}
}

// enter notes that this process works on the key, unless it does already.
func (s *Store) enter(t *Ticket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := t.app + "\x00" + t.key
	if other := s.inFlight[id]; other != nil {
		if other.digest != t.digest {
			return ErrKeyReused
		}
		return ErrInFlight
	}
	s.inFlight[id] = t
	return nil
}

func (s *Store) leave(t *Ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inFlight, t.app+"\x00"+t.key)
}
