package index

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"henanchain/gateway/sqldb"
)

// Many terms are shared by most records of a batch: that they are evidence at
// all, of one kind, by one department, with the same words in their names. A
// row in the table terms for each would be most of what a record costs; as a
// row of the table postings, a thousand of them cost as much as one.

const (
	// Fewer records of a term than this go into the table terms.
	leastPosted = 4
	// mostPosted bounds one row of postings.
	mostPosted = 1024
)

// pair is that a term names a record.
type pair struct{ term, record int64 }

// sortTerms divides the terms of a batch among the two tables. Those of records
// that are new (from a number on) go into postings where they are many, but for
// those of a status: it changes, and single rows are changed most easily.
func sortTerms(pairs []pair, from int64, statuses map[int64]bool) (terms, postings []any) {
	sort.Slice(pairs, func(i, j int) bool {
		return pairs[i].term < pairs[j].term || pairs[i].term == pairs[j].term && pairs[i].record < pairs[j].record
	})
	terms = make([]any, 0, len(pairs))
	for i := 0; i < len(pairs); {
		term, n := pairs[i].term, i
		for n < len(pairs) && pairs[n].term == term {
			n++
		}
		run := pairs[i:n]
		i = n
		old := sort.Search(len(run), func(k int) bool { return run[k].record >= from })
		if statuses[term] || len(run)-old < leastPosted {
			old = len(run)
		}
		for _, p := range run[:old] {
			terms = append(terms, p.term, p.record)
		}
		for run = run[old:]; len(run) > 0; {
			some := run[:min(len(run), mostPosted)]
			run = run[len(some):]
			postings = append(postings, term, some[0].record, posted(some))
		}
	}
	return terms, postings
}

func posted(pairs []pair) []byte {
	out := make([]byte, 0, 2*len(pairs))
	at := pairs[0].record
	for _, p := range pairs {
		out = binary.AppendUvarint(out, uint64(p.record-at))
		at = p.record
	}
	return out
}

// unposted reads the records of a row.
func unposted(first int64, data []byte) ([]int64, error) {
	all := make([]int64, 0, len(data))
	for at := first; len(data) > 0; {
		d, n := binary.Uvarint(data)
		if n <= 0 || d > math.MaxInt64 {
			return nil, errors.New("a row of postings cannot be read; gateway reindex makes the read model again")
		}
		at += int64(d)
		all, data = append(all, at), data[n:]
	}
	return all, nil
}

// unpost takes a record out of a term's postings.
func (a *applying) unpost(term, record int64) error {
	var first int64
	var data []byte
	err := a.tx.QueryRowContext(a.ctx, `SELECT first, records FROM postings WHERE term = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`, term, record).Scan(&first, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read postings: %w", err)
	}
	all, err := unposted(first, data)
	if err != nil {
		return err
	}
	i, found := slices.BinarySearch(all, record)
	if !found {
		return nil
	}
	all = slices.Delete(all, i, i+1)
	if len(all) == 0 {
		_, err = a.exec(`DELETE FROM postings WHERE term = $1 AND first = $2`, term, first)
	} else {
		out := make([]byte, 0, len(data))
		at := first
		for _, r := range all {
			out = binary.AppendUvarint(out, uint64(r-at))
			at = r
		}
		_, err = a.exec(`UPDATE postings SET records = $1 WHERE term = $2 AND first = $3`, out, term, first)
	}
	if err != nil {
		return fmt.Errorf("write postings: %w", err)
	}
	return nil
}

// errEnough ends a walk through rows.
var errEnough = errors.New("enough")

// postedAlong are those that postings name, for arguments as singlesAlong has them.
func (s *searching) postedAlong(args []any, desc bool, after int64, limit int) ([]int64, error) {
	begins := `first > $1`
	if len(args) == 3 { // a row that begins before the place may go on after it
		begins = `first >= coalesce((SELECT max(first) FROM postings WHERE term = $3 AND first <= $1), $1)`
	}
	query := `SELECT first, records FROM postings WHERE ` + inGenerations(args) + ` AND ` + begins + ` ORDER BY first LIMIT $2 + 1`
	if desc {
		query = `SELECT first, records FROM postings WHERE ` + inGenerations(args) + ` AND first < $1 ORDER BY first DESC LIMIT $2 + 1`
	}
	var all []int64
	err := sqldb.Each(s.ctx, s.tx, query, args, func(scan sqldb.Scan) error {
		var first int64
		var data []byte
		if err := scan(&first, &data); err != nil {
			return err
		}
		some, err := unposted(first, data)
		if err != nil {
			return err
		}
		for _, r := range some {
			if desc && r < after || !desc && r > after {
				all = append(all, r)
			}
		}
		if len(all) >= limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return all, nil
}

// postedAmong are those of some records that postings name; what is asked for, a
// term's number and a record each, stands before the statement.
func (s *searching) postedAmong(with string, args []any, records []int64) ([]int64, error) {
	// The row that would hold a record is the last that begins before it;
	// neighbours have the same one, which is read once.
	query := with + `, at (term, first) AS (SELECT DISTINCT asked.term, (SELECT max(p.first) FROM postings p WHERE p.term = asked.term AND p.first <= asked.record) FROM asked)
		SELECT p.first, p.records FROM at CROSS JOIN postings p WHERE p.term = at.term AND p.first = at.first`
	rows, firsts := map[int64][]int64{}, []int64(nil)
	err := sqldb.Each(s.ctx, s.tx, query, args, func(scan sqldb.Scan) error {
		var first int64
		var data []byte
		if err := scan(&first, &data); err != nil {
			return err
		}
		firsts = append(firsts, first)
		var err error
		rows[first], err = unposted(first, data)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(firsts)
	var kept []int64
	for _, r := range records {
		i := sort.Search(len(firsts), func(i int) bool { return firsts[i] > r })
		if i == 0 {
			continue
		}
		if _, found := slices.BinarySearch(rows[firsts[i-1]], r); found {
			kept = append(kept, r)
		}
	}
	return kept, nil
}
