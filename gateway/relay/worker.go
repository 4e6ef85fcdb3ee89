package relay

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"

	"henanchain/gateway/fabric"
	"henanchain/gateway/write"
)

// Contract is the contract that a carrier serves.
const Contract = "relay"

// carrierRole is the role by which a carrier's applications are known.
const carrierRole = "relay.carrier"

// Options tune a Worker; the zero value is what a carrier runs with.
type Options struct {
	// Parallel is how many records are worked on at a time (default 64).
	Parallel int
	// Blocks and Every say when a city's ledger is anchored: after so many
	// blocks, or after that time where there are new ones (default 100 and 5
	// minutes). A negative Blocks anchors nothing.
	Blocks int
	Every  time.Duration
	Log    *zap.Logger
}

func (o *Options) fill() {
	if o.Parallel <= 0 {
		o.Parallel = 64
	}
	if o.Blocks == 0 {
		o.Blocks = 100
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Minute
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
}

// Worker is a carrier.
type Worker struct {
	network *fabric.Network
	writer  *write.Writer
	book    *Book
	opts    Options
	chains  *chains
	sources map[string]Source // by kind of chain

	wake chan struct{}
	mu   sync.Mutex
	busy map[Item]bool // without attempts
	read map[string]bool
}

// New makes a carrier. What it submits goes through the writer, which groups
// what can go together and loses nothing of it in a crash.
func New(network *fabric.Network, writer *write.Writer, book *Book, o Options) *Worker {
	o.fill()
	w := &Worker{network: network, writer: writer, book: book, opts: o, wake: make(chan struct{}, 1), busy: map[Item]bool{}, read: map[string]bool{}}
	w.chains = &chains{network: network, known: map[string]knownChain{}}
	w.sources = map[string]Source{kindFabric: &fabricSource{network}, kindOutside: newOutsideSource()}
	return w
}

// Run carries until ctx ends. What is under way then is in the book.
func (w *Worker) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { w.followAll(ctx) })
	running.Go(func() { w.dispatch(ctx) })
	if w.opts.Blocks > 0 {
		running.Go(func() { w.anchorAll(ctx) })
	}
	running.Wait()
}

// Ready tells why the carrier cannot carry; nil where it does.
func (w *Worker) Ready(ctx context.Context) error {
	if _, err := w.book.Open(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for channel, ok := range w.read {
		if !ok {
			return errors.New(channel + ": no peer delivers blocks")
		}
	}
	return nil
}

// dispatchEvery is how soon something that was put off is seen to be due.
const dispatchEvery = 200 * time.Millisecond

// dispatch gives what is due to workers, one for each record.
func (w *Worker) dispatch(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	places := make(chan struct{}, w.opts.Parallel)
	tick := time.NewTicker(dispatchEvery)
	defer tick.Stop()
	for {
		due, err := w.book.Due(ctx, time.Now(), 4*w.opts.Parallel)
		if err != nil && ctx.Err() == nil {
			w.opts.Log.Error("the book cannot be read", zap.Error(err))
		}
		for _, it := range due {
			if !w.take(it) {
				continue
			}
			select {
			case places <- struct{}{}:
			case <-ctx.Done():
				return
			}
			running.Go(func() {
				defer func() { <-places; w.give(it) }()
				w.work(ctx, it)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-tick.C:
		}
	}
}

func (w *Worker) take(it Item) bool {
	it.Attempts = 0
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[it] {
		return false
	}
	w.busy[it] = true
	return true
}

func (w *Worker) give(it Item) {
	it.Attempts = 0
	w.mu.Lock()
	delete(w.busy, it)
	w.mu.Unlock()
	w.nudge()
}

// nudge has the book looked at now.
func (w *Worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// errLater says that nothing can be done before a time, and that nothing is wrong.
type errLater struct{ at time.Time }

func (e errLater) Error() string { return "not before " + e.at.UTC().Format(time.RFC3339) }

// work does for one record what can be done now.
func (w *Worker) work(ctx context.Context, it Item) {
	log := w.opts.Log.With(zap.String("channel", it.Channel), zap.String("type", it.Type), zap.String("id", it.ID))
	ended, err := w.advance(ctx, it)
	if ctx.Err() != nil {
		return // it stays in the book, due as it was
	}
	var later errLater
	switch {
	case err == nil && ended:
		err = w.book.Done(ctx, it)
	case errors.As(err, &later):
		err = w.book.Again(ctx, it, later.at, later.Error())
	case err != nil:
		pause := pauseAfter(it.Attempts)
		log.Warn("carrying is interrupted", zap.Error(err), zap.Duration("again", pause))
		err = w.book.Again(ctx, it, time.Now().Add(pause), err.Error())
	}
	if err != nil {
		log.Error("the book cannot be written", zap.Error(err))
	}
}

// advance brings a record of any type on; ended tells that nothing is left to do.
func (w *Worker) advance(ctx context.Context, it Item) (ended bool, err error) {
	switch it.Type {
	case requestType:
		return w.carry(ctx, it)
	case sagaType:
		return w.driveSaga(ctx, it)
	default:
		return true, nil
	}
}

// Pauses between two attempts at what cannot be brought on: a source that is
// away for long is asked less often.
const (
	longestPause = 5 * time.Second
	patient      = 200 // attempts, after which it is longAway
	longAway     = time.Minute
)

// pauseAfter is the pause after the nth failed attempt.
func pauseAfter(attempts int) time.Duration {
	if attempts > patient {
		return longAway
	}
	b := retry.WithCappedDuration(longestPause, retry.NewExponential(100*time.Millisecond))
	pause := time.Duration(0)
	for range min(attempts, 20) + 1 {
		pause, _ = b.Next()
	}
	return pause
}
