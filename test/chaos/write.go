package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"henanchain/internal/operation"
)

// write is one call of a business system: made again, the same, until it is
// answered. Its operations are told from all others by marks in their input.
type write struct {
	marks []string
	// keyed tells that it has an idempotency key, and so may be made again. One
	// without is made once, and nobody knows what became of it unless it is answered.
	keyed bool

	began    time.Time
	ended    time.Time // zero while there is no answer
	receipts []*operation.Receipt
	refused  error // an answer that no fault explains
	last     error // the last try's, for the report
	given    bool  // up: without a key, and not answered
}

func (w *write) acknowledged() bool { return !w.ended.IsZero() && w.refused == nil }

// journal is every write of a run.
type journal struct {
	mu   sync.Mutex
	all  []*write
	open map[*write]struct{}
}

func newJournal() *journal { return &journal{open: map[*write]struct{}{}} }

func (j *journal) begin(w *write) {
	j.mu.Lock()
	defer j.mu.Unlock()
	w.began = time.Now()
	j.all = append(j.all, w)
	j.open[w] = struct{}{}
}

// end notes the answer, or that there will be none.
func (j *journal) end(w *write, receipts []*operation.Receipt, refused error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.open, w)
	if receipts == nil && refused == nil {
		w.given = true
		return
	}
	w.ended, w.receipts, w.refused = time.Now(), receipts, refused
}

func (j *journal) failed(w *write, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	w.last = err
}

// waiting are the writes that have no answer now.
func (j *journal) waiting() []*write {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []*write
	for w := range j.open {
		all = append(all, w)
	}
	return all
}

// settled waits until all that waited at the moment of a kill is answered, and
// so is something that was asked after it. It answers false where that takes
// longer than patience.
func (j *journal) settled(ctx context.Context, since time.Time, patience time.Duration) bool {
	open := j.waiting()
	for end := time.Now().Add(patience); ctx.Err() == nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		j.mu.Lock()
		for len(open) > 0 {
			if _, still := j.open[open[0]]; still {
				break
			}
			open = open[1:]
		}
		done := len(open) == 0 && slices.ContainsFunc(j.all[max(0, len(j.all)-500):], func(w *write) bool { return w.keyed && w.acknowledged() && w.began.After(since) })
		j.mu.Unlock()
		if done {
			return true
		}
	}
	return false
}
