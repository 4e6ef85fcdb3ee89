package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"pgregory.net/rapid"

	"henanchain/gateway/store/storetest"
	"henanchain/internal/block"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const channel = "zhengzhou"

// registry is a contract as the tests describe it.
var registry = catalog.Contract{Name: "registry", Records: []catalog.Record{{
	Type: "deed", Collection: "deeds", Title: "deed", TitleZh: "契据",
	Search: []catalog.SearchField{{Field: "owners[].key", Kind: "keyword"}, {Field: "unit", Kind: "keyword"}, {Field: "place", Kind: "text"},
		{Field: "area", Kind: "number"}, {Field: "until", Kind: "date"}},
	HashFields: []string{"fileHash"},
	Lapse:      &catalog.Lapse{Field: "until", From: []string{"VALID"}, To: "EXPIRED"},
}, {Type: "note", Collection: "notes", Title: "note"}}}

// databases runs a test on SQLite and on PostgreSQL.
func databases(t *testing.T, test func(t *testing.T, x *Index)) {
	for name, dsn := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "index.db") },
		"PostgreSQL": storetest.Shared,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, dsn(t))) })
	}
}

func open(t testing.TB, dsn string, contracts ...catalog.Contract) *Index {
	t.Helper()
	if contracts == nil {
		contracts = []catalog.Contract{registry}
	}
	x, err := Open(t.Context(), dsn, Options{Contracts: contracts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// writer makes blocks as a ledger does: each write a transaction of its own.
type writer struct {
	t        testing.TB
	x        *Index
	number   uint64
	versions map[string]int
	at       time.Time
}

func newWriter(t testing.TB, x *Index) *writer {
	w := &writer{t: t, x: x, versions: map[string]int{}, at: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)}
	genesis := &common.Block{Header: &common.BlockHeader{}}
	w.apply(Block{Hash: []byte{0}, DataHash: []byte{0}, Config: genesis, Transactions: []block.Transaction{{Type: common.HeaderType_CONFIG, Channel: channel}}})
	return w
}

func (w *writer) apply(blocks ...Block) {
	w.t.Helper()
	for i := range blocks {
		blocks[i].Number = w.number
		w.number++
	}
	if err := w.x.Apply(w.t.Context(), channel, blocks); err != nil {
		w.t.Fatal(err)
	}
}

// record is the next version of a record as a write.
func (w *writer) record(recordType, id, status string, body map[string]any) block.Write {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	key := recordType + "/" + id
	w.versions[key]++
	r := operation.Record{Type: recordType, ID: id, Version: w.versions[key], Status: status, Org: "ZhengzhouMSP", Dept: "11410100MB0Y0001XD", App: "office", Op: "Write", Time: w.at.Format(time.RFC3339), Body: raw}
	value, err := r.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	return block.Write{Key: key, Value: value}
}

func (w *writer) transaction(code peer.TxValidationCode, contract string, writes ...block.Write) block.Transaction {
	w.at = w.at.Add(time.Second)
	return block.Transaction{ID: fmt.Sprintf("tx%d-%d", w.number, w.at.Unix()), Type: common.HeaderType_ENDORSER_TRANSACTION, Channel: channel, Time: w.at, Code: code,
		Contract: contract, Function: "Apply", Creator: block.Identity{MSP: "ZhengzhouMSP", App: "office"}, Namespaces: []block.Namespace{{Contract: contract, Writes: writes}}}
}

func (w *writer) deed(id, status string, body map[string]any) {
	w.t.Helper()
	w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", w.record("deed", id, status, body))))
}

func (w *writer) block(txs ...block.Transaction) Block {
	for i := range txs {
		txs[i].Position = i
	}
	return Block{Hash: []byte{byte(w.number)}, DataHash: []byte{1}, Transactions: txs}
}

func ids(t testing.TB, x *Index, q Query) []string {
	t.Helper()
	q.Channel, q.Contract, q.Type = channel, "registry", "deed"
	if q.Limit == 0 {
		q.Limit = 2
	}
	var all []string
	for pages := 0; ; pages++ {
		p, err := x.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.Values {
			r, err := operation.DecodeRecord(v)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r.ID)
		}
		if p.Next == "" || pages > 1000 {
			return all
		}
		q.Cursor = p.Next
	}
}

func eq(field string, values ...string) Filter { return Filter{Field: field, Equal: values} }

func between(field string, from, to int64) Filter { return Filter{Field: field, From: &from, To: &to} }

func TestRecordsAreFoundByWhatTheirContractDeclares(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		w.deed("A", "VALID", map[string]any{"owners": []any{map[string]any{"key": "k1"}, map[string]any{"key": "k2"}}, "unit": "u1", "place": "郑州市金水区经三路１号 Tower A", "area": 9000, "until": "20270101", "fileHash": "f1"})
		w.deed("B", "VALID", map[string]any{"owners": []any{map[string]any{"key": "k2"}}, "unit": "u2", "place": "郑州市二七区金海大道2号", "area": -5, "until": "20260501"})
		w.deed("C", "REVOKED", map[string]any{"owners": []any{map[string]any{"key": "k3"}}, "unit": "u1", "place": "开封市鼓楼区", "area": 70, "until": "2026-05-31T15:59:59Z"})
		w.deed("D", "VALID", map[string]any{"unit": "u3", "place": "tower b"})
		for name, c := range map[string]struct {
			q    Query
			want []string
		}{
			"all, by id":                          {Query{}, []string{"A", "B", "C", "D"}},
			"all, by id from the end":             {Query{Sort: ByID, Desc: true}, []string{"D", "C", "B", "A"}},
			"all from an id on":                   {Query{Start: "BB"}, []string{"C", "D"}},
			"from an id that is there":            {Query{Start: "B"}, []string{"B", "C", "D"}},
			"the newest first":                    {Query{Sort: ByCreated, Desc: true}, []string{"D", "C", "B", "A"}},
			"a keyword in a list":                 {Query{Filters: []Filter{eq("owners.key", "k2")}}, []string{"B", "A"}},
			"one of two":                          {Query{Filters: []Filter{eq("owners.key", "k1", "k3")}}, []string{"C", "A"}},
			"two conditions":                      {Query{Filters: []Filter{eq("owners.key", "k2"), eq("unit", "u1")}}, []string{"A"}},
			"nothing matches":                     {Query{Filters: []Filter{eq("unit", "u9")}}, nil},
			"a status":                            {Query{Filters: []Filter{eq("status", "REVOKED")}, Now: now}, []string{"C"}},
			"a status that some have lapsed from": {Query{Filters: []Filter{eq("status", "VALID")}, Now: now}, []string{"D", "A"}},
			"a status that they lapsed into":      {Query{Filters: []Filter{eq("status", "EXPIRED")}, Now: now}, []string{"B"}},
			"the same before it lapsed":           {Query{Filters: []Filter{eq("status", "EXPIRED")}, Now: now.AddDate(0, -2, 0)}, nil},
			"a range of numbers":                  {Query{Filters: []Filter{between("area", -5, 70)}, Sort: "area"}, []string{"B", "C"}},
			"a range, the greatest first":         {Query{Filters: []Filter{between("area", -5, 9000)}, Sort: "area", Desc: true}, []string{"A", "C", "B"}},
			"by a field that one has not":         {Query{Sort: "area"}, []string{"B", "C", "A"}},
			"by date, of both forms":              {Query{Sort: "until"}, []string{"B", "C", "A"}},
			"Chinese in the middle of a name":     {Query{Filters: []Filter{{Field: "place", Text: "金水区"}}}, []string{"A"}},
			"two neighbours that are none":        {Query{Filters: []Filter{{Field: "place", Text: "金大"}}}, nil},
			"full width and half width":           {Query{Filters: []Filter{{Field: "place", Text: "经三路1号"}}}, []string{"A"}},
			"words in any case, with Chinese":     {Query{Filters: []Filter{{Field: "place", Text: "TOWER 郑州"}}}, []string{"A"}},
			"a word":                              {Query{Filters: []Filter{{Field: "place", Text: "tower"}}}, []string{"D", "A"}},
			"a part of a word":                    {Query{Filters: []Filter{{Field: "place", Text: "towe"}}}, nil},
			"a document's digest":                 {Query{Filters: []Filter{eq("fileHash", "f1")}}, []string{"A"}},
			"a department":                        {Query{Filters: []Filter{eq("dept", "11410100MB0Y0001XD")}, Sort: ByID}, []string{"A", "B", "C", "D"}},
		} {
			if got := ids(t, x, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, not %v", name, got, c.want)
			}
			q := c.q
			q.Channel, q.Contract, q.Type = channel, "registry", "deed"
			if q.Start != "" {
				continue
			}
			n, exact, _, err := x.Count(t.Context(), q)
			if err != nil || !exact || n != len(c.want) {
				t.Errorf("%s: counted %d (%v, %v), not %d", name, n, exact, err, len(c.want))
			}
		}
	})
}

func TestAQueryThatMakesNoSenseSaysWhy(t *testing.T) {
	x := open(t, "sqlite:"+filepath.Join(t.TempDir(), "index.db"))
	w := newWriter(t, x)
	w.deed("A", "VALID", map[string]any{"area": 1})
	for name, c := range map[string]struct {
		q            Query
		field, wants string
	}{
		"an unknown field":         {Query{Filters: []Filter{eq("colour", "red")}}, "colour", "UNKNOWN"},
		"a number as a value":      {Query{Filters: []Filter{eq("area", "1")}}, "area", "TYPE"},
		"a range of a keyword":     {Query{Filters: []Filter{between("unit", 1, 2)}}, "unit", "TYPE"},
		"a single character":       {Query{Filters: []Filter{{Field: "place", Text: "金"}}}, "place", "LENGTH"},
		"no word at all":           {Query{Filters: []Filter{{Field: "place", Text: "…"}}}, "place", "LENGTH"},
		"an order that is none":    {Query{Sort: "unit"}, "sort", "ENUM"},
		"a start in another order": {Query{Sort: ByCreated, Start: "A"}, "start", "UNKNOWN"},
		"a cursor that is none":    {Query{Cursor: "AAAA"}, "cursor", "FORMAT"},
	} {
		c.q.Channel, c.q.Contract, c.q.Type, c.q.Limit = channel, "registry", "deed", 1
		_, err := x.List(t.Context(), c.q)
		var p *Problem
		if !errors.As(err, &p) || p.Field != c.field || p.Code != c.wants {
			t.Errorf("%s: %v, not %s %s", name, err, c.field, c.wants)
		}
	}
}

func TestOnlyValidTransactionsCountAndEveryContractThatTheyWriteTo(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		refused := w.transaction(peer.TxValidationCode_MVCC_READ_CONFLICT, "registry", w.record("deed", "no", "VALID", nil))
		both := w.transaction(peer.TxValidationCode_VALID, "registry", w.record("deed", "yes", "VALID", nil), block.Write{Key: "~guard/yes", Value: []byte("1")})
		both.Namespaces = append(both.Namespaces, block.Namespace{Contract: "other", Writes: []block.Write{{Key: "a\x00b", Value: []byte{0xff, 0}}}})
		both.Event = &block.Event{Contract: "registry", Name: "records", Payload: []byte(`{}`)}
		w.apply(w.block(refused, both))
		if got := ids(t, x, Query{}); !slices.Equal(got, []string{"yes"}) {
			t.Errorf("the list has %v", got)
		}
		if _, err := x.Get(t.Context(), channel, "registry", "deed", "no"); !errors.Is(err, ErrNotFound) {
			t.Errorf("what a refused transaction wrote: %v", err)
		}
		one, err := x.Transaction(t.Context(), channel, both.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := []WriteInfo{
			{Contract: "registry", Type: "deed", ID: "yes", Version: 1, Status: "VALID", Op: "Write"},
			{Contract: "registry", ID: "~guard/yes"}, {Contract: "other", ID: `"a\x00b"`},
		}
		if !slices.Equal(one.Writes, want) || one.Event != "records" || one.Code != "VALID" {
			t.Errorf("the transaction is %+v", one)
		}
		other, err := x.Transaction(t.Context(), channel, refused.ID)
		if err != nil || other.Code != "MVCC_READ_CONFLICT" || len(other.Writes) != 0 {
			t.Errorf("the refused transaction is %+v, %v", other, err)
		}
		b, txs, err := x.Block(t.Context(), channel, 1)
		if err != nil || b.Transactions != 2 || b.Valid != 1 || len(txs) != 2 {
			t.Errorf("the block is %+v with %d transactions, %v", b, len(txs), err)
		}
	})
}

func TestChangedAndDeletedRecordsAreFoundAsTheyAre(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		w.deed("A", "VALID", map[string]any{"unit": "u1", "area": 1, "place": "郑州"})
		w.deed("B", "VALID", map[string]any{"unit": "u1", "area": 2})
		first := w.record("deed", "A", "VALID", map[string]any{"unit": "u2", "area": 1})
		second := w.record("deed", "A", "REVOKED", map[string]any{"unit": "u3", "area": 7})
		w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", first), w.transaction(peer.TxValidationCode_VALID, "registry", second)))
		for unit, want := range map[string][]string{"u1": {"B"}, "u2": nil, "u3": {"A"}} {
			if got := ids(t, x, Query{Filters: []Filter{eq("unit", unit)}}); !slices.Equal(got, want) {
				t.Errorf("unit %s: %v, not %v", unit, got, want)
			}
		}
		if got := ids(t, x, Query{Sort: ByUpdated, Desc: true}); !slices.Equal(got, []string{"A", "B"}) {
			t.Errorf("changed last first: %v", got)
		}
		history, _, err := x.History(t.Context(), channel, "registry", "deed", "A")
		if err != nil || len(history) != 3 || history[2].Block != 3 || history[0].Block != 1 || history[0].App != "office" {
			t.Errorf("the history is %+v, %v", history, err)
		}
		w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", block.Write{Key: "deed/A", Delete: true})))
		if got := ids(t, x, Query{}); !slices.Equal(got, []string{"B"}) {
			t.Errorf("after the deletion: %v", got)
		}
		if _, err := x.Get(t.Context(), channel, "registry", "deed", "A"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the deleted record: %v", err)
		}
		w.versions["deed/A"] = 0
		w.deed("A", "VALID", map[string]any{"unit": "u4"})
		if got := ids(t, x, Query{Filters: []Filter{eq("unit", "u4")}}); !slices.Equal(got, []string{"A"}) {
			t.Errorf("made again: %v", got)
		}
		tallies, at, err := x.Tallies(t.Context(), channel, time.Now())
		if err != nil || len(tallies) != 1 || tallies[0].Total != 2 || tallies[0].Statuses["VALID"] != 2 || at.Block != w.number-1 {
			t.Errorf("the tallies are %+v as of %+v, %v", tallies, at, err)
		}
		days, err := x.ActivityOf(t.Context(), channel, "registry", "20260301", "20260301", 10)
		if err != nil || len(days) != 1 || days[0].Count != 5 || days[0].Op != "Write" || days[0].Org != "ZhengzhouMSP" {
			t.Errorf("the activity is %+v, %v", days, err)
		}
	})
}

func TestBlocksGoInOnceAndInTheirOrder(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		w.deed("A", "VALID", nil)
		late := w.block(w.transaction(peer.TxValidationCode_VALID, "registry", w.record("deed", "B", "VALID", nil)))
		for _, number := range []uint64{0, 1, 3} {
			late.Number = number
			if err := x.Apply(t.Context(), channel, []Block{late}); !errors.Is(err, ErrMoved) {
				t.Errorf("block %d after block 1: %v", number, err)
			}
		}
		// A block that comes after one that cannot be taken takes nothing in.
		late.Number = 2
		gap := late
		gap.Number = 5
		if err := x.Apply(t.Context(), channel, []Block{late, gap}); !errors.Is(err, ErrMoved) {
			t.Errorf("blocks 2 and 5: %v", err)
		}
		if at, err := x.Head(t.Context(), channel); err != nil || at.Block != 1 {
			t.Errorf("the index is at %+v, %v", at, err)
		}
		if got := ids(t, x, Query{}); !slices.Equal(got, []string{"A"}) {
			t.Errorf("the list has %v", got)
		}
		w.apply(late)
		if got := ids(t, x, Query{}); !slices.Equal(got, []string{"A", "B"}) {
			t.Errorf("the list has %v", got)
		}
	})
}

func TestNewSearchFieldsAreSortedInWhenTheIndexIsOpened(t *testing.T) {
	for name, dsn := range map[string]string{"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "index.db"), "PostgreSQL": ""} {
		t.Run(name, func(t *testing.T) {
			if dsn == "" {
				dsn = storetest.Shared(t)
			}
			bare := registry
			bare.Records = []catalog.Record{{Type: "deed", Collection: "deeds"}}
			x := open(t, dsn, bare)
			w := newWriter(t, x)
			w.deed("A", "VALID", map[string]any{"unit": "u1", "area": 3, "until": "20260501"})
			x.Close()
			x = open(t, dsn)
			if got := ids(t, x, Query{Filters: []Filter{eq("unit", "u1"), between("area", 3, 3), eq("status", "EXPIRED")}}); !slices.Equal(got, []string{"A"}) {
				t.Errorf("the list has %v", got)
			}
		})
	}
}

// Every record has the one word and some the other as well, none of the newest: a
// page of these is full at once, though the newest alone are more than a page looks
// through.
func TestAPageIsWalkedAlongTheRarestOfItsWords(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		x.generationBits = 10
		w := newWriter(t, x)
		for n := 0; n < pageBudget+2000; {
			var some []block.Write
			for range 1000 {
				place := "购销合同"
				if n < 2000 && n%2 == 0 {
					place = "购销合同-5"
				}
				some = append(some, w.record("deed", fmt.Sprintf("%06d", n), "VALID", map[string]any{"unit": "u", "place": place}))
				n++
			}
			w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", some...)))
		}
		for name, place := range map[string]string{"the common word first": "合同-5", "the rare word first": "5 合同"} {
			for order, first := range map[string]string{ByCreated: "000000", "-" + ByCreated: "001998"} {
				q := Query{Channel: channel, Contract: "registry", Type: "deed", Limit: 50, Filters: []Filter{{Field: "place", Text: place}}}
				q.Sort, q.Desc = strings.CutPrefix(order, "-")
				page, err := x.List(t.Context(), q)
				if err != nil || len(page.Values) != 50 || page.Next == "" {
					t.Fatalf("%s, by %s: %d records, %v", name, order, len(page.Values), err)
				}
				if r, err := operation.DecodeRecord(page.Values[0]); err != nil || r.ID != first {
					t.Errorf("%s, by %s, begins with %s, %v", name, order, r.ID, err)
				}
				q.Limit = 300
				if all := ids(t, x, q); len(all) != 1000 {
					t.Errorf("%s, by %s: %d records", name, order, len(all))
				}
			}
		}
	})
}

// TestPagesHoldEveryRecordOnceWhileBlocksArrive pages through a list, in every
// order, while others are written: whatever does not change stands there once.
func TestPagesHoldEveryRecordOnceWhileBlocksArrive(t *testing.T) {
	x := open(t, "sqlite:"+filepath.Join(t.TempDir(), "index.db"))
	w := newWriter(t, x)
	var want []string
	var first []block.Write
	for i := range 300 {
		id := fmt.Sprintf("still%03d", i)
		want = append(want, id)
		first = append(first, w.record("deed", id, "VALID", map[string]any{"unit": "u", "area": i % 7}))
	}
	w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", first...)))
	rapid.Check(t, func(rt *rapid.T) {
		q := Query{Channel: channel, Contract: "registry", Type: "deed",
			Sort: rapid.SampledFrom([]string{ByID, ByCreated, ByUpdated, "area"}).Draw(rt, "sort"), Desc: rapid.Bool().Draw(rt, "desc"), Limit: rapid.IntRange(40, 250).Draw(rt, "limit")}
		if rapid.Bool().Draw(rt, "filter") {
			q.Filters = []Filter{eq("unit", "u")}
		}
		seen := map[string]int{}
		for {
			p, err := x.List(t.Context(), q)
			if err != nil {
				rt.Fatal(err)
			}
			for _, v := range p.Values {
				r, err := operation.DecodeRecord(v)
				if err != nil {
					rt.Fatal(err)
				}
				seen[r.ID]++
			}
			if p.Next == "" {
				break
			}
			q.Cursor = p.Next
			w.deed(fmt.Sprintf("moving%d", rapid.IntRange(0, 3).Draw(rt, "moving")), "VALID", map[string]any{"unit": "u", "area": rapid.IntRange(0, 9).Draw(rt, "area")})
		}
		for _, id := range want {
			if seen[id] != 1 {
				rt.Fatalf("%s stands %d times in the list by %s", id, seen[id], q.Sort)
			}
		}
	})
}
