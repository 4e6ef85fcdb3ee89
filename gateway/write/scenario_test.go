package write

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"henanchain/internal/operation"
)

// scenario is a random history of calls against a ledger with random faults.
type scenario struct {
	Seed   uint64
	Faults faults
	Calls  [][]input
	Gaps   []int // milliseconds before each call
}

func drawScenario(rt *rapid.T) scenario {
	chance := rapid.IntRange(0, 200)
	s := scenario{Seed: rapid.Uint64().Draw(rt, "seed"), Faults: faults{
		EndorseAway: chance.Draw(rt, "endorse away"), EndorseMismatch: chance.Draw(rt, "mismatch"),
		EndorseUnsettled: chance.Draw(rt, "unsettled"), SubmitLost: chance.Draw(rt, "submit lost"), SubmitTakenUnsaid: chance.Draw(rt, "submit unsaid"),
		StatusSilent: chance.Draw(rt, "status silent"), StatusAway: chance.Draw(rt, "status away"),
		Rival: chance.Draw(rt, "rival"), MaxOperations: rapid.SampledFrom([]int{0, 1, 3, 10}).Draw(rt, "most"),
		EndorseDelay: 10 * time.Millisecond, CommitDelay: 50 * time.Millisecond, Jitter: 100 * time.Millisecond,
	}}
	n := 0
	for range rapid.IntRange(1, 40).Draw(rt, "calls") {
		var call []input
		for range rapid.IntRange(1, 12).Draw(rt, "requests") {
			n++
			kind := rapid.IntRange(0, 40).Draw(rt, "kind")
			call = append(call, input{Entity: rapid.StringMatching(`[a-f]`).Draw(rt, "entity"), N: n, Refuse: kind < 5, Poison: kind == 40})
		}
		s.Calls = append(s.Calls, call)
		s.Gaps = append(s.Gaps, rapid.IntRange(0, 60).Draw(rt, "gap"))
	}
	return s
}

// Whatever goes wrong: each request has exactly one answer, the answer is
// true, and each entity's operations are done in the order in which they came.
func TestEveryRequestIsAnsweredOnceAndTrulyAndEntitiesStayInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt)
		var problem error
		synctest.Test(t, func(t *testing.T) { problem = s.play() })
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

func (s scenario) play() error {
	f := newLedger(s.Seed, s.Faults)
	w := New(f, &memory{}, Options{MaxBatch: 20, Full: 5})
	outcomes := make([][]Outcome, len(s.Calls))
	errs := make([]error, len(s.Calls))
	var wait sync.WaitGroup
	for i, call := range s.Calls {
		var requests []operation.Request
		for _, in := range call {
			requests = append(requests, request(in))
		}
		wait.Go(func() { outcomes[i], errs[i] = w.Submit(context.Background(), callOf(requests...)) })
		synctest.Wait() // it is in the queue: the order of the calls is the order of the lanes
		time.Sleep(time.Duration(s.Gaps[i]) * time.Millisecond)
	}
	wait.Wait()
	if err := w.Close(context.Background()); err != nil {
		return err
	}
	if w.Queued() != 0 {
		return fmt.Errorf("%d requests are still counted after the end", w.Queued())
	}
	for i, call := range s.Calls {
		for j, in := range call {
			o := Outcome{Err: errs[i]}
			if errs[i] == nil {
				o = outcomes[i][j]
			}
			if err := s.judge(f, in, o); err != nil {
				return err
			}
		}
	}
	return f.inOrder()
}

func (s scenario) judge(f *ledger, in input, o Outcome) error {
	applied, kind := f.applied(in.Entity, in.N), o.kind()
	switch {
	case kind == "done" && (applied != 1 || o.Receipt == nil || in.Refuse || in.Poison),
		kind == "refused" && (applied != 0 || !in.Refuse || o.Receipt != nil),
		kind == "failed" && (applied != 0 || !in.Poison),
		(kind == "unavailable" || kind == "conflict") && applied != 0,
		kind == "pending" && applied > 1,
		kind == "existing":
		return fmt.Errorf("operation %d on %s stands there %d times, and the answer was %s: %+v", in.N, in.Entity, applied, kind, o)
	}
	return nil
}

func (f *ledger) inOrder() error {
	for entity, list := range f.lists {
		for i := 1; i < len(list); i++ {
			if list[i] < list[i-1] {
				return fmt.Errorf("the operations on %s were done in the order %v", entity, list)
			}
		}
	}
	if f.overlaps > 0 {
		return fmt.Errorf("%d times an entity was in two transactions", f.overlaps)
	}
	return nil
}
