package rest

import (
	"encoding/json"
	"errors"
	"time"

	"henanchain/gateway/events"
	"henanchain/gateway/store"
)

// webhookDocument is a subscription as its application sees it.
type webhookDocument struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Label  string `json:"label,omitempty"`
	Secret string `json:"secret,omitempty"` // once, in the answer to who made or rotated it
	// The secret before stands beside it until then.
	SecretBeforeUntil *time.Time `json:"secretBeforeUntil,omitempty"`
	events.Filter
	State       string            `json:"state"`
	Reason      string            `json:"reason,omitempty"`
	Positions   map[string]string `json:"positions"` // id of the last event that was looked at, by city
	Behind      map[string]int64  `json:"behind"`    // places that the ledgers are further
	Waiting     int               `json:"waiting"`
	DeadLetters int               `json:"deadLetters"`
	Delivered   int64             `json:"delivered"`
	// Denied are events that the application might not have, and Held the cities of
	// which it may have none at this moment.
	Denied      *denials            `json:"denied,omitempty"`
	Held        map[string]heldBack `json:"held,omitempty"`
	Last        *lastAttempt        `json:"lastAttempt,omitempty"`
	NextAttempt *time.Time          `json:"nextAttempt,omitempty"`
	Created     time.Time           `json:"created"`
	Updated     time.Time           `json:"updated"`
}

// denials are how many events were not delivered because a read of their records
// would have been refused, and with which code the last one was.
type denials struct {
	Count  int64     `json:"count"`
	Time   time.Time `json:"time"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
}

// heldBack is why a city's events wait.
type heldBack struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

type lastAttempt struct {
	Time   time.Time `json:"time"`
	Status int       `json:"status,omitempty"`
	Error  string    `json:"error,omitempty"`
}

// describe tells how a webhook stands.
func (x *exchange) describe(w *store.Webhook) (*webhookDocument, error) {
	d := &webhookDocument{ID: w.ID, URL: w.URL, Label: w.Label, State: w.State, Reason: w.Reason, Positions: map[string]string{}, Behind: map[string]int64{},
		Delivered: w.Delivered, Created: w.Created.UTC(), Updated: w.Updated.UTC()}
	if err := json.Unmarshal(w.Filter, &d.Filter); err != nil {
		return nil, err
	}
	var err error
	if d.Waiting, d.DeadLetters, err = x.Webhooks.WebhookCounts(x.ctx(), w.ID); err != nil {
		return nil, storeAway(err)
	}
	if d.Held, err = x.heldOf(w); err != nil {
		return nil, err
	}
	heads, _ := x.Events.Now()
	for city, place := range w.Places {
		d.Positions[city], d.Behind[city] = events.ID(city, place), max(0, heads[city].Place-place)
	}
	if w.Denied > 0 {
		d.Denied = &denials{w.Denied, w.DeniedAt.UTC(), w.DeniedCode, w.DeniedReason}
	}
	if !w.LastAt.IsZero() {
		d.Last = &lastAttempt{w.LastAt.UTC(), w.LastStatus, w.LastError}
	}
	if w.SecretBefore != nil && time.Now().Before(w.SecretUntil) {
		until := w.SecretUntil.UTC()
		d.SecretBeforeUntil = &until
	}
	if !w.Next.IsZero() && w.State == store.WebhookActive {
		next := w.Next.UTC()
		d.NextAttempt = &next
	}
	return d, nil
}

// heldOf tells of which of a webhook's cities nothing may be delivered now.
func (x *exchange) heldOf(w *store.Webhook) (map[string]heldBack, error) {
	all := map[string]heldBack{}
	for city := range w.Places {
		var denied *events.Denied
		switch err := x.WebhookRights().Follows(x.ctx(), w.App, city); {
		case errors.As(err, &denied):
			all[city] = heldBack{denied.Code, denied.Reason}
		case err != nil:
			return nil, err
		}
	}
	return all, nil
}
