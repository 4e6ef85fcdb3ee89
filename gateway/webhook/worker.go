package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"

	"henanchain/gateway/events"
	"henanchain/gateway/index"
	"henanchain/gateway/store"
)

const (
	// atOnce is how many records' events one webhook delivers side by side.
	atOnce = 8
	// readAtOnce is how many places of a channel are looked at in one round.
	readAtOnce = 512
	// maxWaiting is how many events of a webhook may wait to be tried again
	// before it reads on: an outage fills neither the database nor the dead letters.
	maxWaiting = 1000
	// Pauses after the first failure, and at the longest.
	firstPause   = time.Second
	longestPause = time.Hour
	awayLongest  = 5 * time.Minute
	idleAtMost   = time.Minute
	errorPause   = time.Second
)

// worker delivers one revision of one webhook.
type worker struct {
	*Deliverer
	hook    *store.Webhook
	filter  events.Filter
	log     *zap.Logger
	waiting []store.Delivery  // by channel and place
	held    map[string]string // channels of which nothing may be delivered, with the reason
}

// task is an event that is due.
type task struct {
	store.Delivery
	known  bool // it is among the waiting
	change *index.Change
	tried  bool
	taken  bool
	denied bool // it is not for the application
}

// done tells that nothing is to be done for it any more.
func (t *task) done() bool { return t.taken || t.denied }

// round is what one round found and did.
type round struct {
	tasks    []*task
	behind   []*task // of records whose earlier events wait
	places   map[string]int64
	moved    bool
	mu       sync.Mutex
	away     bool
	gone     bool
	err      error // why it cannot be told what may be delivered
	attempts store.Attempts
}

// run delivers until ctx ends or the webhook was changed.
func (w *worker) run(ctx context.Context) {
	if err := json.Unmarshal(w.hook.Filter, &w.filter); err != nil {
		w.log.Error("a webhook's filter cannot be read; it is left alone", zap.Error(err))
		return
	}
	for ctx.Err() == nil {
		err := w.deliver(ctx)
		switch {
		case errors.Is(err, store.ErrChanged):
			w.Wake()
			return
		case err != nil && ctx.Err() == nil:
			w.log.Warn("a webhook's deliveries are interrupted", zap.Error(err))
			pause(ctx, errorPause)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// deliver loads what waits, and goes round until something fails.
func (w *worker) deliver(ctx context.Context) (err error) {
	if w.waiting, err = w.store.Waiting(ctx, w.hook.ID); err != nil {
		return err
	}
	for ctx.Err() == nil {
		heads, news := w.events.Now()
		if rest := time.Until(w.hook.Next); rest > 0 {
			pause(ctx, rest)
			continue
		}
		r, err := w.gather(ctx, heads)
		if err != nil {
			return err
		}
		if len(r.tasks) == 0 && !r.moved {
			w.idle(ctx, news)
			continue
		}
		w.send(ctx, r)
		if err := w.save(context.WithoutCancel(ctx), r); err != nil {
			return err
		}
		if r.gone {
			return store.ErrChanged
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// idle waits for news, or until something is due again.
func (w *worker) idle(ctx context.Context, news <-chan struct{}) {
	rest := idleAtMost
	for i := range w.waiting {
		if until := time.Until(w.waiting[i].Next); until > 0 && until < rest {
			rest = until
		}
	}
	if len(w.waiting) > 0 && rest == idleAtMost {
		rest = errorPause // the index does not hold what waits: it is being made again
	}
	select {
	case <-ctx.Done():
	case <-news:
	case <-time.After(rest):
	}
}

// gather finds what is due: events that wait, and the next ones of each channel.
func (w *worker) gather(ctx context.Context, heads map[string]index.Head) (*round, error) {
	if err := w.hold(ctx); err != nil {
		return nil, err
	}
	r := &round{places: map[string]int64{}, attempts: w.hook.Attempts}
	blocked := map[string]bool{}
	now := time.Now()
	for i := range w.waiting {
		d := &w.waiting[i]
		key := d.Channel + "/" + d.Record
		if !blocked[key] && d.Due(now) && w.held[d.Channel] == "" {
			change, err := w.changeAt(ctx, heads, d)
			if err != nil {
				return nil, err
			}
			if change != nil {
				r.tasks = append(r.tasks, &task{Delivery: *d, known: true, change: change})
			}
		}
		blocked[key] = true
	}
	if len(w.waiting) >= maxWaiting {
		return r, nil
	}
	for _, channel := range w.filter.Cities {
		if heads[channel].Place <= w.hook.Places[channel] || w.held[channel] != "" {
			continue
		}
		changes, through, err := w.events.Changes(ctx, channel, w.hook.Places[channel], readAtOnce)
		if err != nil {
			return nil, err
		}
		if through > w.hook.Places[channel] {
			r.places[channel], r.moved = through, true
		}
		for i := range changes {
			if w.filter.Matches(&changes[i]) {
				r.sort(&changes[i], blocked, now)
			}
		}
	}
	return r, nil
}

// hold looks of which channels nothing may be delivered now.
func (w *worker) hold(ctx context.Context) error {
	held := map[string]string{}
	for _, channel := range w.filter.Cities {
		var denied *events.Denied
		switch err := w.rights.Follows(ctx, w.hook.App, channel); {
		case errors.As(err, &denied):
			held[channel] = denied.Error()
			if w.held[channel] != held[channel] {
				w.log.Info("the events of a channel wait: the application may not have them", zap.String("channel", channel), zap.String("code", denied.Code), zap.String("reason", denied.Reason))
			}
		case err != nil:
			return err
		}
	}
	w.held = held
	return nil
}

// sort puts a new event where it belongs.
func (r *round) sort(c *index.Change, blocked map[string]bool, now time.Time) {
	t := &task{change: c, Delivery: store.Delivery{Channel: c.Channel, Place: c.Place, Record: c.Contract + "/" + c.Type + "/" + c.ID, Created: now}}
	if blocked[t.Channel+"/"+t.Record] {
		r.behind = append(r.behind, t)
	} else {
		r.tasks = append(r.tasks, t)
	}
}

// changeAt reads an event that waits; nil where the index does not hold it yet.
func (w *worker) changeAt(ctx context.Context, heads map[string]index.Head, d *store.Delivery) (*index.Change, error) {
	if heads[d.Channel].Place < d.Place {
		return nil, nil
	}
	changes, _, err := w.events.Changes(ctx, d.Channel, d.Place-1, 1)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	return &changes[0], nil
}

// send delivers the tasks, those of one record one after another. While the
// receiver was away last time, one alone is tried first.
func (w *worker) send(ctx context.Context, r *round) {
	var lanes [][]*task
	at := map[string]int{}
	for _, t := range r.tasks {
		key := t.Channel + "/" + t.Record
		i, ok := at[key]
		if !ok {
			i = len(lanes)
			at[key], lanes = i, append(lanes, nil)
		}
		lanes[i] = append(lanes[i], t)
	}
	for r.attempts.Failures > 0 && len(lanes) > 0 && !r.stopped() { // what is denied tells nothing of the receiver
		w.lane(ctx, r, lanes[0])
		lanes = lanes[1:]
	}
	queue := make(chan []*task)
	var done sync.WaitGroup
	for range min(atOnce, len(lanes)) {
		done.Go(func() {
			for lane := range queue {
				w.lane(ctx, r, lane)
			}
		})
	}
	for _, lane := range lanes {
		queue <- lane
	}
	close(queue)
	done.Wait()
}

// lane delivers a record's events until one is not taken.
func (w *worker) lane(ctx context.Context, r *round, lane []*task) {
	for _, t := range lane {
		if ctx.Err() != nil || r.stopped() {
			return
		}
		if w.may(ctx, r, t) {
			w.attempt(context.WithoutCancel(ctx), r, t) // what was begun is waited for, within the sender's own bounds
		}
		if !t.done() && t.Dead.IsZero() {
			return
		}
	}
}

// may tells whether an event may be delivered now. One that may not is denied,
// unless its whole channel is: then it waits as it is.
func (w *worker) may(ctx context.Context, r *round, t *task) bool {
	err := w.rights.Receives(ctx, w.hook.App, t.change)
	if err == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var denied *events.Denied
	switch {
	case !errors.As(err, &denied):
		r.err = err
	case !denied.Channel:
		t.denied = true
		w.metrics.deliveries.WithLabelValues("denied").Inc()
		if !denied.Hidden {
			if r.attempts.DeniedReason != denied.Reason {
				w.log.Info("events are not delivered: the application may not have them", zap.String("code", denied.Code), zap.String("reason", denied.Reason))
			}
			r.attempts.Denied++
			r.attempts.DeniedAt, r.attempts.DeniedCode, r.attempts.DeniedReason = time.Now(), denied.Code, denied.Reason
		}
	}
	return false
}

func (r *round) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.away || r.gone || r.err != nil
}

// attempt tries one event once, and notes what came of it.
func (w *worker) attempt(ctx context.Context, r *round, t *task) {
	event := events.Of(t.change)
	body, err := json.Marshal(event)
	o := Outcome{}
	if err != nil {
		o.Error = "the event cannot be written: " + err.Error()
	} else {
		o = w.sender.Send(ctx, w.hook.URL, w.hook.Secrets(time.Now()), event.ID, body)
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	t.tried, t.taken, t.Status, t.Error = true, o.Taken(), o.Status, o.Error
	r.attempts.LastAt, r.attempts.LastStatus, r.attempts.LastError = now, o.Status, o.Error
	outcome := "refused"
	switch {
	case t.taken:
		outcome = "taken"
		r.attempts.Delivered++
		r.attempts.Failures = 0
	case o.Away || o.Gone:
		outcome = "away"
		r.gone = r.gone || o.Gone
		if !r.away {
			r.attempts.Failures++
		}
		r.away = true
		r.attempts.Next = now.Add(backoff(r.attempts.Failures, awayLongest))
	default:
		r.attempts.Failures = 0 // somebody is there
		t.Attempts++
		t.Next = now.Add(backoff(t.Attempts, longestPause))
		if t.Attempts >= w.opts.Attempts {
			outcome, t.Dead = "dead", now
			w.log.Warn("an event is given up: it is a dead letter now", zap.String("event", event.ID), zap.Int("attempts", t.Attempts), zap.String("error", t.Error))
		}
	}
	w.metrics.deliveries.WithLabelValues(outcome).Inc()
	w.metrics.seconds.Observe(o.Took.Seconds())
}

// backoff is the pause after the nth failure.
func backoff(n int, longest time.Duration) time.Duration {
	b := retry.WithJitterPercent(10, retry.WithCappedDuration(longest, retry.NewExponential(firstPause)))
	var d time.Duration
	for range min(n, 32) {
		d, _ = b.Next()
	}
	return d
}

// save stores what came of a round, and goes on from there.
func (w *worker) save(ctx context.Context, r *round) error {
	p := &store.Progress{Attempts: r.attempts, Places: r.places}
	if r.gone {
		p.Suspend = "the receiver answered 410 Gone"
	}
	done := map[string]bool{}
	for _, t := range append(slices.Clone(r.tasks), r.behind...) {
		id := events.ID(t.Channel, t.Place)
		switch {
		case t.done() && t.known:
			p.Settled = append(p.Settled, t.Delivery)
			done[id] = true
		case t.done():
		case t.known && !t.tried:
		default:
			p.Unsettle = append(p.Unsettle, t.Delivery)
			done[id] = true
		}
	}
	if err := w.store.Save(ctx, w.hook.ID, w.hook.Revision, p); err != nil {
		return err
	}
	w.hook.Attempts = r.attempts
	for channel, place := range r.places {
		w.hook.Places[channel] = place
	}
	w.remember(p, done)
	return nil
}

// remember brings what waits up to date with what was stored.
func (w *worker) remember(p *store.Progress, done map[string]bool) {
	w.waiting = slices.DeleteFunc(w.waiting, func(d store.Delivery) bool { return done[events.ID(d.Channel, d.Place)] })
	for _, d := range p.Unsettle {
		if d.Dead.IsZero() {
			w.waiting = append(w.waiting, d)
		}
	}
	slices.SortFunc(w.waiting, func(a, b store.Delivery) int {
		switch {
		case a.Channel < b.Channel || a.Channel == b.Channel && a.Place < b.Place:
			return -1
		default:
			return 1
		}
	})
	w.metrics.waiting.WithLabelValues(w.hook.ID).Set(float64(len(w.waiting)))
}
