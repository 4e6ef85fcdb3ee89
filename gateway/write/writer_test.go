package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"henanchain/gateway/store"
	"henanchain/internal/operation"
)

// memory is an outbox for tests that do not crash.
type memory struct {
	mu   sync.Mutex
	txs  map[string]store.Entry
	err  error
	puts int
}

func (m *memory) Put(_ context.Context, e store.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.puts++
	if m.txs == nil {
		m.txs = map[string]store.Entry{}
	}
	m.txs[e.TxID] = e
	return nil
}

func (m *memory) Complete(_ context.Context, id string, _ []store.Known) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.txs, id)
	return nil
}

func (m *memory) Claim(context.Context) ([]store.Entry, error) { return nil, nil }

func (m *memory) Outcomes(context.Context, string) (map[int]json.RawMessage, error) { return nil, nil }

func callOf(requests ...operation.Request) Call {
	c := Call{Channel: "zhengzhou", Contract: "lists", App: "app", Requests: requests}
	for _, r := range requests {
		var in input
		if err := json.Unmarshal(r.In, &in); err != nil {
			panic(err)
		}
		c.Lanes = append(c.Lanes, in.Entity)
	}
	return c
}

var usual = faults{EndorseDelay: 20 * time.Millisecond, CommitDelay: 80 * time.Millisecond}

func TestAnOperationThatComesAloneWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(newLedger(1, usual), &memory{}, Options{})
		defer w.Close(context.Background())
		for i := range 5 {
			began := time.Now()
			outcomes, err := w.Submit(context.Background(), callOf(add("a", i)))
			if err != nil || outcomes[0].Receipt == nil || outcomes[0].Receipt.Version != i+1 {
				t.Fatalf("operation %d: %+v, %v", i, outcomes, err)
			}
			if took := time.Since(began); took != 100*time.Millisecond {
				t.Errorf("operation %d took %s; endorsing and committing take 100ms", i, took)
			}
		}
	})
}

func TestUnderLoadBatchesGrowByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		const callers, each = 600, 20
		began := time.Now()
		var wait sync.WaitGroup
		for c := range callers {
			wait.Go(func() {
				for i := range each {
					if _, err := w.Submit(context.Background(), callOf(add(fmt.Sprint(c), i))); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Duration(c%7) * time.Millisecond / 3) // nobody comes back at once
				}
			})
		}
		wait.Wait()
		if n := len(f.sizes); n > 3*each {
			t.Errorf("%d operations needed %d transactions: %v", callers*each, n, f.sizes)
		}
		if took := time.Since(began); took > 3*each*100*time.Millisecond {
			t.Errorf("%d rounds took %s", each, took)
		}
		if f.overlaps+f.conflicts > 0 {
			t.Errorf("%d overlaps, %d conflicts of the gateway with itself", f.overlaps, f.conflicts)
		}
	})
}

// Callers who write again as soon as they are answered go together, so that each
// waits for its own transaction and not for that of the others as well.
func TestCallersWhoComeBackFlyTogether(t *testing.T) {
	for _, callers := range []int{12, 30, 64} {
		synctest.Test(t, func(t *testing.T) {
			w := New(newLedger(1, usual), &memory{}, Options{})
			defer w.Close(context.Background())
			const each = 20
			began := time.Now()
			var wait sync.WaitGroup
			for c := range callers {
				wait.Go(func() {
					time.Sleep(time.Duration(c) * time.Millisecond) // they have not begun together
					for i := range each {
						if _, err := w.Submit(context.Background(), callOf(add(fmt.Sprint(c), i))); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration(c%7) * time.Millisecond / 3)
					}
				})
			}
			wait.Wait()
			if took := time.Since(began) - time.Duration(callers)*time.Millisecond; took > each*125*time.Millisecond {
				t.Errorf("%d callers had %d transactions of 100ms each in %s", callers, each, took)
			}
		})
	}
}

func TestALargeCallIsDividedAndItsEntitiesStayInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		var requests []operation.Request
		for i := range 5000 {
			requests = append(requests, add(fmt.Sprint(i%700), i))
		}
		outcomes, err := w.Submit(context.Background(), callOf(requests...))
		if err != nil || len(outcomes) != 5000 {
			t.Fatalf("%d outcomes, %v", len(outcomes), err)
		}
		for i, o := range outcomes {
			if o.Receipt == nil || o.Receipt.Version != i/700+1 {
				t.Fatalf("operation %d: %+v", i, o)
			}
		}
		if f.overlaps+f.conflicts > 0 {
			t.Errorf("%d overlaps, %d conflicts of the gateway with itself", f.overlaps, f.conflicts)
		}
	})
}

func TestATransactionThatWouldChangeNothingIsNotSubmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, outbox := newLedger(1, usual), &memory{}
		w := New(f, outbox, Options{})
		defer w.Close(context.Background())
		ctx := context.Background()
		if _, err := w.Submit(ctx, callOf(add("a", 1))); err != nil {
			t.Fatal(err)
		}
		outcomes, err := w.Submit(ctx, callOf(request(input{Entity: "a", N: 2, Refuse: true}), add("a", 1)))
		if err != nil || outcomes[0].Result.Refusal == nil || !outcomes[1].Result.Existing || outcomes[0].Receipt != nil || outcomes[1].Receipt != nil {
			t.Fatalf("%+v, %v", outcomes, err)
		}
		if outbox.puts != 1 || f.block != 1 {
			t.Errorf("%d transactions were stored and %d committed, want one of each", outbox.puts, f.block)
		}
	})
}

func TestOnePoisonedOperationDoesNotTakeItsNeighboursAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		var requests []operation.Request
		for i := range 1000 {
			requests = append(requests, request(input{Entity: fmt.Sprint(i), N: 1, Poison: i == 371}))
		}
		outcomes, err := w.Submit(context.Background(), callOf(requests...))
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			var failed ErrFailed
			if (i == 371) != errors.As(o.Err, &failed) || (i == 371) != (o.Receipt == nil) {
				t.Fatalf("operation %d: %+v", i, o)
			}
		}
		if f.calls > 25 {
			t.Errorf("it took %d endorsements to find it", f.calls)
		}
	})
}

func TestWhatIsTooMuchForOneTransactionIsDivided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := usual
		limited.MaxOperations = 100
		w := New(newLedger(1, limited), &memory{}, Options{})
		defer w.Close(context.Background())
		var requests []operation.Request
		for i := range 1000 {
			requests = append(requests, add(fmt.Sprint(i), 1))
		}
		outcomes, err := w.Submit(context.Background(), callOf(requests...))
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Receipt == nil {
				t.Fatalf("operation %d: %+v", i, o)
			}
		}
	})
}

func TestABatchInBytesIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{MaxBatchBytes: 1000})
		defer w.Close(context.Background())
		var requests []operation.Request
		for i := range 100 {
			requests = append(requests, add(fmt.Sprint(i), 1))
		}
		if _, err := w.Submit(context.Background(), callOf(requests...)); err != nil {
			t.Fatal(err)
		}
		size := len(`{"op":"Add","in":{"entity":"99","n":1}}`)
		for _, n := range f.sizes {
			if n*(size-1) > 1000 {
				t.Errorf("a transaction held %d operations", n)
			}
		}
	})
}

func TestAFullQueueIsBusyAndSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(newLedger(1, usual), &memory{}, Options{MaxQueued: 10})
		defer w.Close(context.Background())
		var many []operation.Request
		for i := range 20 {
			many = append(many, add("a", i))
		}
		go w.Submit(context.Background(), callOf(many...)) // an empty queue takes any call
		synctest.Wait()
		var busy ErrBusy
		if _, err := w.Submit(context.Background(), callOf(add("b", 1))); !errors.As(err, &busy) || busy.RetryAfter <= 0 {
			t.Errorf("a full queue said %v", err)
		}
		time.Sleep(time.Second)
		if _, err := w.Submit(context.Background(), callOf(add("b", 1))); err != nil {
			t.Errorf("an empty queue said %v", err)
		}
	})
}

func TestACallerThatGoesAwayTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{Parallel: 1})
		defer w.Close(context.Background())
		ctx, leave := context.WithCancel(context.Background())
		errs := make(chan error, 3)
		go func() { _, err := w.Submit(ctx, callOf(add("a", 1))); errs <- err }()
		synctest.Wait()
		go func() { _, err := w.Submit(ctx, callOf(add("b", 1))); errs <- err }()
		synctest.Wait()
		stayed := make(chan error, 1)
		go func() { _, err := w.Submit(context.Background(), callOf(add("c", 1))); stayed <- err }()
		synctest.Wait()
		leave()
		var (
			pending ErrPending
			away    ErrUnavailable
		)
		first, second := <-errs, <-errs
		if errors.As(first, &away) {
			first, second = second, first
		}
		if !errors.As(first, &pending) || !errors.As(second, &away) {
			t.Errorf("the one in flight was told %v, the one in the queue %v", first, second)
		}
		if err := <-stayed; err != nil {
			t.Errorf("the one who stayed was told %v", err)
		}
		synctest.Wait()
		if f.applied("a", 1) != 1 || f.applied("b", 1) != 0 || f.applied("c", 1) != 1 {
			t.Errorf("the ledger holds %v", f.lists)
		}
	})
}

func TestANetworkThatIsAwayIsWaitedForAndThenSaidToBeAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := usual
		gone.EndorseAway = 1000
		f := newLedger(1, gone)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		began := time.Now()
		var away ErrUnavailable
		if _, err := w.Submit(context.Background(), callOf(add("a", 1))); !errors.As(err, &away) {
			t.Errorf("it said %v", err)
		}
		if took := time.Since(began); took < 4*time.Second || took > 7*time.Second {
			t.Errorf("it was waited for %s", took)
		}
		f.mu.Lock()
		f.faults.EndorseAway = 0
		f.mu.Unlock()
		if _, err := w.Submit(context.Background(), callOf(add("a", 1))); err != nil {
			t.Errorf("once it was back, it said %v", err)
		}
	})
}

// While a contract is upgraded a peer may lag for many seconds behind one that has
// the new definition: callers get their answer all the same.
func TestAContractThatIsChangingIsWaitedFor(t *testing.T) {
	for name, changing := range map[string]faults{"endorsers disagree": {EndorseMismatch: 1000}, "the definition changes": {EndorseUnsettled: 1000}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				changing.EndorseDelay, changing.CommitDelay = usual.EndorseDelay, usual.CommitDelay
				f := newLedger(1, changing)
				w := New(f, &memory{}, Options{})
				defer w.Close(context.Background())
				time.AfterFunc(14*time.Second, func() {
					f.mu.Lock()
					defer f.mu.Unlock()
					f.faults = usual
				})
				var many []operation.Request
				for n := range 40 {
					many = append(many, add(fmt.Sprint("entity", n), n))
				}
				var wait sync.WaitGroup
				for _, c := range []Call{callOf(add("a", 1)), callOf(many...)} {
					wait.Go(func() {
						outcomes, err := w.Submit(context.Background(), c)
						if err != nil {
							t.Error(err)
						}
						for i, o := range outcomes {
							if o.Receipt == nil {
								t.Errorf("operation %d of %d: %+v", i, len(outcomes), o)
							}
						}
					})
				}
				wait.Wait()
			})
		})
	}
}

func TestWhatNeverSettlesIsSaidBeforeCallersGiveUp(t *testing.T) {
	for kind, changing := range map[string]faults{"conflict": {EndorseMismatch: 1000}, "unavailable": {EndorseUnsettled: 1000}} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := New(newLedger(1, changing), &memory{}, Options{})
				defer w.Close(context.Background())
				began := time.Now()
				_, err := w.Submit(context.Background(), callOf(add("a", 1)))
				if o := (&Outcome{Err: err}); o.kind() != kind {
					t.Errorf("it said %s: %v", o.kind(), err)
				}
				if took := time.Since(began); took < 19*time.Second || took > 22*time.Second {
					t.Errorf("it was tried for %s", took)
				}
			})
		})
	}
}

func TestADatabaseThatIsAwayMeansThatNothingIsSubmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{err: errors.New("disk full")}, Options{})
		defer w.Close(context.Background())
		var away ErrUnavailable
		if _, err := w.Submit(context.Background(), callOf(add("a", 1))); !errors.As(err, &away) {
			t.Errorf("it said %v", err)
		}
		if f.block != 0 {
			t.Error("a transaction was submitted that is not on disk")
		}
	})
}

func TestAnUnknownOutcomeIsSaidAndStillFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := usual
		silent.StatusSilent = 1000
		f, outbox := newLedger(1, silent), &memory{}
		w := New(f, outbox, Options{})
		defer w.Close(context.Background())
		var pending ErrPending
		if _, err := w.Submit(context.Background(), callOf(add("a", 1))); !errors.As(err, &pending) || pending.TxID == "" {
			t.Errorf("it said %v", err)
		}
		if len(outbox.txs) != 1 {
			t.Error("the transaction is not in the outbox")
		}
		f.mu.Lock()
		f.faults.StatusSilent = 0
		f.mu.Unlock()
		if outcomes, err := w.Submit(context.Background(), callOf(add("a", 2))); err != nil || outcomes[0].Receipt.Version != 2 {
			t.Errorf("the next operation on the entity: %+v, %v", outcomes, err)
		}
	})
}

func TestAClosedWriterFinishesWhatItAcceptedAndTakesNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(newLedger(1, usual), &memory{}, Options{Parallel: 1})
		errs := make(chan error, 10)
		for i := range 10 {
			go func() { _, err := w.Submit(context.Background(), callOf(add("a", i))); errs <- err }()
		}
		synctest.Wait()
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if _, err := w.Submit(context.Background(), callOf(add("a", 11))); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed writer said %v", err)
		}
	})
}

func TestCallsThatMakeNoSenseAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(newLedger(1, usual), &memory{}, Options{})
		defer w.Close(context.Background())
		one := []operation.Request{add("a", 1)}
		for name, c := range map[string]Call{
			"no request":                {},
			"a request that is no JSON": {Requests: []operation.Request{{Op: "Add", In: json.RawMessage(`{`)}}},
			"too few private halves":    {Requests: one, Private: []json.RawMessage{}},
			"too many lanes":            {Requests: one, Lanes: []string{"a", "b"}},
			"a private half no JSON":    {Requests: one, Private: []json.RawMessage{json.RawMessage(`nul`)}},
		} {
			var invalid ErrInvalid
			if _, err := w.Submit(context.Background(), c); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
