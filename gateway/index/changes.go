package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/buger/jsonparser"

	"henanchain/gateway/sqldb"
)

// Change is one version of a record as it came to the ledger.
type Change struct {
	// Place counts the keys that a channel's valid transactions wrote, from 1.
	// The same blocks give the same places, in every index of them.
	Place                       int64
	Channel, Contract, Type, ID string
	Version                     int
	Status, Op                  string
	TxID                        string
	Block                       uint64
	Time                        time.Time // of the transaction
	MSP, App, Dept              string    // of the caller
	Value                       []byte    // canonical JSON; nil: deleted
}

// Head is how far a channel is.
type Head struct {
	Block uint64
	Place int64 // of the last change
}

// Heads tells how far every channel is, in one question.
func (x *Index) Heads(ctx context.Context) (map[string]Head, error) {
	all := map[string]Head{}
	err := sqldb.Each(ctx, x.db.reader(), `SELECT name, number, versions FROM channels WHERE number >= 0`, nil, func(scan sqldb.Scan) error {
		var name string
		var number, place int64
		err := scan(&name, &number, &place)
		all[name] = Head{uint64(number), place}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how far the channels are: %w", err)
	}
	return all, nil
}

// Applied is closed when this process next brings blocks into the index.
func (x *Index) Applied() <-chan struct{} { return x.applied.wait() }

// Changes reads the changes of a channel after a place, in their order, out of
// the next so many; through is the place up to which there are no others: keys
// that are no records have places and are no changes.
func (x *Index) Changes(ctx context.Context, channel string, after int64, limit int) (all []Change, through int64, err error) {
	through = after
	err = x.snapshot(ctx, func(tx *sql.Tx) error {
		var no, last int64
		err := tx.QueryRowContext(ctx, `SELECT no, versions FROM channels WHERE name = $1`, channel).Scan(&no, &last)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil || after >= last {
			return err
		}
		through = min(last, after+int64(limit))
		all, err = changes(ctx, tx, channel, no, after, through)
		return err
	})
	if err != nil {
		return nil, after, fmt.Errorf("read the changes of %s after %d: %w", channel, after, err)
	}
	return all, through, nil
}

func changes(ctx context.Context, tx *sql.Tx, channel string, no, after, through int64) ([]Change, error) {
	var all []Change
	err := sqldb.Each(ctx, tx, `SELECT v.version, k.contract, k.type, r.id, v.value, t.id, t.block, t.time, t.creator FROM versions v
		JOIN records r ON r.record = v.record JOIN kinds k ON k.no = r.kind JOIN transactions t ON t.tx = v.tx
		WHERE v.version > $1 AND v.version <= $2 AND k.type <> '' ORDER BY v.version`, []any{no<<numberBits | after, no<<numberBits | through}, func(scan sqldb.Scan) error {
		c := Change{Channel: channel}
		var number, ms int64
		var creator string
		if err := scan(&c.Place, &c.Contract, &c.Type, &c.ID, &c.Value, &c.TxID, &number, &ms, &creator); err != nil {
			return err
		}
		var who identity
		if err := json.Unmarshal([]byte(creator), &who); err != nil {
			return fmt.Errorf("read a creator: %w", err)
		}
		c.Place &= 1<<numberBits - 1
		c.Block, c.Time, c.MSP, c.App, c.Dept = uint64(number), fromMillis(ms), who.MSP, who.App, who.Dept
		if c.Value != nil {
			version, _ := jsonparser.GetInt(c.Value, "ver")
			c.Version = int(version)
			c.Status, _ = jsonparser.GetString(c.Value, "status")
			c.Op, _ = jsonparser.GetString(c.Value, "op")
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// PlaceBefore is the place after which the changes of a block begin;
// ErrNotFound where the index does not hold the block.
func (x *Index) PlaceBefore(ctx context.Context, channel string, number uint64) (int64, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil {
		return 0, err
	}
	if !ok || number >= 1<<62 {
		return 0, ErrNotFound
	}
	var first int64
	err = x.db.reader().QueryRowContext(ctx, `SELECT t.first FROM blocks b JOIN transactions t ON t.tx = b.first_tx WHERE b.channel = $1 AND b.number = $2`, no, int64(number)).Scan(&first)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, ErrNotFound
	case err != nil:
		return 0, fmt.Errorf("look for block %d of %s: %w", number, channel, err)
	}
	return first&(1<<numberBits-1) - 1, nil
}
