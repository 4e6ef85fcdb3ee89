package relay

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/gateway/fabric"
	"henanchain/internal/block"
)

// Checkpoint is a block of a city's ledger as the main channel anchors it.
type Checkpoint struct {
	Chain  string `json:"chain"`
	Number int64  `json:"number"`
	Hash   string `json:"hash"`
}

// Audited is what the comparison of one ledger with its checkpoints found.
type Audited struct {
	Chain string `json:"chain"`
	// Ledger is where it was read: a peer, or a folder.
	Ledger      string `json:"ledger"`
	Checkpoints int    `json:"checkpoints"` // compared
	Blocks      int    `json:"blocks"`      // looked at
	// Wrong says what does not fit; empty: nothing.
	Wrong []string `json:"wrong,omitempty"`
}

func (a *Audited) wrong(format string, args ...any) {
	a.Wrong = append(a.Wrong, fmt.Sprintf(format, args...))
}

// Checkpoints reads all that the main channel anchors, by chain, in their order.
func Checkpoints(ctx context.Context, n *fabric.Network) (map[string][]Checkpoint, error) {
	c := n.Connection()
	at := fabric.Place{Channel: c.MainChannel, Contract: Contract, App: n.ReaderOf(c.MainChannel)}
	all := map[string][]Checkpoint{}
	for bookmark := ""; ; {
		page, err := n.Range(ctx, at, "checkpoint", "", 200, bookmark)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			var cp Checkpoint
			if err := json.Unmarshal(r.Body, &cp); err != nil {
				return nil, fmt.Errorf("read the checkpoint %s: %w", r.ID, err)
			}
			all[cp.Chain] = append(all[cp.Chain], cp)
		}
		if bookmark = page.Bookmark; bookmark == "" {
			return all, nil
		}
	}
}

// AuditPeers compares the ledgers that the peers of a channel hold with its
// checkpoints.
func AuditPeers(ctx context.Context, n *fabric.Network, channel string, anchored []Checkpoint) ([]Audited, error) {
	app := n.ReaderOf(channel)
	peers, err := n.Peers(channel, app)
	if err != nil {
		return nil, err
	}
	var all []Audited
	for _, peer := range peers {
		a := Audited{Chain: channel, Ledger: peer}
		for _, cp := range anchored {
			number := uint64(cp.Number)
			var got *common.Block
			ask, cancel := context.WithTimeout(ctx, behind)
			err := n.Blocks(ask, channel, app, peer, number, &number, func(b *common.Block) error {
				got = b
				return nil
			})
			cancel()
			if got == nil {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				a.wrong("block %d is anchored, and the peer does not have it: %v", cp.Number, err)
				continue
			}
			a.Blocks++
			a.hold(got, cp)
		}
		all = append(all, a)
	}
	return all, nil
}

// hold holds a block against its checkpoint.
func (a *Audited) hold(b *common.Block, cp Checkpoint) {
	a.Checkpoints++
	if got := hex.EncodeToString(block.Hash(b.GetHeader())); got != cp.Hash {
		a.wrong("REWRITTEN: block %d has the hash %s, and %s is anchored", cp.Number, got, cp.Hash)
		return
	}
	if !bytes.Equal(block.Testify(b).DataHash, b.GetHeader().GetDataHash()) {
		a.wrong("REWRITTEN: the transactions of block %d are not those of its header", cp.Number)
	}
}

// AuditFolder compares a ledger's folder, or a copy of it, with the checkpoints
// of its chain: every block's number, transactions and place, and the anchored
// ones' hashes.
func AuditFolder(folder, chain string, anchored []Checkpoint) (*Audited, error) {
	a := &Audited{Chain: chain, Ledger: folder}
	var before []byte
	next := uint64(0)
	err := ReadLedger(folder, func(b *common.Block) error {
		h := b.GetHeader()
		switch {
		case h.Number != next:
			a.wrong("block %d follows block %d", h.Number, int64(next)-1)
			return errStop
		case next > 0 && !bytes.Equal(h.PreviousHash, before):
			a.wrong("REWRITTEN: block %d stands on another block than the one before it", h.Number)
		case !bytes.Equal(block.Testify(b).DataHash, h.DataHash):
			a.wrong("REWRITTEN: the transactions of block %d are not those of its header", h.Number)
		}
		before = block.Hash(h)
		next++
		a.Blocks++
		if i := slices.IndexFunc(anchored, func(cp Checkpoint) bool { return uint64(cp.Number) == h.Number }); i >= 0 {
			a.hold(b, anchored[i])
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	for _, cp := range anchored {
		if uint64(cp.Number) >= next {
			a.wrong("block %d is anchored, and the ledger ends with block %d", cp.Number, int64(next)-1)
		}
	}
	return a, nil
}

var errStop = errors.New("enough was seen")
