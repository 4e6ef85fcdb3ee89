package write

import (
	"context"
	"encoding/json"
	"fmt"

	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
	"henanchain/internal/operation"
)

// Invocation is a call of one function of any contract, in a transaction of its
// own: nothing is known of what the function does, so that it is neither
// gathered with others nor held back for their sake.
type Invocation struct {
	Channel, Contract, App string
	Function               string
	Args                   [][]byte
	Transient              map[string][]byte
	// Transaction, where it is not nil, is endorsed and signed already, by a key
	// that the gateway does not have: it is submitted as it is and never made anew.
	Transaction *fabric.Transaction
	// Ticket makes the call one that is done once, as in Call.
	Ticket *store.Ticket
}

func (i *Invocation) size() int {
	n := len(i.Function)
	for _, a := range i.Args {
		n += len(a)
	}
	for _, v := range i.Transient {
		n += len(v)
	}
	if i.Transaction != nil {
		n += len(i.Transaction.Bytes)
	}
	return n
}

// invoking is how many such transactions may be in flight.
const invoking = 64

// Invoke does a call and returns what became of it once that is known or ctx
// ends. Its errors are those of Submit, and ErrNotTaken. The outcome's answer is
// what the function returned.
func (w *Writer) Invoke(ctx context.Context, i Invocation) (_ *Outcome, err error) {
	call := newCall(1, i.Ticket)
	var outcomes []Outcome
	ctx, span := traceCall(ctx, lineKey{i.Channel, i.Contract, i.App}, call)
	defer func() { tracedCall(span, call, outcomes, err) }()
	it := &item{call: call, alone: &i}
	open, err := w.known(ctx, call, []*item{it})
	if err != nil {
		return nil, err
	}
	if len(open) > 0 {
		if err := w.fly(ctx, it); err != nil {
			return nil, err
		}
	}
	outcomes, err = call.results()
	if err != nil {
		return nil, err
	}
	return &outcomes[0], nil
}

// fly carries an item that is alone to its end, or to the end of ctx: then it
// goes on without its caller.
func (w *Writer) fly(ctx context.Context, it *item) error {
	i := it.alone
	l, err := w.admit(lineKey{i.Channel, i.Contract, i.App}, []*item{it}, it.size())
	if err != nil {
		return err
	}
	if i.Ticket != nil {
		i.Ticket.Hold()
	}
	select {
	case w.alone <- struct{}{}:
	case <-ctx.Done():
		w.settle(it)
		return ErrUnavailable{RetryAfter: retrySoon, Err: ctx.Err()}
	}
	go func() {
		w.process(l, []*item{it})
		<-w.alone
		w.settle(it)
	}()
	select {
	case <-it.call.done:
	case <-ctx.Done():
		it.call.answer(0, Outcome{Err: ErrPending{Err: ctx.Err()}})
	}
	return nil
}

// proposalOf is what a batch asks of the contract.
func proposalOf(key lineKey, items []*item) fabric.Proposal {
	p := fabric.Proposal{Channel: key.channel, Contract: key.contract, App: key.app}
	if i := items[0].alone; i != nil {
		p.Function, p.Args, p.Transient = i.Function, i.Args, i.Transient
		return p
	}
	p.Function, p.Args, p.Transient = operation.Apply, [][]byte{argument(items)}, transient(items)
	return p
}

// endorsed has a batch endorsed, unless that was done outside.
func (w *Writer) endorsed(ctx context.Context, items []*item, l *line) (*fabric.Transaction, error) {
	if i := items[0].alone; i != nil && i.Transaction != nil {
		return i.Transaction, nil
	}
	return w.ledger.Endorse(ctx, proposalOf(l.key, items))
}

// answered reads what became of each of n requests, if their transaction is
// valid. A function that was called alone has nothing to be read.
func answered(key lineKey, tx *fabric.Transaction, n int, alone bool) ([]operation.Result, error) {
	if alone {
		return []operation.Result{{Data: answerOf(tx.Result)}}, nil
	}
	results, err := decode(tx.Result, n)
	if err != nil {
		return nil, &fabric.Error{Kind: fabric.Failed, Doing: "read what " + key.contract + " answered", Answered: true, Err: err}
	}
	return results, nil
}

// ErrNotTaken tells that the ledger did not take the transaction, for a reason
// that trying again does not mend, or must not: one that was signed outside is
// never made anew. It has changed nothing.
type ErrNotTaken struct {
	TxID string
	Code fmt.Stringer
}

// Error names the reason as Fabric does.
func (e ErrNotTaken) Error() string {
	return fmt.Sprintf("the ledger did not take transaction %s: %s", e.TxID, e.Code)
}

// answerOf is a function's answer as an outcome carries it: JSON, or a JSON text.
func answerOf(raw []byte) json.RawMessage {
	if json.Valid(raw) {
		return raw
	}
	text, err := json.Marshal(string(raw))
	if err != nil { // a text always encodes
		return nil
	}
	return text
}
