package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

// States of a webhook.
const (
	WebhookActive    = "active"
	WebhookSuspended = "suspended"
)

// ErrTooMany is returned where an application has as many webhooks as it may.
var ErrTooMany = errors.New("the application has as many webhooks as it may have")

// ErrChanged tells that a webhook was changed, taken over or removed while its
// deliveries were under way.
var ErrChanged = errors.New("the webhook was changed meanwhile")

// Webhook is an application's subscription to events.
type Webhook struct {
	ID, App, URL, Label string
	Filter              json.RawMessage
	// Secret is what the receiver's authentication codes are made with, and
	// SecretBefore (nil: none) the one before it, until a time, beside it.
	Secret, SecretBefore []byte
	SecretUntil          time.Time
	State                string // one of the constants above
	Reason               string // why the gateway itself suspended it
	// Revision grows with each change of what is to be delivered.
	Revision         int64
	Created, Updated time.Time
	// Places are how far each channel is delivered.
	Places map[string]int64
	Attempts
}

// Attempts are how a webhook's deliveries went.
type Attempts struct {
	Failures   int       // one after another that found nobody
	Next       time.Time // after such, not before then
	Delivered  int64
	LastAt     time.Time
	LastStatus int
	LastError  string
	// Denied are the events that the application may not have, and what was said of
	// the last one. Nothing was sent of them, and none of them is a failure.
	Denied                   int64
	DeniedAt                 time.Time
	DeniedCode, DeniedReason string
}

// Delivery is an event that was not taken yet, or is given up.
type Delivery struct {
	Channel  string
	Place    int64
	Record   string // whose later events wait
	Attempts int
	Next     time.Time
	Status   int // what the last attempt was answered
	Error    string
	Dead     time.Time // zero while it is tried
	Created  time.Time
}

const webhookColumns = `id, app, url, label, filter, secret, secret_before, secret_until, state, reason, revision, created, updated, failures, next, delivered, last_at, last_status, last_error, denied, denied_at, denied_code, denied_reason`

func (s *Store) scanWebhook(scan func(...any) error) (*Webhook, error) {
	w := &Webhook{Places: map[string]int64{}}
	var filter string
	var secret, before []byte
	var until, created, updated, next, last, denied int64
	err := scan(&w.ID, &w.App, &w.URL, &w.Label, &filter, &secret, &before, &until, &w.State, &w.Reason, &w.Revision, &created, &updated, &w.Failures, &next, &w.Delivered, &last, &w.LastStatus, &w.LastError,
		&w.Denied, &denied, &w.DeniedCode, &w.DeniedReason)
	if err != nil {
		return nil, err
	}
	w.Filter, w.Created, w.Updated, w.Next, w.LastAt = json.RawMessage(filter), time.UnixMilli(created), time.UnixMilli(updated), fromMillis(next), fromMillis(last)
	w.SecretUntil, w.DeniedAt = fromMillis(until), fromMillis(denied)
	if w.Secret, err = s.opts.Open(secret); err == nil && before != nil {
		w.SecretBefore, err = s.opts.Open(before)
	}
	if err != nil {
		return nil, fmt.Errorf("open the secret of webhook %s: %w", w.ID, err)
	}
	return w, nil
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// CreateWebhook stores a webhook of which its application may have so many;
// ErrTooMany where it has them.
func (s *Store) CreateWebhook(ctx context.Context, w *Webhook, limit int) error {
	sealed, err := s.opts.Seal(w.Secret)
	if err != nil {
		return fmt.Errorf("seal the secret of a webhook: %w", err)
	}
	full := false
	err = s.group.insist(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM webhooks WHERE app = $1 AND id <> $2`, w.App, w.ID).Scan(&n); err != nil {
			return err
		}
		if full = n >= limit; full {
			return nil
		}
		at := w.Created.UnixMilli()
		_, err := tx.ExecContext(ctx, `INSERT INTO webhooks (id, app, owner, revision, url, label, filter, secret, state, reason, failures, next, delivered, last_at, last_status, last_error, created, updated)
			VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, '', 0, 0, 0, 0, 0, '', $9, $9) ON CONFLICT (id) DO NOTHING`,
			w.ID, w.App, s.db.self(), w.URL, w.Label, string(w.Filter), sealed, w.State, at)
		if err != nil {
			return err
		}
		return setPlaces(ctx, tx, w.ID, w.Places)
	})
	switch {
	case err != nil:
		return fmt.Errorf("store a webhook: %w", err)
	case full:
		return ErrTooMany
	}
	return nil
}

func setPlaces(ctx context.Context, tx *sql.Tx, id string, places map[string]int64) error {
	for channel, place := range places {
		if _, err := tx.ExecContext(ctx, `INSERT INTO webhook_places (webhook, channel, place) VALUES ($1, $2, $3)
			ON CONFLICT (webhook, channel) DO UPDATE SET place = excluded.place`, id, channel, place); err != nil {
			return err
		}
	}
	return nil
}

// Webhooks lists an application's webhooks, the oldest first.
func (s *Store) Webhooks(ctx context.Context, app string) ([]*Webhook, error) {
	return s.webhooks(ctx, ` WHERE app = $1 ORDER BY created, id`, app)
}

// Webhook reads one webhook of an application, or returns ErrNotFound.
func (s *Store) Webhook(ctx context.Context, app, id string) (*Webhook, error) {
	all, err := s.webhooks(ctx, ` WHERE app = $1 AND id = $2`, app, id)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func (s *Store) webhooks(ctx context.Context, where string, args ...any) ([]*Webhook, error) {
	var all []*Webhook
	err := sqldb.Each(ctx, s.db.reader(), `SELECT `+webhookColumns+` FROM webhooks`+where, args, func(scan sqldb.Scan) error {
		w, err := s.scanWebhook(scan)
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	for _, w := range all {
		err := sqldb.Each(ctx, s.db.reader(), `SELECT channel, place FROM webhook_places WHERE webhook = $1`, []any{w.ID}, func(scan sqldb.Scan) error {
			var channel string
			var place int64
			err := scan(&channel, &place)
			w.Places[channel] = place
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the places of webhook %s: %w", w.ID, err)
		}
	}
	return all, nil
}

// change runs what changes a webhook of an application; ErrNotFound where it
// has none with that id.
func (s *Store) change(ctx context.Context, app, id string, run func(context.Context, *sql.Tx) error) error {
	found := false
	err := s.group.insist(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE webhooks SET revision = revision + 1, failures = 0, next = 0, updated = $1 WHERE id = $2 AND app = $3`, now(), id, app)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if found = n == 1; err != nil || !found {
			return err
		}
		return run(ctx, tx)
	})
	switch {
	case err != nil:
		return fmt.Errorf("change webhook %s: %w", id, err)
	case !found:
		return ErrNotFound
	}
	return nil
}

// UpdateWebhook replaces what a webhook's owner says of it. Places are those of
// channels that are new; gone are those that are left.
func (s *Store) UpdateWebhook(ctx context.Context, w *Webhook, places map[string]int64, gone []string) error {
	return s.change(ctx, w.App, w.ID, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE webhooks SET url = $1, label = $2, filter = $3 WHERE id = $4`, w.URL, w.Label, string(w.Filter), w.ID); err != nil {
			return err
		}
		for _, channel := range gone {
			for _, table := range []string{"webhook_places", "webhook_deliveries"} {
				if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE webhook = $1 AND channel = $2`, w.ID, channel); err != nil {
					return err
				}
			}
		}
		return setPlaces(ctx, tx, w.ID, places)
	})
}

// SetWebhookState suspends or resumes a webhook.
func (s *Store) SetWebhookState(ctx context.Context, app, id, state string) error {
	return s.change(ctx, app, id, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE webhooks SET state = $1, reason = '' WHERE id = $2`, state, id)
		return err
	})
}

// ReplayWebhook has the events of a channel after a place delivered again.
func (s *Store) ReplayWebhook(ctx context.Context, app, id, channel string, place int64) error {
	return s.change(ctx, app, id, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM webhook_deliveries WHERE webhook = $1 AND channel = $2 AND place > $3`, id, channel, place); err != nil {
			return err
		}
		return setPlaces(ctx, tx, id, map[string]int64{channel: place})
	})
}

// DeleteWebhook removes a webhook and what waits for it.
func (s *Store) DeleteWebhook(ctx context.Context, app, id string) error {
	return s.change(ctx, app, id, func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range []string{`DELETE FROM webhook_deliveries WHERE webhook = $1`, `DELETE FROM webhook_places WHERE webhook = $1`, `DELETE FROM webhooks WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return err
			}
		}
		return nil
	})
}
