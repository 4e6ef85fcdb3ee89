package index

import (
	"iter"
	"math"
	"slices"
)

// Terms are kept by generation: of a channel's records, in the order in which they
// were made, so many at a time. A term's number begins with the generation, so that
// what comes now goes into a part of the tables that is small and in memory, however
// many records there are, and not all over them. A question goes through the
// generations from where it begins until it has enough.

const (
	// generationBits: 65,536 records are a generation.
	generationBits = 16
	// hashBits are the part of a term's number that is its hash; the generation is above it.
	hashBits       = 48
	lastGeneration = 1<<(63-hashBits) - 1
	// mostGenerations bounds how many generations one statement asks.
	mostGenerations = 32
)

// generation is that of a record.
func (x *Index) generation(record int64) int64 {
	return min(record&(1<<numberBits-1)>>x.generationBits, lastGeneration)
}

// placed is the number under which a term names a record.
func (x *Index) placed(term, record int64) int64 { return inGeneration(x.generation(record), term) }

func inGeneration(generation, term int64) int64 {
	return generation<<hashBits | term&(1<<hashBits-1)
}

// along are the next records that a term names after a place in either direction:
// so many, or fewer where there are no more.
func (s *searching) along(term int64, desc bool, after int64, limit int) ([]int64, error) {
	var all []int64
	enough := func(asked int) int { // generations that are likely to have the rest
		return (limit - len(all)) * asked / max(len(all), 1)
	}
	for span := range s.spans(desc, after, enough) {
		args := []any{after, limit}
		for _, g := range span {
			args = append(args, inGeneration(g, term))
		}
		some, err := s.singlesAlong(args, desc)
		if err != nil {
			return nil, err
		}
		posted, err := s.postedAlong(args, desc, after, limit)
		if err != nil {
			return nil, err
		}
		some = distinct(append(some, posted...))
		if desc {
			slices.Reverse(some)
		}
		if all = append(all, some...); len(all) >= limit {
			return all[:limit], nil
		}
	}
	return all, nil
}

// spans are the generations to be asked, in their order: one, of which but a part may
// lie before us, another one, then more at a time, but not many more than there is
// something to be had of.
func (s *searching) spans(desc bool, after int64, enough func(asked int) int) iter.Seq[[]int64] {
	from, to, step := int64(0), s.last, int64(1)
	if desc {
		from, to, step = s.last, 0, -1
	}
	if after != math.MinInt64 && after != math.MaxInt64 {
		from = s.index.generation(after)
		if desc {
			from = min(from, s.last)
		}
	}
	return func(yield func([]int64) bool) {
		for n, asked := 1, 0; step*from <= step*to; {
			var span []int64
			for ; len(span) < n && step*from <= step*to; from += step {
				span = append(span, from)
			}
			if !yield(span) {
				return
			}
			if asked += len(span); asked > 1 {
				n = max(1, min(2*n, enough(asked), mostGenerations))
			}
		}
	}
}

// singlesAlong are those of the table terms. Arguments are the place after which
// they are, how many at most, and the term's number in each generation.
func (s *searching) singlesAlong(args []any, desc bool) ([]int64, error) {
	if desc {
		return s.numbers(`SELECT record FROM terms WHERE `+inGenerations(args)+` AND record < $1 ORDER BY record DESC LIMIT $2`, args...)
	}
	return s.numbers(`SELECT record FROM terms WHERE `+inGenerations(args)+` AND record > $1 ORDER BY record LIMIT $2`, args...)
}

func inGenerations(args []any) string {
	if len(args) == 3 {
		return "term = $3" // in the order of the key, whatever IN does
	}
	return "term IN " + list(3, len(args)-2)
}

// among are those of some records, sorted, that a term names.
func (s *searching) among(term int64, records []int64) ([]int64, error) {
	var kept []int64
	err := batches(records, walkAtOnce, func(part []int64) error {
		args := make([]any, 0, 2*len(part))
		asked := make([]byte, 0, 48*len(part))
		for i, r := range part {
			if i > 0 {
				asked = append(asked, ',')
			}
			asked = append(asked, "(CAST($"+digits(2*i+1)+" AS BIGINT),CAST($"+digits(2*i+2)+" AS BIGINT))"...)
			args = append(args, s.index.placed(term, r), r)
		}
		with := `WITH asked (term, record) AS (VALUES ` + string(asked) + `)`
		single, err := s.numbers(with+` SELECT t.record FROM asked CROSS JOIN terms t WHERE t.term = asked.term AND t.record = asked.record`, args...)
		if err != nil {
			return err
		}
		posted, err := s.postedAmong(with, args, part)
		kept = append(append(kept, single...), posted...)
		return err
	})
	return kept, err
}
