package write

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"henanchain/gateway/store"
	"henanchain/internal/operation"
)

// call is a Call under way.
type call struct {
	ticket *store.Ticket
	span   trace.SpanContext // of whoever waits for it

	mu       sync.Mutex
	outcomes []Outcome
	answered []bool
	open     int
	done     chan struct{} // closed when every request has its outcome
}

func newCall(n int, t *store.Ticket) *call {
	return &call{ticket: t, outcomes: make([]Outcome, n), answered: make([]bool, n), open: n, done: make(chan struct{})}
}

// answer gives a request its outcome; the first one counts.
func (c *call) answer(position int, o Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered[position] {
		return
	}
	c.answered[position], c.outcomes[position] = true, o
	if c.open--; c.open == 0 {
		close(c.done)
	}
}

// results are the outcomes, or the one reason why there are none.
func (c *call) results() ([]Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.outcomes {
		if c.outcomes[i].Err == nil || c.outcomes[i].kind() != c.outcomes[0].kind() {
			return c.outcomes, nil
		}
	}
	return nil, c.outcomes[0].Err
}

// item is one request in the queue.
type item struct {
	call     *call
	position int
	lane     string
	request  []byte      // JSON
	private  []byte      // JSON, nil where there is none
	alone    *Invocation // nil but for a call of Invoke, which has no request
	started  bool        // guarded by the line: it is in flight, or was
	dropped  bool        // guarded by the line: its caller left before it started
}

func (it *item) size() int {
	if it.alone != nil {
		return it.alone.size()
	}
	return len(it.request) + len(it.private)
}

func (it *item) place() store.Place {
	if it.call.ticket == nil {
		return store.Place{}
	}
	return store.Place{Call: it.call.ticket.Call, Position: it.position, Alone: it.alone != nil}
}

// encode checks a call and makes its items. Encoding here, in the caller's
// time, also makes sure that no request spoils its neighbours' transaction.
func encode(c Call) (items []*item, size int, err error) {
	n := len(c.Requests)
	switch {
	case n == 0:
		return nil, 0, ErrInvalid{fmt.Errorf("it has no request")}
	case c.Private != nil && len(c.Private) != n:
		return nil, 0, ErrInvalid{fmt.Errorf("it has %d requests and %d private halves", n, len(c.Private))}
	case c.Lanes != nil && len(c.Lanes) != n:
		return nil, 0, ErrInvalid{fmt.Errorf("it has %d requests and %d lanes", n, len(c.Lanes))}
	}
	all := make([]item, n)
	items = make([]*item, n)
	for i := range c.Requests {
		it := &all[i]
		it.position = i
		if it.request, err = c.Requests[i].Encode(); err != nil {
			return nil, 0, ErrInvalid{fmt.Errorf("request %d: %w", i, err)}
		}
		if c.Lanes != nil {
			it.lane = c.Lanes[i]
		}
		if c.Private != nil && !isNull(c.Private[i]) {
			if !json.Valid(c.Private[i]) {
				return nil, 0, ErrInvalid{fmt.Errorf("the private half of request %d is not JSON", i)}
			}
			it.private = c.Private[i]
		}
		size += it.size()
		items[i] = it
	}
	return items, size, nil
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(bytes.TrimSpace(raw)) == "null"
}

// argument is what Apply takes: the requests as a JSON array.
func argument(items []*item) []byte {
	return operation.EncodeRequests(items, func(it *item) []byte { return it.request })
}

// transient is what goes with it beside the ledger: nil where there is nothing.
func transient(items []*item) map[string][]byte {
	for _, it := range items {
		if it.private != nil {
			return map[string][]byte{operation.TransientPrivate: operation.EncodeRequests(items, func(it *item) []byte { return it.private })}
		}
	}
	return nil
}
