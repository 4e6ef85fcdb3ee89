package index

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"henanchain/gateway/sqldb"
)

// Page is a part of a list.
type Page struct {
	Values [][]byte // canonical JSON of each record
	// Next is the cursor of the next page, empty at the end. A page may hold
	// fewer records than were asked for and still have a next one: where few
	// of many records match, each page looks through a part of them.
	Next string
	AsOf AsOf
}

const (
	// fewRecords are so few that they are better read and sorted than walked to.
	fewRecords = 400
	// walkAtOnce is how many records one step of a walk proposes at most.
	walkAtOnce = 256
	// A page looks through this much at most.
	pageBudget  = 16_384
	pageTime    = 30 * time.Millisecond
	countBudget = 200_000
	countTime   = time.Second
	// MaxCount is the largest number of matches that Count counts.
	MaxCount = 10_000
)

// candidate is a record that may match, with its place in the order.
type candidate struct {
	record int64
	text   string // by id
	number int64  // by everything else
}

// List answers one page. A Problem says what is wrong with the query.
func (x *Index) List(ctx context.Context, q Query) (*Page, error) {
	page := &Page{}
	err := x.search(ctx, q, pageBudget, pageTime, func(p *plan, at AsOf) {
		page.AsOf = at
	}, func(p *plan, c candidate, value []byte) bool {
		page.Values = append(page.Values, value)
		return len(page.Values) < q.Limit
	}, func(p *plan, last *candidate) {
		if last != nil {
			page.Next = p.cursor(position{Text: last.text, Number: last.number, Record: last.record})
		}
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// Count counts the records that match, up to MaxCount; exact tells whether it
// counted all.
func (x *Index) Count(ctx context.Context, q Query) (n int, exact bool, at AsOf, err error) {
	q.Cursor, q.Limit, q.Start = "", 0, ""
	exact = true
	err = x.search(ctx, q, countBudget, countTime, func(_ *plan, a AsOf) { at = a },
		func(*plan, candidate, []byte) bool { n++; return n < MaxCount },
		func(_ *plan, last *candidate) { exact = last == nil })
	return n, exact, at, err
}

// search runs a query on one state of the database: match gets each record in
// order and tells whether to go on; end the last one looked at, nil where
// nothing is left.
func (x *Index) search(ctx context.Context, q Query, budget int, limit time.Duration, begin func(*plan, AsOf), match func(*plan, candidate, []byte) bool, end func(*plan, *candidate)) error {
	k, err := x.kind(ctx, q.Channel, q.Contract, q.Type)
	if err != nil {
		return err
	}
	if k == nil || k.record == nil {
		c := x.contracts[q.Contract]
		k = newKind(0, q.Channel, q.Contract, q.Type, c)
		if k.record == nil {
			return fmt.Errorf("the contract %s has no records %s", q.Contract, q.Type)
		}
	}
	p, err := q.prepare(k)
	if err != nil {
		return err
	}
	return x.snapshot(ctx, func(tx *sql.Tx) error {
		at, records, err := extent(ctx, tx, q.Channel)
		if err != nil {
			return err
		}
		begin(p, at)
		s := &searching{plan: p, index: x, ctx: ctx, tx: tx, last: x.generation(records), budget: budget, until: time.Now().Add(limit), match: match}
		last, err := s.run()
		if err != nil {
			return fmt.Errorf("search %s %s: %w", q.Contract, q.Type, err)
		}
		end(p, last)
		return nil
	})
}

// searching is a query while it runs.
type searching struct {
	*plan
	index  *Index
	ctx    context.Context
	tx     *sql.Tx
	last   int64   // generation
	few    []int64 // all that may match, by their numbers; nil: they are many
	budget int
	until  time.Time
	match  func(*plan, candidate, []byte) bool
}

func (s *searching) run() (*candidate, error) {
	few, best, err := s.narrowest()
	if err != nil {
		return nil, err
	}
	if few != nil && s.Sort != ByCreated {
		return s.sorted(few)
	}
	s.few = few
	return s.walk(best)
}

// narrowest looks how many records each condition proposes: all of them where
// they are few, else the terms that are best walked along.
func (s *searching) narrowest() (few []int64, best []int64, err error) {
	var many [][]int64
	for i := range s.conditions {
		c := &s.conditions[i]
		for _, group := range c.groups {
			some, err := s.proposed(group)
			if err != nil {
				return nil, nil, err
			}
			if len(some) <= fewRecords {
				return append([]int64{}, some...), nil, nil
			}
			many = append(many, group)
		}
		if len(c.groups) > 0 {
			continue
		}
		some, err := s.ranged(c)
		if err != nil {
			return nil, nil, err
		}
		if len(some) <= fewRecords {
			return append([]int64{}, distinct(some)...), nil, nil
		}
	}
	best, err = s.sparsest(many)
	return nil, best, err
}

// sparsest is the group of terms that names the fewest records from the cursor on,
// in the order in which they were made: the one of which so many lie farthest away.
func (s *searching) sparsest(groups [][]int64) ([]int64, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	best := groups[0]
	if len(groups) == 1 || s.Sort != ByCreated { // in other orders no terms are walked along
		return best, nil
	}
	farthest := candidate{record: math.MinInt64, number: math.MinInt64}
	if s.Desc {
		farthest = candidate{record: math.MaxInt64, number: math.MaxInt64}
	}
	for _, group := range groups {
		some, err := s.alongAny(group, s.first().record, fewRecords)
		if err != nil {
			return nil, err
		}
		if len(some) < fewRecords {
			return group, nil
		}
		if last := some[fewRecords-1]; s.compare(last, farthest) > 0 {
			farthest, best = last, group
		}
	}
	return best, nil
}

// proposed are the first records of a group of terms.
func (s *searching) proposed(group []int64) ([]int64, error) {
	var all []int64
	for _, term := range group {
		some, err := s.along(term, false, math.MinInt64, fewRecords+1)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return distinct(all), nil
}

func (s *searching) ranged(c *condition) ([]int64, error) {
	from, to := bounds(c)
	return s.numbers(`SELECT record FROM ordered WHERE field = $1 AND value >= $2 AND value <= $3 LIMIT $4`, s.kind.order(c.field), from, to, fewRecords+1)
}

func bounds(c *condition) (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if c.From != nil {
		from = *c.From
	}
	if c.To != nil {
		to = *c.To
	}
	return from, to
}

func (s *searching) numbers(query string, args ...any) ([]int64, error) {
	var all []int64
	err := sqldb.Each(s.ctx, s.tx, query, args, func(scan sqldb.Scan) error {
		var n int64
		if err := scan(&n); err != nil {
			return err
		}
		all = append(all, n)
		return nil
	})
	return all, err
}

// loaded is a record as it is.
type loaded struct {
	id      string
	version int64
	status  string
	value   []byte
}

// load reads records, by their numbers; those that are deleted are left out.
func (s *searching) load(records []int64) (map[int64]loaded, error) {
	all := make(map[int64]loaded, len(records))
	err := batches(records, 64, func(part []int64) error {
		args := make([]any, len(part))
		for i, r := range part {
			args[i] = r
		}
		query := `SELECT r.record, r.kind, r.id, r.version, r.status, v.value FROM records r JOIN versions v ON v.version = r.version WHERE r.record IN ` + list(1, len(part))
		return sqldb.Each(s.ctx, s.tx, query, args, func(scan sqldb.Scan) error {
			var record, kind int64
			var l loaded
			if err := scan(&record, &kind, &l.id, &l.version, &l.status, &l.value); err != nil {
				return err
			}
			if l.value != nil && kind == s.kind.no {
				all[record] = l
			}
			return nil
		})
	})
	return all, err
}

func (s *searching) all(l loaded) bool {
	for i := range s.conditions {
		if !s.holds(&s.conditions[i], l.value, l.status) {
			return false
		}
	}
	return true
}

// sorted answers from a few records: all are read, those that match sorted.
func (s *searching) sorted(few []int64) (*candidate, error) {
	read, err := s.load(few)
	if err != nil {
		return nil, err
	}
	var all []candidate
	for record, l := range read {
		if l.id >= s.Start && s.all(l) {
			all = append(all, s.places(record, l)...)
		}
	}
	slices.SortFunc(all, s.compare)
	for i, c := range all {
		if s.after != nil && s.compare(c, s.afterCandidate()) <= 0 {
			continue
		}
		if !s.match(s.plan, c, read[c.record].value) {
			if i == len(all)-1 {
				return nil, nil
			}
			return &c, nil
		}
	}
	return nil, nil
}

func (s *searching) afterCandidate() candidate {
	return candidate{record: s.after.Record, text: s.after.Text, number: s.after.Number}
}

// compare orders candidates as the list does.
func (s *searching) compare(a, b candidate) int {
	n := cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.number, b.number), cmp.Compare(a.record, b.record))
	if s.Desc {
		return -n
	}
	return n
}
