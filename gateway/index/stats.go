package index

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

// Tally is how many records of a type there are, by status.
type Tally struct {
	Contract string           `json:"ledger"`
	Type     string           `json:"type"`
	Total    int64            `json:"total"`
	Statuses map[string]int64 `json:"statuses"`
}

// Tallies counts the records of a channel. What has lapsed by now is counted
// as that.
func (x *Index) Tallies(ctx context.Context, channel string, now time.Time) ([]Tally, AsOf, error) {
	var all []Tally
	var at AsOf
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil {
		return nil, at, err
	}
	if !ok {
		return nil, at, ErrNotFound
	}
	err = x.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if at, err = head(ctx, tx, channel); err != nil {
			return err
		}
		place := map[int64]int{}
		err = sqldb.Each(ctx, tx, `SELECT k.no, k.contract, k.type, c.status, c.n FROM counts c JOIN kinds k ON k.no = c.kind WHERE k.channel = $1 AND c.n > 0 ORDER BY k.contract, k.type, c.status`, []any{no}, func(scan sqldb.Scan) error {
			var kind, n int64
			var contract, recordType, status string
			if err := scan(&kind, &contract, &recordType, &status, &n); err != nil {
				return err
			}
			i, ok := place[kind]
			if !ok {
				i = len(all)
				place[kind] = i
				all = append(all, Tally{Contract: contract, Type: recordType, Statuses: map[string]int64{}})
			}
			all[i].Total += n
			all[i].Statuses[status] += n
			return nil
		})
		if err != nil {
			return err
		}
		return x.lapsed(ctx, tx, no, now, func(kind int64, from string, to string, n int64) {
			if i, ok := place[kind]; ok {
				all[i].Statuses[from] -= n
				all[i].Statuses[to] += n
			}
		})
	})
	if err != nil {
		return nil, at, fmt.Errorf("count records of %s: %w", channel, err)
	}
	return all, at, nil
}

// lapsed counts the records whose stored status has lapsed.
func (x *Index) lapsed(ctx context.Context, tx *sql.Tx, channel int64, now time.Time, move func(kind int64, from, to string, n int64)) error {
	x.mu.RLock()
	to := map[int64]string{}
	for _, k := range x.kinds {
		if k.record != nil && k.record.Lapse != nil {
			to[k.no] = k.record.Lapse.To
		}
	}
	x.mu.RUnlock()
	if len(to) == 0 {
		return nil
	}
	return sqldb.Each(ctx, tx, `SELECT r.kind, r.status, count(*) FROM records r JOIN kinds k ON k.no = r.kind WHERE k.channel = $1 AND r.ends <= $2 GROUP BY r.kind, r.status`, []any{channel, millis(now)}, func(scan sqldb.Scan) error {
		var kind, n int64
		var status string
		if err := scan(&kind, &status, &n); err != nil {
			return err
		}
		if to[kind] != "" {
			move(kind, status, to[kind], n)
		}
		return nil
	})
}

// Activity is what was done on a day.
type Activity struct {
	Day      string `json:"day"` // YYYYMMDD, UTC+8
	Contract string `json:"ledger"`
	Type     string `json:"type"`
	Org      string `json:"org"` // MSP of the caller
	Op       string `json:"operation"`
	Count    int64  `json:"count"`
}

// ActivityOf tells what was done on a channel from day to day (YYYYMMDD, both
// included), in all ledgers or in one.
func (x *Index) ActivityOf(ctx context.Context, channel, contract, from, to string, limit int) ([]Activity, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNotFound
	}
	var all []Activity
	err = sqldb.Each(ctx, x.db.reader(), `SELECT a.day, k.contract, k.type, a.org, a.op, a.n FROM activity a JOIN kinds k ON k.no = a.kind
		WHERE k.channel = $1 AND ($2 = '' OR k.contract = $2) AND a.day >= $3 AND a.day <= $4 ORDER BY a.day DESC, k.contract, k.type, a.org, a.op LIMIT $5`,
		[]any{no, contract, from, to, limit}, func(scan sqldb.Scan) error {
			var a Activity
			err := scan(&a.Day, &a.Contract, &a.Type, &a.Org, &a.Op, &a.Count)
			all = append(all, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the activity on %s: %w", channel, err)
	}
	return all, nil
}
