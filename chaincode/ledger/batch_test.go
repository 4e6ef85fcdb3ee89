package ledger_test

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// A contract whose operations learn on their way what they read: links that
// name the next one, each with a private half.

type link struct {
	Next string `json:"next,omitempty" is:"maxLen=20"`
	Sum  int64  `json:"sum" is:"min=0"`
}

type linkInput struct {
	ID   string `json:"id" is:"maxLen=20"`
	Next string `json:"next,omitempty" is:"maxLen=20"`
}

type walkInput struct {
	ID string   `json:"id" is:"maxLen=20"`
	By []string `json:"by" is:"maxItems=5"`
}

type weight struct {
	Grams int64 `json:"grams" is:"min=0,max=100"`
}

func links() *ledger.Contract {
	c := ledger.New("links", "Links", "链", "A contract for tests.")
	c.Codes(catalog.Refusal{Code: "LINK_FULL", HTTP: 409, Doc: "The last link holds too much.", DocZh: "超限"})
	r := ledger.Define[link](c, catalog.Record{
		Type: "link", Collection: "links", Title: "link", TitleZh: "环",
		Statuses:    []catalog.Status{{Code: "OPEN", TitleZh: "开"}},
		Transitions: ledger.Table(ledger.Steps("Tie", "OPEN", ""), ledger.Stay("Tie", "OPEN"), ledger.Stay("Walk", "OPEN"), ledger.Stay("Lean", "OPEN")),
	})
	roles := []string{keeper}
	ledger.HandlePrivate(c, catalog.Operation{Name: "Tie", Record: "link", Creates: true, ID: "id", Roles: roles}, func(c *ledger.Call, in *linkInput, half *ledger.Private[weight]) error {
		e, err := r.Find(c, in.ID)
		if err != nil {
			return err
		}
		if e == nil {
			e, err = r.Create(c, in.ID, "OPEN", link{Next: in.Next})
		} else {
			e.Body.Next = in.Next
			err = e.Keep(c)
		}
		if err != nil || half == nil {
			return err
		}
		return ledger.PutPrivate(c, e, half)
	})
	ledger.Handle(c, catalog.Operation{Name: "Walk", Record: "link", Verb: "walk", ID: "id", Roles: roles}, func(c *ledger.Call, in *walkInput) error {
		in.By = append(in.By, "again") // a second run must not see this
		e, err := r.Open(c, in.ID)
		for steps := 0; err == nil && e.Body.Next != "" && steps < 4; steps++ {
			e, err = r.Load(c, e.Body.Next)
		}
		if err != nil {
			return err
		}
		w, err := ledger.GetPrivate[link, weight](c, e)
		if err != nil {
			return err
		}
		e.Body.Sum += int64(len(in.By))
		if w != nil {
			e.Body.Sum += w.Grams
		}
		if err := e.Keep(c); err != nil {
			return err
		}
		if e.Body.Sum > 300 {
			return ledger.Refuse("LINK_FULL", "the link %s would hold %d", e.ID, e.Body.Sum)
		}
		return nil
	})
	ledger.Handle(c, catalog.Operation{Name: "Lean", Record: "link", Verb: "lean", ID: "id", Roles: roles}, func(c *ledger.Call, in *linkInput) error {
		on, err := r.LookAt(c, in.Next)
		if err != nil {
			return err
		}
		e, err := r.Open(c, in.ID)
		if err != nil {
			return err
		}
		e.Body.Sum = on.Body.Sum
		return e.Keep(c)
	})
	return c
}

func keeperOf(t testing.TB, c *ledger.Contract) (*ledgertest.Ledger, *ledgertest.App) {
	l := ledgertest.New(t, c)
	return l, l.App("ZhengzhouMSP", "zz-links", ledgertest.DeptA, keeper)
}

// A transaction of many operations answers and writes what they would one
// after the other, whatever each learns on its way.
func TestABatchIsTheSameAsItsOperationsOneByOne(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ids := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "none"})
		var ops []ledgertest.Op
		for range rapid.IntRange(1, 60).Draw(r, "operations") {
			id := ids.Draw(r, "id")
			if rapid.IntRange(0, 2).Draw(r, "op") == 0 {
				op := ledgertest.Op{Name: "Tie", In: linkInput{id, ids.Draw(r, "next")}}
				if rapid.Bool().Draw(r, "weighed") {
					op.Private = weight{rapid.Int64Range(0, 100).Draw(r, "grams")}
				}
				ops = append(ops, op)
				continue
			}
			ops = append(ops, ledgertest.Op{Name: "Walk", In: walkInput{id, []string{"x"}}})
		}
		one, alone := keeperOf(t, links())
		all, together := keeperOf(t, links())
		// Some of it is there before, so that reads go to the peer.
		before := []ledgertest.Op{{Name: "Tie", In: linkInput{"a", "b"}, Private: weight{7}}, {Name: "Tie", In: linkInput{"b", "c"}}, {Name: "Tie", In: linkInput{ID: "c"}, Private: weight{3}}}
		alone.Apply(before...)
		together.Apply(before...)
		all.Now = one.Now
		var want []operation.Result
		for _, op := range ops {
			one.Now = all.Now // records carry the time
			want = append(want, alone.Apply(op)[0])
		}
		if got := together.Apply(ops...); !reflect.DeepEqual(got, want) {
			r.Fatalf("together: %+v\none by one: %+v", got, want)
		}
		if !reflect.DeepEqual(one.Public(), all.Public()) {
			r.Fatalf("the states differ")
		}
	})
}

func TestWhatABatchLearnsOnItsWayIsReadAtOnce(t *testing.T) {
	l, app := keeperOf(t, links())
	const n = 300
	var ties, walks []ledgertest.Op
	for i := range n {
		for level := range 3 {
			next := ""
			if level < 2 {
				next = fmt.Sprintf("%d.%d", i, level+1)
			}
			ties = append(ties, ledgertest.Op{Name: "Tie", In: linkInput{fmt.Sprintf("%d.%d", i, level), next}, Private: weight{1}})
		}
		walks = append(walks, ledgertest.Op{Name: "Walk", In: walkInput{fmt.Sprintf("%d.0", i), []string{}}})
	}
	app.Apply(ties...)
	l.Reads = 0
	for i, r := range app.Apply(walks...) {
		if r.Refusal != nil {
			t.Fatalf("walk %d: %v", i, r.Refusal)
		}
	}
	if l.Reads > 8 {
		t.Errorf("%d operations with three reads on their way took %d exchanges with the peer", n, l.Reads)
	}
}

// One operation among many that reads something of its own is no reason to try
// all the others, again and again.
func TestASingleReadOnTheWayIsReadByItself(t *testing.T) {
	l, app := keeperOf(t, links())
	ops := []ledgertest.Op{{Name: "Tie", In: linkInput{ID: "end"}}}
	for i := range 200 {
		ops = append(ops, ledgertest.Op{Name: "Tie", In: linkInput{fmt.Sprint(i), "end"}})
	}
	app.Apply(ops...)
	var walks []ledgertest.Op
	for i := range 200 {
		walks = append(walks, ledgertest.Op{Name: "Walk", In: walkInput{fmt.Sprint(i), []string{}}})
	}
	l.Reads = 0
	app.Apply(walks...)
	if l.Reads > 4 {
		t.Errorf("walks to one end took %d exchanges with the peer", l.Reads)
	}
}

// What several operations look at is decoded once, and is never stale: a change
// in between shows, and one that was taken back does not.
func TestALookSeesWhatTheOperationsBeforeWrote(t *testing.T) {
	l, app := keeperOf(t, links())
	lean := func(id string) ledgertest.Op { return ledgertest.Op{Name: "Lean", In: linkInput{id, "end"}} }
	walk := func(n int) ledgertest.Op {
		return ledgertest.Op{Name: "Walk", In: walkInput{"end", make([]string, n)}}
	}
	var ops []ledgertest.Op
	for _, id := range []string{"end", "a", "b", "c", "d"} {
		ops = append(ops, ledgertest.Op{Name: "Tie", In: linkInput{ID: id}, Private: weight{100}})
	}
	app.Apply(ops...)
	results := app.Apply(lean("a"), walk(0), lean("b"), walk(0), walk(0), lean("c"), lean("d"), ledgertest.Op{Name: "Lean", In: linkInput{"a", "none"}})
	for i, code := range map[int]string{4: "LINK_FULL", 7: ledger.NotFound} {
		if r := results[i].Refusal; r == nil || r.Code != code {
			t.Errorf("operation %d answered %+v", i, results[i])
		}
	}
	for id, want := range map[string]string{"a": `{"sum":0}`, "b": `{"sum":101}`, "c": `{"sum":202}`, "d": `{"sum":202}`, "end": `{"sum":202}`} {
		if got := string(l.Record("link", id).Body); got != want {
			t.Errorf("%s is %s, not %s", id, got, want)
		}
	}
}
