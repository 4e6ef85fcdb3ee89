package sqldb

import (
	"context"
	"database/sql"
)

// Querier is a database, a session or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Scan reads the row at hand into variables, as sql.Rows does.
type Scan = func(...any) error

// Each goes through the rows of a query.
func Each(ctx context.Context, q Querier, query string, args []any, row func(Scan) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Column reads the rows of a query that has one column.
func Column[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	var all []T
	err := Each(ctx, q, query, args, func(scan Scan) error {
		var v T
		err := scan(&v)
		all = append(all, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
