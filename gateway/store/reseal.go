package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"henanchain/gateway/sqldb"
)

// sealedColumns are what the store keeps sealed.
var sealedColumns = []struct{ table, id, column string }{
	{"jobs", "id", "payload"},
	{"webhooks", "id", "secret"},
	{"webhooks", "id", "secret_before"},
}

// Reseal has everything that is sealed in a database sealed anew, row by row:
// again answers a value's new form and whether it differs. It runs beside
// gateways, and may be run again. It returns how many values it changed, and how
// many there are.
func Reseal(ctx context.Context, dsn string, again func([]byte) ([]byte, bool, error)) (changed, all int, err error) {
	db, err := openTables(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, c := range sealedColumns {
		n, of, err := resealColumn(ctx, db, c.table, c.id, c.column, again)
		changed, all = changed+n, all+of
		if err != nil {
			return changed, all, fmt.Errorf("seal %s.%s anew: %w", c.table, c.column, err)
		}
	}
	return changed, all, nil
}

func resealColumn(ctx context.Context, db *sql.DB, table, id, column string, again func([]byte) ([]byte, bool, error)) (changed, all int, err error) {
	ids, err := sqldb.Column[string](ctx, db, `SELECT `+id+` FROM `+table+` WHERE `+column+` IS NOT NULL ORDER BY `+id)
	if err != nil {
		return 0, 0, err
	}
	for _, row := range ids {
		var old []byte
		switch err := db.QueryRowContext(ctx, `SELECT `+column+` FROM `+table+` WHERE `+id+` = $1`, row).Scan(&old); {
		case errors.Is(err, sql.ErrNoRows), err == nil && old == nil:
			continue // done meanwhile
		case err != nil:
			return changed, all, err
		}
		all++
		renewed, differs, err := again(old)
		if err != nil {
			return changed, all, fmt.Errorf("%s: %w", row, err)
		}
		if !differs {
			continue
		}
		// Only what was read is replaced: a gateway may have changed it meanwhile,
		// and seals under its own active key.
		if _, err := db.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = $1 WHERE `+id+` = $2 AND `+column+` = $3`, renewed, row, old); err != nil {
			return changed, all, err
		}
		changed++
	}
	return changed, all, nil
}
