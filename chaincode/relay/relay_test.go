package relay_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/relay"
	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

func TestAnAnswerTravelsFromOneCityToAnother(t *testing.T) {
	w := newWorld(t)
	id, r := w.ask("1")
	answer := proven(t, w.answer(r))
	if got := w.henan.Must(w.carrier, "Attest", object{"id": id}, answer); got.Status != relay.Attested {
		t.Fatalf("attested: %+v", got)
	}
	if got := w.city.Must(w.cityCarrier, "Accept", object{"id": id, "asked": w.asked(id)}, answer); got.Status != relay.Accepted {
		t.Fatalf("accepted: %+v", got)
	}
	w.henan.Must(w.carrier, "Conclude", object{"id": id, "proof": w.view(w.city, "acceptance", id, henanMSP, xyMSP)})
	if status := w.henan.Status("request", id); status != relay.Accepted {
		t.Errorf("on the main channel it is %s", status)
	}
	var out relay.Answered
	if refusal := w.cityAsker.Ask(&out, "Answer", object{"id": id}); refusal != nil {
		t.Fatal(refusal)
	}
	if string(out.Answer) != `{"id":"e1","type":"evidence"}` && string(out.Answer) != `{"type":"evidence","id":"e1"}` {
		t.Errorf("the asker reads %s", out.Answer)
	}
	for _, l := range []*ledgertest.Story{w.henan, w.city} {
		for key, value := range l.Public() {
			if strings.Contains(string(value), `{\"type\":\"evidence\"`) || strings.Contains(string(value), answer["proof"].(string)) {
				t.Errorf("the answer stands in public under %s of %s", key, l.Channel)
			}
		}
	}
}

func TestNobodyElseReadsTheAnswer(t *testing.T) {
	w := newWorld(t)
	id, r := w.ask("1")
	answer := proven(t, w.answer(r))
	w.henan.Must(w.carrier, "Attest", object{"id": id}, answer)
	w.city.Must(w.cityCarrier, "Accept", object{"id": id, "asked": w.asked(id)}, answer)
	var out relay.Answered
	for name, app := range map[string]*ledgertest.App{
		"another department":     w.city.App(xyMSP, "xinyang-other", ledgertest.DeptB, relay.RoleAsker),
		"a carrier of Zhengzhou": w.henan.App(zzMSP, "zhengzhou-relay", ledgertest.DeptB, relay.RoleCarrier),
		"the asker on henan":     w.asker,
	} {
		if refusal := app.Ask(&out, "Answer", object{"id": id}); refusal == nil || refusal.Code != relay.NotAsker {
			t.Errorf("%s: %v", name, refusal)
		}
	}
	if refusal := w.carrier.Ask(&out, "Answer", object{"id": id}); refusal != nil || out.Proof != answer["proof"] {
		t.Errorf("a carrier of the province cannot carry on: %v", refusal)
	}
}

func TestForgedAnswersAreRefusedOnTheMainChannel(t *testing.T) {
	w := newWorld(t)
	id, r := w.ask("1")
	_, other := w.ask("2")
	for name, c := range map[string]struct {
		forge func(*prooftest.Forged)
		code  proof.Code
	}{
		"another channel":     {func(f *prooftest.Forged) { f.Question.Channel = "xinyang" }, proof.ChannelMismatch},
		"another question":    {func(f *prooftest.Forged) { f.Question.Args = []string{"evidence", "e2"} }, proof.ArgumentsMismatch},
		"a replay":            {func(f *prooftest.Forged) { *f = w.answer(other) }, proof.NonceMismatch},
		"one signature short": {func(f *prooftest.Forged) { f.Signers = f.Signers[:1] }, proof.PolicyUnsatisfied},
		"a client's signature": {func(f *prooftest.Forged) {
			f.Signers = []*prooftest.Signer{w.peers[henanMSP], w.orgs[zzMSP].Member(t, "client", prooftest.Now.AddDate(0, 0, -1))}
		}, proof.NotAPeer},
		"another city's peer":     {func(f *prooftest.Forged) { f.Signers = []*prooftest.Signer{w.peers[henanMSP], w.peers[xyMSP]} }, proof.EndorserUnknown},
		"a refusal as an answer":  {func(f *prooftest.Forged) { f.Status = 500 }, proof.StatusNotOK},
		"an answer of the future": {func(f *prooftest.Forged) { f.Question.Time = w.henan.Now.Add(time.Hour) }, proof.FromFuture},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.answer(r)
			c.forge(&f)
			w.henan.Refused(string(c.code), w.carrier, "Attest", object{"id": id}, proven(t, f))
		})
	}
	w.henan.Refused(relay.ProofMissing, w.carrier, "Attest", object{"id": id})
	w.henan.Refused(relay.ProofMissing, w.carrier, "Attest", object{"id": id}, object{"proof": "%"})
}

func TestTheCityBelievesNobodysWord(t *testing.T) {
	w := newWorld(t)
	id, r := w.ask("1")
	first, second := proven(t, w.answer(r)), proven(t, w.answer(r))
	notYet := w.asked(id)
	w.henan.Must(w.carrier, "Attest", object{"id": id}, first)
	w.city.Refused(relay.OutcomeMissing, w.cityCarrier, "Accept", object{"id": id, "asked": notYet}, first)
	w.city.Refused(relay.AnotherProof, w.cityCarrier, "Accept", object{"id": id, "asked": w.asked(id)}, second)
	w.city.Refused(string(proof.PolicyUnsatisfied), w.cityCarrier, "Accept", object{"id": id, "asked": w.view(w.henan, "request", id, henanMSP)}, first)
	w.city.Refused(string(proof.ArgumentsMismatch), w.cityCarrier, "Accept", object{"id": "another", "asked": w.asked(id)}, first)
	w.city.Must(w.city.App(xyMSP, "xinyang-relay", ledgertest.DeptC, relay.RoleGovernor), "SuspendChain", object{"chain": "zhengzhou", "reason": "key lost"})
	w.city.Refused(relay.ChainUnknown, w.cityCarrier, "Accept", object{"id": id, "asked": w.asked(id)}, first)
}

func TestARequestEndsOnceAfterItsDeadline(t *testing.T) {
	w := newWorld(t)
	unanswered, _ := w.ask("1")
	attested, r := w.ask("2")
	answer := proven(t, w.answer(r))
	w.henan.Refused(relay.DeadlineAhead, w.carrier, "Expire", object{"id": unanswered})
	w.henan.Must(w.carrier, "Attest", object{"id": attested}, answer)
	w.city.Refused(relay.DeadlineAhead, w.cityCarrier, "Lapse", object{"id": attested, "asked": w.asked(attested)})
	w.later(time.Hour)
	w.henan.Must(w.carrier, "Expire", object{"id": unanswered})
	w.henan.Refused(ledger.StateForbids, w.carrier, "Expire", object{"id": attested})
	w.city.Refused(relay.DeadlinePassed, w.cityCarrier, "Accept", object{"id": attested, "asked": w.asked(attested)}, answer)
	w.city.Must(w.cityCarrier, "Lapse", object{"id": attested, "asked": w.asked(attested)})
	w.city.Refused(ledger.Exists, w.cityCarrier, "Lapse", object{"id": attested, "asked": w.asked(attested)})
	w.henan.Must(w.carrier, "Conclude", object{"id": attested, "proof": w.view(w.city, "acceptance", attested, henanMSP, xyMSP)})
	for _, id := range []string{unanswered, attested} {
		if status := w.henan.Status("request", id); status != relay.Expired {
			t.Errorf("%s is %s", id, status)
		}
		w.henan.Refused(ledger.StateForbids, w.carrier, "Attest", object{"id": id}, answer)
	}
}

func TestWhatMayBeAskedIsDecidedBySourceAndProvince(t *testing.T) {
	w := newWorld(t)
	for code, change := range map[string]func(object){
		relay.QuestionNotOffered: func(q object) { q["function"] = "History" },
		relay.ChainUnknown:       func(q object) { q["source"] = "kaifeng" },
		relay.ChainNotYours:      func(q object) { q["from"], q["source"] = "zhengzhou", "xinyang" },
		relay.ChainInvalid:       func(q object) { q["from"] = "henan" },
		relay.DeadlineInvalid:    func(q object) { q["deadline"] = "2026-03-01T00:00:00Z" },
		relay.KeyInvalid:         func(q object) { q["replyKey"] = "no key" },
	} {
		q := question("1")
		change(q)
		w.henan.Refused(code, w.asker, "Ask", q)
	}
	w.henan.Must(w.asker, "Ask", question("1"))
	w.henan.Refused(ledger.Exists, w.asker, "Ask", question("1"))
	w.city.Refused(relay.MainChannelOnly, w.cityAsker, "Ask", question("1"))
}

func TestOnlyTheSourceOrTheProvinceRefuses(t *testing.T) {
	w := newWorld(t)
	id, _ := w.ask("1")
	in := object{"id": id, "code": "RECORD_NOT_FOUND"}
	w.henan.Refused(relay.NotSource, w.henan.App(xyMSP, "xinyang-relay", ledgertest.DeptC, relay.RoleCarrier), "Refuse", in)
	w.henan.Must(w.henan.App(zzMSP, "zhengzhou-relay", ledgertest.DeptB, relay.RoleCarrier), "Refuse", in)
	if status := w.henan.Status("request", id); status != relay.Refused {
		t.Errorf("it is %s", status)
	}
}

func TestTermsTakeTwoParties(t *testing.T) {
	w := newWorld(t)
	newer := w.chain("zhengzhou", zzMSP, w.anchor("zhengzhou", 4, proof.All(zzMSP), henanMSP, zzMSP))
	w.henan.Must(w.own, "ProposeChain", newer)
	body, status := ledgertest.Body[relay.Chain](w.henan, "chain", "zhengzhou")
	if status != relay.Active || body.Digest == body.Proposal.Digest {
		t.Fatalf("a proposal changed what is in force: %s", status)
	}
	before := body.Digest
	w.henan.Refused(relay.ApprovalByProposer, w.own, "ApproveChain", object{"chain": "zhengzhou", "digest": body.Proposal.Digest})
	w.henan.Refused(relay.ProposalChanged, w.province, "ApproveChain", object{"chain": "zhengzhou", "digest": before})
	w.henan.Refused(relay.ChainNotYours, w.henan.App(xyMSP, "x", ledgertest.DeptC, relay.RoleGovernor), "ApproveChain", object{"chain": "zhengzhou", "digest": body.Proposal.Digest})
	id, r := w.ask("1")
	answer := proven(t, w.answer(r))
	w.henan.Must(w.province, "ApproveChain", object{"chain": "zhengzhou", "digest": body.Proposal.Digest})
	w.henan.Refused(relay.AnchorSuperseded, w.carrier, "Attest", object{"id": id, "terms": before}, answer)
	w.henan.Refused(relay.AnchorSuperseded, w.carrier, "Attest", object{"id": id, "terms": strings.Repeat("0", 64)}, answer)
	w.henan.Refused(relay.AnchorOlder, w.own, "ProposeChain", w.chain("zhengzhou", zzMSP, w.anchor("zhengzhou", 3, proof.All(zzMSP), henanMSP, zzMSP)))
	w.henan.Refused(relay.ChainInvalid, w.own, "ProposeChain", w.chain("zhengzhou", zzMSP, w.anchor("xinyang", 5, proof.All(xyMSP), xyMSP)))
	w.henan.Refused(string(proof.PolicyEmpty), w.own, "ProposeChain", w.chain("zhengzhou", zzMSP, w.anchor("zhengzhou", 5, proof.Policy{}, zzMSP)))
	w.henan.Must(w.carrier, "Attest", object{"id": id}, answer)
}

func TestASystemOutsideAnswersWithItsSignature(t *testing.T) {
	w := newWorld(t)
	w.henan.Must(w.province, "ProposeChain", object{"chain": "national", "kind": "OUTSIDE", "owner": henanMSP, "title": "国家平台",
		"publicKey": string(w.outside.Public().PEM()), "endpoint": "http://127.0.0.1:1", "questions": []object{{"contract": "licence", "function": "verify"}}})
	q := question("1")
	q["source"], q["contract"], q["function"] = "national", "licence", "verify"
	id := w.henan.Must(w.asker, "Ask", q).ID
	r, _ := ledgertest.Body[relay.Request](w.henan, "request", id)
	s := proof.Statement{Chain: "national", Contract: "licence", Function: "verify", Args: r.Args, Nonce: r.Nonce, Time: w.henan.Now.Format(time.RFC3339), Answer: json.RawMessage(`{"match":true}`)}
	send := func(s proof.Statement) object {
		signed, err := s.Sign(w.outside)
		if err != nil {
			t.Fatal(err)
		}
		return object{"proof": base64.StdEncoding.EncodeToString([]byte(w.text(signed)))}
	}
	wrong := s
	wrong.Nonce = strings.Repeat("0", 48)
	w.henan.Refused(string(proof.NonceMismatch), w.carrier, "Attest", object{"id": id}, send(wrong))
	w.henan.Refused(string(proof.Malformed), w.carrier, "Attest", object{"id": id}, proven(t, w.answer(r)))
	w.henan.Must(w.carrier, "Attest", object{"id": id}, send(s))
}

func TestCheckpointsRiseAndAreNeverRewritten(t *testing.T) {
	w := newWorld(t)
	city := w.henan.App(zzMSP, "zhengzhou-relay", ledgertest.DeptB, relay.RoleCarrier)
	at := func(n int, digit string) object {
		return object{"chain": "zhengzhou", "number": n, "hash": strings.Repeat(digit, 64)}
	}
	w.henan.Refused(relay.ChainNotYours, w.carrier, "Checkpoint", at(10, "a"))
	w.henan.Must(city, "Checkpoint", at(10, "a"))
	if again := w.henan.Must(city, "Checkpoint", at(10, "a")); !again.Existing {
		t.Error("the same checkpoint was written twice")
	}
	w.henan.Refused(relay.CheckpointConflict, city, "Checkpoint", at(10, "b"))
	w.henan.Refused(relay.CheckpointBehind, city, "Checkpoint", at(9, "a"))
	w.henan.Must(city, "Checkpoint", at(11, "c"))
	last, _ := ledgertest.Body[relay.Checkpoint](w.henan, "checkpoint", relay.CheckpointID("zhengzhou", 11))
	if last.Before != 10 {
		t.Errorf("the checkpoint before is %d", last.Before)
	}
}

func TestOnlyTheRolesOfTheTableMayCall(t *testing.T) { ledgertest.CheckRoles(t, relay.New()) }

func FuzzApply(f *testing.F) { ledgertest.FuzzApply(f, relay.New) }
