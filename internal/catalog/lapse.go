package catalog

import (
	"encoding/json"
	"time"

	"henanchain/internal/identifier"
)

// Lapse says that records end by themselves (到期): one of a status of From is
// in fact To once its time has passed. The ledger derives that when it is
// asked; it does not wait for somebody to write it.
type Lapse struct {
	// Field is the body field with the end: a date (YYYYMMDD), the last day on
	// which the record holds, or a point in time (RFC 3339), from which on it
	// holds no more.
	Field string   `json:"field"`
	From  []string `json:"from"`
	To    string   `json:"to"`
}

// StatusAt answers the status that a record with that body has at a time:
// the stored one, or the one that it has lapsed into.
func (r *Record) StatusAt(status string, body json.RawMessage, now time.Time) string {
	if r.Lapse == nil {
		return status
	}
	for _, from := range r.Lapse.From {
		if from == status && r.Lapse.passed(body, now) {
			return r.Lapse.To
		}
	}
	return status
}

func (l *Lapse) passed(body json.RawMessage, now time.Time) bool {
	var all map[string]json.RawMessage
	var end string
	if json.Unmarshal(body, &all) != nil || json.Unmarshal(all[l.Field], &end) != nil {
		return false
	}
	if d, err := identifier.ParseDate(end); err == nil {
		return identifier.DateOf(now).Compare(d) > 0
	}
	t, err := identifier.ParseTimestamp(end)
	return err == nil && !now.Before(t.Time)
}
