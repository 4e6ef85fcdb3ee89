package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// A contract for what ledgers have in common beside records: rules that are set,
// vocabularies, records that are loaded many at once.

type shelfRules struct {
	Most int64 `json:"most" is:"min=1"`
}

type shelf struct {
	Books []string `json:"books,omitempty"`
}

type shelfInput struct {
	ID   string `json:"id" is:"maxLen=20"`
	Book string `json:"book" is:"maxLen=20"`
}

type colour struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type weights struct {
	Grams []int64 `json:"grams"`
}

func shelves() *ledger.Contract {
	c := ledger.New("shelves", "Shelves", "架", "A contract for tests.")
	c.Codes(catalog.Refusal{Code: ledger.TooMany, HTTP: 409, Doc: "The shelf is full.", DocZh: "已满"})
	rules := ledger.DefineRules(c, catalog.Record{Title: "rules"}, shelfRules{Most: 2}, "SetRules")
	shelves := ledger.Define[shelf](c, catalog.Record{
		Type: "shelf", Collection: "shelves", Title: "shelf", Statuses: []catalog.Status{{Code: "UP"}}, Transitions: ledger.Steps("Add", "UP", "", "UP"),
	})
	books := ledger.Define[struct{}](c, catalog.Record{
		Type: "book", Collection: "books", Title: "book", Statuses: []catalog.Status{{Code: "IN"}}, Transitions: ledger.Steps("Add", "IN", ""),
	})
	roles := []string{keeper}
	ledger.Handle(c, catalog.Operation{Name: "SetRules", Record: ledger.RulesType, Creates: true, Lane: "most", Roles: roles}, func(c *ledger.Call, in *shelfRules) error { return rules.Set(c, *in) })
	ledger.HandlePrivate(c, catalog.Operation{Name: "Add", Record: "shelf", Creates: true, ID: "id", Roles: roles}, func(c *ledger.Call, in *shelfInput, half *ledger.Private[weight]) error {
		r, err := rules.InForce(c)
		if err != nil {
			return err
		}
		var body shelf
		if old, err := shelves.Find(c, in.ID); err != nil {
			return err
		} else if old != nil {
			body = old.Body
		}
		if err := ledger.Enter(&body.Books, int(r.Most), "book", in.Book); err != nil {
			return err
		}
		if _, err := shelves.Put(c, in.ID, "UP", body); err != nil {
			return err
		}
		b, err := books.Create(c, in.Book, "IN", struct{}{})
		if err != nil {
			return err
		}
		return ledger.PutPrivate(c, b, half)
	})
	ledger.Answer(c, catalog.Query{Name: "Weigh", Path: "weigh", Roles: roles}, func(c *ledger.Call, in *boxID) (*weights, error) {
		s, err := shelves.Load(c, in.ID)
		if err != nil {
			return nil, err
		}
		all, err := books.LoadAllPrivate(c, append(s.Body.Books, s.Body.Books...))
		if err != nil {
			return nil, err
		}
		out := &weights{}
		for _, b := range all {
			w, err := ledger.GetPrivate[struct{}, weight](c, b)
			if err != nil {
				return nil, err
			}
			out.Grams = append(out.Grams, w.Grams)
		}
		return out, nil
	})
	ledger.AnswerDictionaries(c, map[string][]colour{"spine": {{"R", "red"}, {"B", "blue"}}, "cover": {{"W", "white"}}}, nil)
	return c
}

type shelfWorld struct {
	*ledgertest.Ledger
	*ledgertest.App
}

func newShelves(t *testing.T) *shelfWorld {
	l := ledgertest.New(t, shelves())
	return &shelfWorld{l, l.App("ZhengzhouMSP", "zz-shelves", ledgertest.DeptA, keeper)}
}

func (w *shelfWorld) add(n int) operation.Result {
	return w.Apply(ledgertest.Op{Name: "Add", In: shelfInput{"s", fmt.Sprint("b", n)}, Private: weight{int64(n)}})[0]
}

func TestRulesHoldByDefaultUntilTheyAreSet(t *testing.T) {
	w := newShelves(t)
	for n := range 2 {
		if r := w.add(n); r.Refusal != nil {
			t.Fatal(r.Refusal)
		}
	}
	if r := w.add(2); r.Refusal == nil || r.Refusal.Code != ledger.TooMany {
		t.Errorf("a third book by the default rules answered %+v", r)
	}
	for version, most := range []int64{3, 4} {
		if r := w.Apply(ledgertest.Op{Name: "SetRules", In: shelfRules{most}})[0]; r.Refusal != nil || r.ID != ledger.RulesID || r.Version != version+1 {
			t.Fatalf("setting the rules answered %+v", r)
		}
	}
	for n := 2; n < 4; n++ {
		if r := w.add(n); r.Refusal != nil {
			t.Errorf("book %d by the new rules: %v", n, r.Refusal)
		}
	}
	if r := w.add(4); r.Refusal == nil || r.Refusal.Code != ledger.TooMany {
		t.Errorf("a fifth book answered %+v", r)
	}
}

func TestManyRecordsAndTheirPrivateHalvesTakeAnExchangeEach(t *testing.T) {
	w := newShelves(t)
	w.Apply(ledgertest.Op{Name: "SetRules", In: shelfRules{50}})
	for n := range 40 {
		w.add(n)
	}
	w.Reads = 0
	var out weights
	if r := w.Ask(&out, "Weigh", boxID{"s"}); r != nil {
		t.Fatal(r)
	}
	if len(out.Grams) != 80 || out.Grams[0] != 0 || out.Grams[39] != 39 || out.Grams[79] != 39 {
		t.Errorf("weighed %v", out.Grams)
	}
	if w.Reads != 3 { // the shelf, the books, their halves
		t.Errorf("40 books took %d exchanges with the peer", w.Reads)
	}
}

func TestADictionaryIsAskedByOneOfItsNames(t *testing.T) {
	w := newShelves(t)
	var d ledger.Dictionary[colour]
	if r := w.Ask(&d, "Dictionary", map[string]any{"name": "spine"}); r != nil || !slices.Equal(d.Codes, []colour{{"R", "red"}, {"B", "blue"}}) {
		t.Errorf("the spine's colours are %+v %v", d, r)
	}
	if r := w.Ask(&d, "Dictionary", map[string]any{"name": "page"}); r == nil || r.Code != ledger.InputInvalid {
		t.Errorf("an unknown dictionary answered %v", r)
	}
	queries := shelves().Describe().Queries
	if name, _ := queries[len(queries)-1].Input.Properties.Get("name"); !slices.Equal(name.Enum, []string{"cover", "spine"}) {
		t.Errorf("the names are %v", name.Enum)
	}
}
