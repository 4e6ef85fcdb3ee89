package realestate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
	"henanchain/internal/operation"
)

func TestASaleGoesFromItsSourceIntoTheBook(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	s := w.newSale(unitA, first, "李四", "张三")
	for i, step := range steps {
		app, in, private := w.step(s, step)
		r := w.Must(app, step, in, private)
		want := []string{"SIGNED", "FILED", "ESCROWED", "TAXED", "ACCEPTED", "REVIEWED", "BOOKED", "CERTIFIED", "CLOSED"}[i]
		if r.Status != want || r.Type != "transaction" || r.ID != s.no {
			t.Fatalf("%s led to %s of %s %s, not to %s", step, r.Status, r.Type, r.ID, want)
		}
		if step != "BookRight" {
			continue
		}
		// One act: right, certificate, voucher and unit changed together.
		changed := map[string]string{}
		for _, e := range w.Event.Records {
			changed[e.Type+"/"+e.ID] = e.Status
		}
		old, _ := ledgertest.Body[realestate.Right](w.Story, "right", first)
		for what, status := range map[string]string{
			"right/" + s.biz: "CURRENT", "right/" + first: "HISTORICAL", "certificate/" + in["certNo"].(string): "VALID", "certificate/" + old.CertNo: "CANCELLED",
			"tax-voucher/" + s.taxNo: "CONSUMED", "transaction/" + s.no: "BOOKED", "unit/" + unitA: "ACTIVE",
		} {
			if changed[what] != status {
				t.Errorf("the entry left %s %q, not %s", what, changed[what], status)
			}
		}
	}
	u, _ := ledgertest.Body[realestate.Unit](w.Story, "unit", unitA)
	if u.RightID != s.biz || u.Live != "" {
		t.Errorf("after the entry the unit is %+v", u)
	}
	var title realestate.Title
	if r := w.registrar.Ask(&title, "TitleHistory", m{"unitCode": unitA}); r != nil || len(title.Links) != 2 || !title.Complete {
		t.Fatalf("the chain of title is %+v %v", title, r)
	}
	if a, b := title.Links[0], title.Links[1]; a.BizNo != s.biz || a.PrevBizNo != first || b.BizNo != first || b.PrevBizNo != "0" || a.Owners[0] != key("李四") {
		t.Errorf("the chain of title is %+v", title.Links)
	}
}

func TestNoIdentifierAndNoAmountStandsPlainOnTheLedger(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三丰")
	mortgage := w.mortgage(unitA)
	s := w.newSale(unitA, first, "李四光", "张三丰")
	w.advance(s, "CloseTransaction")
	w.Must(w.registrar, "AppraiseUnit", m{"unitCode": unitA, "reportNo": "评1"}, m{"valueFen": 987654321, "valuedOn": "20260101"})
	for at, v := range w.Public() {
		for _, secret := range []string{"张三丰", "李四光", number("张三丰"), number("李四光"), "150000000", "987654321", "1500000", "债务人", "priceFen", "married"} {
			if strings.Contains(string(v), secret) {
				t.Errorf("%s carries %q: %s", at, secret, v)
			}
		}
	}
	half := w.PrivateValue("restricted", "right/"+s.biz)
	if !strings.Contains(string(half), "李四光") || !strings.Contains(string(half), ledgertest.Salt) {
		t.Errorf("the private half of the right is %s", half)
	}
	w.Refused("STATE_FORBIDS", w.registrar, "PurgeRight", m{"id": s.biz, "reason": "到期"})
	w.Refused("STATE_FORBIDS", w.registrar, "PurgeMortgage", m{"id": mortgage, "reason": "到期"})
	w.Must(w.registrar, "PurgeRight", m{"id": first, "reason": "保存期限届满"})
	w.Must(w.housing, "PurgeTransaction", m{"id": s.no, "reason": "保存期限届满"})
	if w.PrivateValue("restricted", "right/"+first) != nil || w.PrivateValue("restricted", "transaction/"+s.no) != nil {
		t.Error("a purged private half is still there")
	}
	var changes []operation.Change
	if r := w.registrar.Ask(&changes, operation.History, "right", first); r != nil || changes[len(changes)-1].Record.Op != "PurgeRight" {
		t.Errorf("the history does not tell of the purge: %v", r)
	}
}

func TestACertificateIsFoundByItsELicence(t *testing.T) {
	w := newWorld(t)
	right, _ := ledgertest.Body[realestate.Right](w.Story, "right", w.own(unitA, "张三"))
	cert, _ := ledgertest.Body[realestate.Certificate](w.Story, "certificate", right.CertNo)
	claim := func(id, file string) (v operation.Verdict) {
		t.Helper()
		raw, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.bank.Ask(&v, operation.Verify, operation.Claim{Type: "certificate", FileHash: file, Fields: map[string]json.RawMessage{"certId": raw}}); r != nil {
			t.Fatal(r)
		}
		return v
	}
	if v := claim(cert.CertID, cert.FileHash); !v.Match || v.ID != right.CertNo {
		t.Errorf("the e-licence and its file answered %+v", v)
	}
	if v := claim(cert.CertID, hash("涂改")); v.Match || !v.Exists {
		t.Errorf("an altered file answered %+v", v)
	}
	if v := claim(licence("001", ledgertest.DeptA, 4711), cert.FileHash); v.Match || v.Exists {
		t.Errorf("an e-licence that no certificate has answered %+v", v)
	}
}
