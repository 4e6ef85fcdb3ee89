package realestate_test

import (
	"strings"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
)

func application(no, unit, cause, biz, prev string, more ...m) m {
	return with(append([]m{{"transactionNo": no, "unitCode": unit, "cause": cause, "bizNo": biz, "prevBizNo": prev, "basisHash": hash("依据"),
		"holdMode": "SOLE", "owners": []m{owner("张三")}, "details": details}}, more...)...)
}

func TestBookEntryAndCertificateAreOneAct(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	s := w.newSale(unitA, first, "李四", "张三")
	w.advance(s, "ReviewApplication")
	id := m{"transactionNo": s.no}
	fresh := w.certificate()
	used, _ := ledgertest.Body[realestate.Right](w.Story, "right", first)
	taken, _ := ledgertest.Body[realestate.Certificate](w.Story, "certificate", used.CertNo)
	for name, c := range map[string]struct {
		change m
		code   string
	}{
		"no certificate":                   {m{"certNo": nil, "certId": nil, "fileHash": nil}, "CERTIFICATE_INVALID"},
		"a certificate without a licence":  {m{"certId": nil}, "CERTIFICATE_INVALID"},
		"a certificate without a file":     {m{"fileHash": nil}, "CERTIFICATE_INVALID"},
		"a proof's number":                 {m{"certNo": "豫（2026）郑州市不动产证明第0000088号"}, "CERTIFICATE_INVALID"},
		"a number of next year":            {m{"certNo": "豫（2027）郑州市不动产权第0000088号"}, "CERTIFICATE_INVALID"},
		"a number that is taken":           {m{"certNo": used.CertNo}, "RECORD_EXISTS"},
		"a licence that is taken":          {m{"certId": taken.CertID}, "LICENCE_TAKEN"},
		"a licence of another issuer":      {m{"certId": licence("001", ledgertest.DeptB, 88)}, "LICENCE_MISMATCH"},
		"a licence of another type":        {m{"certId": licence("022", ledgertest.DeptA, 88)}, "LICENCE_MISMATCH"},
		"a licence with a wrong check":     {m{"certId": strings.TrimSuffix(taken.CertID, taken.CertID[len(taken.CertID)-1:]) + "!"}, "INPUT_INVALID"},
		"a number that is no certificate'": {m{"certNo": "郑房权证第1号"}, "INPUT_INVALID"},
	} {
		w.Refused(c.code, w.registrar, "BookRight", with(id, fresh, c.change))
		if got := w.Status("right", s.biz); got != "TEMPORARY" {
			t.Errorf("with %s the right is %s", name, got)
		}
	}
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "BookRight", with(id, fresh))
	w.Must(w.registrar, "BookRight", with(id, fresh))
	w.Refused("STATE_FORBIDS", w.registrar, "CloseTransaction", id)
	w.Must(w.registrar, "DeliverCertificate", with(id, m{"receiptHash": hash("领证")}))
	w.Must(w.registrar, "CloseTransaction", id)
}

func TestTheChainOfTitleIsFollowed(t *testing.T) {
	w := newWorld(t)
	private := m{"owners": identities("张三")}
	w.Must(w.registrar, "RegisterUnit", unit(unitA, 100))
	w.Refused("CHAIN_OF_TITLE_BROKEN", w.registrar, "AcceptApplication", application("DJ1", unitA, "FIRST", "B1", "B0"), private)
	w.Refused("UNIT_UNOWNED", w.registrar, "AcceptApplication", application("DJ1", unitA, "CHANGE", "B1", "0"), private)
	w.Must(w.registrar, "AcceptApplication", application("DJ1", unitA, "FIRST", "B1", "0"), private)
	w.Refused("UNIT_SOLD", w.registrar, "AcceptApplication", application("DJ2", unitA, "FIRST", "B2", "0"), private)
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": "DJ1", "opinionHash": hash("同意")})
	w.Must(w.registrar, "BookRight", with(m{"transactionNo": "DJ1"}, w.certificate()))
	w.Refused("UNIT_OWNED", w.registrar, "AcceptApplication", application("DJ2", unitA, "FIRST", "B2", "0"), private)
	w.Refused("CHAIN_OF_TITLE_BROKEN", w.registrar, "AcceptApplication", application("DJ2", unitA, "CHANGE", "B2", "0"), private)
	w.Refused("RECORD_EXISTS", w.registrar, "AcceptApplication", application("DJ2", unitA, "CHANGE", "B1", "B1"), private)
	s := w.newSale(unitA, "B1", "李四", "张三")
	w.advance(s, "ConfirmTax")
	w.Refused("CHAIN_OF_TITLE_BROKEN", w.registrar, "AcceptSale", with(m{"transactionNo": s.no, "bizNo": "B3", "prevBizNo": "B0"}, details), m{"owners": identities("李四")})
	w.Refused("PARTIES_INVALID", w.registrar, "AcceptSale", with(m{"transactionNo": s.no, "bizNo": "B3", "prevBizNo": "B1"}, details), m{"owners": identities("张三")})
	w.Refused("PERIOD_INVALID", w.registrar, "AcceptSale", with(m{"transactionNo": s.no, "bizNo": "B3", "prevBizNo": "B1"}, details, m{"termTo": "20250101"}), m{"owners": identities("李四")})
	w.Refused("UNIT_INVALID", w.registrar, "AcceptSale", with(m{"transactionNo": s.no, "bizNo": "B3", "prevBizNo": "B1"}, details, m{"rightType": "3"}), m{"owners": identities("李四")})
}

func TestAChangeKeepsOwnersAndShares(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三 1/2", "李四 1/2")
	both := []m{owner("李四", "2/4"), owner("张三", "1/2")}
	private := m{"owners": identities("张三", "李四")}
	change := application("BG1", unitA, "CHANGE", "B1", first, m{"holdMode": "SHARES", "owners": both, "usage": "30", "location": "郑州市金水区示例路2号"})
	w.Refused("OWNERS_DIFFER", w.registrar, "AcceptApplication", with(change, m{"owners": []m{owner("李四", "1/3"), owner("张三", "2/3")}}), private)
	w.Refused("OWNERS_DIFFER", w.registrar, "AcceptApplication", with(change, m{"holdMode": "JOINT", "owners": []m{owner("李四"), owner("张三")}}), private)
	w.Refused("UNIT_INVALID", w.registrar, "AcceptApplication", with(change, m{"usage": "99"}), private)
	w.Refused("UNIT_INVALID", w.registrar, "AcceptApplication", with(change, m{"details": nil}), private)
	w.Refused("TAX_VOUCHER_MISMATCH", w.registrar, "AcceptApplication", with(change, m{"taxNos": []string{"T1"}}), private)
	w.Refused("PRIVATE_HALF_MISSING", w.registrar, "AcceptApplication", change)
	w.Refused("UNIT_INVALID", w.registrar, "AcceptApplication", with(change, m{"cause": "INHERITANCE"}), private)
	w.Must(w.registrar, "AcceptApplication", change, private)
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": "BG1", "opinionHash": hash("同意")})
	home := func(name string, atLeast int) bool {
		t.Helper()
		var a realestate.YesNoAnswer
		if r := w.housing.Ask(&a, "OwnsHome", m{"ownerKey": key(name), "atLeast": atLeast}); r != nil {
			t.Fatal(r)
		}
		return a.Answer
	}
	if !home("张三", 1) || home("张三", 2) || home("王五", 1) {
		t.Error("before the change the homes are counted wrongly")
	}
	w.Must(w.registrar, "BookRight", with(m{"transactionNo": "BG1"}, w.certificate()))
	u, _ := ledgertest.Body[realestate.Unit](w.Story, "unit", unitA)
	if u.Usage != "30" || u.Location != "郑州市金水区示例路2号" || u.RightID != "B1" {
		t.Errorf("after the change the unit is %+v", u)
	}
	if home("张三", 1) {
		t.Error("a shop is counted as a home")
	}

}

func TestACancellationNeedsAUnitThatNothingStandsOn(t *testing.T) {
	w := newWorld(t)
	gone := m{"transactionNo": "ZX1", "unitCode": unitA, "cause": "CANCELLATION", "bizNo": "B2", "prevBizNo": w.own(unitA, "张三"), "basisHash": hash("灭失证明")}
	mortgage := w.mortgage(unitA)
	w.Refused("PARTIES_INVALID", w.registrar, "AcceptApplication", with(gone, m{"holdMode": "SOLE"}))
	w.Refused("UNIT_BURDENED", w.registrar, "AcceptApplication", gone)
	w.Must(w.bank, "CancelMortgage", m{"proofNo": mortgage})
	w.Must(w.registrar, "AcceptApplication", gone)
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": "ZX1", "opinionHash": hash("同意")})
	w.notice(unitA, "赵六")
	w.Refused("UNIT_BURDENED", w.registrar, "BookRight", m{"transactionNo": "ZX1"})
	w.Must(w.registrar, "CancelTransaction", m{"transactionNo": "ZX1", "ground": "PARTIES", "acquirerHash": hash("申请")})

	w2 := newWorld(t)
	first := w2.own(unitA, "张三")
	gone["prevBizNo"] = first
	w2.Must(w2.registrar, "AcceptApplication", gone)
	w2.Must(w2.registrar, "ReviewApplication", m{"transactionNo": "ZX1", "opinionHash": hash("同意")})
	w2.Refused("CERTIFICATE_INVALID", w2.registrar, "BookRight", with(m{"transactionNo": "ZX1"}, w2.certificate()))
	w2.Must(w2.registrar, "BookRight", m{"transactionNo": "ZX1"})
	if a, b := w2.Status("right", first), w2.Status("unit", unitA); a != "TERMINATED" || b != "HISTORY" {
		t.Errorf("after the cancellation the right is %s and the unit %s", a, b)
	}
	w2.Refused("CERTIFICATE_INVALID", w2.registrar, "DeliverCertificate", m{"transactionNo": "ZX1", "receiptHash": hash("领证")})
	w2.Must(w2.registrar, "CloseTransaction", m{"transactionNo": "ZX1"})
	w2.Refused("UNIT_HISTORICAL", w2.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	if r := w2.restrictions(unitA); r.CanTransfer || r.Reasons[0].Code != "UNIT_HISTORICAL" {
		t.Errorf("a cancelled unit's restrictions are %+v", r)
	}
}

func TestWhatPassesByLawOnlyASeizureStops(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	w.mortgage(unitA, m{"transferRestricted": true})
	w.notice(unitA, "赵六")
	w.objection(unitA, "钱七")
	w.voucher("T1", unitA, key("李四"))
	inherit := application("ZY1", unitA, "INHERITANCE", "B1", first, m{"owners": []m{owner("李四")}, "taxNos": []string{"T1"}})
	gift := with(inherit, m{"cause": "GIFT"})
	private := m{"owners": identities("李四")}
	w.Refused("TRANSFER_RESTRICTED", w.registrar, "AcceptApplication", gift, private)
	seizure := w.seize(w.court, "（2026）豫0105执1号", unitA)
	w.Refused("UNIT_SEIZED", w.registrar, "AcceptApplication", inherit, private)
	w.Must(w.court, "ReleaseSeizure", m{"seizureId": seizure, "docNo": "（2026）豫0105执2号"})
	w.Must(w.registrar, "AcceptApplication", inherit, private)
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": "ZY1", "opinionHash": hash("同意")})
	w.Must(w.registrar, "BookRight", with(m{"transactionNo": "ZY1"}, w.certificate()))
}

func part(w *world, code string, area int64) m {
	return with(unit(code, area), w.certificate(), m{"bizNo": "S" + code[20:]})
}

func TestSplittingAndMergingConserveTheArea(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三 1/3", "李四 2/3")
	holders := m{"owners": identities("张三", "李四")}
	a, b, c := unitA[:20]+"00010011", unitA[:20]+"00010012", unitA[:20]+"00010013"
	split := func(parts ...m) m { return m{"unitCode": unitA, "parts": parts} }
	w.Refused("AREA_NOT_CONSERVED", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3951)), holders)
	w.Refused("AREA_NOT_CONSERVED", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, "411502003004JC00123F00010000", 3950)), holders)
	w.Refused("RECORD_EXISTS", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, a, 3950)), holders)
	w.Refused("RECORD_EXISTS", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, unitA, 3950)), holders)
	w.Refused("PARTIES_INVALID", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3950)), m{"owners": identities("张三", "王五")})
	w.Refused("PRIVATE_HALF_MISSING", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3950)))
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3950)), holders)
	w.Refused("UNIT_INVALID", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, unitA[:19]+"W00000000", 3950)), holders)
	mortgage := w.mortgage(unitA)
	w.Refused("UNIT_BURDENED", w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3950)), holders)
	w.Must(w.bank, "CancelMortgage", m{"proofNo": mortgage})
	r := w.Must(w.registrar, "SplitUnit", split(part(w, a, 5000), part(w, b, 3950)), holders)
	if r.ID != unitA || r.Status != "HISTORY" {
		t.Errorf("the split answered %+v", r)
	}
	if got := w.Status("right", first); got != "HISTORICAL" {
		t.Errorf("the right on the split unit is %s", got)
	}
	refusal := w.Refused("UNIT_HISTORICAL", w.registrar, "SplitUnit", split(part(w, c, 5000), part(w, b, 3950)), holders)
	if !strings.Contains(refusal.Message, a) {
		t.Errorf("the refusal does not name what took the unit's place: %v", refusal)
	}

	merge := func(area int64, from ...string) m { return with(part(w, c, area), m{"from": from}) }
	w.Refused("AREA_NOT_CONSERVED", w.registrar, "MergeUnits", merge(8949, a, b), holders)
	w.Refused("INPUT_INVALID", w.registrar, "MergeUnits", merge(10000, a, a), holders)
	w.own(unitB, "张三 2/3", "李四 1/3")
	w.Refused("OWNERS_DIFFER", w.registrar, "MergeUnits", merge(8950+5000, a, unitB), holders)
	seizure := w.seize(w.court, "（2026）豫0105执1号", b)
	w.Refused("UNIT_BURDENED", w.registrar, "MergeUnits", merge(8950, a, b), holders)
	w.Must(w.court, "ReleaseSeizure", m{"seizureId": seizure, "docNo": "（2026）豫0105执2号"})
	if r := w.Must(w.registrar, "MergeUnits", merge(8950, a, b), holders); r.ID != c || r.Status != "ACTIVE" || r.Version != 1 {
		t.Errorf("the merger answered %+v", r)
	}
	var title realestate.Title
	if r := w.registrar.Ask(&title, "TitleHistory", m{"unitCode": c}); r != nil || len(title.Links) != 4 {
		t.Fatalf("the merged unit's chain of title is %+v %v", title, r)
	}
	if last := title.Links[3]; last.BizNo != first || last.UnitCode != unitA || last.PrevBizNo != "0" {
		t.Errorf("the chain does not end with the first registration: %+v", title.Links)
	}
	var home realestate.YesNoAnswer
	if r := w.housing.Ask(&home, "OwnsHome", m{"ownerKey": key("张三"), "atLeast": 3}); r != nil || home.Answer {
		t.Errorf("after a split and a merger the homes are counted wrongly: %v", r)
	}
}

func TestOnlyTheDictionariesUsagesAreAHouse(t *testing.T) {
	w := newWorld(t)
	w.Refused("UNIT_INVALID", w.registrar, "RegisterUnit", with(unit(unitA, 1), m{"usage": "0701"}))
	w.Must(w.registrar, "RegisterUnit", with(unit(unitA[:19]+"W00000000", 1), m{"usage": "0701"}))
	w.Refused("INPUT_INVALID", w.registrar, "RegisterUnit", with(unit(unitA, 1), m{"unitCode": "410105001002KB00001F00010001"}))
	w.Refused("INPUT_INVALID", w.registrar, "RegisterUnit", with(unit(unitA, 0)))
	for _, name := range []string{"cause", "rightType", "seizureType", "houseUsage"} {
		var d ledger.Dictionary[realestate.Code]
		if r := w.registrar.Ask(&d, "Dictionary", m{"name": name}); r != nil || len(d.Codes) < 5 {
			t.Errorf("the dictionary %s answered %+v %v", name, d, r)
		}
	}
}
