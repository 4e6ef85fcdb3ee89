package realestate_test

import (
	"fmt"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
)

func TestADoubleSaleIsRefused(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	s, second := w.newSale(unitA, first, "李四", "张三"), w.newSale(unitA, first, "王五", "张三")
	w.advance(s, "SignContract")
	r := w.Refused("UNIT_SOLD", w.housing, "SignContract", second.sign, second.terms)
	if r.Type != "transaction" || r.ID != s.no {
		t.Errorf("the refusal names %s %s, and not the contract that stands in the way", r.Type, r.ID)
	}
	w.Refused("UNIT_SOLD", w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	w.Refused("UNIT_SOLD", w.registrar, "AcceptApplication", m{"transactionNo": "DJ9", "unitCode": unitA, "cause": "INHERITANCE", "bizNo": "B9", "prevBizNo": first,
		"basisHash": hash("公证"), "holdMode": "SOLE", "owners": []m{owner("王五")}, "details": details}, m{"owners": identities("王五")})
	// Both contracts in one transaction: the second sees the first one's write.
	w.Must(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")})
	third := w.newSale(unitA, first, "赵六", "张三")
	results := w.housing.Apply(ledgertest.Op{Name: "SignContract", In: second.sign, Private: second.terms}, ledgertest.Op{Name: "SignContract", In: third.sign, Private: third.terms})
	if results[0].Refusal != nil || results[1].Refusal == nil || results[1].Refusal.Code != "UNIT_SOLD" {
		t.Fatalf("two contracts in one transaction answered %+v", results)
	}
	w.advance(second, "BookRight")
	// The new owner sells again; the old one cannot.
	w.Refused("STATE_FORBIDS", w.housing, "SignContract", second.sign, second.terms)
	w.Refused("SELLERS_INCOMPLETE", w.housing, "SignContract", with(third.sign, m{"netSignNo": "网签X"}), third.terms)
	next := w.newSale(unitA, second.biz, "钱七", "王五")
	w.advance(next, "CloseTransaction")
}

func TestANetSignNumberIsUsedOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.own(unitA, "张三"), w.own(unitB, "王五")
	s, other := w.newSale(unitA, a, "李四", "张三"), w.newSale(unitB, b, "李四", "王五")
	w.advance(s, "SignContract")
	other.sign["netSignNo"] = s.sign["netSignNo"]
	w.Refused("NET_SIGN_NUMBER_TAKEN", w.housing, "SignContract", other.sign, other.terms)
	w.Must(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")})
	w.Refused("NET_SIGN_NUMBER_TAKEN", w.housing, "SignContract", other.sign, other.terms)
}

func TestAllOwnersSellAndNobodyElse(t *testing.T) {
	for name, c := range map[string]struct {
		sellers []string
		code    string
	}{
		"all co-owners":      {[]string{"李四", "张三"}, ""},
		"one of them":        {[]string{"张三"}, "SELLERS_INCOMPLETE"},
		"one and a stranger": {[]string{"张三", "王五"}, "SELLERS_INCOMPLETE"},
		"all and a stranger": {[]string{"张三", "李四", "王五"}, "SELLERS_INCOMPLETE"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := w.own(unitA, "张三 1/3", "李四 2/3")
			s := w.newSale(unitA, first, "赵六", c.sellers...)
			if c.code != "" {
				w.Refused(c.code, w.housing, "SignContract", s.sign, s.terms)
				return
			}
			w.advance(s, "CloseTransaction")
		})
	}
}

func TestSharesSumToExactlyOne(t *testing.T) {
	for name, c := range map[string]struct {
		mode   string
		buyers []m
		ok     bool
	}{
		"thirds":                      {"SHARES", []m{owner("甲", "1/3"), owner("乙", "1/3"), owner("丙", "1/3")}, true},
		"unequal, unreduced":          {"SHARES", []m{owner("甲", "2/4"), owner("乙", "10/20")}, true},
		"a millionth short":           {"SHARES", []m{owner("甲", "1/2"), owner("乙", "499999/1000000")}, false},
		"a thirtieth over":            {"SHARES", []m{owner("甲", "1/3"), owner("乙", "7/10")}, false},
		"nothing for one":             {"SHARES", []m{owner("甲", "1/1"), owner("乙")}, false},
		"one owner by shares":         {"SHARES", []m{owner("甲", "1/1")}, false},
		"two sole owners":             {"SOLE", []m{owner("甲"), owner("乙")}, false},
		"a sole owner with a share":   {"SOLE", []m{owner("甲", "1/1")}, false},
		"joint owners":                {"JOINT", []m{owner("甲"), owner("乙")}, true},
		"joint owners with shares":    {"JOINT", []m{owner("甲", "1/2"), owner("乙", "1/2")}, false},
		"one joint owner":             {"JOINT", []m{owner("甲")}, false},
		"decimals that look like one": {"SHARES", []m{owner("甲", "333333/1000000"), owner("乙", "666667/1000000")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.newSale(unitA, w.own(unitA, "张三"), "甲", "张三")
			names := []string{"甲", "乙", "丙"}[:len(c.buyers)]
			s.sign["holdMode"], s.sign["buyers"], s.terms["buyers"] = c.mode, c.buyers, identities(names...)
			if !c.ok {
				w.Refused("SHARES_INVALID", w.housing, "SignContract", s.sign, s.terms)
				return
			}
			w.Must(w.housing, "SignContract", s.sign, s.terms)
		})
	}
}

func TestPartiesStandOnceAndThePrivateHalfTellsOfTheSame(t *testing.T) {
	for name, change := range map[string]func(s *sale){
		"a buyer twice": func(s *sale) {
			s.sign["holdMode"], s.sign["buyers"] = "SHARES", []m{owner("李四", "1/2"), owner("李四", "1/2")}
		},
		"the owner buys from himself": func(s *sale) { s.sign["buyers"], s.terms["buyers"] = []m{owner("张三")}, identities("张三") },
		"another private buyer":       func(s *sale) { s.terms["buyers"] = identities("王五") },
		"two private buyers":          func(s *sale) { s.terms["buyers"] = identities("李四", "王五") },
		"another private seller":      func(s *sale) { s.terms["sellers"] = identities("王五") },
		"a number with a wrong check": func(s *sale) {
			s.terms["buyers"] = []m{with(identity("李四"), m{"idNumber": "410105190001010011"})}
		},
		"an organisation's type with a citizen's number": func(s *sale) {
			s.sign["buyers"] = []m{{"key": key("李四"), "idType": "001"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.newSale(unitA, w.own(unitA, "张三"), "李四", "张三")
			change(s)
			w.Refused("PARTIES_INVALID", w.housing, "SignContract", s.sign, s.terms)
		})
	}
	w := newWorld(t)
	s := w.newSale(unitA, w.own(unitA, "张三"), "李四", "张三")
	w.Refused("PRIVATE_HALF_MISSING", w.housing, "SignContract", s.sign)
}

func TestAMarriedSellerNeedsTheSpouse(t *testing.T) {
	w := newWorld(t)
	s := w.newSale(unitA, w.own(unitA, "张三", "李四"), "王五", "张三", "李四")
	w.Must(w.civil, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"}, m{"answer": true})
	seller := func(more m) m {
		return with(s.terms, m{"sellers": []m{with(identity("张三"), more), identity("李四")}})
	}
	w.Refused("CONSENT_MISSING", w.housing, "SignContract", s.sign, seller(nil))
	w.Refused("CONSENT_MISSING", w.housing, "SignContract", s.sign, seller(m{"spouseKey": key("王五")}))
	w.Refused("CONSENT_MISSING", w.housing, "SignContract", s.sign, seller(m{"spouseKey": key("张三")}))
	for _, more := range []m{{"spouseConsentHash": hash("同意出售")}, {"spouseKey": key("李四")}} {
		w.Must(w.housing, "SignContract", s.sign, seller(more))
		w.Must(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")})
		s = w.newSale(unitA, s.prev, "王五", "李四")
		s.sign["sellers"] = []string{key("张三"), key("李四")}
		s.terms["sellers"] = identities("张三", "李四")
		w.Must(w.civil, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"}, m{"answer": true})
	}
}

func TestAnAnswerOfCivilAffairsIsNeededAndGrowsOld(t *testing.T) {
	w := newWorld(t)
	s := w.newSale(unitA, w.own(unitA, "张三"), "王五", "张三")
	w.Days(31)
	w.Refused("ATTESTATION_MISSING", w.housing, "SignContract", s.sign, s.terms)
	w.Refused("QUESTION_OF_OTHERS", w.police, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"}, m{"answer": false})
	w.Refused("QUESTION_OF_OTHERS", w.civil, "Attest", m{"subjectKey": key("张三"), "question": "IDENTITY_VALID"}, m{"answer": false})
	w.Refused("PRIVATE_HALF_MISSING", w.civil, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"})
	w.Must(w.police, "Attest", m{"subjectKey": key("张三"), "question": "LOCAL_HOUSEHOLD"}, m{"answer": true})
	r := w.Must(w.civil, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"}, m{"answer": false})
	if r.Version != 2 {
		t.Errorf("a later answer is version %d of the record, not 2", r.Version)
	}
	w.Must(w.civil, "PurgeAttestation", m{"id": r.ID, "reason": "超期"})
	w.Refused("ATTESTATION_MISSING", w.housing, "SignContract", s.sign, s.terms)
	w.Must(w.civil, "Attest", m{"subjectKey": key("张三"), "question": "MARRIED"}, m{"answer": false})
	w.Must(w.housing, "SignContract", s.sign, s.terms)

	other := newWorld(t)
	s = other.newSale(unitA, other.own(unitA, "张三"), "王五", "张三")
	s.sign["sellers"] = []string{key("张三")}
	other.Must(other.regulator, "SetRules", m{"objectionDays": 15, "noticeDays": 90, "seizureMaxMonths": 36, "attestationDays": 1})
	other.Days(2)
	other.Refused("ATTESTATION_MISSING", other.housing, "SignContract", s.sign, s.terms)
}

func TestSupervisedMoneyIsNotMoreThanThePrice(t *testing.T) {
	w := newWorld(t)
	s := w.newSale(unitA, w.own(unitA, "张三"), "王五", "张三")
	w.advance(s, "FileContract")
	id := m{"transactionNo": s.no}
	supervised := with(id, m{"mode": "SUPERVISED", "bankDept": bankA, "agreementNo": "监管1"})
	w.Refused("ESCROW_INVALID", w.housing, "EscrowFunds", supervised, m{"amountFen": 150000001})
	w.Refused("PRIVATE_HALF_MISSING", w.housing, "EscrowFunds", supervised)
	w.Refused("ESCROW_INVALID", w.housing, "EscrowFunds", with(supervised, m{"bankDept": nil}), m{"amountFen": 1})
	w.Refused("ESCROW_INVALID", w.housing, "EscrowFunds", with(id, m{"mode": "WAIVED"}))
	w.Refused("ESCROW_INVALID", w.housing, "EscrowFunds", with(id, m{"mode": "WAIVED", "waiverHash": hash("声明"), "agreementNo": "监管1"}))
	w.Refused("STATE_FORBIDS", w.tax, "ConfirmTax", with(id, m{"taxNos": []string{"T1"}}))
	w.Must(w.housing, "EscrowFunds", with(id, m{"mode": "WAIVED", "waiverHash": hash("声明")}))
	w.advance(s, "CloseTransaction")
}

func TestACaseIsCancelledByBothPartiesOrByACourt(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	s := w.newSale(unitA, first, "王五", "张三")
	id := m{"transactionNo": s.no}
	parties := with(id, m{"ground": "PARTIES", "transferorHash": hash("甲")})
	w.Refused("CANCEL_GROUND_INVALID", w.housing, "CancelTransaction", with(id, m{"ground": "PARTIES"}))
	w.advance(s, "SignContract")
	w.Refused("CANCEL_GROUND_INVALID", w.housing, "CancelTransaction", parties)
	w.Refused("CANCEL_GROUND_INVALID", w.housing, "CancelTransaction", with(id, m{"ground": "PARTIES", "acquirerHash": hash("乙")}))
	w.Refused("CANCEL_GROUND_INVALID", w.housing, "CancelTransaction", with(id, m{"ground": "COURT", "caseNo": "（2026）豫0105民初9号"}))
	w.Refused("CANCEL_GROUND_INVALID", w.court, "CancelTransaction", with(id, m{"ground": "COURT"}))
	w.Refused("NOT_OWNER", w.registrar, "CancelTransaction", with(parties, m{"acquirerHash": hash("乙")}))
	w.advance(s, "ReviewApplication")
	w.Must(w.court, "CancelTransaction", with(id, m{"ground": "COURT", "caseNo": "（2026）豫0105民初9号"}))
	u, _ := ledgertest.Body[realestate.Unit](w.Story, "unit", unitA)
	if u.Live != "" || u.RightID != first {
		t.Errorf("after the cancellation the unit is %+v", u)
	}
	if got := w.Status("right", s.biz); got != "TERMINATED" {
		t.Errorf("the drafted right is %s", got)
	}
	if got := w.Status("tax-voucher", s.taxNo); got != "ISSUED" {
		t.Errorf("the tax voucher is %s", got)
	}
	w.Must(w.tax, "VoidTaxVoucher", m{"taxNo": s.taxNo, "basisHash": hash("退税")})
	w.Refused("STATE_FORBIDS", w.registrar, "BookRight", with(id, w.certificate()))

	// In the book it is too late.
	done := w.newSale(unitA, first, "赵六", "张三")
	w.advance(done, "BookRight")
	for _, ground := range []m{{"ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")}} {
		w.Refused("STATE_FORBIDS", w.housing, "CancelTransaction", with(m{"transactionNo": done.no}, ground))
	}
	w.Refused("STATE_FORBIDS", w.court, "CancelTransaction", m{"transactionNo": done.no, "ground": "COURT", "caseNo": "（2026）豫0105民初9号"})
}

func TestADeniedSaleKeepsItsContractAndCanBeMended(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	s := w.newSale(unitA, first, "王五", "张三")
	w.advance(s, "ReviewApplication")
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "DenyApplication", m{"transactionNo": s.no, "denialHash": hash("不予登记")})
	if r := w.Must(w.registrar, "DenyApplication", m{"transactionNo": s.no, "denialHash": hash("不予登记")}); r.Status != "TAXED" {
		t.Fatalf("a denied sale is %s", r.Status)
	}
	w.Refused("UNIT_SOLD", w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	w.Refused("RECORD_EXISTS", w.registrar, "AcceptSale", with(m{"transactionNo": s.no, "bizNo": s.biz, "prevBizNo": first}, details), m{"owners": identities("王五")})
	s.biz += "B"
	w.advance(s, "CloseTransaction")
}

func TestOneTaxVoucherServesOneCase(t *testing.T) {
	w := newWorld(t)
	a, b := w.own(unitA, "张三"), w.own(unitB, "李四")
	s, other := w.newSale(unitA, a, "王五", "张三"), w.newSale(unitB, b, "王五", "李四")
	w.advance(s, "EscrowFunds")
	w.advance(other, "EscrowFunds")
	confirm := func(s *sale, nos ...string) m { return m{"transactionNo": s.no, "taxNos": nos} }
	w.voucher("T1", unitA, key("王五"))
	w.voucher("T2", unitA, key("赵六"))
	w.Must(w.tax, "IssueTaxVoucher", m{"taxNo": "T3", "unitCode": unitA, "taxType": "INCOME", "exempt": false, "payerKey": key("张三")}, m{"taxFen": 5, "payer": "张三"})
	w.Refused("TAX_AMOUNT_INVALID", w.tax, "IssueTaxVoucher", m{"taxNo": "T4", "unitCode": unitA, "taxType": "DEED", "exempt": true, "payerKey": key("王五")}, m{"taxFen": 5, "payer": "王五"})
	w.Refused("TAX_AMOUNT_INVALID", w.tax, "IssueTaxVoucher", m{"taxNo": "T4", "unitCode": unitA, "taxType": "DEED", "exempt": false, "payerKey": key("王五")}, m{"taxFen": 0, "payer": "王五"})
	w.Refused("TAX_VOUCHER_MISMATCH", w.tax, "ConfirmTax", confirm(other, "T1"))
	w.Refused("TAX_VOUCHER_MISMATCH", w.tax, "ConfirmTax", confirm(s, "T2"))
	w.Refused("TAX_VOUCHER_MISSING", w.tax, "ConfirmTax", confirm(s, "T3"))
	w.Refused("INPUT_INVALID", w.tax, "ConfirmTax", confirm(s, "T1", "T1"))
	w.Refused("RECORD_NOT_FOUND", w.tax, "ConfirmTax", confirm(s, "T9"))
	w.Must(w.tax, "ConfirmTax", confirm(s, "T1", "T3"))
	w.Refused("STATE_FORBIDS", w.tax, "VoidTaxVoucher", m{"taxNo": "T1", "basisHash": hash("退税")})
	check := func(usable bool, no, unit, payer string) {
		t.Helper()
		var v realestate.VoucherCheck
		if r := w.registrar.Ask(&v, "CheckVoucher", m{"taxNo": no, "unitCode": unit, "payerKey": payer}); r != nil || v.Usable != usable || v.Reason == "" {
			t.Errorf("the voucher %s of %s answered %+v %v", no, unit, v, r)
		}
	}
	check(false, "T1", unitA, key("王五"))
	check(true, "T2", unitA, key("赵六"))
	check(false, "T2", unitB, key("赵六"))
	check(false, "T2", unitA, key("王五"))
	check(false, "T9", unitA, key("王五"))
	w.advance(s, "BookRight")

	// The new owner gives the flat away; the voucher of the purchase is used up.
	gift := m{"transactionNo": "ZY1", "unitCode": unitA, "cause": "GIFT", "bizNo": "GIFT1", "prevBizNo": s.biz, "basisHash": hash("赠与合同"),
		"holdMode": "SOLE", "owners": []m{owner("王五")}, "details": details, "taxNos": []string{"T1"}}
	w.Refused("TAX_VOUCHER_USED", w.registrar, "AcceptApplication", gift, m{"owners": identities("王五")})
	gift["owners"], gift["taxNos"] = []m{owner("赵六")}, []string{}
	w.Refused("TAX_VOUCHER_MISSING", w.registrar, "AcceptApplication", gift, m{"owners": identities("赵六")})
	gift["taxNos"] = []string{"T2"}
	w.Must(w.registrar, "AcceptApplication", gift, m{"owners": identities("赵六")})
	w.Must(w.registrar, "DenyApplication", m{"transactionNo": "ZY1", "denialHash": hash("不予登记")})
	check(true, "T2", unitA, key("赵六"))
	w.Must(w.tax, "VoidTaxVoucher", m{"taxNo": "T2", "basisHash": hash("退税")})
	check(false, "T2", unitA, key("赵六"))
}

func TestTheEntryLooksAtEveryGuardAgain(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(w *world, s *sale)
		code    string
	}{
		"a seizure": {func(w *world, s *sale) { w.seize(w.court, "（2026）豫0105执1号", unitA) }, "UNIT_SEIZED"},
		"a restricting mortgage": {func(w *world, s *sale) {
			w.mortgage(unitA, m{"transferRestricted": true, "buyerConsentHash": hash("同意")})
		}, "TRANSFER_RESTRICTED"},
		"an objection":      {func(w *world, s *sale) { w.objection(unitA, "赵六") }, "RISK_UNACKNOWLEDGED"},
		"another's notice":  {func(w *world, s *sale) { w.notice(unitA, "赵六") }, "CONSENT_MISSING"},
		"a residence right": {func(w *world, s *sale) { w.residence(unitA, "赵六") }, "DISCLOSURE_MISSING"},
	} {
		for _, before := range []string{"SignContract", "AcceptSale", "BookRight"} {
			t.Run(fmt.Sprint(name, " before ", before), func(t *testing.T) {
				w := newWorld(t)
				s := w.newSale(unitA, w.own(unitA, "张三"), "王五", "张三")
				if before != "SignContract" {
					w.advance(s, map[string]string{"AcceptSale": "ConfirmTax", "BookRight": "ReviewApplication"}[before])
				}
				c.happens(w, s)
				app, in, private := w.step(s, before)
				w.Refused(c.code, app, before, in, private)
			})
		}
	}
}
