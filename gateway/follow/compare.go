package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"henanchain/gateway/fabric"
	"henanchain/gateway/index"
	"henanchain/internal/catalog"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// Peers answers what the contracts hold; *fabric.Network in a gateway.
type Peers interface {
	Connection() *connection.Connection
	ReaderOf(channel string) string
	Range(ctx context.Context, at fabric.Place, recordType, start string, size int, bookmark string) (*operation.Page, error)
	Get(ctx context.Context, at fabric.Place, recordType, id string) (*operation.Record, error)
}

// Difference is one record of which the ledger and the index tell different things.
type Difference struct {
	Channel, Contract, Type, ID string
	// Ledger and Index are the versions with their digests, "none" where there is no such record.
	Ledger, Index string
}

// String reads as a line for people.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s %s %s: the ledger has %s, the index %s", d.Channel, d.Contract, d.Type, d.ID, d.Ledger, d.Index)
}

// comparePage is how many records are compared at once.
const comparePage = 200

// Compare walks every described contract's state on the peers and the index
// side by side and reports each difference, and how many records it looked at.
// What is written meanwhile is looked at again before it counts as different.
func Compare(ctx context.Context, peers Peers, x *index.Index, contracts []catalog.Contract, report func(Difference)) (records, differences int, err error) {
	for _, ch := range peers.Connection().Channels {
		for i := range contracts {
			c := &contracts[i]
			if !slices.Contains(ch.Contracts, c.Name) {
				continue
			}
			for j := range c.Records {
				w := &comparing{peers: peers, index: x, record: &c.Records[j], report: report,
					at: fabric.Place{Channel: ch.Name, Contract: c.Name, App: peers.ReaderOf(ch.Name)}}
				err := w.run(ctx)
				records, differences = records+w.records, differences+w.differences
				if err != nil {
					return records, differences, fmt.Errorf("compare %s of %s on %s: %w", c.Records[j].Type, c.Name, ch.Name, err)
				}
			}
		}
	}
	return records, differences, nil
}

type comparing struct {
	peers                Peers
	index                *index.Index
	record               *catalog.Record
	report               func(Difference)
	at                   fabric.Place
	records, differences int
}

// run merges the two walks in the order of the ids.
func (w *comparing) run(ctx context.Context) error {
	ledger, indexed := w.ledgerWalk(ctx), w.indexWalk(ctx)
	l, err := ledger()
	if err != nil {
		return err
	}
	i, err := indexed()
	if err != nil {
		return err
	}
	for l != nil || i != nil {
		id, same := pick(l, i)
		w.records++
		if !same {
			if err := w.again(ctx, id); err != nil {
				return err
			}
		}
		if l != nil && l.ID == id {
			if l, err = ledger(); err != nil {
				return err
			}
		}
		if i != nil && i.ID == id {
			if i, err = indexed(); err != nil {
				return err
			}
		}
	}
	return nil
}

// pick is the lesser id of the two, and whether both have it alike.
func pick(l, i *operation.Record) (string, bool) {
	switch {
	case i == nil || l != nil && l.ID < i.ID:
		return l.ID, false
	case l == nil || i.ID < l.ID:
		return i.ID, false
	default:
		return l.ID, mark(l) == mark(i)
	}
}

func (w *comparing) ledgerWalk(ctx context.Context) func() (*operation.Record, error) {
	var page []operation.Record
	bookmark, done := "", false
	return func() (*operation.Record, error) {
		for len(page) == 0 {
			if done {
				return nil, nil
			}
			p, err := w.peers.Range(ctx, w.at, w.record.Type, "", comparePage, bookmark)
			if refusedWith(err, "INPUT_INVALID") && bookmark == "" {
				return nil, nil // the channel's version of the contract knows no such type yet
			}
			if err != nil {
				return nil, err
			}
			page, bookmark, done = p.Records, p.Bookmark, p.Bookmark == "" || len(p.Records) == 0
		}
		r := &page[0]
		page = page[1:]
		return r, nil
	}
}

func (w *comparing) indexWalk(ctx context.Context) func() (*operation.Record, error) {
	var page [][]byte
	cursor, done := "", false
	return func() (*operation.Record, error) {
		for len(page) == 0 {
			if done {
				return nil, nil
			}
			p, err := w.index.List(ctx, index.Query{Channel: w.at.Channel, Contract: w.at.Contract, Type: w.record.Type, Sort: index.ByID, Limit: comparePage, Cursor: cursor})
			if errors.Is(err, index.ErrNotFound) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			page, cursor, done = p.Values, p.Next, p.Next == ""
		}
		value := page[0]
		page = page[1:]
		return operation.DecodeRecord(value)
	}
}

// again asks both for one record, the ledger first, and waits for the index to
// be as far.
func (w *comparing) again(ctx context.Context, id string) error {
	for attempt := 0; ; attempt++ {
		onLedger, inIndex := "none", "none"
		l, err := w.peers.Get(ctx, w.at, w.record.Type, id)
		if err == nil {
			onLedger = mark(l)
		} else if !refusedWith(err, "RECORD_NOT_FOUND") && !refusedWith(err, "INPUT_INVALID") {
			return err
		}
		f, err := w.index.Get(ctx, w.at.Channel, w.at.Contract, w.record.Type, id)
		if err == nil {
			i, err := f.Decode()
			if err != nil {
				return err
			}
			inIndex = mark(i)
		} else if !errors.Is(err, index.ErrNotFound) {
			return err
		}
		if onLedger == inIndex {
			return nil
		}
		if attempt == compareAttempts {
			w.differences++
			w.report(Difference{w.at.Channel, w.at.Contract, w.record.Type, id, onLedger, inIndex})
			return nil
		}
		if err := pauseFor(ctx, comparePause); err != nil {
			return err
		}
	}
}

// refusedWith tells that the contract itself said no, with that code.
func refusedWith(err error, code string) bool {
	var e *fabric.Error
	return errors.As(err, &e) && e.Refusal != nil && e.Refusal.Code == code
}

// mark stands for all of a record: its version, and the digest of what it is,
// whatever digest it carries.
func mark(r *operation.Record) string {
	digest, err := r.ComputeDigest()
	if err != nil {
		digest = err.Error()
	}
	if digest != r.Digest {
		digest += ", though it says " + r.Digest
	}
	return fmt.Sprintf("version %d (%s)", r.Version, digest)
}
