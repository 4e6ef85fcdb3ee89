package index

import (
	"math"
	"slices"
	"time"

	"github.com/buger/jsonparser"

	"henanchain/gateway/sqldb"
)

// places is where a record stands in the order: once, or by a field of which
// it has several values once for each.
func (s *searching) places(record int64, l loaded) []candidate {
	switch s.Sort {
	case ByID:
		return []candidate{{record: record, text: l.id}}
	case ByCreated:
		return []candidate{{record: record, number: record}}
	case ByUpdated:
		return []candidate{{record: record, number: l.version}}
	}
	var all []candidate
	s.sortField.values(l.value, func(v string, t jsonparser.ValueType) {
		if n, ok := s.sortField.point(v, t); ok {
			all = append(all, candidate{record: record, number: n})
		}
	})
	return all
}

// walk goes through the records in the order of the list, from the cursor on,
// and looks at those that all terms propose. It answers the last one looked at
// where the page is full or the budget is used up.
func (s *searching) walk(best []int64) (*candidate, error) {
	at := s.first()
	for looked, found := 0, 0; ; {
		size := s.stride(looked, found)
		some, err := s.step(at, best, size)
		if err != nil {
			return nil, err
		}
		hits := recordsOf(some)
		if !frequent(looked, found) {
			if hits, err = s.propose(some, best); err != nil {
				return nil, err
			}
		}
		read, err := s.load(hits)
		if err != nil {
			return nil, err
		}
		for i := range some {
			c := some[i]
			l, ok := read[c.record]
			if !ok || !s.all(l) {
				continue
			}
			if found++; !s.match(s.plan, c, l.value) {
				if i == len(some)-1 && len(some) < size {
					return nil, nil // the page is full, and it was the last
				}
				return &c, nil
			}
		}
		if len(some) < size {
			return nil, nil
		}
		at = some[len(some)-1]
		if looked += len(some); looked >= s.budget || time.Now().After(s.until) {
			return &at, nil
		}
	}
}

// frequent tells that so many of the records looked at match that it is quicker to
// read them all than to ask first which of them the terms propose: the numbers of
// records that follow each other by id, say, are spread over all of a term's. It
// is taken for so at first: a list is walked along where its terms have many.
func frequent(looked, found int) bool { return 8*found >= looked }

// stride is how many records the next step proposes: a little more than fill
// the page if as many of them match as did so far. Each that is read is a page
// of the database that nobody may have touched for long.
func (s *searching) stride(looked, found int) int {
	missing := s.Limit - found
	if missing <= 0 { // a count looks at all
		return walkAtOnce
	}
	need := missing
	if looked > 0 {
		need = missing * looked / max(found, 1)
	}
	return min(need+need/4+1, walkAtOnce)
}

// first is the place before the first record of the page.
func (s *searching) first() candidate {
	switch {
	case s.after != nil:
		return s.afterCandidate()
	case s.Sort == ByID && s.Desc:
		return candidate{text: "\U0010FFFF", record: math.MaxInt64}
	case s.Sort == ByID:
		return candidate{text: s.Start, record: math.MinInt64}
	case s.Desc:
		return candidate{number: math.MaxInt64, record: math.MaxInt64}
	default:
		return candidate{number: math.MinInt64, record: math.MinInt64}
	}
}

// step is the next records, so many, in the order after a place.
func (s *searching) step(at candidate, best []int64, size int) ([]candidate, error) {
	op, dir := ">", ""
	if s.Desc {
		op, dir = "<", " DESC"
	}
	switch s.Sort {
	case ByID:
		// By id a record's number plays no part: ids are unique. The first page
		// begins at its start, which is in it.
		if at.record == math.MinInt64 {
			op = ">="
		}
		return s.candidates(true, `SELECT record, id FROM records WHERE kind = $1 AND id `+op+` $2 ORDER BY id`+dir+` LIMIT $3`, s.kind.no, at.text, size)
	case ByUpdated:
		return s.candidates(false, `SELECT record, version FROM records WHERE kind = $1 AND version `+op+` $2 ORDER BY version`+dir+` LIMIT $3`, s.kind.no, at.number, size)
	case ByCreated:
		if s.few != nil {
			return s.ofFew(at.record, size), nil
		}
		if len(best) == 0 {
			best = []int64{s.kind.term(ofAll[0], "")}
		}
		return s.alongAny(best, at.record, size)
	default:
		return s.alongField(at, size)
	}
}

// alongField is the next records in the order of a number or date. The range begins
// at the place or at the bound, whichever is farther: given both, PostgreSQL would
// begin at the place and look at all that is before the bound.
func (s *searching) alongField(at candidate, size int) ([]candidate, error) {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	for i := range s.conditions {
		if c := &s.conditions[i]; c.field.name == s.sortField.name {
			f, t := bounds(c)
			from, to = max(from, f), min(to, t)
		}
	}
	rest, begin, end := `(value, record) > ($2, $3) AND value <= $4 ORDER BY value, record`, candidate{number: from, record: math.MinInt64}, to
	if s.Desc {
		rest, begin, end = `(value, record) < ($2, $3) AND value >= $4 ORDER BY value DESC, record DESC`, candidate{number: to, record: math.MaxInt64}, from
	}
	if s.compare(at, begin) > 0 {
		begin = at
	}
	return s.candidates(false, `SELECT record, value FROM ordered WHERE field = $1 AND `+rest+` LIMIT $5`, s.kind.order(*s.sortField), begin.number, begin.record, end, size)
}

// ofFew is the next ones where all that may match are known. They are in the order
// of the list, so that no more are read than it takes to fill the page.
func (s *searching) ofFew(after int64, size int) []candidate {
	var all []candidate
	for i := range s.few {
		r := s.few[i]
		if s.Desc {
			r = s.few[len(s.few)-1-i]
		}
		if s.Desc && r >= after || !s.Desc && r <= after {
			continue
		}
		if all = append(all, candidate{record: r, number: r}); len(all) == size {
			break
		}
	}
	return all
}

// alongAny is the next records that one of the terms names.
func (s *searching) alongAny(terms []int64, after int64, size int) ([]candidate, error) {
	var all []candidate
	for _, term := range terms {
		some, err := s.along(term, s.Desc, after, size)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			all = append(all, candidate{record: r, number: r})
		}
	}
	slices.SortFunc(all, s.compare)
	all = slices.Compact(all)
	return all[:min(len(all), size)], nil
}

func (s *searching) candidates(byText bool, query string, args ...any) ([]candidate, error) {
	var all []candidate
	err := sqldb.Each(s.ctx, s.tx, query, args, func(scan sqldb.Scan) error {
		var c candidate
		into := any(&c.number)
		if byText {
			into = &c.text
		}
		if err := scan(&c.record, into); err != nil {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// propose keeps the records that every group of terms names.
func (s *searching) propose(some []candidate, best []int64) ([]int64, error) {
	left := recordsOf(some)
	for i := range s.conditions {
		for _, group := range s.conditions[i].groups {
			if s.Sort == ByCreated && len(best) > 0 && group[0] == best[0] || len(left) == 0 {
				continue // the walk went along these
			}
			var err error
			if left, err = s.named(group, left); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

func recordsOf(some []candidate) []int64 {
	all := make([]int64, 0, len(some))
	for _, c := range some {
		all = append(all, c.record)
	}
	return distinct(all)
}

// named are those of the records that one of the terms names.
func (s *searching) named(group, records []int64) ([]int64, error) {
	var kept []int64
	for _, term := range group {
		some, err := s.among(term, records)
		if err != nil {
			return nil, err
		}
		kept = append(kept, some...)
	}
	return distinct(kept), nil
}
