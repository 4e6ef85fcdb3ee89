package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"henanchain/gateway/sqldb"
	"henanchain/internal/operation"
	"henanchain/internal/strictjson"
)

// AsOf tells up to which block an answer holds.
type AsOf struct {
	Channel string `json:"channel"`
	Block   uint64 `json:"block"`
	// Time is the latest transaction time up to that block.
	Time time.Time `json:"time"`
}

// AppendJSON writes it behind out as json.Marshal does: it stands in every answer.
func (a AsOf) AppendJSON(out []byte) []byte {
	out = strictjson.AppendText(append(out, `{"channel":`...), a.Channel)
	out = strconv.AppendUint(append(out, `,"block":`...), a.Block, 10)
	return append(a.Time.AppendFormat(append(out, `,"time":"`...), time.RFC3339Nano), `"}`...)
}

// Found is a record as the index holds it.
type Found struct {
	Value []byte // canonical JSON, as on the ledger
	AsOf  AsOf

	decoded *decoded // shared by all who find this version in memory
}

// Head tells how far a channel is; ErrNotFound where it has not begun.
func (x *Index) Head(ctx context.Context, channel string) (AsOf, error) {
	return head(ctx, x.db.reader(), channel)
}

func head(ctx context.Context, q sqldb.Querier, channel string) (AsOf, error) {
	at, _, err := extent(ctx, q, channel)
	return at, err
}

// extent tells how far a channel is, and the number of its last record.
func extent(ctx context.Context, q sqldb.Querier, channel string) (AsOf, int64, error) {
	var number, ms, no, records int64
	err := q.QueryRowContext(ctx, `SELECT number, time, no, records FROM channels WHERE name = $1 AND number >= 0`, channel).Scan(&number, &ms, &no, &records)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return AsOf{}, 0, ErrNotFound
	case err != nil:
		return AsOf{}, 0, fmt.Errorf("read how far %s is: %w", channel, err)
	}
	return AsOf{channel, uint64(number), fromMillis(ms)}, no<<numberBits | records, nil
}

// Await waits until the index holds a block of a channel, as far as this
// process brings it there or another one does, and at most so long.
func (x *Index) Await(ctx context.Context, channel string, number uint64, atMost time.Duration) error {
	if at, _, begun := x.hot.head(channel); begun && at.Block >= number {
		return nil // as nearly always: no timer is made
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for {
		news := x.applied.wait()
		at, _, begun := x.hot.head(channel)
		if !begun { // another process brings it, if any does
			var err error
			if at, err = x.Head(ctx, channel); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			begun = err == nil
		}
		if begun && at.Block >= number {
			return nil
		}
		select {
		case <-news:
		case <-time.After(awaitEvery):
		case <-ctx.Done():
			return fmt.Errorf("wait for block %d of %s, which is at %d: %w", number, channel, at.Block, ctx.Err())
		}
	}
}

// awaitEvery is how often the database is asked whether another process has
// brought a block.
const awaitEvery = 50 * time.Millisecond

// latest asks for the latest version of a record, by kind, id and channel.
const latest = `SELECT v.value, c.number, c.time FROM records r JOIN versions v ON v.version = r.version, channels c
	WHERE r.kind = $1 AND r.id = $2 AND c.name = $3`

// read reads the latest version of a record from the database, as one
// statement, so that the record and the block belong together.
func (x *Index) read(ctx context.Context, k *kind, channel, id string) (*Found, error) {
	var value []byte
	var number, ms int64
	err := x.db.latest(ctx, k.no, id, channel).Scan(&value, &number, &ms)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return x.missing(ctx, channel)
	case err != nil:
		return nil, fmt.Errorf("read %s %s from the index: %w", k.recordType, id, err)
	}
	f := &Found{Value: value, AsOf: AsOf{channel, uint64(number), fromMillis(ms)}}
	if value == nil {
		return f, ErrNotFound
	}
	return f, nil
}

func (x *Index) missing(ctx context.Context, channel string) (*Found, error) {
	at, err := x.Head(ctx, channel)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	at.Channel = channel
	return &Found{AsOf: at}, ErrNotFound
}

// Version is one version of a record, with the transaction that wrote it.
type Version struct {
	TxID  string
	Block uint64
	Time  time.Time
	MSP   string // of the caller
	App   string
	Value []byte // nil: deleted
}

// History reads every version of a record, oldest first.
func (x *Index) History(ctx context.Context, channel, contract, recordType, id string) ([]Version, AsOf, error) {
	k, err := x.kind(ctx, channel, contract, recordType)
	if err != nil {
		return nil, AsOf{}, err
	}
	if k == nil {
		f, err := x.missing(ctx, channel)
		if f == nil {
			return nil, AsOf{}, err
		}
		return nil, f.AsOf, err
	}
	var all []Version
	var at AsOf
	err = x.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if at, err = head(ctx, tx, channel); err != nil {
			return err
		}
		// The versions of a record are linked from the latest backwards.
		return sqldb.Each(ctx, tx, `WITH RECURSIVE chain (version, before, tx, value) AS (
				SELECT v.version, v.before, v.tx, v.value FROM records r JOIN versions v ON v.version = r.version WHERE r.kind = $1 AND r.id = $2
				UNION ALL SELECT v.version, v.before, v.tx, v.value FROM chain JOIN versions v ON v.version = chain.before)
			SELECT t.id, t.block, t.time, t.creator, chain.value FROM chain JOIN transactions t ON t.tx = chain.tx ORDER BY chain.version`,
			[]any{k.no, id}, func(scan sqldb.Scan) error {
				var v Version
				var ms, number int64
				var creator string
				if err := scan(&v.TxID, &number, &ms, &creator, &v.Value); err != nil {
					return err
				}
				var who identity
				if err := json.Unmarshal([]byte(creator), &who); err != nil {
					return fmt.Errorf("read a creator: %w", err)
				}
				v.Block, v.Time, v.MSP, v.App = uint64(number), fromMillis(ms), who.MSP, who.App
				all = append(all, v)
				return nil
			})
	})
	if err != nil {
		return nil, at, fmt.Errorf("read the history of %s %s from the index: %w", recordType, id, err)
	}
	if len(all) == 0 {
		return nil, at, ErrNotFound
	}
	return all, at, nil
}

// snapshot runs questions on one state of the database.
func (x *Index) snapshot(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := x.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: x.db.isolation()})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return f(tx)
}

// Decode reads a record's JSON. What it returns is shared, and not to be changed.
func (f *Found) Decode() (*operation.Record, error) {
	if f.decoded == nil {
		return operation.DecodeRecord(f.Value)
	}
	f.decoded.once.Do(func() { f.decoded.record, f.decoded.err = operation.DecodeRecord(f.Value) })
	return f.decoded.record, f.decoded.err
}
