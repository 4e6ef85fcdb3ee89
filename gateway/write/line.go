package write

import (
	"sync"
	"time"
)

// lineKey is what requests must share to share a transaction.
type lineKey struct{ channel, contract, app string }

const (
	// light is how many operations may be in flight, one transaction each,
	// before they are gathered: so few cost the network nothing, and nobody
	// waits.
	light = 8
	// together is how many callers are better off in one transaction. If they went
	// in two by turns, each would wait for both: for twice as long as its own takes.
	// More than that keep the network busy with one while the next comes together.
	together = 128
	// quiet is the pause between arrivals that ends the wait for more.
	quiet = 3 * time.Millisecond
)

// line is the queue of one channel, contract and application.
type line struct {
	w   *Writer
	key lineKey

	mu      sync.Mutex
	waiting []*item
	busy    map[string]int // lanes with operations in flight
	flying  int            // transactions in flight
	aboard  int            // operations in them
	held    int            // transactions that must be recovered first

	rescan      int // length of the queue from which another look is worthwhile
	expect      int // how large the next batch is likely to become
	lastBack    time.Time
	lastArrival time.Time
	alarm       bool // a timer is set
	away        bool // the last batch found the network away
}

func newLine(w *Writer, key lineKey) *line {
	return &line{w: w, key: key, busy: map[string]int{}}
}

// add queues requests and starts a transaction if it is time for one.
func (l *line) add(items []*item) {
	for _, it := range items {
		if it.call.ticket != nil {
			it.call.ticket.Hold()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, items...)
	l.lastArrival = time.Now()
	l.dispatch()
}

// leave answers a caller that waits no longer. What has not started will not.
func (l *line) leave(c *call, why error) {
	l.mu.Lock()
	var dropped []*item
	for _, it := range l.waiting {
		if it.call == c && !it.dropped {
			it.dropped = true
			dropped = append(dropped, it)
		}
	}
	l.rescan = 0
	l.mu.Unlock()
	for _, it := range dropped {
		c.answer(it.position, Outcome{Err: ErrUnavailable{RetryAfter: retrySoon, Err: why}})
		l.w.settle(it)
	}
	for i := range c.outcomes {
		c.answer(i, Outcome{Err: ErrPending{Err: why}})
	}
}

// hold keeps the line from starting transactions while one is recovered.
func (l *line) hold(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += n
	if l.held == 0 {
		l.dispatch()
	}
}

// dispatch starts as many transactions as it is time for. l.mu is held.
func (l *line) dispatch() {
	for l.held == 0 && l.flying < l.w.opts.Parallel && len(l.waiting) > 0 {
		if l.flying > 0 && len(l.waiting) < l.rescan {
			return
		}
		batch, full := l.pick()
		if len(batch) == 0 {
			l.rescan = len(l.waiting) + 1
			return
		}
		if !full && !l.worthwhile(len(batch)) {
			return
		}
		l.start(batch)
	}
}

// pick chooses the next batch: from the front, whose lane is free. It also
// forgets who left.
func (l *line) pick() (batch []*item, full bool) {
	size := 0
	l.keep(func(it *item) bool {
		switch {
		case it.dropped:
			return false
		case full || it.lane != "" && l.busy[it.lane] > 0:
			return true
		case len(batch) > 0 && size+it.size() > l.w.opts.MaxBatchBytes:
			full = true
			return true
		}
		batch = append(batch, it)
		size += it.size()
		full = len(batch) == l.w.opts.MaxBatch
		return true
	})
	return batch, full
}

// keep removes from the queue what does not pass.
func (l *line) keep(pass func(*item) bool) {
	kept := l.waiting[:0]
	for _, it := range l.waiting {
		if pass(it) {
			kept = append(kept, it)
		}
	}
	clear(l.waiting[len(kept):])
	l.waiting = kept
}

// worthwhile tells whether a batch that is not full should start now.
func (l *line) worthwhile(n int) bool {
	if l.flying > 0 {
		if n >= l.w.opts.Full || l.aboard+n <= light {
			return true
		}
		l.rescan = len(l.waiting) + max(1, (l.w.opts.Full-n)/2)
		return false
	}
	now := time.Now()
	until := l.lastBack.Add(l.w.opts.Linger)
	if l.expect <= light || n >= l.expect || !now.Before(until) {
		return true
	}
	// The callers of the last batch are about to come back.
	calm := l.lastArrival.Add(quiet)
	if !now.Before(calm) {
		return true
	}
	if !l.alarm {
		l.alarm = true
		if calm.Before(until) {
			until = calm
		}
		time.AfterFunc(until.Sub(now), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.alarm = false
			l.dispatch()
		})
	}
	return false
}

// start takes a batch out of the queue and sends it off.
func (l *line) start(batch []*item) {
	for _, it := range batch {
		it.started = true
		if it.lane != "" {
			l.busy[it.lane]++
		}
	}
	l.keep(func(it *item) bool { return !it.started })
	l.flying++
	l.aboard += len(batch)
	l.rescan = 0
	go l.fly(batch)
}

// fly carries a batch to its end.
func (l *line) fly(batch []*item) {
	l.w.process(l, batch)
	l.mu.Lock()
	for _, it := range batch {
		if it.lane == "" {
			continue
		}
		if l.busy[it.lane]--; l.busy[it.lane] == 0 {
			delete(l.busy, it.lane)
		}
	}
	l.flying--
	l.aboard -= len(batch)
	l.rescan = 0
	l.expect, l.lastBack = expected(len(batch), len(l.waiting)), time.Now()
	l.lastArrival = l.lastBack
	l.dispatch()
	l.mu.Unlock()
	for _, it := range batch {
		l.w.settle(it)
	}
}

// expected is how large the next batch is likely to become after one has come
// back, whose callers write again, while others wait already.
func expected(back, waiting int) int {
	if back+waiting <= together {
		return back + waiting
	}
	return back * 9 / 10
}

// patience is how much of a time a batch waits for a network that is away: less
// when the one before has waited already.
func (l *line) patience(whole time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return whole / 5
	}
	return whole
}

func (l *line) setAway(away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = away
}
