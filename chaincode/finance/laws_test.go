package finance_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"henanchain/chaincode/finance"
	"pgregory.net/rapid"
)

// modelLoan is a loan as a clerk would keep it: notes with what is left on each.
type modelLoan struct {
	id       string
	contract int64
	drawn    int64
	notes    map[string]int64
	arrears  int64
	status   string
}

func (l *modelLoan) outstanding() (sum int64) {
	for _, left := range l.notes {
		sum += left
	}
	return sum
}

// note draws one of the loan's notes, or one that is not its own.
func (l *modelLoan) note(rt *rapid.T) string {
	var all []string
	for i := range 60 {
		if _, ok := l.notes[fmt.Sprint("JJ", i)]; ok {
			all = append(all, fmt.Sprint("JJ", i))
		}
	}
	if len(all) == 0 {
		return "JJ999"
	}
	return rapid.SampledFrom(all).Draw(rt, "note")
}

// bankModel is a world with the clerk's book of it.
type bankModel struct {
	*world
	loans []*modelLoan
}

// step does one random thing, and holds the ledger's yes or no to the clerk's.
func (b *bankModel) step(rt *rapid.T) {
	l := rapid.SampledFrom(b.loans).Draw(rt, "loan")
	id := m{"applicationId": l.id}
	amount := rapid.Int64Range(1, 60).Draw(rt, "amount")
	name := rapid.SampledFrom([]string{"Disburse", "Disburse", "Repay", "Repay", "Repay", "MarkOverdue", "CureOverdue", "SettleLoan", "RenewLoan"}).Draw(rt, "operation")
	paying := l.status == "DISBURSED" || l.status == "REPAYING"
	var in m
	var half any
	var allowed bool
	var effect func()
	switch name {
	case "Disburse":
		note := fmt.Sprint("JJ", b.next())
		in, half = with(id, m{"noteNo": note}), m{"drawFen": amount}
		allowed = (l.status == "CONTRACTED" || paying) && amount <= l.contract-l.drawn
		effect = func() {
			l.drawn, l.notes[note] = l.drawn+amount, amount
			if l.status == "CONTRACTED" {
				l.status = "DISBURSED"
			}
		}
	case "Repay":
		note := l.note(rt)
		in, half = b.repayment(l.id, note), paid(amount, 1)
		allowed = (paying || l.status == "OVERDUE") && l.notes[note] > 0 && amount <= l.notes[note]
		effect = func() {
			l.notes[note] -= amount
			l.arrears = max(0, l.arrears-amount)
			if l.status == "DISBURSED" {
				l.status = "REPAYING"
			}
		}
	case "MarkOverdue":
		in, half = with(id, m{"overdueSince": b.Today()}), paid(amount, 0)
		allowed = (paying || l.status == "OVERDUE") && amount <= l.outstanding()
		effect = func() { l.arrears, l.status = amount, "OVERDUE" }
	case "CureOverdue":
		in, allowed, effect = id, l.status == "OVERDUE" && l.arrears == 0, func() { l.status = "REPAYING" }
	case "SettleLoan":
		in, allowed, effect = id, l.status == "REPAYING" && l.outstanding() == 0, func() { l.status = "SETTLED" }
	case "RenewLoan":
		in, half, allowed, effect = b.renewal(rt, l, paying)
	}
	r := b.Do(b.bank, name, in, half)
	if allowed != (r.Refusal == nil) {
		rt.Fatalf("%s of %d on %+v answered %v", name, amount, *l, r.Refusal)
	}
	if allowed {
		effect()
	}
}

func (b *bankModel) renewal(rt *rapid.T, l *modelLoan, paying bool) (in m, half any, allowed bool, effect func()) {
	next, note := rapid.SampledFrom(b.loans).Draw(rt, "next"), fmt.Sprint("JJ", b.next())
	moved := l.outstanding()
	allowed = paying && next != l && (next.status == "CONTRACTED" || next.status == "DISBURSED" || next.status == "REPAYING") &&
		moved > 0 && moved <= next.contract-next.drawn
	return m{"applicationId": l.id, "newApplicationId": next.id, "noteNo": note}, m{}, allowed, func() {
		for n := range l.notes {
			l.notes[n] = 0
		}
		l.status, next.drawn, next.notes[note] = "RENEWED", next.drawn+moved, moved
		if next.status == "CONTRACTED" {
			next.status = "DISBURSED"
		}
	}
}

// TestNoMoneyIsLostOrMadeWhateverHappens runs random lending against the
// clerk's book, and then compares every loan, and the bank's exposure.
func TestNoMoneyIsLostOrMadeWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := &bankModel{world: newWorld(t)}
		for i := range 3 {
			l := &modelLoan{id: fmt.Sprint("RZ", i), contract: rapid.Int64Range(20, 100).Draw(rt, "contract"), notes: map[string]int64{}, status: "CONTRACTED"}
			b.apply(l.id, "甲公司", 100)
			b.contract(l.id, l.contract)
			b.loans = append(b.loans, l)
		}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			b.step(rt)
		}
		var exposure int64
		for _, l := range b.loans {
			tr := b.trace(l.id)
			if tr.Status != l.status || tr.DrawnFen != l.drawn || tr.OutstandingFen != l.outstanding() || tr.DrawnFen > tr.ContractFen || tr.ContractFen > tr.CreditLimitFen {
				rt.Fatalf("the loan is %+v and should be %+v", tr, *l)
			}
			for _, d := range tr.Draws {
				if d.OutstandingFen != l.notes[d.NoteNo] {
					rt.Fatalf("the note %s has %d and should have %d", d.NoteNo, d.OutstandingFen, l.notes[d.NoteNo])
				}
			}
			exposure += l.outstanding()
		}
		var e finance.Exposure
		if r := b.bank.Ask(&e, "BankExposure", m{"bankDept": bankA}); r != nil || e.OutstandingFen != exposure {
			rt.Fatalf("the exposure is %+v %v and should be %d", e, r, exposure)
		}
	})
}

// TestPledgesStayWithinTheValueWhateverHappens pledges and releases at random
// against a plain sum.
func TestPledgesStayWithinTheValueWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		value := rapid.Int64Range(10, 100).Draw(rt, "value")
		col := w.collateral("甲公司", value)
		pledged := map[string]int64{}
		var sum int64
		for i := range rapid.IntRange(2, 10).Draw(rt, "steps") {
			id := fmt.Sprint("RZ", i)
			if rapid.Bool().Draw(rt, "release") && i > 0 {
				old := fmt.Sprint("RZ", rapid.IntRange(0, i-1).Draw(rt, "which"))
				r := w.Do(w.bank, "ReleasePledge", m{"pledgeId": col + "." + old})
				if (pledged[old] > 0) != (r.Refusal == nil) {
					rt.Fatalf("the release of %d answered %v", pledged[old], r.Refusal)
				}
				sum -= pledged[old]
				delete(pledged, old)
				continue
			}
			amount := rapid.Int64Range(1, 60).Draw(rt, "amount")
			w.apply(id, "甲公司", 100)
			r := w.Do(w.bank, "PledgeCollateral", m{"collateralId": col, "applicationId": id}, m{"pledgeFen": amount})
			if (sum+amount <= value) != (r.Refusal == nil) {
				rt.Fatalf("a pledge of %d beside %d of %d answered %v", amount, sum, value, r.Refusal)
			}
			if r.Refusal == nil {
				pledged[id], sum = amount, sum+amount
			}
		}
	})
}

// TestEveryQuestionIsOnRecordAndNoneBeyondItsAuthorizationIsAnswered asks at
// random, revokes, lets days go by, and counts.
func TestEveryQuestionIsOnRecordAndNoneBeyondItsAuthorizationIsAnswered(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.publish("甲公司", "A", "1")
		most := rapid.IntRange(1, 5).Draw(rt, "uses")
		w.authorize("SQ1", "甲公司", m{"maxUses": most, "validTo": "20260304"})
		asked, answered, day, revoked := 0, 0, 2, false
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "action") {
			case 0:
				w.Days(1)
				day++
			case 1:
				r := w.Do(w.platform, "RevokeAuthorization", m{"authId": "SQ1", "revokeHash": hash("撤销")})
				revoked = revoked || r.Refusal == nil
			default:
				asked++
				var o finance.Outcome
				r := w.Must(w.bank, "UseData", w.question("SQ1", "甲公司"), m{})
				if err := json.Unmarshal(r.Data, &o); err != nil {
					rt.Fatal(err)
				}
				live := !revoked && day <= 4 && answered < most
				if live != (o.Outcome == "ANSWERED") || live == (o.Reason != "") {
					rt.Fatalf("after %d answers of %d, on day %d, revoked %v, the question was %+v", answered, most, day, revoked, o)
				}
				if live {
					answered++
				}
			}
		}
		var uses finance.DataUses
		if r := w.platform.Ask(&uses, "DataUses", m{"subjectKey": key("甲公司")}); r != nil || len(uses.Uses) != asked {
			rt.Fatalf("%d questions were asked and %d are on record %v", asked, len(uses.Uses), r)
		}
	})
}
