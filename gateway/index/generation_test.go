package index

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestATermsNumbersAreInTheOrderOfTheGenerations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &Index{generationBits: generationBits}
		channel := rapid.Int64Range(1, 1<<20).Draw(t, "channel") << numberBits
		a, b := rapid.Int64Range(1, 1<<numberBits-1).Draw(t, "a"), rapid.Int64Range(1, 1<<numberBits-1).Draw(t, "b")
		term, other := rapid.Int64().Draw(t, "term"), rapid.Int64().Draw(t, "other")
		if x.placed(term, channel|a) < 0 {
			t.Fatal("a number below 0 comes before generation 0")
		}
		if x.generation(channel|a) < x.generation(channel|b) && x.placed(term, channel|a) >= x.placed(other, channel|b) {
			t.Fatal("a later generation comes before an earlier one")
		}
	})
}

func TestSpansGoThroughEachGenerationOnceUntilThereIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &searching{index: &Index{generationBits: 4}, last: rapid.Int64Range(0, 300).Draw(t, "last")}
		desc := rapid.Bool().Draw(t, "desc")
		after := rapid.OneOf(rapid.Just(int64(math.MinInt64)), rapid.Just(int64(math.MaxInt64)), rapid.Int64Range(1, 300<<4)).Draw(t, "after")
		least := rapid.IntRange(0, 50).Draw(t, "enough")
		var got []int64
		for span := range s.spans(desc, after, func(int) int { return least }) {
			if len(got) < 2 && len(span) != 1 || len(span) > max(1, least) {
				t.Fatalf("%d generations at once", len(span))
			}
			got = append(got, span...)
		}
		var want []int64
		for g := int64(0); g <= s.last; g++ {
			beyond := after != math.MinInt64 && after != math.MaxInt64 && (!desc && g < after>>4 || desc && g > after>>4)
			if !beyond {
				want = append(want, g)
			}
		}
		if desc {
			slices.Reverse(want)
		}
		if after == math.MinInt64 && desc || after == math.MaxInt64 && !desc {
			return // nobody asks for what is before the first or after the last
		}
		if !slices.Equal(got, want) {
			t.Fatalf("asked %v, not %v", got, want)
		}
	})
}
