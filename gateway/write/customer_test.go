package write

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"henanchain/gateway/store"
	"henanchain/internal/operation"
)

const requestsEach = 3

// customer makes one keyed call after the other, each until it is answered,
// over all lives of the gateway.
type customer struct {
	name     string
	n        int           // calls answered so far; every other one is of a function alone
	answered *atomic.Int64 // by all customers
	enough   atomic.Bool
}

func (c *customer) entity(part int) string { return fmt.Sprint(c.name, "/", part) }

func (c *customer) shop(live context.Context, t *testing.T, w *Writer, s *store.Store) {
	for live.Err() == nil && !(c.enough.Load() && c.n > 0) {
		if c.buy(live, t, w, s) {
			c.n++
			c.answered.Add(1)
		}
	}
}

// buy makes the customer's call number n and tells whether it has its answer.
func (c *customer) buy(live context.Context, t *testing.T, w *Writer, s *store.Store) bool {
	ticket, answer, err := s.Begin(live, c.name, fmt.Sprint(c.n), "body")
	switch {
	case answer != nil:
		return true
	case errors.Is(err, store.ErrKeyReused):
		t.Errorf("%s: the key %d was taken for another's", c.name, c.n)
		return false
	case err != nil:
		return false
	}
	if c.n%2 == 1 {
		return c.buyAlone(live, t, w, ticket)
	}
	var requests []operation.Request
	for part := range requestsEach {
		requests = append(requests, add(c.entity(part), c.n))
	}
	call := callOf(requests...)
	call.Ticket = ticket
	outcomes, err := w.Submit(live, call)
	if err != nil || live.Err() != nil {
		ticket.Release(context.Background()) //nolint:errcheck // as a REST handler that is being killed
		return false
	}
	for i, o := range outcomes {
		if o.Err != nil {
			ticket.Release(context.Background()) //nolint:errcheck // the same call is made again
			return false
		}
		want := c.n + 1
		if i > 0 { // a function alone leaves these out
			want = c.n/2 + 1
		}
		if o.Receipt == nil || o.Receipt.Version != want {
			t.Errorf("%s: request %d of call %d was answered %+v", c.name, i, c.n, o)
		}
	}
	return ticket.Finish(context.Background(), store.Answer{Status: 200}) == nil
}

// buyAlone makes a call by a function that is alone in its transaction, for one
// part; the others are for calls of operations.
func (c *customer) buyAlone(live context.Context, t *testing.T, w *Writer, ticket *store.Ticket) bool {
	i := alone(c.entity(0), c.n)
	i.Ticket = ticket
	o, err := w.Invoke(live, i)
	if err != nil || o.Err != nil || live.Err() != nil {
		ticket.Release(context.Background()) //nolint:errcheck // the same call is made again
		return false
	}
	if want := fmt.Sprintf("%q", fmt.Sprint("version ", c.n+1)); o.Receipt == nil || string(o.Result.Data) != want {
		t.Errorf("%s: call %d was answered %s with %+v, and not %s", c.name, c.n, o.Result.Data, o.Receipt, want)
	}
	return ticket.Finish(context.Background(), store.Answer{Status: 200}) == nil
}

// alone is a call of the function that does what add does.
func alone(entity string, n int) Invocation {
	return Invocation{Channel: "zhengzhou", Contract: "lists", App: "app", Function: appendAlone, Args: [][]byte{add(entity, n).In}}
}
