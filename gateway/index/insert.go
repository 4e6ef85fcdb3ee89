package index

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"henanchain/gateway/sqldb"
)

// inserter writes many rows with few statements.
type inserter struct {
	// rowsAtOnce is how many rows one statement inserts; what is left over goes
	// in by halves of it, so that few different statements are prepared.
	rowsAtOnce int
	// verb begins a statement, INSERT or what the database has of that kind.
	verb string
	// mark writes the placeholder of the n-th value.
	mark func(n int) string
	// compiled keeps statements compiled; nil where the driver does.
	compiled *sqldb.Statements

	texts sync.Map // by table, suffix and rows: the text of the statement
}

// insert writes rows, whose values stand in one list after another. The suffix
// ends each statement, such as ON CONFLICT DO NOTHING; then the number of rows
// written is counted.
func (x *inserter) insert(ctx context.Context, tx *sql.Tx, table string, columns []string, suffix string, values []any) (written int64, err error) {
	n := x.rowsAtOnce
	for len(values) > 0 {
		for n*len(columns) > len(values) {
			n /= 2
		}
		result, err := x.exec(ctx, tx, x.statement(table, columns, suffix, n), values[:n*len(columns)]...)
		if err != nil {
			return written, fmt.Errorf("write %s: %w", table, err)
		}
		if suffix != "" {
			rows, err := result.RowsAffected()
			if err != nil {
				return written, fmt.Errorf("write %s: %w", table, err)
			}
			written += rows
		}
		values = values[n*len(columns):]
	}
	return written, nil
}

// exec executes a statement that is executed often.
func (x *inserter) exec(ctx context.Context, tx *sql.Tx, text string, args ...any) (sql.Result, error) {
	if x.compiled == nil {
		return tx.ExecContext(ctx, text, args...)
	}
	return x.compiled.Exec(ctx, tx, text, args...)
}

func (x *inserter) statement(table string, columns []string, suffix string, n int) string {
	key := table + "|" + suffix + "|" + strconv.Itoa(n)
	if s, ok := x.texts.Load(key); ok {
		return s.(string)
	}
	var b strings.Builder
	b.WriteString(x.verb + " INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	k := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range columns {
			if j > 0 {
				b.WriteByte(',')
			}
			k++
			b.WriteString(x.mark(k))
		}
		b.WriteByte(')')
	}
	b.WriteString(suffix)
	x.texts.Store(key, b.String())
	return b.String()
}

// list writes ($from, $from+1, …) for n values.
func list(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("$" + digits(from+i))
	}
	return "(" + b.String() + ")"
}

// batches cuts a list into pieces whose lengths are of few kinds, so that few
// different statements are prepared: the last value fills a piece up.
func batches[T any](all []T, size int, do func([]T) error) error {
	for len(all) > 0 {
		n := size
		for n/2 >= len(all) {
			n /= 2
		}
		part := all[:min(n, len(all))]
		all = all[len(part):]
		for len(part) < n {
			part = append(part[:len(part):len(part)], part[len(part)-1])
		}
		if err := do(part); err != nil {
			return err
		}
	}
	return nil
}

func digits(n int) string { return strconv.Itoa(n) }
