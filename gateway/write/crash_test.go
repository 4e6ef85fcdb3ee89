package write

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/store"
	"henanchain/gateway/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// However often the gateway dies, a call with an idempotency key that is made
// until it is answered is done exactly once, each of its requests, and its
// answer is what the ledger holds.
func TestKeyedCallsAreDoneOnceHoweverOftenTheGatewayDies(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { dieAndRecover(t, filepath.Join(t.TempDir(), "gateway.db"), 12) })
	t.Run("postgres", func(t *testing.T) { dieAndRecover(t, storetest.Shared(t), 6) })
}

func dieAndRecover(t *testing.T, dsn string, lives int) {
	f := newLedger(uint64(time.Now().UnixNano()), faults{
		EndorseDelay: time.Millisecond, CommitDelay: 5 * time.Millisecond, Jitter: 5 * time.Millisecond,
		SubmitLost: 100, SubmitTakenUnsaid: 100, StatusAway: 100, EndorseMismatch: 100, Rival: 50,
	})
	var answered atomic.Int64
	customers := make([]*customer, 8)
	for i := range customers {
		customers[i] = &customer{name: fmt.Sprint("customer", i), answered: &answered}
	}
	for life := range lives {
		s, err := store.Open(context.Background(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := New(f, s, Options{MaxBatch: 8})
		last := life == lives-1
		live, die := context.WithCancel(context.Background())
		var wait sync.WaitGroup
		for _, c := range customers {
			wait.Go(func() { c.shop(live, t, w, s) })
		}
		// A life ends after a few answers, at some moment of the next transactions.
		for enough := answered.Load() + 1 + rand.Int64N(12); answered.Load() < enough; {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		if last {
			for _, c := range customers {
				c.enough.Store(true)
			}
			wait.Wait()
		}
		die()
		w.Kill()
		wait.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, c := range customers {
		total += c.n
		for n := range c.n {
			for part := range requestsEach {
				want := 1
				if n%2 == 1 && part > 0 { // a function alone, for one part
					want = 0
				}
				if got := f.applied(c.entity(part), n); got != want {
					t.Errorf("%s: request %d of call %d stands there %d times", c.name, part, n, got)
				}
			}
		}
	}
	t.Logf("%d calls, %d transactions, %d lives", total, len(f.sizes), lives)
}
