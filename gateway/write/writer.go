// Package write is the gateway's write path: a database's group commit, on a
// blockchain.
//
// Operations of one channel, contract and application stand in one line. Each
// entity is a lane of its own: what concerns one entity is done in the order
// in which it came, and never by two transactions at a time, so that the
// gateway is in nobody's way but another gateway's. Beyond that, transactions
// take whoever is waiting. An operation that comes alone waits for nothing;
// under load, what arrives while transactions are in flight forms the next
// one, and batches grow by themselves.
//
// Before a transaction is submitted it is on disk, and an operation is
// acknowledged when its transaction is committed and valid. A crash at any
// moment loses no accepted write and repeats none, see Recover.
package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
	"henanchain/internal/operation"
)

// Ledger is the way to the network; *fabric.Network in a gateway.
type Ledger interface {
	Endorse(context.Context, fabric.Proposal) (*fabric.Transaction, error)
	Submit(context.Context, *fabric.Transaction) error
	Status(context.Context, *fabric.Transaction) (fabric.Status, error)
}

// Outbox keeps transactions until it is known how they ended; *store.Store in
// a gateway.
type Outbox interface {
	Put(context.Context, store.Entry) error
	Complete(ctx context.Context, txID string, known []store.Known) error
	Claim(context.Context) ([]store.Entry, error)
	Outcomes(ctx context.Context, call string) (map[int]json.RawMessage, error)
}

// Call is what one caller asks of one contract: one operation or thousands.
type Call struct {
	Channel, Contract, App string
	Requests               []operation.Request
	// Private holds the private half of each request, null where it has none;
	// nil where none has.
	Private []json.RawMessage
	// Lanes names the entity of each request: requests with one name are done
	// in order. "" is in nobody's way. nil is "" for all.
	Lanes []string
	// Ticket makes the call one that is done once, whatever happens: with the
	// ticket of an idempotency key or of a job. nil where there is none.
	Ticket *store.Ticket
}

// Outcome is what became of one request: exactly one of a result, a refusal
// (in Result) and an error.
type Outcome struct {
	Result operation.Result
	// Receipt is nil where the request was refused or changed nothing.
	Receipt *operation.Receipt `json:",omitempty"`
	// Err is set where the request was neither done nor refused, see the
	// errors of this package.
	Err error `json:"-"`
}

// Options tune a Writer; the zero value is what a gateway runs with.
type Options struct {
	// MaxBatch and MaxBatchBytes bound one transaction (default
	// operation.MaxPerTransaction and 3 MiB: with the writes and the results
	// that go with them, it stays below the orderers' usual 10 MiB).
	MaxBatch, MaxBatchBytes int
	// Parallel is how many transactions of a line may be in flight (default 4).
	Parallel int
	// Full is how many waiting operations are worth a further transaction
	// while others are in flight (default 400).
	Full int
	// Linger is how long, after a large batch, the same callers' next
	// operations are waited for (default 25 ms).
	Linger time.Duration
	// MaxQueued and MaxQueuedBytes bound what is accepted and not yet answered
	// (default 50,000 operations and 256 MiB); beyond it callers get ErrBusy.
	MaxQueued, MaxQueuedBytes int
	// Patience is how long a batch waits for a network that is away before its
	// callers are told (default 5 s).
	Patience time.Duration
	// AnswerWithin is how long callers wait for a submitted transaction's
	// status before they are told ErrPending (default 20 s); the writer itself
	// waits on. So long an operation is also made anew where others change the
	// same records, where its endorsers disagree because one of them lags, and
	// while its contract is changing.
	AnswerWithin time.Duration
	// GiveUpAfter is how long a transaction that the orderers refuse is looked
	// for on the ledger before it counts as lost (default 60 s).
	GiveUpAfter time.Duration
	Metrics     prometheus.Registerer // nil for none
	Log         *zap.Logger           // nil for none
}

func (o *Options) fill() {
	number := func(n *int, standard int) {
		if *n <= 0 {
			*n = standard
		}
	}
	span := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	number(&o.MaxBatch, operation.MaxPerTransaction)
	number(&o.MaxBatchBytes, 3<<20)
	number(&o.Parallel, 4)
	number(&o.Full, 400)
	number(&o.MaxQueued, 50_000)
	number(&o.MaxQueuedBytes, 256<<20)
	span(&o.Linger, 25*time.Millisecond)
	span(&o.Patience, 5*time.Second)
	span(&o.AnswerWithin, 20*time.Second)
	span(&o.GiveUpAfter, time.Minute)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
}

// Writer is the write path. It is safe for concurrent use.
type Writer struct {
	opts    Options
	ledger  Ledger
	outbox  Outbox
	metrics *metrics

	// work ends when Close has no more patience; what is in flight then stays
	// in the outbox.
	work context.Context
	kill context.CancelFunc

	mu      sync.Mutex
	lines   map[lineKey]*line
	closed  bool
	running sync.WaitGroup // accepted requests, and what follows them

	background sync.WaitGroup // the recovery

	alone chan struct{} // a place for each call of Invoke that is in flight

	queued      atomic.Int64
	queuedBytes atomic.Int64
	pace        pace
}

// New makes a writer and starts to recover what the outbox holds. Lines with
// transactions to recover wait for them.
func New(ledger Ledger, outbox Outbox, opts Options) *Writer {
	opts.fill()
	w := &Writer{opts: opts, ledger: ledger, outbox: outbox, lines: map[lineKey]*line{}, alone: make(chan struct{}, invoking)}
	w.metrics = newMetrics(opts.Metrics, w)
	w.work, w.kill = context.WithCancel(context.Background())
	first := make(chan struct{})
	w.background.Go(func() { w.recoverForever(first) })
	// Where the database answers at once, as it does for a fresh gateway, what
	// must be recovered is known before the first call.
	select {
	case <-first:
	case <-time.After(opts.Patience):
	}
	return w
}

// Submit does a call's requests and returns one outcome for each, in their
// order, once all are known or ctx ends. Where all of them came to nothing for
// one kind of reason, it returns that as its error: ErrBusy, ErrClosed,
// ErrUnavailable, ErrPending, ErrConflict, ErrFailed or ErrInvalid. Where some
// did, those outcomes carry it.
//
// A caller that goes away takes along what has not started, and nothing else.
func (w *Writer) Submit(ctx context.Context, c Call) (outcomes []Outcome, err error) {
	items, size, err := encode(c)
	if err != nil {
		return nil, err
	}
	call := newCall(len(c.Requests), c.Ticket)
	ctx, span := traceCall(ctx, lineKey{c.Channel, c.Contract, c.App}, call)
	defer func() { tracedCall(span, call, outcomes, err) }()
	if items, err = w.known(ctx, call, items); err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return call.outcomes, nil
	}
	l, err := w.admit(lineKey{c.Channel, c.Contract, c.App}, items, size)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		it.call = call
	}
	l.add(items)
	select {
	case <-call.done:
	case <-ctx.Done():
		l.leave(call, ctx.Err())
	}
	return call.results()
}

// known takes from a resumed call what is done already.
func (w *Writer) known(ctx context.Context, call *call, items []*item) ([]*item, error) {
	if call.ticket == nil || !call.ticket.Resumed {
		return items, nil
	}
	done, err := w.outbox.Outcomes(ctx, call.ticket.Call)
	if err != nil {
		return nil, ErrUnavailable{RetryAfter: retrySoon, Err: err}
	}
	var open []*item
	for _, it := range items {
		text, ok := done[it.position]
		if !ok {
			open = append(open, it)
			continue
		}
		var o Outcome
		if err := json.Unmarshal(text, &o); err != nil {
			return nil, fmt.Errorf("decode the outcome of request %d: %w", it.position, err)
		}
		call.answer(it.position, o)
	}
	return open, nil
}

// admit takes requests into the queue, or says why not.
func (w *Writer) admit(key lineKey, items []*item, size int) (*line, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, ErrClosed
	}
	n := int64(len(items))
	queued := w.queued.Load()
	// A call that finds the queue empty is taken whatever its size: it could
	// never be taken otherwise.
	if queued > 0 && (queued+n > int64(w.opts.MaxQueued) || w.queuedBytes.Load()+int64(size) > int64(w.opts.MaxQueuedBytes)) {
		w.metrics.busy.Inc()
		return nil, ErrBusy{RetryAfter: w.pace.until(queued)}
	}
	w.queued.Add(n)
	w.queuedBytes.Add(int64(size))
	w.running.Add(len(items))
	l := w.lines[key]
	if l == nil {
		l = newLine(w, key)
		w.lines[key] = l
	}
	return l, nil
}

// settle ends a request: the ledger will not hear of it again from here.
func (w *Writer) settle(it *item) {
	w.queued.Add(-1)
	w.queuedBytes.Add(-int64(it.size()))
	w.pace.count(1)
	if it.call.ticket != nil {
		it.call.ticket.Drop()
	}
	w.running.Done()
}

// Queued is how many requests are accepted and not settled.
func (w *Writer) Queued() int { return int(w.queued.Load()) }

// Close refuses new calls and lets the accepted ones finish. Where ctx ends
// first it returns an error; transactions that are in flight then are in the
// outbox, for the next start.
func (w *Writer) Close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	finished := make(chan struct{})
	go func() {
		w.running.Wait()
		close(finished)
	}()
	var err error
	select {
	case <-finished:
	case <-ctx.Done():
		err = fmt.Errorf("%d accepted operations are left to the next start: %w", w.Queued(), ctx.Err())
	}
	w.kill()
	<-finished
	w.background.Wait()
	return err
}

// Kill ends the writer without waiting for anything to be committed, as a
// crash would.
func (w *Writer) Kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.Close(ctx) //nolint:errcheck // it says that something was left, which is what was asked for
}

// done tells whether the writer has been killed.
func (w *Writer) done() bool { return w.work.Err() != nil }

// pause waits, and tells whether the writer still works after it.
func (w *Writer) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-w.work.Done():
		return false
	}
}

// pace tells how fast requests are settled, to say when a queue will be short.
type pace struct {
	mu    sync.Mutex
	since time.Time
	n     int64
	rate  float64 // per second
}

func (p *pace) count(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.since.IsZero() {
		p.since = now
	}
	p.n += n
	if span := now.Sub(p.since); span > time.Second {
		p.rate = (p.rate + float64(p.n)/span.Seconds()) / 2
		p.since, p.n = now, 0
	}
}

// until guesses when half of a queue will be done: 1 to 30 seconds.
func (p *pace) until(queued int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	seconds := int64(5)
	if p.rate > 1 {
		seconds = int64(float64(queued)/p.rate)/2 + 1
	}
	return time.Duration(min(max(seconds, 1), 30)) * time.Second
}

var errKilled = errors.New("the gateway is stopping")
