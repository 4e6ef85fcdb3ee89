package rest

import (
	"context"
	"sync"
	"time"
)

// deadline is a request's context that ends at a time. It begins to count when
// somebody waits for its end: a read that is answered from memory never does, and
// timers are dear when there are tens of thousands of reads a second.
type deadline struct {
	context.Context // the request's own
	at              time.Time

	mu     sync.Mutex
	real   context.Context // once somebody waits
	cancel context.CancelFunc
	over   bool
}

// Deadline is when the context ends at the latest.
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// Done begins to count.
func (d *deadline) Done() <-chan struct{} { return d.counting().Done() }

// Err tells why the context has ended; nil where it has not.
func (d *deadline) Err() error {
	d.mu.Lock()
	began := d.real != nil || d.over || !time.Now().Before(d.at)
	d.mu.Unlock()
	if began {
		return d.counting().Err()
	}
	return d.Context.Err()
}

// Value looks in the context that counts where it does, so that contexts made
// from it are ended with it, and need no goroutine to wait for that.
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	real := d.real
	d.mu.Unlock()
	if real != nil {
		return real.Value(key)
	}
	return d.Context.Value(key)
}

func (d *deadline) counting() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.real == nil {
		d.real, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.over {
			d.cancel()
		}
	}
	return d.real
}

// end ends the context: the request was answered.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	if d.cancel != nil {
		d.cancel()
	}
}
