package agritrace

import (
	"slices"

	"henanchain/chaincode/ledger"
)

// parentsOf and childrenOf are the two ways through the graph of batches.
func parentsOf(b *book, c *ledger.Call, level []*ledger.Entity[Batch]) ([]string, error) {
	var ids []string
	for _, e := range level {
		for _, p := range e.Body.Parents {
			ids = append(ids, p.BatchID)
		}
	}
	return ids, nil
}

func childrenOf(b *book, c *ledger.Call, level []*ledger.Entity[Batch]) ([]string, error) {
	var uses []string
	for _, e := range level {
		uses = append(uses, e.Body.Uses...)
	}
	all, err := b.transformations.LoadAll(c, uses)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range all {
		for _, o := range t.Body.Outputs {
			ids = append(ids, o.BatchID)
		}
	}
	return ids, nil
}

type direction func(*book, *ledger.Call, []*ledger.Entity[Batch]) ([]string, error)

// walk visits every batch that is reached from one, nearest first and each
// once, with one exchange with the peer for each level. visit answers whether
// to go on. The walk is not complete where there are more than limit batches.
func (b *book) walk(c *ledger.Call, from *ledger.Entity[Batch], next direction, limit int, visit func(e *ledger.Entity[Batch], depth int) bool) (complete bool, err error) {
	seen := map[string]bool{from.ID: true}
	level := []*ledger.Entity[Batch]{from}
	for depth, count := 1, 0; len(level) > 0; depth++ {
		ids, err := next(b, c, level)
		if err != nil {
			return false, err
		}
		ids = unseen(ids, seen)
		if over := count + len(ids) - limit; over > 0 {
			ids, complete = ids[:len(ids)-over], false
		} else {
			complete = true
		}
		count += len(ids)
		if level, err = b.batches.LoadAll(c, ids); err != nil {
			return false, err
		}
		for _, e := range level {
			if !visit(e, depth) {
				return true, nil
			}
		}
		if !complete {
			return false, nil
		}
	}
	return true, nil
}

// unseen sorts ids, each once, and leaves out what was met before.
func unseen(ids []string, seen map[string]bool) []string {
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		was := seen[id]
		seen[id] = true
		return was
	})
}
