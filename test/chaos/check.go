package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/internal/block"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
	"henanchain/test/chain"
)

// place is where on the ledger an operation was applied.
type place struct {
	tx    string
	block uint64
	index int
}

// book is what the ledger holds of a run, by mark.
type book map[string][]place

// read reads the channel from every peer, block by block. Each block must stand
// on the one before, signed by the orderers, and be the same at every peer,
// verdicts on its transactions included.
func read(ctx context.Context, c *connection.Connection) (book, error) {
	peers, err := chain.OpenAll(c, city, system)
	if err != nil {
		return nil, err
	}
	var height uint64
	for _, l := range peers {
		defer l.Close()
	}
	if height, err = level(ctx, peers); err != nil {
		return nil, err
	}
	found := book{}
	var first []block.Testimony
	for i, l := range peers {
		var told []block.Testimony
		var checked *block.Chain
		err := l.Blocks(ctx, 0, func(b *common.Block) (err error) {
			if checked == nil {
				checked, err = block.Begin(city, b, nil)
			} else {
				_, err = checked.Append(b)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", l.Peer.Name, err)
			}
			told = append(told, block.Testify(b))
			if i == 0 {
				return found.note(b)
			}
			if n := len(told) - 1; n < len(first) {
				return first[n].Against(told[n])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = told
		}
	}
	say("%d blocks are the same at %d peers, each on the one before and signed", height, len(peers))
	return found, nil
}

// level waits until all peers have as many blocks as the furthest.
func level(ctx context.Context, peers []*chain.Ledger) (uint64, error) {
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		var lowest, highest uint64
		var last error
		for i, l := range peers {
			h, err := l.Height(ctx)
			if err != nil {
				last = err
			}
			if i == 0 || h < lowest {
				lowest = h
			}
			highest = max(highest, h)
		}
		if lowest == highest && last == nil {
			return highest, nil
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("a peer has %d blocks and another %d, %s after the end (%v)", lowest, highest, patience, last)
		}
	}
}

// note takes down what a block applied.
func (found book) note(b *common.Block) error {
	all, err := chain.Transactions(b)
	if err != nil {
		return err
	}
	for i := range all {
		tx := &all[i]
		if !tx.Valid() || tx.Contract != ledger {
			continue
		}
		requests, results, err := tx.Operations()
		if err != nil {
			return err
		}
		for k, r := range results {
			var in struct{ FileHash, Reason string }
			if r.Refusal != nil || r.Existing || json.Unmarshal(requests[k].In, &in) != nil {
				continue
			}
			mark := in.FileHash
			if in.Reason != "" {
				mark = in.Reason
			}
			found[mark] = append(found[mark], place{tx.ID, tx.Block, k})
		}
	}
	return nil
}

// faults are what a write shows against the ledger.
type faults struct{ acknowledged, lost, twice, unanswered, refused, untrue int }

func (f faults) any() bool { return f.lost+f.twice+f.unanswered+f.refused+f.untrue > 0 }

// hold holds a write against the ledger.
func (found book) hold(w *write) (f faults, why string) {
	if w.refused != nil {
		f.refused++
		why = "refused: " + w.refused.Error()
	}
	if w.keyed && w.ended.IsZero() {
		f.unanswered++
		why = fmt.Sprintf("without an answer since %s; the last try: %v", w.began.Format(time.TimeOnly), w.last)
	}
	for i, mark := range w.marks {
		at := found[mark]
		if len(at) > 1 {
			f.twice++
			why = fmt.Sprintf("%s was applied %d times: %v", mark, len(at), at)
		}
		if !w.acknowledged() {
			continue
		}
		f.acknowledged++
		switch {
		case len(at) == 0:
			f.lost++
			why = mark + " was acknowledged and is not on the ledger"
		case !says(w.receipts[i], at[0]):
			f.untrue++
			why = fmt.Sprintf("%s stands at %+v and its receipt says %+v", mark, at[0], w.receipts[i])
		}
	}
	return f, why
}

// says tells whether a receipt names the place. A record that a caller who was
// never answered finds there already has none.
func says(r *operation.Receipt, at place) bool {
	return r == nil || r.TxID == at.tx && r.Block == at.block && r.Index == at.index
}
