package realestate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
	"pgregory.net/rapid"
)

// modelSeizure is a seizure as the law describes it, without the contract's
// way of keeping it.
type modelSeizure struct {
	id       string
	court    int
	start    int // day on which it came into force; -1 while it waits
	end      int // its last day
	released bool
}

// modelQueue counts days; every period is one month.
type modelQueue struct {
	w     *world
	day   int
	queue []*modelSeizure
}

func (q *modelQueue) live() (all []*modelSeizure) {
	for _, s := range q.queue {
		if !s.released && (s.start < 0 || q.day <= s.end) {
			all = append(all, s)
		}
	}
	return all
}

// promote puts the first that waits into force today, unless one is in force.
func (q *modelQueue) promote() {
	if all := q.live(); len(all) > 0 && all[0].start < 0 {
		y, month, d := q.w.Now.Date()
		last := time.Date(y, month+2, 0, 0, 0, 0, 0, time.UTC).Day() // of the month after
		end := time.Date(y, month+1, min(d, last), 0, 0, 0, 0, time.UTC)
		all[0].start, all[0].end = q.day, q.day+int(end.Sub(time.Date(y, month, d, 0, 0, 0, 0, time.UTC)).Hours()/24)-1
	}
}

func (q *modelQueue) tomorrow() {
	q.w.Days(1)
	q.day++
	q.promote()
}

func (q *modelQueue) compare(rt *rapid.T) {
	var want, got []string
	for i, s := range q.live() {
		want = append(want, s.id+" "+[]string{"1", "2"}[min(i, 1)])
	}
	r := q.w.restrictions(unitA)
	for _, s := range r.Seizures {
		got = append(got, s.SeizureID+" "+s.Type)
	}
	if !slices.Equal(got, want) || r.CanTransfer != (len(want) == 0) {
		rt.Fatalf("on day %d the queue is %v and should be %v", q.day, got, want)
	}
}

// TestSeizuresFollowTheQueueWhateverHappens compares random seizures, releases
// and days gone by with the model.
func TestSeizuresFollowTheQueueWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.own(unitA, "张三")
		courts := []*ledgertest.App{w.court, w.otherCourt}
		q := &modelQueue{w: w}
		for step := range rapid.IntRange(3, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"seize", "seize", "release", "wait"}).Draw(rt, "action") {
			case "seize":
				court := rapid.IntRange(0, 1).Draw(rt, "court")
				id := w.seize(courts[court], fmt.Sprintf("（2026）豫0105执%d号", step+1), unitA, m{"months": 1})
				q.queue = append(q.queue, &modelSeizure{id: id, court: court, start: -1})
				q.promote()
			case "release":
				if all := q.live(); len(all) > 0 {
					s := rapid.SampledFrom(all).Draw(rt, "which")
					w.Must(courts[s.court], "ReleaseSeizure", m{"seizureId": s.id, "docNo": "（2026）豫0105执999号"})
					s.released = true
					q.promote()
				}
			case "wait":
				for range rapid.IntRange(1, 70).Draw(rt, "days") {
					q.tomorrow()
				}
			}
			q.compare(rt)
		}
	})
}

// TestRanksStayContiguousWhateverIsRegisteredCancelledAndReordered compares the
// ranks with a plain list.
func TestRanksStayContiguousWhateverIsRegisteredCancelledAndReordered(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.own(unitA, "张三")
		var list []string
		for step := range rapid.IntRange(2, 14).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"add", "add", "cancel", "reorder"}).Draw(rt, fmt.Sprint("action ", step)) {
			case "add":
				list = append(list, w.mortgage(unitA))
			case "cancel":
				if len(list) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(list)-1).Draw(rt, "which")
				w.Must(w.bank, "CancelMortgage", m{"proofNo": list[i]})
				list = slices.Delete(slices.Clone(list), i, i+1)
			case "reorder":
				if len(list) < 2 {
					continue
				}
				order := rapid.Permutation(list).Draw(rt, "order")
				consents := []m{}
				for i := range order {
					if order[i] != list[i] {
						consents = append(consents, m{"proofNo": order[i], "docHash": hash("同意")})
					}
				}
				if len(consents) == 0 {
					continue
				}
				w.Refused("RANK_INVALID", w.registrar, "ReorderMortgages", m{"unitCode": unitA, "order": order, "consents": append(consents[1:], m{"proofNo": w.proof(), "docHash": hash("同意")})})
				w.Must(w.registrar, "ReorderMortgages", m{"unitCode": unitA, "order": order, "consents": consents})
				list = order
			}
			for i, no := range list {
				if mo, status := ledgertest.Body[realestate.Mortgage](w.Story, "mortgage", no); status != "ACTIVE" || mo.Rank != int64(i+1) {
					rt.Fatalf("%s has the rank %d (%s) and should have %d", no, mo.Rank, status, i+1)
				}
			}
		}
	})
}

// TestAreaIsConservedAndOneRightIsInForceOnEachUnit splits, merges and
// transfers at random, and then reads the whole ledger.
func TestAreaIsConservedAndOneRightIsInForceOnEachUnit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.own(unitA, "张三")
		areas := map[string]int64{unitA: 8950} // the active units
		serial := 0
		fresh := func() string { serial++; return fmt.Sprintf("%s%08d", unitA[:20], 20000+serial) }
		pick := func(label string) string {
			return rapid.SampledFrom(sortedKeys(areas)).Draw(rt, label)
		}
		for step := range rapid.IntRange(1, 8).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"split", "merge", "wrong split", "wrong merge"}).Draw(rt, fmt.Sprint("action ", step)) {
			case "split":
				code := pick("unit")
				if areas[code] < 2 {
					continue
				}
				cut := rapid.Int64Range(1, areas[code]-1).Draw(rt, "cut")
				a, b := fresh(), fresh()
				w.Must(w.registrar, "SplitUnit", m{"unitCode": code, "parts": []m{part(w, a, cut), part(w, b, areas[code]-cut)}}, m{"owners": identities("张三")})
				areas[a], areas[b] = cut, areas[code]-cut
				delete(areas, code)
			case "merge":
				x, y := pick("one"), pick("other")
				if x == y {
					continue
				}
				c := fresh()
				w.Must(w.registrar, "MergeUnits", with(part(w, c, areas[x]+areas[y]), m{"from": []string{x, y}}), m{"owners": identities("张三")})
				areas[c] = areas[x] + areas[y]
				delete(areas, x)
				delete(areas, y)
			case "wrong split":
				code := pick("unit")
				w.Refused("AREA_NOT_CONSERVED", w.registrar, "SplitUnit", m{"unitCode": code, "parts": []m{part(w, fresh(), areas[code]), part(w, fresh(), 1)}}, m{"owners": identities("张三")})
			case "wrong merge":
				x, y := pick("one"), pick("other")
				if x == y {
					continue
				}
				w.Refused("AREA_NOT_CONSERVED", w.registrar, "MergeUnits", with(part(w, fresh(), areas[x]+areas[y]+1), m{"from": []string{x, y}}), m{"owners": identities("张三")})
			}
		}
		w.checkBook(rt, areas, 8950)
	})
}

// checkBook reads every record: the active units are the model's, their area
// is the whole, and each has exactly one right in force with one valid
// certificate.
func (w *world) checkBook(rt *rapid.T, areas map[string]int64, whole int64) {
	current, valid := map[string]int{}, map[string]int{}
	var sum int64
	for _, at := range w.Keys() {
		var kind, id string
		if n, _ := fmt.Sscanf(slashed(at), "%s %s", &kind, &id); n != 2 {
			continue
		}
		switch kind {
		case "unit":
			u, status := ledgertest.Body[realestate.Unit](w.Story, kind, id)
			if _, active := areas[id]; active != (status == "ACTIVE") || active && areas[id] != u.AreaX100 {
				rt.Fatalf("the unit %s is %s with %d", id, status, u.AreaX100)
			}
			if status == "ACTIVE" {
				sum += u.AreaX100
			}
		case "right":
			if r, status := ledgertest.Body[realestate.Right](w.Story, kind, id); status == "CURRENT" {
				current[r.UnitCode]++
			}
		case "certificate":
			if c, status := ledgertest.Body[realestate.Certificate](w.Story, kind, id); status == "VALID" {
				valid[c.UnitCode]++
			}
		}
	}
	if sum != whole {
		rt.Fatalf("the units have %d together and should have %d", sum, whole)
	}
	for code := range areas {
		if current[code] != 1 || valid[code] != 1 {
			rt.Fatalf("the unit %s has %d rights in force and %d valid certificates", code, current[code], valid[code])
		}
		delete(current, code)
		delete(valid, code)
	}
	if len(current)+len(valid) > 0 {
		rt.Fatalf("rights in force or valid certificates on historical units: %v %v", current, valid)
	}
}

// TestContractsHoldAUnitOneAtATime runs several sales of one unit against one
// another, each step in any order, and compares with a model of who holds it.
func TestContractsHoldAUnitOneAtATime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		prev := w.own(unitA, "张三")
		seller, buyers := "张三", []string{"甲", "乙", "丙"}
		var sales []*sale
		for _, b := range buyers {
			sales = append(sales, w.newSale(unitA, prev, b, seller))
		}
		at := make([]int, len(sales)) // steps done; -1 cancelled
		holder := -1
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			i := rapid.IntRange(0, len(sales)-1).Draw(rt, "sale")
			s := sales[i]
			if rapid.IntRange(0, 9).Draw(rt, "cancel") == 0 {
				r := w.Do(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")}, nil)
				if allowed := at[i] >= 0 && at[i] < 7; allowed != (r.Refusal == nil) {
					rt.Fatalf("the cancellation after %d steps answered %v", at[i], r.Refusal)
				} else if allowed {
					at[i] = -1
					if holder == i {
						holder = -1
					}
				}
				continue
			}
			if at[i] < 0 || at[i] == len(steps) {
				continue
			}
			step := steps[at[i]]
			app, in, private := w.step(s, step)
			r := w.Do(app, step, in, private)
			allowed := true
			if step == "SignContract" {
				allowed = holder < 0 && s.prev == prev
			}
			if allowed != (r.Refusal == nil) {
				rt.Fatalf("%s of the sale %d, held by %d, answered %v", step, i, holder, r.Refusal)
			}
			if !allowed {
				continue
			}
			at[i]++
			switch step {
			case "SignContract":
				holder = i
			case "BookRight":
				holder, prev = -1, s.biz
			}
		}
		w.checkBook(rt, map[string]int64{unitA: 8950}, 8950)
		if u, _ := ledgertest.Body[realestate.Unit](w.Story, "unit", unitA); u.RightID != prev || (u.Live == "") != (holder < 0) {
			rt.Fatalf("the unit is %+v; it should have the right %s and be held by %d", u, prev, holder)
		}
	})
}
