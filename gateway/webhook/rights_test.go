package webhook

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"henanchain/gateway/events"
	"henanchain/gateway/index"
	"henanchain/gateway/store"
)

// law is what an application may have in the tests: everything, unless it says
// otherwise of a channel, or of a channel and a record.
type law struct {
	mu   sync.Mutex
	says map[string]error
}

func (l *law) set(what string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.says == nil {
		l.says = map[string]error{}
	}
	l.says[what] = err
}

func (l *law) Follows(_ context.Context, _, channel string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.says[channel]
}

func (l *law) Receives(ctx context.Context, app string, c *index.Change) error {
	if err := l.Follows(ctx, app, c.Channel); err != nil {
		return err
	}
	return l.Follows(ctx, app, c.Channel+"/"+c.ID)
}

// now is how a webhook stands.
func now(t *testing.T, db *store.Store, h *store.Webhook) *store.Webhook {
	t.Helper()
	w, err := db.Webhook(t.Context(), h.App, h.ID)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAnEventThatTheApplicationMayNotHaveIsLeftOutAndCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r, rights := newLedgers(), newReceiver(t), &law{}
		h := subscription(t, db, r.URL)
		rights.set("zhengzhou/b", &events.Denied{Code: "SERVICE_NOT_PROVISIONED", Reason: "not that one"})
		rights.set("zhengzhou/c", &events.Denied{Code: "EVIDENCE_SEALED", Reason: "not that either", Hidden: true})
		deliverTo(t, db, l, rights, Options{})
		for _, id := range []string{"a", "b", "c", "a", "b"} {
			l.write("zhengzhou", id, "Deposit")
		}
		eventually(t, "that everything is looked at", func() bool { return now(t, db, h).Places["zhengzhou"] == 5 })
		if got := strings.Join(r.got(), " "); got != "zhengzhou-1 zhengzhou-4" {
			t.Errorf("delivered were %s", got)
		}
		w := now(t, db, h)
		if w.Denied != 2 || w.DeniedCode != "SERVICE_NOT_PROVISIONED" || w.DeniedReason != "not that one" || w.DeniedAt.IsZero() {
			t.Errorf("of what was left out it says %+v: what is hidden is not counted", w.Attempts)
		}
		if w.Delivered != 2 || w.Failures != 0 || w.LastError != "" || w.State != store.WebhookActive {
			t.Errorf("it stands at %+v", w)
		}
		if waiting, dead, err := db.WebhookCounts(t.Context(), h.ID); err != nil || waiting+dead != 0 {
			t.Errorf("%d wait and %d are dead: %v", waiting, dead, err)
		}
		rights.set("zhengzhou/b", nil)
		l.write("zhengzhou", "b", "Deposit")
		eventually(t, "the next event once the right is back", func() bool { return slices.Contains(r.got(), "zhengzhou-6") })
	})
}

// The receiver refuses the event at first, so that the right ends after the event
// was read and before it is tried again.
func TestARightThatEndsWhileAnEventWaitsEndsItsDeliveryToo(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r, rights := newLedgers(), newReceiver(t), &law{}
		h := subscription(t, db, r.URL)
		r.answers(func(*events.Event) int {
			rights.set("zhengzhou/a", &events.Denied{Code: "SERVICE_NOT_PROVISIONED", Reason: "revoked"})
			return 500
		})
		deliverTo(t, db, l, rights, Options{Attempts: 2})
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "the denial", func() bool { return now(t, db, h).Denied == 1 })
		if waiting, dead, err := db.WebhookCounts(t.Context(), h.ID); err != nil || waiting+dead != 0 || len(r.got()) != 0 {
			t.Errorf("%d wait, %d are dead, %v came: %v", waiting, dead, r.got(), err)
		}
	})
}

// Events of one channel are looked at while the right to another one is away; what
// comes first of the other one is on its way already when its right ends.
func TestAChannelThatTheApplicationMayNotHaveWaitsAndGoesOnWhereItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r, rights := newLedgers(), newReceiver(t), &law{}
		h := subscription(t, db, r.URL, func(f *events.Filter) { f.Cities = []string{"zhengzhou", "kaifeng"} })
		ended := &events.Denied{Code: "CITY_FORBIDDEN", Reason: "not that city", Channel: true}
		r.answers(func(e *events.Event) int {
			if e.ID == "kaifeng-1" && len(r.taken) == 0 {
				rights.set("kaifeng", ended)
				return 500
			}
			return 200
		})
		deliverTo(t, db, l, rights, Options{})
		l.write("kaifeng", "a", "Deposit")
		eventually(t, "the first attempt", func() bool { return now(t, db, h).LastStatus == 500 })
		l.write("kaifeng", "a", "Deposit")
		l.write("kaifeng", "b", "Deposit")
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "the other city's event", func() bool { return now(t, db, h).Places["zhengzhou"] == 1 })
		if got, w := r.got(), now(t, db, h); len(got) != 1 || got[0] != "zhengzhou-1" || w.Denied != 0 || w.Places["kaifeng"] != 1 {
			t.Errorf("while the right is away %v came, and it stands at %+v", got, w)
		}
		rights.set("kaifeng", nil)
		eventually(t, "all that waited", func() bool { return len(r.got()) == 4 })
		if got := r.got()[1:]; slices.Index(got, "kaifeng-1") > slices.Index(got, "kaifeng-2") {
			t.Errorf("a record's events came as %v", got)
		}
	})
}

func TestWhileNobodyCanTellWhatMayBeDeliveredNothingIsAndNothingIsLost(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r, rights := newLedgers(), newReceiver(t), &law{}
		h := subscription(t, db, r.URL)
		away := errors.New("the read model does not answer")
		rights.set("zhengzhou/a", away)
		deliverTo(t, db, l, rights, Options{Attempts: 1})
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "that it waits", func() bool {
			waiting, _, err := db.WebhookCounts(t.Context(), h.ID)
			return err == nil && waiting == 1
		})
		rights.set("zhengzhou", away)
		l.write("zhengzhou", "b", "Deposit")
		if w := now(t, db, h); len(r.got()) != 0 || w.Denied != 0 || !w.LastAt.IsZero() {
			t.Errorf("%v came, and it stands at %+v", r.got(), w)
		}
		rights.set("zhengzhou", nil)
		rights.set("zhengzhou/a", nil)
		eventually(t, "both events", func() bool { return len(r.got()) == 2 })
	})
}
