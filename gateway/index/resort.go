package index

import (
	"context"
	"database/sql"

	"henanchain/gateway/sqldb"
)

// resortAtOnce is how many records are sorted in again in one transaction.
const resortAtOnce = 2000

// resort sorts all records of a kind in again, after its search fields were
// declared anew. It begins again where it was stopped.
func (x *Index) resort(ctx context.Context, k *kind) error {
	for after := k.no; ; {
		var last int64
		done := false
		err := x.inTx(ctx, func(tx *sql.Tx) (err error) {
			last, done, err = x.resortSome(ctx, tx, k, after)
			return err
		})
		if err != nil || done {
			return err
		}
		after = last
	}
}

func (x *Index) resortSome(ctx context.Context, tx *sql.Tx, k *kind, after int64) (last int64, done bool, err error) {
	if after == k.no { // record numbers are larger by far
		after = 0
		if _, err := tx.ExecContext(ctx, `DELETE FROM ordered WHERE field >= $1 AND field < $2`, k.no<<8, (k.no+1)<<8); err != nil {
			return 0, false, err
		}
	}
	type row struct {
		record int64
		status string
		value  []byte
	}
	var some []row
	err = sqldb.Each(ctx, tx, `SELECT r.record, r.status, v.value FROM records r JOIN versions v ON v.version = r.version WHERE r.kind = $1 AND r.record > $2 ORDER BY r.record LIMIT $3`,
		[]any{k.no, after, resortAtOnce}, func(scan sqldb.Scan) error {
			var r row
			if err := scan(&r.record, &r.status, &r.value); err != nil {
				return err
			}
			some = append(some, r)
			return nil
		})
	if err != nil {
		return 0, false, err
	}
	var terms, ordered []any
	for _, r := range some {
		e := k.entryOf(r.value)
		for _, t := range e.terms {
			terms = append(terms, x.placed(t, r.record), r.record)
		}
		for _, p := range e.ordered {
			ordered = append(ordered, p.field, p.value, r.record)
		}
		ends := any(nil)
		if at, ok := k.ends(r.status, r.value); ok {
			ends = at
		}
		if _, err := tx.ExecContext(ctx, `UPDATE records SET ends = $1 WHERE record = $2`, ends, r.record); err != nil {
			return 0, false, err
		}
		last = r.record
	}
	// Terms of fields that are declared no longer stay: nobody asks for them.
	if _, err := x.db.insert(ctx, tx, "terms", []string{"term", "record"}, " ON CONFLICT DO NOTHING", terms); err != nil {
		return 0, false, err
	}
	if _, err := x.db.insert(ctx, tx, "ordered", []string{"field", "value", "record"}, " ON CONFLICT DO NOTHING", ordered); err != nil {
		return 0, false, err
	}
	if len(some) == resortAtOnce {
		return last, false, nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE kinds SET fields = $1 WHERE no = $2`, k.fingerprint(), k.no); err != nil {
		return 0, false, err
	}
	k.stored = k.fingerprint()
	return last, true, nil
}
