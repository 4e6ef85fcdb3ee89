package ledger

import (
	"fmt"
	"strings"

	"henanchain/internal/operation"
)

// lastRune sorts after every character that an id may hold.
const lastRune = "\U0010FFFF"

// Scan reads a page of the records whose ids begin with prefix, in the order
// of their ids, from its start or from the bookmark that the page before gave;
// the bookmark is empty at the end. Ids that begin with another record's id
// make such pages without an index key. For queries only: Fabric refuses a
// page to a transaction that writes.
func (r *Records[B]) Scan(c *Call, prefix, bookmark string, limit int) (page []*Entity[B], next string, err error) {
	from := r.Key(prefix)
	if bookmark != "" && !strings.HasPrefix(bookmark, from) {
		return nil, "", RefuseField(InputInvalid, "bookmark", "the bookmark is not one of a page of this list; leave it out to begin again")
	}
	if limit < 1 || limit > maxPage {
		return nil, "", fmt.Errorf("a page of %s has 1 to %d records, not %d", r.info.Type, maxPage, limit)
	}
	it, meta, err := c.tx.stub.GetStateByRangeWithPagination(from, from+lastRune, int32(limit), bookmark)
	if err != nil {
		return nil, "", fmt.Errorf("read a page of %s: %w", r.info.Type, err)
	}
	defer it.Close()
	for it.HasNext() {
		kv, err := it.Next()
		if err != nil {
			return nil, "", fmt.Errorf("read a page of %s: %w", r.info.Type, err)
		}
		e, err := r.decode(kv.Value)
		if err != nil {
			return nil, "", err
		}
		page = append(page, e)
	}
	return page, meta.GetBookmark(), nil
}

// PageSize is how many lines a page of Lines has.
const PageSize = 100

// Lines makes a line of each record of a page of Scan.
func Lines[B, L any](c *Call, r *Records[B], prefix, bookmark string, line func(*Entity[B]) L) (lines []L, next string, err error) {
	page, next, err := r.Scan(c, prefix, bookmark, PageSize)
	if err != nil {
		return nil, "", err
	}
	lines = make([]L, len(page))
	for i, e := range page {
		lines[i] = line(e)
	}
	return lines, next, nil
}

// History answers every version of a record, oldest first, for queries:
// RECORD_NOT_FOUND where there is none.
func (r *Records[B]) History(c *Call, id string) ([]operation.Change, error) {
	return c.tx.contract.history(c.tx.stub, r.info.Type, id)
}
