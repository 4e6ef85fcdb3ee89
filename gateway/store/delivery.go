package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

// WebhookCounts tells how many events of a webhook wait to be tried again, and
// how many are given up.
func (s *Store) WebhookCounts(ctx context.Context, id string) (waiting, dead int, err error) {
	err = s.db.reader().QueryRowContext(ctx, `SELECT count(*) - count(dead), count(dead) FROM webhook_deliveries WHERE webhook = $1`, id).Scan(&waiting, &dead)
	if err != nil {
		return 0, 0, fmt.Errorf("count the deliveries of webhook %s: %w", id, err)
	}
	return waiting, dead, nil
}

// DeadLetters lists the events that a webhook's deliveries gave up, by channel
// and place, from after one on.
func (s *Store) DeadLetters(ctx context.Context, id, channel string, place int64, limit int) ([]Delivery, error) {
	return s.deliveries(ctx, id, ` AND dead IS NOT NULL AND (channel > $2 OR channel = $2 AND place > $3) ORDER BY channel, place LIMIT $4`, channel, place, limit)
}

// Waiting lists the events of a webhook that are to be tried again.
func (s *Store) Waiting(ctx context.Context, id string) ([]Delivery, error) {
	return s.deliveries(ctx, id, ` AND dead IS NULL ORDER BY channel, place`)
}

func (s *Store) deliveries(ctx context.Context, id, where string, args ...any) ([]Delivery, error) {
	var all []Delivery
	err := sqldb.Each(ctx, s.db.reader(), `SELECT channel, place, record, attempts, next, status, error, dead, created FROM webhook_deliveries WHERE webhook = $1`+where, append([]any{id}, args...), func(scan sqldb.Scan) error {
		var d Delivery
		var next, created int64
		var dead sql.NullInt64
		err := scan(&d.Channel, &d.Place, &d.Record, &d.Attempts, &next, &d.Status, &d.Error, &dead, &created)
		d.Next, d.Created, d.Dead = fromMillis(next), fromMillis(created), fromMillis(dead.Int64)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of webhook %s: %w", id, err)
	}
	return all, nil
}

// Redeliver has a webhook's dead letters tried again, one or (channel empty)
// all of them, and tells how many.
func (s *Store) Redeliver(ctx context.Context, app, id, channel string, place int64) (n int64, err error) {
	err = s.change(ctx, app, id, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE webhook_deliveries SET dead = NULL, attempts = 0, next = 0
			WHERE webhook = $1 AND dead IS NOT NULL AND ($2 = '' OR channel = $2 AND place = $3)`, id, channel, place)
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	})
	return n, err
}

// ClaimWebhooks lists the active webhooks that this gateway delivers: its own,
// and those of gateways that are gone.
func (s *Store) ClaimWebhooks(ctx context.Context) ([]*Webhook, error) {
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error { return s.adopt(ctx, tx, "webhooks") })
	if err != nil {
		return nil, fmt.Errorf("claim webhooks: %w", err)
	}
	return s.webhooks(ctx, ` WHERE owner = $1 AND state = '`+WebhookActive+`' ORDER BY id`, s.db.self())
}

// Progress is what came of some deliveries.
type Progress struct {
	Attempts
	Places   map[string]int64 // how far each channel is now
	Settled  []Delivery       // no longer there
	Unsettle []Delivery       // there, as they are now
	// Suspend says why the webhook is suspended; empty where it is not.
	Suspend string
}

// Save stores what came of deliveries of a revision of a webhook, all of it or
// none. ErrChanged where that is not the revision any more: nothing is stored
// then, and what was delivered is delivered again.
func (s *Store) Save(ctx context.Context, id string, revision int64, p *Progress) error {
	changed := false
	err := s.group.insist(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		state := WebhookActive
		if p.Suspend != "" {
			state = WebhookSuspended
		}
		done, err := tx.ExecContext(ctx, `UPDATE webhooks SET failures = $1, next = $2, delivered = $3, last_at = $4, last_status = $5, last_error = $6, state = $7, reason = $8,
			denied = $9, denied_at = $10, denied_code = $11, denied_reason = $12 WHERE id = $13 AND owner = $14 AND revision = $15`,
			p.Failures, millis(p.Next), p.Delivered, millis(p.LastAt), p.LastStatus, p.LastError, state, p.Suspend,
			p.Denied, millis(p.DeniedAt), p.DeniedCode, p.DeniedReason, id, s.db.self(), revision)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if changed = n == 0; err != nil || changed {
			return err
		}
		return saveProgress(ctx, tx, id, p)
	})
	switch {
	case err != nil:
		return fmt.Errorf("store the deliveries of webhook %s: %w", id, err)
	case changed:
		return ErrChanged
	}
	return nil
}

func saveProgress(ctx context.Context, tx *sql.Tx, id string, p *Progress) error {
	if err := setPlaces(ctx, tx, id, p.Places); err != nil {
		return err
	}
	for _, d := range p.Settled {
		if _, err := tx.ExecContext(ctx, `DELETE FROM webhook_deliveries WHERE webhook = $1 AND channel = $2 AND place = $3`, id, d.Channel, d.Place); err != nil {
			return err
		}
	}
	for _, d := range p.Unsettle {
		var dead any
		if !d.Dead.IsZero() {
			dead = d.Dead.UnixMilli()
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO webhook_deliveries (webhook, channel, place, record, attempts, next, status, error, dead, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (webhook, channel, place)
			DO UPDATE SET attempts = excluded.attempts, next = excluded.next, status = excluded.status, error = excluded.error, dead = excluded.dead`,
			id, d.Channel, d.Place, d.Record, d.Attempts, millis(d.Next), d.Status, d.Error, dead, d.Created.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// Older tells whether a delivery comes before another one of the same record.
func (d *Delivery) Older(other *Delivery) bool {
	return d.Channel == other.Channel && d.Record == other.Record && d.Place < other.Place
}

// Due tells whether a delivery may be tried at a time.
func (d *Delivery) Due(at time.Time) bool { return !d.Next.After(at) }
