package elicense_test

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"henanchain/chaincode/elicense"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

type fields = map[string]any

const (
	propertyType = "11100000MB03271699001"
	issuerDept   = ledgertest.DeptA
	otherDept    = ledgertest.DeptB
	bankDept     = ledgertest.DeptC
	itemCode     = "1141010000525256501000112000"
	useCode      = "7Kq2mZ9xVb4TnR8wLc3HdY"
)

// subject is a keyed hash as the gateway makes it.
func subject(identifier string) string {
	return hex.EncodeToString(gm.HMAC([]byte("a key of the gateway alone"), []byte(identifier)))
}

var holder, spouse, delegate = subject("410105190001010010"), subject("410303190102030027"), subject("411525190212311233")

func hash(content string) string { return gm.HexDigest([]byte(content)) }

// certID is an identifier of the issuer's first licence.
func certID(t testing.TB, version int) string { return certIDOf(t, issuerDept, "20260000001", version) }

func certIDOf(t testing.TB, dept, serial string, version int) string {
	t.Helper()
	id, err := identifier.NewLicenceID(propertyType, dept, serial, version)
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func licence(certID string, more ...fields) fields {
	in := fields{
		"certId": certID, "certTypeName": "不动产权证书", "certNo": "豫（2026）郑州市不动产权第0000001号", "issuerName": "郑州市示例登记中心",
		"holderKey": holder, "issueDate": "20260301", "validFrom": "20260301", "validTo": "20270228", "fileHash": hash(certID),
	}
	for _, m := range more {
		maps.Copy(in, m)
	}
	return in
}

// stage is a ledger with everybody who has a part.
type stage struct {
	*ledgertest.Ledger
	issuer, other, manager, window, bank, enforcer, portal, auditor *ledgertest.App
}

func open(t testing.TB) *stage {
	t.Helper()
	l := ledgertest.New(t, elicense.New())
	return &stage{
		Ledger:   l,
		issuer:   l.App("ZhengzhouMSP", "zz-registry", issuerDept, elicense.RoleIssuer),
		other:    l.App("HenanMSP", "hn-registry", otherDept, elicense.RoleIssuer),
		manager:  l.App("HenanMSP", "hn-catalogue", "11410000MB0H000149", elicense.RoleCatalogue),
		window:   l.App("ZhengzhouMSP", "zz-window", "11410100MB0Y0001XD", elicense.RoleUser),
		bank:     l.App("ZhengzhouMSP", "zz-bank", bankDept, elicense.RoleUser),
		enforcer: l.App("ZhengzhouMSP", "zz-traffic-police", "11410100005252565B", elicense.RoleEnforcer),
		portal:   l.App("ZhengzhouMSP", "zz-portal", "1241010000MB1X0067", elicense.RoleHolder),
		auditor:  l.App("HenanMSP", "hn-audit", "114100000051845154", elicense.RoleAuditor),
	}
}

// issued is a stage with one licence on it.
func issued(t testing.TB, more ...fields) (*stage, string) {
	t.Helper()
	s := open(t)
	id := certID(t, 1)
	s.issuer.Must("Issue", licence(id, more...))
	return s, id
}

func (s *stage) day(t testing.TB, date string) {
	t.Helper()
	at, err := time.Parse("20060102", date)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = at.Add(2 * time.Hour) // ten in the morning in China
}

func (s *stage) verify(t testing.TB, in fields) elicense.Verdict {
	t.Helper()
	var v elicense.Verdict
	if r := s.bank.Ask(&v, "VerifyLicence", in); r != nil {
		t.Fatal(r)
	}
	return v
}

func body(t testing.TB, r *operation.Record, out any) {
	t.Helper()
	if r == nil {
		t.Fatal("there is no such record")
	}
	if err := json.Unmarshal(r.Body, out); err != nil {
		t.Fatal(err)
	}
}

func reason(id, text string) fields { return fields{"certId": id, "reason": text} }
