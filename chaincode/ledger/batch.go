package ledger

import (
	"encoding/json"
	"errors"
	"fmt"

	"henanchain/internal/operation"
)

// batch runs the operations of a transaction, in their order.
//
// What an operation's input names is fetched for all of them before (Reader).
// What an operation learns only on its way, such as the case that a pack is in
// or a private half, would cost an exchange with the peer for each operation,
// many times what the operation itself costs. So a read of what is not there
// yet ends the operation; those after it are tried as well, each as far as it
// comes, only to learn what they will read; all of that is fetched at once,
// and the batch goes on where it stopped. Nothing of a trial stays: its writes
// are taken back, its result is dropped, its input is read anew.
type batch struct {
	tx       *transaction
	requests []operation.Request
	private  []json.RawMessage
	ready    []*prepared
	results  []operation.Result
	met      map[string]bool // names of operations of which one has run
	idle     int             // rounds of trials that found little
}

const (
	// worthwhile is how many addresses a round of trials has to find: it costs
	// about as much as that many exchanges with the peer.
	worthwhile = 8
	// maxIdle is after how many rounds that found less the rest reads one by one.
	maxIdle = 3
)

// postponed says that an operation ended at a read of what is not there yet.
type postponed struct{ at []address }

func (p *postponed) Error() string { return "the key " + p.at[0].key + " was not read yet" }

func (b *batch) run() error {
	for i := 0; i < len(b.requests); i++ {
		if b.ready[i] == nil {
			continue
		}
		err := b.runOne(i)
		var p *postponed
		if errors.As(err, &p) {
			if err = b.lookAhead(i, p.at); err == nil {
				i-- // once more, with what it needs
			}
		}
		if err != nil {
			return fmt.Errorf("operation %d (%s): %w", i, b.requests[i].Op, err)
		}
	}
	return nil
}

// runOne runs an operation for good. The first of its name reads what it needs
// one by one: some of that all of them share, such as the rules in force.
func (b *batch) runOne(i int) (err error) {
	r := &b.requests[i]
	if b.ready[i].tried {
		if b.ready[i], err = b.tx.prepare(r, b.private[i]); err != nil {
			return err
		}
	}
	b.tx.state.postpone = b.met[r.Op] && b.idle < maxIdle && len(b.requests)-i > worthwhile
	b.results[i], err = b.tx.run(r, b.ready[i], false)
	b.tx.state.postpone = false
	b.ready[i].tried, b.met[r.Op] = true, true
	return err
}

// lookAhead tries the operations after one that ended at a read, and fetches
// what it wanted together with what they end at.
func (b *batch) lookAhead(from int, wanted []address) error {
	b.tx.state.postpone = true
	for i := from + 1; i < len(b.requests); i++ {
		if b.ready[i] == nil {
			continue
		}
		savepoint, events := b.tx.state.savepoint(), len(b.tx.events)
		_, err := b.tx.run(&b.requests[i], b.ready[i], true)
		b.tx.state.rollback(savepoint)
		b.tx.events, b.ready[i].tried = b.tx.events[:events], true
		var p *postponed
		if errors.As(err, &p) {
			wanted = append(wanted, p.at...)
		}
	}
	b.tx.state.postpone = false
	wanted = b.tx.state.unread(wanted)
	if len(wanted) < worthwhile {
		b.idle++
	}
	return b.tx.state.fetch(wanted)
}
