package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/gateway/fabric"
)

func TestAFunctionAloneIsTriedAgainWhereOthersChangedTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		const callers = 5
		var wait sync.WaitGroup
		for n := range callers {
			wait.Go(func() {
				o, err := w.Invoke(context.Background(), alone("a", n))
				if err != nil || o.Receipt == nil || o.Receipt.TxID == "" {
					t.Errorf("call %d: %+v, %v", n, o, err)
				}
			})
		}
		wait.Wait()
		for n := range callers {
			if got := f.applied("a", n); got != 1 {
				t.Errorf("call %d was applied %d times", n, got)
			}
		}
		if f.conflicts == 0 {
			t.Error("nobody was in anybody's way")
		}
	})
}

func TestAContractsOwnNoIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		m := &memory{}
		w := New(f, m, Options{})
		defer w.Close(context.Background())
		text, err := json.Marshal(input{Entity: "a", Refuse: true})
		if err != nil {
			t.Fatal(err)
		}
		i := alone("a", 1)
		i.Args = [][]byte{text}
		var failed ErrFailed
		if _, err := w.Invoke(context.Background(), i); !errors.As(err, &failed) || f.calls != 1 || m.puts != 0 {
			t.Errorf("%v after %d endorsements and %d transactions in the outbox", err, f.calls, m.puts)
		}
	})
}

// What was signed outside is submitted as it is, or not at all.
func TestATransactionThatWasSignedOutsideIsNeverMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newLedger(1, usual)
		w := New(f, &memory{}, Options{})
		defer w.Close(context.Background())
		i := alone("a", 1)
		signed := func() Invocation {
			tx, err := f.Endorse(context.Background(), fabric.Proposal{Channel: i.Channel, Contract: i.Contract, App: i.App, Function: i.Function, Args: i.Args})
			if err != nil {
				t.Fatal(err)
			}
			out := i
			out.Transaction = tx
			return out
		}
		first, late := signed(), signed()
		calls := f.calls
		if o, err := w.Invoke(context.Background(), first); err != nil || o.Receipt.TxID != first.Transaction.ID {
			t.Errorf("%+v, %v", o, err)
		}
		var refused ErrNotTaken
		if _, err := w.Invoke(context.Background(), late); !errors.As(err, &refused) || refused.Code != peer.TxValidationCode_MVCC_READ_CONFLICT {
			t.Errorf("the second transaction on what the first changed: %v", err)
		}
		if f.calls != calls || f.applied("a", 1) != 1 {
			t.Errorf("%d more endorsements, applied %d times", f.calls-calls, f.applied("a", 1))
		}
	})
}

func TestFunctionsAloneAreBoundedLikeAllElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(newLedger(1, usual), &memory{}, Options{MaxQueued: 3})
		defer w.Close(context.Background())
		var wait sync.WaitGroup
		var refused atomic.Int64
		for n := range 8 {
			wait.Go(func() {
				var busy ErrBusy
				if _, err := w.Invoke(context.Background(), alone(fmt.Sprint(n), 1)); errors.As(err, &busy) {
					refused.Add(1)
				}
			})
		}
		wait.Wait()
		if n := refused.Load(); n != 5 {
			t.Errorf("%d of 8 calls were refused by a queue of 3", n)
		}
	})
}
