package rest

import (
	"henanchain/gateway/index"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// mayRead refuses, as the contract itself would, a caller who has no part in a
// record that is hidden.
func (x *exchange) mayRead(r *catalog.Record, record *operation.Record) error {
	if r.Veil == nil {
		return nil
	}
	hidden, err := x.hides(record)
	if err == nil && hidden {
		return sealed(r, record.ID)
	}
	return err
}

func sealed(r *catalog.Record, id string) error {
	return operation.Refuse(r.Veil.Code, "the %s %s is sealed: only those who have a part in it may see it", r.Title, id)
}

func (x *exchange) hides(record *operation.Record) (bool, error) {
	return x.route.contract.Hides(record, readerOf(x.caller), func(recordType, id string) (*operation.Record, error) {
		about, ok := x.route.contract.Record(recordType)
		if !ok {
			return nil, nil
		}
		found, _, err := x.recordIndexed(about, id)
		return found, err
	})
}

// How many pages of the read model a list, or a count, looks through for what a
// caller may see, and how far such records are counted.
const (
	veiledPages     = 16
	veiledCountedIn = 64
	maxVeiledCount  = 1000
)

// page answers a page of the read model, without what is hidden from the caller:
// a page is then filled with what follows, so that neither its length nor that
// there is a next one tells of hidden records. Where the read model itself has
// looked through as much as it does for one page, the page is short for everybody;
// a count goes on.
func (x *exchange) page(q index.Query, counting bool) (*index.Page, error) {
	page, err := x.Index.List(x.ctx(), q)
	r, ok := x.route.contract.Record(q.Type)
	if err != nil || !ok || r.Veil == nil {
		return page, err
	}
	limit, full := q.Limit, len(page.Values) == q.Limit
	if page.Values, err = x.unveiled(page.Values); err != nil {
		return nil, err
	}
	most := veiledPages
	if counting {
		most = veiledCountedIn
	}
	for n := 1; n < most && (full || counting) && page.Next != "" && len(page.Values) < limit; n++ {
		q.Cursor, q.Limit = page.Next, limit-len(page.Values)
		more, err := x.Index.List(x.ctx(), q)
		if err != nil {
			return nil, err
		}
		full = len(more.Values) == q.Limit
		seen, err := x.unveiled(more.Values)
		if err != nil {
			return nil, err
		}
		page.Values, page.Next = append(page.Values, seen...), more.Next
	}
	return page, nil
}

// unveiled leaves out what is hidden from the caller.
func (x *exchange) unveiled(values [][]byte) ([][]byte, error) {
	var kept [][]byte
	for _, value := range values {
		record, err := operation.DecodeRecord(value)
		if err != nil {
			return nil, err
		}
		hidden, err := x.hides(record)
		if err != nil {
			return nil, err
		}
		if !hidden {
			kept = append(kept, value)
		}
	}
	return kept, nil
}

// matching counts the records that match and that the caller may see.
func (x *exchange) matching(q index.Query) (*matches, error) {
	var m matches
	var err error
	if r, ok := x.route.contract.Record(q.Type); !ok || r.Veil == nil {
		m.N, m.Exact, _, err = x.Index.Count(x.ctx(), q)
		return &m, err
	}
	q.Cursor, q.Start, q.Limit = "", "", maxVeiledCount
	page, err := x.page(q, true)
	if err != nil {
		return nil, err
	}
	return &matches{N: len(page.Values), Exact: page.Next == ""}, nil
}
