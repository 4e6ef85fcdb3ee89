package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrClaimed is returned where another process follows.
var ErrClaimed = errors.New("another process follows into this read model; stop it first")

// Clear empties the index, so that it is made again from block 0. The channels
// are those that may be followed at this moment: none of them may be.
func (x *Index) Clear(ctx context.Context, channels []string) error {
	for _, channel := range channels {
		claim, err := x.Claim(ctx, channel)
		if err != nil {
			return err
		}
		if claim == nil {
			return ErrClaimed
		}
		defer claim.Release()
	}
	err := x.inTx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"blocks", "transactions", "versions", "records", "terms", "postings", "ordered", "events", "counts", "activity", "configs", "contracts"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		// Channels and kinds keep their numbers, which gateways that serve beside know.
		if _, err := tx.ExecContext(ctx, `UPDATE channels SET number = -1, hash = $1, time = 0, config_at = 0, records = 0, versions = 0, txs = 0`, []byte{}); err != nil {
			return fmt.Errorf("empty channels: %w", err)
		}
		return nil
	})
	for _, channel := range channels {
		x.hot.forget(channel)
	}
	if err != nil {
		return fmt.Errorf("empty the index: %w", err)
	}
	return nil
}
