package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// RotateWebhook gives a webhook of an application a new secret. The one that it
// had stands beside it until a time, so that its receiver can change over.
func (s *Store) RotateWebhook(ctx context.Context, app, id string, secret []byte, until time.Time) error {
	sealed, err := s.opts.Seal(secret)
	if err != nil {
		return fmt.Errorf("seal the secret of a webhook: %w", err)
	}
	return s.change(ctx, app, id, func(ctx context.Context, tx *sql.Tx) error {
		// Done twice, the new one does not become the one before.
		_, err := tx.ExecContext(ctx, `UPDATE webhooks SET secret_before = secret, secret_until = $1, secret = $2 WHERE id = $3 AND secret <> $2`,
			until.UnixMilli(), sealed, id)
		return err
	})
}

// Secrets are those whose authentication codes an event carries at a time, the
// newest first.
func (w *Webhook) Secrets(at time.Time) [][]byte {
	if w.SecretBefore != nil && at.Before(w.SecretUntil) {
		return [][]byte{w.Secret, w.SecretBefore}
	}
	return [][]byte{w.Secret}
}
