package store

import (
	"context"
	"database/sql"
	"fmt"
)

// DrawQuota takes up to n operations of what an application may still do on a
// day, all gateways of the database together, and returns how many it got. A
// negative n gives back what was drawn and not used.
func (s *Store) DrawQuota(ctx context.Context, app, day string, n, quota int64) (int64, error) {
	var got int64
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO quota (app, day, used) VALUES ($1, $2, 0) ON CONFLICT (app, day) DO NOTHING`, app, day); err != nil {
			return err
		}
		var used int64
		row := tx.QueryRowContext(ctx, `SELECT used FROM quota WHERE app = $1 AND day = $2`+s.db.forUpdate(), app, day)
		if err := row.Scan(&used); err != nil {
			return err
		}
		if got = max(min(n, quota-used), min(n, 0)); got == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, `UPDATE quota SET used = used + $1 WHERE app = $2 AND day = $3`, got, app, day)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("draw on the quota of %s: %w", app, err)
	}
	return got, nil
}
