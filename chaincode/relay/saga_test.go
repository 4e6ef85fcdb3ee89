package relay_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/relay"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

// business is a property transfer in Xinyang that needs a tax clearance kept in
// Zhengzhou, and that nobody else uses it.
type business struct {
	*world
	there   *ledgertest.Story // Zhengzhou's ledger
	carrier *ledgertest.App   // there
	answer  string
}

func newBusiness(t testing.TB) *business { return businessOf(newWorld(t), t) }

// businessOf begins with empty ledgers and the peers of a world.
func businessOf(w *world, t testing.TB) *business {
	b := &business{world: w, there: ledgertest.Tell(t, relay.New()), answer: `{"match":true}`}
	b.there.Channel = "zhengzhou"
	b.carrier = b.there.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleCarrier)
	province, own := b.there.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleGovernor), b.there.App(zzMSP, "zhengzhou-relay", ledgertest.DeptB, relay.RoleGovernor)
	w.decide(b.there, own, province, w.chain("xinyang", xyMSP, w.anchor("xinyang", 3, proof.All(henanMSP, xyMSP), henanMSP, xyMSP)))
	return b
}

func plan(reference string) object {
	return object{"reference": reference, "purpose": "transfer", "steps": []object{
		{"name": "clearance", "kind": "ASK", "chain": "zhengzhou", "contract": "evidence", "function": "Get", "args": []string{"evidence", "e1"}, "expect": []object{{"field": "match", "value": "true"}}},
		{"name": "unused", "kind": "HOLD", "chain": "zhengzhou", "contract": "evidence", "record": "evidence/e1"},
	}}
}

func (b *business) start(reference string) string {
	return b.city.Must(b.cityAsker, "StartSaga", plan(reference)).ID
}

func (b *business) saga(id string) (relay.Saga, string) {
	return ledgertest.Body[relay.Saga](b.city, "saga", id)
}

// Each of these is what a carrier does at one point; it may be refused.
func (b *business) ask(id string) operation.Result {
	saga, _ := b.saga(id)
	nonce, err := hex.DecodeString(saga.Steps[0].Nonce)
	if err != nil {
		b.t.Fatal(err)
	}
	f := prooftest.Forged{
		Question: proof.Question{Channel: "zhengzhou", Contract: "evidence", Function: "Get", Args: []string{"evidence", "e1"}, Nonce: nonce, Time: b.city.Now},
		Status:   200, Answer: b.answer, Asker: b.client, Signers: []*prooftest.Signer{b.peers[henanMSP], b.peers[zzMSP]},
	}
	return b.city.Do(b.cityCarrier, "ProveStep", object{"id": id, "step": 0}, proven(b.t, f))
}

func (b *business) hold(id string) operation.Result {
	return b.there.Do(b.carrier, "Hold", object{"chain": "xinyang", "saga": id, "step": 1, "proof": b.view(b.city, "saga", id, henanMSP, xyMSP)})
}

func (b *business) settle(id string) operation.Result {
	return b.there.Do(b.carrier, "Settle", object{"chain": "xinyang", "saga": id, "step": 1, "proof": b.view(b.city, "saga", id, henanMSP, xyMSP)})
}

func (b *business) proveHold(id, op string) operation.Result {
	if b.there.Record("hold", relay.HoldID(id, 1)) == nil {
		return operation.Result{Refusal: operation.Refuse(ledger.NotFound, "no hold yet")}
	}
	return b.city.Do(b.cityCarrier, op, object{"id": id, "step": 1}, object{"proof": b.view(b.there, "hold", relay.HoldID(id, 1), henanMSP, zzMSP)})
}

func (b *business) abort(id string) operation.Result {
	return b.city.Do(b.cityCarrier, "AbortSaga", object{"id": id})
}

// finish drives the business as a carrier would that starts from nothing.
func (b *business) finish(id string) {
	for range 20 {
		switch saga, status := b.saga(id); status {
		case relay.Done, relay.Undone:
			return
		case relay.Open:
			if at, _ := time.Parse(time.RFC3339, saga.Deadline); b.city.Now.After(at.Add(time.Second)) {
				b.abort(id)
			}
			b.ask(id)
			b.hold(id)
			b.proveHold(id, "ProveStep")
		default:
			b.settle(id)
			b.proveHold(id, "CloseStep")
		}
	}
}

func (b *business) forward(d time.Duration) {
	b.later(d)
	b.there.Now = b.there.Now.Add(d)
}

func TestBusinessOverTwoChainsIsDone(t *testing.T) {
	b := newBusiness(t)
	id := b.start("1")
	b.finish(id)
	if _, status := b.saga(id); status != relay.Done {
		t.Fatalf("it is %s", status)
	}
	if status := b.there.Status("hold", relay.HoldID(id, 1)); status != relay.Used {
		t.Errorf("the clearance is %s", status)
	}
	other := b.start("2")
	if r := b.hold(other); r.Refusal == nil || r.Refusal.Code != relay.ObjectHeld {
		t.Errorf("the clearance was used twice: %+v", r)
	}
	b.forward(time.Hour)
	b.finish(other)
	if _, status := b.saga(other); status != relay.Undone {
		t.Errorf("the second business is %s", status)
	}
}

func TestAnAnswerThatIsNotAsExpectedUndoesTheBusiness(t *testing.T) {
	b := newBusiness(t)
	b.answer = `{"match":false}`
	id := b.start("1")
	b.hold(id)
	b.proveHold(id, "ProveStep")
	b.finish(id)
	saga, status := b.saga(id)
	if status != relay.Undone || saga.Reason == "" {
		t.Fatalf("it is %s: %s", status, saga.Reason)
	}
	if status := b.there.Status("hold", relay.HoldID(id, 1)); status != relay.Released {
		t.Errorf("the clearance is %s", status)
	}
	b.answer = `{"match":true}`
	again := b.start("2")
	b.finish(again)
	if _, status := b.saga(again); status != relay.Done {
		t.Errorf("the clearance was not given back: the next business is %s", status)
	}
}

func TestOnlyTheOwnerUndoesBusinessBeforeItsDeadline(t *testing.T) {
	b := newBusiness(t)
	id := b.start("1")
	b.city.Refused(relay.DeadlineAhead, b.cityCarrier, "AbortSaga", object{"id": id})
	b.city.Must(b.cityAsker, "AbortSaga", object{"id": id, "reason": "withdrawn"})
	stale := b.view(b.city, "saga", id, henanMSP, xyMSP)
	b.there.Refused(relay.OutcomeMissing, b.carrier, "Hold", object{"chain": "xinyang", "saga": id, "step": 1, "proof": stale})
	b.finish(id)
	if _, status := b.saga(id); status != relay.Undone {
		t.Errorf("it is %s", status)
	}
}

func TestAHoldThatComesLateIsRefused(t *testing.T) {
	b := newBusiness(t)
	id := b.start("1")
	early := b.view(b.city, "saga", id, henanMSP, xyMSP)
	b.forward(time.Hour)
	b.abort(id)
	b.finish(id)
	b.there.Refused(ledger.Exists, b.carrier, "Hold", object{"chain": "xinyang", "saga": id, "step": 1, "proof": early})
}

func TestForgedStepsAreRefused(t *testing.T) {
	b := newBusiness(t)
	id, other := b.start("1"), b.start("2")
	b.hold(other)
	view := b.view(b.there, "hold", relay.HoldID(other, 1), henanMSP, zzMSP)
	b.city.Refused(string(proof.ArgumentsMismatch), b.cityCarrier, "ProveStep", object{"id": id, "step": 1}, object{"proof": view})
	b.city.Refused(relay.StepInvalid, b.cityCarrier, "ProveStep", object{"id": id, "step": 7}, object{"proof": view})
	short := b.view(b.there, "hold", relay.HoldID(other, 1), zzMSP)
	b.city.Refused(string(proof.PolicyUnsatisfied), b.cityCarrier, "ProveStep", object{"id": other, "step": 1}, object{"proof": short})
	b.there.Refused(relay.OutcomeMissing, b.carrier, "Settle", object{"chain": "xinyang", "saga": other, "step": 1, "proof": b.view(b.city, "saga", other, henanMSP, xyMSP)})
	b.there.Refused(relay.ProofMissing, b.carrier, "Hold", object{"chain": "xinyang", "saga": id, "step": 1, "proof": "%"})
	for field, change := range map[string]func([]object){
		"an expectation missing": func(s []object) { delete(s[0], "expect") },
		"a value of no form":     func(s []object) { s[0]["expect"] = []object{{"field": "match", "value": "{"}} },
		"a hold that asks":       func(s []object) { s[1]["function"] = "Get" },
	} {
		p := plan(field)
		change(p["steps"].([]object))
		b.city.Refused(relay.StepInvalid, b.cityAsker, "StartSaga", p)
	}
}

// TestBusinessKilledAnywhereEndsDoneOrUndone lets carriers act in any order, at
// any time, again and again, two pieces of business after one record, and then
// one that drives to the end: nothing is left in between.
func TestBusinessKilledAnywhereEndsDoneOrUndone(t *testing.T) {
	peers := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		b := businessOf(peers.anew(), t)
		ids := []string{b.start("1"), b.start("2")}
		if rapid.Bool().Draw(rt, "no") {
			b.answer = `{"match":false}`
		}
		for range rapid.IntRange(0, 25).Draw(rt, "acts") {
			id := rapid.SampledFrom(ids).Draw(rt, "business")
			switch rapid.IntRange(0, 6).Draw(rt, "act") {
			case 0:
				b.ask(id)
			case 1:
				b.hold(id)
			case 2:
				b.proveHold(id, "ProveStep")
			case 3:
				b.settle(id)
			case 4:
				b.proveHold(id, "CloseStep")
			case 5:
				b.abort(id)
			case 6:
				b.forward(4 * time.Minute)
			}
		}
		b.forward(time.Hour)
		used := 0
		for _, id := range ids {
			b.finish(id)
			_, status := b.saga(id)
			hold := b.there.Status("hold", relay.HoldID(id, 1))
			if fmt.Sprint(status, hold) != fmt.Sprint(relay.Done, relay.Used) && fmt.Sprint(status, hold) != fmt.Sprint(relay.Undone, relay.Released) {
				rt.Fatalf("it ended %s with its hold %s", status, hold)
			}
			if hold == relay.Used {
				used++
			}
		}
		if used > 1 {
			rt.Fatalf("the record was used %d times", used)
		}
	})
}
