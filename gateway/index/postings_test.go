package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/internal/block"
)

// known is what a test knows of its deeds.
type known struct {
	id, unit, status, place string
	area                    int
}

// many writes some thousand deeds in blocks of every size, and changes and
// removes some of them.
func many(t *testing.T, x *Index, seed uint64) map[string]*known {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	w := newWriter(t, x)
	all := map[string]*known{}
	var list []string
	for len(list) < 2500 {
		var blocks []Block
		for range 1 + r.IntN(3) {
			var writes []block.Write
			taken := map[string]bool{}
			for range 1 + r.IntN(80) {
				d := &known{id: fmt.Sprintf("d%05d", r.IntN(100_000))}
				if r.IntN(5) == 0 && len(list) > 0 { // a later version of one that is there
					d.id = list[r.IntN(len(list))]
				} else if all[d.id] == nil {
					list = append(list, d.id)
				}
				if taken[d.id] {
					continue
				}
				taken[d.id] = true
				if len(list) > 100 && r.IntN(40) == 0 {
					delete(all, d.id)
					writes = append(writes, block.Write{Key: "deed/" + d.id, Delete: true})
					w.versions["deed/"+d.id] = 0
					continue
				}
				d.unit, d.status, d.area = fmt.Sprintf("U%d", r.IntN(3)), []string{"VALID", "SEALED"}[r.IntN(2)], r.IntN(1000)
				d.place = []string{"金水区花园路", "中原区建设路", "二七区大学路"}[r.IntN(3)]
				all[d.id] = d
				writes = append(writes, w.record("deed", d.id, d.status, map[string]any{"unit": d.unit, "place": d.place, "area": d.area}))
			}
			if len(writes) > 0 {
				b := w.block(w.transaction(peer.TxValidationCode_VALID, "registry", writes...))
				blocks = append(blocks, b)
			}
		}
		w.apply(blocks...)
	}
	return all
}

// pagesOf reads all pages of a query.
func pagesOf(t *testing.T, x *Index, q Query) []string {
	t.Helper()
	var all []string
	for n := 0; ; n++ {
		page, err := x.List(t.Context(), q)
		if err != nil || n > 10_000 {
			t.Fatal(n, err)
		}
		for _, v := range page.Values {
			r, err := (&Found{Value: v}).Decode()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r.ID)
		}
		if page.Next == "" {
			return all
		}
		q.Cursor = page.Next
	}
}

// Whatever table a term of a record stands in, and in whichever generation, a list
// holds what matches and nothing else, once, in every order.
func TestListsHoldWhatMatchesHoweverTheBlocksCame(t *testing.T) {
	for bits, name := range map[uint]string{generationBits: "of one generation", 5: "of many generations"} {
		t.Run(name, func(t *testing.T) { holdsWhatMatches(t, bits) })
	}
}

func holdsWhatMatches(t *testing.T, bits uint) {
	databases(t, func(t *testing.T, x *Index) {
		x.generationBits = bits
		all := many(t, x, 7)
		for name, c := range map[string]struct {
			filters []Filter
			matches func(*known) bool
		}{
			"all":               {nil, func(*known) bool { return true }},
			"of a unit":         {[]Filter{eq("unit", "U1")}, func(d *known) bool { return d.unit == "U1" }},
			"of two units":      {[]Filter{eq("unit", "U0", "U2")}, func(d *known) bool { return d.unit != "U1" }},
			"of a status":       {[]Filter{eq("status", "SEALED")}, func(d *known) bool { return d.status == "SEALED" }},
			"of both":           {[]Filter{eq("status", "SEALED"), eq("unit", "U2")}, func(d *known) bool { return d.status == "SEALED" && d.unit == "U2" }},
			"at a place":        {[]Filter{{Field: "place", Text: "花园路"}}, func(d *known) bool { return strings.Contains(d.place, "花园路") }},
			"of a narrow range": {[]Filter{between("area", 100, 130)}, func(d *known) bool { return d.area >= 100 && d.area <= 130 }},
			"at a place, sized": {[]Filter{{Field: "place", Text: "金水"}, between("area", 100, 700)}, func(d *known) bool { return strings.Contains(d.place, "金水") && d.area >= 100 && d.area <= 700 }},
		} {
			var want []string
			for id, d := range all {
				if c.matches(d) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			for _, order := range []string{ByID, ByCreated, ByUpdated, "area"} {
				for _, desc := range []bool{false, true} {
					got := pagesOf(t, x, Query{Channel: channel, Contract: "registry", Type: "deed", Filters: c.filters, Sort: order, Desc: desc, Limit: 97})
					slices.Sort(got)
					if !slices.Equal(got, want) {
						t.Errorf("%s by %s (desc %v): %d records, not %d", name, order, desc, len(got), len(want))
					}
				}
			}
		}
	})
}

// An event's place is the same in every index of the same blocks, and no place
// is left out.
func TestChangesAreWholeAndKeepTheirPlacesWhenTheModelIsMadeAgain(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		read := func() (all []Change) {
			for after := int64(0); ; {
				some, through, err := x.Changes(t.Context(), channel, after, 100)
				if err != nil {
					t.Fatal(err)
				}
				if through == after {
					return all
				}
				all, after = append(all, some...), through
			}
		}
		many(t, x, 9)
		before := read()
		for i, c := range before {
			if c.Place != int64(i+1) || c.Contract != "registry" || c.ID == "" || (c.Value != nil) != (c.Version > 0) {
				t.Fatalf("change %d is %+v", i, c)
			}
		}
		if at, err := x.PlaceBefore(t.Context(), channel, before[500].Block); err != nil || before[at].Block != before[500].Block || at > 0 && before[at-1].Block == before[500].Block {
			t.Errorf("block %d begins after place %d: %v", before[500].Block, at, err)
		}
		if err := x.Clear(t.Context(), []string{channel}); err != nil {
			t.Fatal(err)
		}
		if len(read()) != 0 {
			t.Error("there are changes in an empty index")
		}
		many(t, x, 9)
		after := read()
		if len(after) != len(before) {
			t.Fatalf("%d changes, before %d", len(after), len(before))
		}
		for i := range after {
			if after[i].Place != before[i].Place || after[i].TxID != before[i].TxID || after[i].ID != before[i].ID || string(after[i].Value) != string(before[i].Value) {
				t.Fatalf("place %d holds %+v, before %+v", i+1, after[i], before[i])
			}
		}
	})
}

// A serving process sees what another one brings, also types of records that
// were not there when it began.
func TestASecondProcessSeesWhatAnotherOneBrings(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		second := &Index{db: x.db, log: x.log, contracts: x.contracts, kinds: map[kindKey]*kind{}, names: map[string]int64{}, hot: newHot(maxHot), generationBits: x.generationBits}
		w := newWriter(t, x)
		w.deed("d1", "VALID", map[string]any{"unit": "U1"})
		if f, err := second.Get(t.Context(), channel, "registry", "deed", "d1"); err != nil || f.Value == nil {
			t.Errorf("%+v %v", f, err)
		}
		if got := ids(t, second, Query{Channel: channel, Contract: "registry", Type: "deed", Filters: []Filter{eq("unit", "U1")}, Limit: 5}); len(got) != 1 {
			t.Errorf("listed %v", got)
		}
		if b, err := second.Blocks(t.Context(), channel, 100, 10); err != nil || len(b) != 2 {
			t.Errorf("%v %v", b, err)
		}
		// It takes over, with a type of records that it has not seen.
		w.x = second
		second.mu.Lock()
		clear(second.kinds)
		second.mu.Unlock()
		w.deed("d2", "VALID", map[string]any{"unit": "U1"})
	})
}

// Where a page holds the last record there is no next one, which would be empty.
func TestAPageThatEndsWithTheLastRecordHasNoNextOne(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		for _, id := range []string{"d1", "d2", "d3"} {
			w.deed(id, "VALID", map[string]any{"unit": "U1"})
		}
		for _, order := range []string{ByID, ByCreated, ByUpdated} {
			for limit, more := range map[int]bool{2: true, 3: false} {
				page, err := x.List(t.Context(), Query{Channel: channel, Contract: "registry", Type: "deed", Filters: []Filter{eq("unit", "U1")}, Sort: order, Limit: limit})
				if err != nil || len(page.Values) != limit || (page.Next != "") != more {
					t.Errorf("by %s, %d at once: %d records, a next page %v, %v", order, limit, len(page.Values), page.Next != "", err)
				}
			}
		}
	})
}
