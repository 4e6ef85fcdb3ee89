package realestate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

type m = map[string]any

// world is one ledger with every department that has a part in it.
type world struct {
	t testing.TB
	*ledgertest.Story
	registrar, otherRegistrar, housing, tax, bank, otherBank, court, otherCourt, civil, police, regulator *ledgertest.App

	serial int
}

const (
	unitA = "410105001002GB00001F00010001"
	unitB = "410105001002GB00001F00010002"
	bankA = ledgertest.DeptB
	bankB = ledgertest.DeptC
)

func newWorld(t testing.TB) *world {
	w := &world{t: t, Story: ledgertest.Tell(t, realestate.New())}
	app := func(name, dept, role string) *ledgertest.App { return w.App("ZhengzhouMSP", name, dept, role) }
	w.registrar, w.otherRegistrar = app("zz-registry", ledgertest.DeptA, realestate.RoleRegistrar), app("zm-registry", ledgertest.DeptB, realestate.RoleRegistrar)
	w.housing, w.tax = app("zz-housing", ledgertest.DeptB, realestate.RoleHousing), app("zz-tax", ledgertest.DeptC, realestate.RoleTax)
	w.bank, w.otherBank = app("bank-a", bankA, realestate.RoleBank), app("bank-b", bankB, realestate.RoleBank)
	w.court, w.otherCourt = app("court-a", ledgertest.DeptA, realestate.RoleCourt), app("court-b", ledgertest.DeptB, realestate.RoleCourt)
	w.civil, w.police = app("zz-civil", ledgertest.DeptA, realestate.RoleCivil), app("zz-police", ledgertest.DeptA, realestate.RolePolice)
	w.regulator = app("hn-regulator", ledgertest.DeptC, realestate.RoleRegulator)
	return w
}

// key stands for the gateway's keyed hash of somebody's identity number.
func key(name string) string { return gm.HexDigest([]byte("key/" + name)) }

func hash(text string) string { return gm.HexDigest([]byte(text)) }

// number is an invented citizen identity number, another one for each name.
func number(name string) string {
	n := 0
	for _, b := range hash(name)[:6] {
		n = (n*16 + int(b)) % 1000
	}
	s := fmt.Sprintf("41010519000101%03d", n)
	return s + string(identifier.CheckGB11643(s))
}

func owner(name string, share ...string) m {
	o := m{"key": key(name), "idType": "111"}
	if len(share) > 0 {
		o["share"] = share[0]
	}
	return o
}

func identity(name string) m {
	return m{"key": key(name), "name": name, "idNumber": number(name)}
}

func identities(names ...string) []m {
	list := []m{}
	for _, n := range names {
		list = append(list, identity(n))
	}
	return list
}

func (w *world) next() int { w.serial++; return w.serial }

// certificate is a fresh certificate number with its e-licence.
func (w *world) certificate() m {
	n := w.next()
	return m{"certNo": fmt.Sprintf("豫（2026）郑州市不动产权第%07d号", n), "certId": licence("001", ledgertest.DeptA, n), "fileHash": hash(fmt.Sprint("证照", n))}
}

func (w *world) proof() string {
	return fmt.Sprintf("豫（2026）郑州市不动产证明第%07d号", w.next())
}

func licence(kind, issuer string, n int) string {
	id, err := identifier.NewLicenceID("11100000MB03271699"+kind, issuer, fmt.Sprintf("%011d", n), 1)
	if err != nil {
		panic(err)
	}
	return id.String()
}

var with = ledgertest.With

var details = m{"rightType": "4", "rightNature": "出让/市场化商品房", "termFrom": "20260101", "termTo": "20951231"}

func unit(code string, area int64) m {
	return m{"unitCode": code, "location": "郑州市金水区示例路1号", "areaX100": area, "usage": "11"}
}

// own enters a unit and first registers it for its owners: a name each, or a
// name and a share.
func (w *world) own(code string, owners ...string) (rightID string) {
	w.t.Helper()
	w.Must(w.registrar, "RegisterUnit", unit(code, 8950))
	n := w.next()
	no, biz := fmt.Sprintf("DJ%d", n), fmt.Sprintf("BIZ%d", n)
	var list []m
	var names []string
	mode := realestate.Sole
	for _, o := range owners {
		name, share, shared := strings.Cut(o, " ")
		names = append(names, name)
		if shared {
			mode = realestate.ByShares
			list = append(list, owner(name, share))
		} else {
			list = append(list, owner(name))
		}
	}
	if len(owners) > 1 && mode == realestate.Sole {
		mode = realestate.Joint
	}
	w.Must(w.registrar, "AcceptApplication", m{"transactionNo": no, "unitCode": code, "cause": "FIRST", "bizNo": biz, "prevBizNo": "0",
		"basisHash": hash("依据"), "holdMode": mode, "owners": list, "details": details}, m{"owners": identities(names...)})
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": no, "opinionHash": hash("同意")})
	w.Must(w.registrar, "BookRight", with(m{"transactionNo": no}, w.certificate()))
	return biz
}

// sale is a sale with everything that it needs, to be changed by a test.
type sale struct {
	no, unit, biz, prev string
	sign, terms         m
	taxNo               string
}

// newSale verifies the source and prepares a sale from all of the sellers,
// unmarried, to one buyer.
func (w *world) newSale(code, prev, buyer string, sellers ...string) *sale {
	w.t.Helper()
	n := w.next()
	s := &sale{no: fmt.Sprintf("JY%d", n), unit: code, biz: fmt.Sprintf("BIZ%d", n), prev: prev, taxNo: fmt.Sprintf("TAX%d", n)}
	keys := []string{}
	for _, name := range sellers {
		keys = append(keys, key(name))
		w.Must(w.civil, "Attest", m{"subjectKey": key(name), "question": "MARRIED"}, m{"answer": false})
	}
	s.sign = m{"transactionNo": s.no, "netSignNo": fmt.Sprintf("网签%d", n), "contractHash": hash("合同"), "sellers": keys,
		"holdMode": "SOLE", "buyers": []m{owner(buyer)}}
	s.terms = m{"priceFen": 150000000, "sellers": identities(sellers...), "buyers": identities(buyer)}
	w.Must(w.housing, "VerifySource", m{"transactionNo": s.no, "unitCode": code})
	return s
}

var steps = []string{"SignContract", "FileContract", "EscrowFunds", "ConfirmTax", "AcceptSale", "ReviewApplication", "BookRight", "DeliverCertificate", "CloseTransaction"}

// advance takes a sale as far as the step, itself included.
func (w *world) advance(s *sale, to string) {
	w.t.Helper()
	from := slices.Index([]string{"VERIFIED", "SIGNED", "FILED", "ESCROWED", "TAXED", "ACCEPTED", "REVIEWED", "BOOKED", "CERTIFIED"}, w.Status("transaction", s.no))
	for _, step := range steps[from:] {
		app, in, private := w.step(s, step)
		w.Must(app, step, in, private)
		if step == to {
			return
		}
	}
}

// step is what the next step of a sale takes.
func (w *world) step(s *sale, step string) (*ledgertest.App, m, any) {
	w.t.Helper()
	id := m{"transactionNo": s.no}
	switch step {
	case "SignContract":
		return w.housing, s.sign, s.terms
	case "EscrowFunds":
		return w.housing, with(id, m{"mode": "SUPERVISED", "bankDept": bankA, "agreementNo": "监管1"}), m{"amountFen": 100000000}
	case "ConfirmTax":
		w.voucher(s.taxNo, s.unit, s.sign["buyers"].([]m)[0]["key"].(string))
		return w.tax, with(id, m{"taxNos": []string{s.taxNo}}), nil
	case "AcceptSale":
		return w.registrar, with(id, details, m{"bizNo": s.biz, "prevBizNo": s.prev}), m{"owners": s.terms["buyers"]}
	case "ReviewApplication":
		return w.registrar, with(id, m{"opinionHash": hash("同意")}), nil
	case "BookRight":
		return w.registrar, with(id, w.certificate()), nil
	case "DeliverCertificate":
		return w.registrar, with(id, m{"receiptHash": hash("领证")}), nil
	case "CloseTransaction":
		return w.registrar, id, nil
	}
	return w.housing, id, nil
}

func (w *world) voucher(no, unit, payer string) {
	w.t.Helper()
	w.Must(w.tax, "IssueTaxVoucher", m{"taxNo": no, "unitCode": unit, "taxType": "DEED", "exempt": false, "payerKey": payer}, m{"taxFen": 1500000, "payer": "纳税人"})
}

func (w *world) mortgage(code string, more ...m) string {
	w.t.Helper()
	no := w.proof()
	w.Must(w.registrar, "RegisterMortgage", with(append([]m{mortgageInput(no, code)}, more...)...), m{"claimFen": 100, "remainingFen": 100, "debtor": "债务人"})
	return no
}

func mortgageInput(no, code string) m {
	return m{"proofNo": no, "unitCode": code, "bizNo": "DY1", "mode": "1", "mortgageeDept": bankA, "from": "20260302", "to": "20460301",
		"scope": []string{"PRINCIPAL", "INTEREST"}, "transferRestricted": false, "contractHash": hash("抵押合同")}
}

func (w *world) restrictions(code string) realestate.Restrictions {
	w.t.Helper()
	var r realestate.Restrictions
	if refusal := w.registrar.Ask(&r, "Restrictions", m{"unitCode": code}); refusal != nil {
		w.t.Fatal(refusal)
	}
	return r
}

// slashed turns a state key into a type and an id, and a guard's into nothing.
func slashed(key string) string {
	if strings.HasPrefix(key, "~") {
		return ""
	}
	return strings.Replace(key, "/", " ", 1)
}

func sortedKeys(of map[string]int64) []string { return slices.Sorted(maps.Keys(of)) }
