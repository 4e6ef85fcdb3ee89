package index

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"henanchain/gateway/sqldb"
)

// dumped are the tables and the columns by which two indexes of the same
// blocks must be the same.
var dumped = []string{
	`SELECT name, number, hash, time, config_at, records, versions, txs FROM channels ORDER BY name`,
	`SELECT channel, number, hash, data_hash, time, bytes, txs, valid, first_tx FROM blocks ORDER BY channel, number`,
	`SELECT tx, block, position, id, type, code, time, contract, function, creator, endorsers, operations, first, writes FROM transactions ORDER BY tx`,
	`SELECT version, record, before, tx, value FROM versions ORDER BY version`,
	`SELECT r.record, k.contract, k.type, r.id, r.version, r.status, r.ends FROM records r JOIN kinds k ON k.no = r.kind ORDER BY r.record`,
	`SELECT field, value, record FROM ordered ORDER BY field, value, record`,
	`SELECT tx, contract, name, payload FROM events ORDER BY tx`,
	`SELECT k.contract, k.type, c.status, c.n FROM counts c JOIN kinds k ON k.no = c.kind WHERE c.n <> 0 ORDER BY k.contract, k.type, c.status`,
	`SELECT k.contract, k.type, a.day, a.org, a.op, a.n FROM activity a JOIN kinds k ON k.no = a.kind ORDER BY k.contract, k.type, a.day, a.org, a.op`,
	`SELECT channel, number, sequence, block FROM configs ORDER BY channel, number`,
	`SELECT channel, name, sequence, version, tx FROM contracts ORDER BY channel, name, sequence, tx`,
}

// Dump writes everything that the index holds as text. It is for small ones:
// tests hold two indexes of the same blocks against each other.
func (x *Index) Dump(ctx context.Context) (string, error) {
	var b strings.Builder
	err := x.snapshot(ctx, func(tx *sql.Tx) error {
		for _, query := range dumped {
			b.WriteString("# " + query + "\n")
			if err := dumpTable(ctx, tx, query, &b); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
		}
		return dumpTerms(ctx, tx, &b)
	})
	return b.String(), err
}

// dumpTerms writes what every term names: in which of the two tables it stands
// depends on how many blocks went in at once.
func dumpTerms(ctx context.Context, tx *sql.Tx, b *strings.Builder) error {
	var all []pair
	err := sqldb.Each(ctx, tx, `SELECT term, record FROM terms`, nil, func(scan sqldb.Scan) error {
		var p pair
		err := scan(&p.term, &p.record)
		all = append(all, p)
		return err
	})
	if err != nil {
		return err
	}
	err = sqldb.Each(ctx, tx, `SELECT term, first, records FROM postings`, nil, func(scan sqldb.Scan) error {
		var term, first int64
		var data []byte
		if err := scan(&term, &first, &data); err != nil {
			return err
		}
		some, err := unposted(first, data)
		for _, r := range some {
			all = append(all, pair{term, r})
		}
		return err
	})
	slices.SortFunc(all, func(x, y pair) int { return cmp.Or(cmp.Compare(x.term, y.term), cmp.Compare(x.record, y.record)) })
	b.WriteString("# terms\n")
	for _, p := range all {
		fmt.Fprintf(b, "%d|%d|\n", p.term, p.record)
	}
	return err
}

func dumpTable(ctx context.Context, tx *sql.Tx, query string, b *strings.Builder) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, v := range values {
			if raw, ok := v.([]byte); ok {
				v = hex.EncodeToString(raw)
			}
			fmt.Fprintf(b, "%v|", v)
		}
		b.WriteByte('\n')
	}
	return rows.Err()
}
