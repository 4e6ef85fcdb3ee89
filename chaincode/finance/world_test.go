package finance_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
)

type m = map[string]any

// world is one ledger with every department that has a part in it.
type world struct {
	t testing.TB
	*ledgertest.Story
	platform, provider, otherProvider, bank, otherBank, guarantor, regulator *ledgertest.App

	keys   map[string]*gm.PrivateKey
	serial int
}

const (
	bankA = ledgertest.DeptB
	bankB = ledgertest.DeptC
	tax   = "306001/000001"
)

func newWorld(t testing.TB) *world {
	w := &world{t: t, Story: ledgertest.Tell(t, finance.New()), keys: map[string]*gm.PrivateKey{}}
	app := func(name, dept, role string) *ledgertest.App { return w.App("ZhengzhouMSP", name, dept, role) }
	w.platform, w.provider, w.otherProvider = app("zz-platform", ledgertest.DeptA, finance.RolePlatform), app("zz-tax", ledgertest.DeptA, finance.RoleProvider), app("zz-fund", ledgertest.DeptB, finance.RoleProvider)
	w.bank, w.otherBank = app("bank-a", bankA, finance.RoleBank), app("bank-b", bankB, finance.RoleBank)
	w.guarantor, w.regulator = app("guarantor", bankB, finance.RoleGuarantor), app("regulator", ledgertest.DeptA, finance.RoleRegulator)
	return w
}

func (w *world) next() int { w.serial++; return w.serial }

// key stands for the gateway's keyed hash of somebody's identity number.
func key(name string) string { return gm.HexDigest([]byte("key/" + name)) }

func hash(text string) string { return gm.HexDigest([]byte(text)) }

var with = ledgertest.With

var taxItem = m{"catalogCode": tax, "name": "纳税信用信息", "fields": []m{
	{"name": "taxGrade", "titleZh": "纳税信用等级", "type": "GRADE", "grades": []string{"A", "B", "M", "C", "D"}},
	{"name": "taxPaidFen", "titleZh": "近一年纳税额", "type": "INTEGER"},
	{"name": "taxOffice", "titleZh": "主管税务机关", "type": "TEXT"},
}}

// publish publishes the tax item and what the department knows of somebody.
func (w *world) publish(name, grade, paid string) {
	w.t.Helper()
	w.Must(w.provider, "PublishItem", taxItem)
	w.fact(name, grade, paid)
}

func (w *world) fact(name, grade, paid string, more ...m) {
	w.t.Helper()
	w.Must(w.provider, "ProvideFact", with(append([]m{{"subjectKey": key(name), "catalogCode": tax, "asOf": "20260101", "validTo": "20261231"}}, more...)...),
		m{"values": []m{{"field": "taxGrade", "value": grade}, {"field": "taxPaidFen", "value": paid}, {"field": "taxOffice", "value": "金水区税务局"}}})
}

// authorization is a draft, to be changed by a test.
func authorization(id, name string, more ...m) m {
	return with(append([]m{{"authId": id, "subjectKey": key(name), "granteeDept": bankA, "purpose": "PRE_LOAN", "scope": []string{tax},
		"validFrom": "20260302", "validTo": "20260331", "maxUses": 3, "docHash": hash("授权书")}}, more...)...)
}

// sign signs a draft as the ledger has it.
func (w *world) sign(id, name string) m {
	w.t.Helper()
	if w.keys[name] == nil {
		k, err := gm.GenerateKey(rand.Reader)
		if err != nil {
			w.t.Fatal(err)
		}
		w.keys[name] = k
		w.Must(w.platform, "RegisterSubjectKey", m{"subjectKey": key(name), "publicKey": string(k.Public().PEM())})
	}
	a, _ := ledgertest.Body[finance.Authorization](w.Story, "authorization", id)
	statement, err := a.Statement(w.Channel, id)
	if err != nil {
		w.t.Fatal(err)
	}
	signature, err := w.keys[name].Sign(statement)
	if err != nil {
		w.t.Fatal(err)
	}
	return m{"authId": id, "signature": base64.StdEncoding.EncodeToString(signature)}
}

// authorize drafts and grants an authorization.
func (w *world) authorize(id, name string, more ...m) {
	w.t.Helper()
	w.Must(w.platform, "DraftAuthorization", authorization(id, name, more...))
	w.Must(w.platform, "GrantAuthorization", w.sign(id, name))
}

// question asks whether the tax grade is at least B, to be changed by a test.
func (w *world) question(id, name string, more ...m) m {
	return with(append([]m{{"queryNo": fmt.Sprint("CX", w.next()), "authId": id, "subjectKey": key(name), "catalogCode": tax, "purpose": "PRE_LOAN",
		"predicate": ge("taxGrade", "B")}}, more...)...)
}

func ge(field, value string) m { return condition(field, "GE", value) }

func condition(field, op string, values ...string) m {
	return m{"field": field, "op": op, "values": values}
}

// apply brings an application to the status APPROVED.
func (w *world) apply(id, name string, limit int64, more ...m) {
	w.t.Helper()
	w.draft(id, name, more...)
	w.Must(w.platform, "SubmitApplication", m{"applicationId": id})
	w.Must(w.bank, "AcceptApplication", m{"applicationId": id})
	w.Must(w.bank, "InvestigateApplication", m{"applicationId": id, "reportHash": hash("报告")})
	term, ok := with(append([]m{{"termMonths": 12}}, more...)...)["termMonths"]
	if !ok {
		term = 12
	}
	w.Must(w.bank, "ApproveApplication", m{"applicationId": id, "termMonths": term}, m{"creditLimitFen": limit, "rateBp": 345})
}

func (w *world) draft(id, name string, more ...m) {
	w.t.Helper()
	w.Must(w.platform, "DraftApplication", with(append([]m{{"applicationId": id, "subjectKey": key(name), "idType": "001", "subjectType": "SMALL_ENTERPRISE",
		"bankDept": bankA, "termMonths": 12, "usage": "WORKING_CAPITAL"}}, more...)...), m{"amountFen": 1000, "borrower": name, "idNumber": ledgertest.DeptA})
}

// lend brings a loan of some amount, drawn in full under one note, to the
// status DISBURSED.
func (w *world) lend(id, name string, fen int64, more ...m) (note string) {
	w.t.Helper()
	w.apply(id, name, fen, more...)
	w.contract(id, fen)
	return w.draw(id, fen)
}

func (w *world) contract(id string, fen int64) {
	w.t.Helper()
	w.Must(w.bank, "SignContract", m{"applicationId": id, "contractNo": fmt.Sprint("HT", w.next()), "contractHash": hash("合同"), "payMode": "01"}, m{"contractFen": fen})
}

func (w *world) draw(id string, fen int64) (note string) {
	w.t.Helper()
	note = fmt.Sprint("JJ", w.next())
	w.Must(w.bank, "Disburse", m{"applicationId": id, "noteNo": note}, m{"drawFen": fen})
	return note
}

func (w *world) repayment(id, note string) m {
	return m{"applicationId": id, "noteNo": note, "repaymentNo": fmt.Sprint("HK", w.next())}
}

func (w *world) repay(id, note string, principal, interest int64) {
	w.t.Helper()
	w.Must(w.bank, "Repay", w.repayment(id, note), paid(principal, interest))
}

func paid(principal, interest int64) m { return m{"principalFen": principal, "interestFen": interest} }

func (w *world) trace(id string) (tr finance.Trace) {
	w.t.Helper()
	if r := w.bank.Ask(&tr, "Trace", m{"applicationId": id}); r != nil {
		w.t.Fatal(r)
	}
	return tr
}
