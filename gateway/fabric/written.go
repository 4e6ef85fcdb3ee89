package fabric

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// written remembers the last transaction of each application on each channel that
// the ledger is known to hold. Peers commit a block at different times: an
// application that is asked about at another peer than the one that told of its
// commit would not find there what it was told is done.
type written struct {
	mu   sync.RWMutex
	last map[writer]committed
}

type writer struct{ channel, app string }

type committed struct {
	txID  string
	block uint64
}

func (w *written) note(tx *Transaction, block uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.last = map[writer]committed{}
	}
	by := writer{tx.Channel, tx.App}
	if before, ok := w.last[by]; !ok || before.block < block {
		w.last[by] = committed{tx.ID, block}
	}
}

func (w *written) by(channel, app string) (committed, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	c, ok := w.last[writer{channel, app}]
	return c, ok
}

// catchUp is how long a peer that lags behind is waited for before another one is
// asked.
const catchUp = time.Second

// current makes a call of a proposal one that each peer answers only once it has
// what the application wrote last; a peer that is not so far in time counts as
// away.
func (n *Network) current(p *Proposal, call func(context.Context, visit) error) func(context.Context, visit) error {
	return func(ctx context.Context, at visit) error {
		last, ok := n.written.by(p.Channel, p.App)
		if ok && !at.link.has(p.Channel, last.block) {
			if err := at.await(ctx, p, last); err != nil {
				return err
			}
		}
		return call(ctx, at)
	}
}

// await returns when the peer has a transaction.
func (v visit) await(ctx context.Context, p *Proposal, last committed) error {
	within, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	tx := Transaction{ID: last.txID, Channel: p.Channel, App: p.App}
	_, err := tx.status(within, v)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return &Error{Kind: Unavailable, Err: fmt.Errorf("%s lags behind: it does not have transaction %s of block %d yet: %w", v.link.peer.Name, last.txID, last.block, err)}
	}
	return err
}
