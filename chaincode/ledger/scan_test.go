package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Passes that end by themselves, kept under ids that begin with the gate's.

type pass struct {
	End string `json:"end" is:"date"`
}

type passInput struct {
	Gate string `json:"gate" is:"maxLen=20"`
	End  string `json:"end" is:"date"`
}

func (p *passInput) ReadsOf(c *ledger.Caller) []string {
	return []string{ledger.Key("pass", p.id(c))}
}

func (p *passInput) id(c *ledger.Caller) string { return p.Gate + "-" + c.App }

type pageInput struct {
	Gate     string `json:"gate" is:"maxLen=20"`
	Bookmark string `json:"bookmark,omitempty"`
}

type pageAnswer struct {
	IDs      []string `json:"ids"`
	Statuses []string `json:"statuses"`
	Versions int64    `json:"versions"`
	Bookmark string   `json:"bookmark,omitempty"`
}

func passes() *ledger.Contract {
	c := ledger.New("passes", "Passes", "证", "A contract for tests.")
	r := ledger.Define[pass](c, catalog.Record{
		Type: "pass", Collection: "passes", Title: "pass", TitleZh: "证",
		Statuses:    []catalog.Status{{Code: "VALID", TitleZh: "有效"}, {Code: "OVER", TitleZh: "过期"}},
		Transitions: ledger.Table(ledger.Steps("Write", "VALID", "", "VALID"), ledger.Steps("End", "OVER", "VALID")),
		Lapse:       &catalog.Lapse{Field: "end", From: []string{"VALID"}, To: "OVER"},
	})
	ledger.Handle(c, catalog.Operation{Name: "Write", Record: "pass", Creates: true, Roles: []string{keeper}}, func(c *ledger.Call, in *passInput) error {
		old, err := r.Find(c, in.id(c.Caller()))
		if err == nil && old != nil {
			old.Body.End = in.End
			return old.Keep(c)
		}
		if err == nil {
			_, err = r.Create(c, in.id(c.Caller()), "VALID", pass{in.End})
		}
		return err
	})
	ledger.Answer(c, catalog.Query{Name: "Passes", Path: "passes", Roles: []string{keeper}}, func(c *ledger.Call, in *pageInput) (*pageAnswer, error) {
		page, next, err := r.Scan(c, in.Gate+"-", in.Bookmark, 2)
		if err != nil {
			return nil, err
		}
		a := &pageAnswer{Bookmark: next}
		for _, e := range page {
			changes, err := r.History(c, e.ID)
			if err != nil {
				return nil, err
			}
			a.IDs, a.Statuses, a.Versions = append(a.IDs, e.ID), append(a.Statuses, e.StatusNow(c)), a.Versions+int64(len(changes))
		}
		return a, nil
	})
	return c
}

func TestAPageHoldsTheRecordsThatBeginWithAPrefix(t *testing.T) {
	l := ledgertest.New(t, passes())
	var app *ledgertest.App
	for _, name := range []string{"甲", "a", "c", "b"} {
		app = l.App("ZhengzhouMSP", name, ledgertest.DeptA, keeper)
		app.Must("Write", passInput{"南门", "20260302"})
		app.Must("Write", passInput{"南门二", "20260302"})
	}
	app.Must("Write", passInput{"南门", "20260401"})
	var ids, statuses []string
	var versions int64
	bookmark := ""
	for {
		var a pageAnswer
		if r := app.Ask(&a, "Passes", pageInput{"南门", bookmark}); r != nil {
			t.Fatal(r)
		}
		ids, statuses, versions, bookmark = append(ids, a.IDs...), append(statuses, a.Statuses...), versions+a.Versions, a.Bookmark
		if bookmark == "" {
			break
		}
		l.Now = time.Date(2026, 3, 3, 1, 0, 0, 0, time.UTC)
	}
	if got := fmt.Sprint(ids, statuses, versions); got != "[南门-a 南门-b 南门-c 南门-甲] [VALID VALID OVER OVER] 5" {
		t.Errorf("the pages hold %s", got)
	}
	var a pageAnswer
	if r := app.Ask(&a, "Passes", pageInput{"南门", "pass/北门-a"}); r == nil || r.Code != ledger.InputInvalid {
		t.Errorf("a bookmark of another list answered %v", r)
	}
}

func TestVerifyAnswersWhatARecordHasLapsedInto(t *testing.T) {
	l := ledgertest.New(t, passes())
	app := l.App("ZhengzhouMSP", "a", ledgertest.DeptA, keeper)
	made := app.Must("Write", passInput{"南门", "20260302"})
	for _, want := range []string{"VALID", "OVER"} {
		var v operation.Verdict
		if r := app.Ask(&v, operation.Verify, operation.Claim{Type: "pass", ID: made.ID, Digest: made.Digest}); r != nil || !v.Match || v.Status != want || v.Reason != "as on the ledger; the status is "+want {
			t.Errorf("the pass answered %+v %v, not %s", v, r, want)
		}
		l.Now = time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC) // midnight in China
	}
}

func TestWhatDependsOnTheCallerIsReadAtOnce(t *testing.T) {
	l := ledgertest.New(t, passes())
	app := l.App("ZhengzhouMSP", "a", ledgertest.DeptA, keeper)
	var ops []ledgertest.Op
	for i := range 100 {
		ops = append(ops, ledgertest.Op{Name: "Write", In: passInput{fmt.Sprint(i), "20260302"}})
	}
	before := l.Reads
	app.Apply(ops...)
	if n := l.Reads - before; n > 3 {
		t.Errorf("100 operations took %d exchanges with the peer", n)
	}
}
