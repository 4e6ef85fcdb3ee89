package elicense_test

import (
	"fmt"
	"strings"
	"testing"

	"henanchain/chaincode/elicense"
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/operation"
)

func TestALicenceIsIssuedByTheAuthorityThatItsIdentifierNames(t *testing.T) {
	s := open(t)
	id := certID(t, 1)
	for name, c := range map[string]struct {
		app  *ledgertest.App
		code string
		in   fields
	}{
		"another authority":           {s.other, elicense.IssuerMismatch, licence(id)},
		"a later version":             {s.issuer, elicense.VersionInvalid, licence(certID(t, 2))},
		"an end before the beginning": {s.issuer, elicense.PeriodInvalid, licence(id, fields{"validFrom": "20260401", "validTo": "20260331"})},
		"an end in the past":          {s.issuer, elicense.PeriodInvalid, licence(id, fields{"validFrom": "20250101", "validTo": "20260301"})},
		"an issue in the future":      {s.issuer, elicense.PeriodInvalid, licence(id, fields{"issueDate": "20260303"})},
		"a holder twice":              {s.issuer, elicense.HoldersInvalid, licence(id, fields{"coHolders": []fields{{"holderKey": holder}}})},
		"a wrong check character":     {s.issuer, "INPUT_INVALID", licence(id[:len(id)-1] + "Z")},
		"an identity number as key":   {s.issuer, "INPUT_INVALID", licence(id, fields{"holderKey": "410105190001010010"})},
	} {
		t.Run(name, func(t *testing.T) { c.app.Refused(c.code, "Issue", c.in) })
	}
	if len(s.Keys()) != 0 {
		t.Fatalf("refused licences left %v", s.Keys())
	}
	if r := s.issuer.Must("Issue", licence(id)); r.Status != elicense.Valid || r.Version != 1 || len(s.Keys()) != 1 {
		t.Errorf("the licence answered %+v and left the keys %v", r, s.Keys())
	}
	s.issuer.Refused("RECORD_EXISTS", "Issue", licence(id))
}

func TestRenewalSupersedesAndIssuesInOneTransaction(t *testing.T) {
	s, first := issued(t)
	second, third := certID(t, 2), certID(t, 3)
	renewal := func(old, next string, more ...fields) fields {
		return licence(old, append([]fields{{"newCertId": next, "validTo": "20280228", "fileHash": hash(next)}}, more...)...)
	}
	s.other.Refused("NOT_OWNER", "Renew", renewal(first, second))
	s.issuer.Refused(elicense.VersionInvalid, "Renew", renewal(first, third))
	s.issuer.Refused(elicense.VersionInvalid, "Renew", renewal(first, certIDOf(t, issuerDept, "20260000002", 2)))
	s.issuer.Refused(elicense.HoldersChanged, "Renew", renewal(first, second, fields{"holderKey": spouse}))
	s.issuer.Refused(elicense.PeriodInvalid, "Renew", renewal(first, second, fields{"validTo": "20250101"}))
	if s.Record("licence", first).Status != elicense.Valid || s.Record("licence", second) != nil {
		t.Fatal("a refused renewal left half of itself")
	}
	r := s.issuer.Must("Renew", renewal(first, second))
	if r.ID != second || r.Status != elicense.Valid || r.Version != 1 {
		t.Errorf("the renewal answered %+v", r)
	}
	if n := len(s.Event.Records); n != 2 {
		t.Errorf("the renewal's event names %d records", n)
	}
	s.issuer.Refused("STATE_FORBIDS", "Renew", renewal(first, second))
	s.issuer.Must("Change", renewal(second, third, fields{"holderKey": holder, "coHolders": []fields{{"holderKey": spouse, "holderIdType": "111"}}, "reason": "增加共有人"}))

	var v operation.Verdict
	if r := s.bank.Ask(&v, operation.Verify, operation.Claim{Type: "licence", ID: first, FileHash: hash(first)}); r != nil || !v.Match || v.SupersededBy != second || v.Reason != "as on the ledger; superseded by "+second {
		t.Errorf("the old version answered %+v %v", v, r)
	}
	old := s.verify(t, fields{"certId": first, "fileHash": hash(first), "holderKey": holder})
	if old.InForce || old.StatusNow != elicense.Superseded || old.StatusCode != "05" || old.SupersededBy != second || old.LatestCertID != third || old.LatestVersion != "003" || old.LatestStatus != elicense.Valid ||
		!*old.HashMatch || !*old.HolderMatch || old.Reason != "superseded by "+second {
		t.Errorf("the old version verified as %+v", old)
	}
	now := s.verify(t, fields{"certId": third, "holderKey": spouse, "fileHash": hash("涂改")})
	if !now.InForce || !*now.HolderMatch || *now.HashMatch || now.Reason != "the file is not the one that was issued" {
		t.Errorf("the latest version verified as %+v", now)
	}
	var l elicense.Licence
	body(t, s.Record("licence", third), &l)
	if l.PrevCertID != second || l.CertTypeCode != propertyType {
		t.Errorf("the third version is %+v", l)
	}
}

func TestTheLatestOfManyVersionsIsFoundInFewExchanges(t *testing.T) {
	s, _ := issued(t)
	for v := 1; v < 70; v++ {
		s.issuer.Must("Change", licence(certID(t, v), fields{"newCertId": certID(t, v+1)}))
	}
	before := s.Reads
	v := s.verify(t, fields{"certId": certID(t, 1)})
	if v.LatestVersion != "070" || s.Reads-before > 5 {
		t.Errorf("after %d exchanges the latest version is %s", s.Reads-before, v.LatestVersion)
	}
}

func TestALicenceEndsInOneOfThreeWays(t *testing.T) {
	revoke := fields{"ground": "FRAUD", "decisionNo": "郑市监撤〔2026〕3号", "reason": "提交虚假材料取得"}
	cancel := fields{"ground": "REQUESTED", "reason": "依申请"}
	withdraw := fields{"ground": "PENALTY", "decisionNo": "郑市监罚〔2026〕27号", "reason": "情节严重"}
	for _, c := range []struct {
		op, status, code string
		in               fields
	}{
		{"Revoke", elicense.Revoked, "03", revoke}, {"Cancel", elicense.Cancelled, "04", cancel}, {"Withdraw", elicense.Withdrawn, "07", withdraw},
	} {
		t.Run(c.op, func(t *testing.T) {
			s, id := issued(t)
			in := fields{"certId": id}
			for k, v := range c.in {
				in[k] = v
			}
			s.other.Refused("NOT_OWNER", c.op, in)
			s.issuer.Must("Suspend", reason(id, "停业整顿"))
			s.issuer.Must(c.op, in)
			v := s.verify(t, fields{"certId": id})
			if v.InForce || v.StatusNow != c.status || v.StatusCode != c.code {
				t.Errorf("after %s the licence verified as %+v", c.op, v)
			}
			// What ended it counts before a period that is not over, and after.
			s.day(t, "20270301")
			if v := s.verify(t, fields{"certId": id}); v.StatusNow != c.status {
				t.Errorf("after its period the licence is %s", v.StatusNow)
			}
			for _, op := range []struct {
				name string
				in   fields
			}{{"Return", reason(id, "发还")}, {"Suspend", reason(id, "暂扣")}, {"Expire", fields{"certId": id}}, {"Renew", licence(id, fields{"newCertId": certID(t, 2)})},
				{"SetOther", reason(id, "其他")}, {"TransferOut", fields{"certId": id, "toIssuer": otherDept, "reason": "迁移"}}} {
				if r := s.issuer.Do(op.name, op.in); r.Refusal == nil || r.Refusal.Code != "STATE_FORBIDS" {
					t.Errorf("%s after %s answered %+v", op.name, c.op, r)
				}
			}
		})
	}
	s, id := issued(t)
	s.issuer.Refused("INPUT_INVALID", "Revoke", fields{"certId": id, "ground": "PENALTY", "decisionNo": "1", "reason": "处罚"})
	s.issuer.Refused("INPUT_INVALID", "Withdraw", fields{"certId": id, "ground": "PENALTY", "reason": "没有决定书"})
}

func TestExpiryIsDerivedAndCanBeRecorded(t *testing.T) {
	s, id := issued(t)
	s.issuer.Refused(elicense.NotExpired, "Expire", fields{"certId": id})
	s.day(t, "20270228")
	if v := s.verify(t, fields{"certId": id}); !v.InForce {
		t.Errorf("on its last day the licence verified as %+v", v)
	}
	s.day(t, "20270301")
	if v := s.verify(t, fields{"certId": id}); v.InForce || v.StatusNow != elicense.Expired || v.StatusCode != "05" || s.Record("licence", id).Status != elicense.Valid {
		t.Errorf("the day after, the licence verified as %+v", v)
	}
	var verdict operation.Verdict
	if r := s.bank.Ask(&verdict, operation.Verify, operation.Claim{Type: "licence", ID: id, FileHash: hash(id)}); r != nil || !verdict.Match || verdict.Status != elicense.Expired {
		t.Errorf("the claim answered %+v %v", verdict, r)
	}
	renew := licence(id, fields{"newCertId": certID(t, 2), "validTo": "20280228"})
	for op, in := range map[string]fields{"Suspend": reason(id, "暂扣"), "Renew": renew, "Change": renew, "TransferOut": {"certId": id, "toIssuer": otherDept, "reason": "迁移"}} {
		s.issuer.Refused(elicense.LicenceExpired, op, in)
	}
	s.issuer.Must("Expire", fields{"certId": id})
	s.issuer.Refused(elicense.LicenceExpired, "Renew", renew)
	s.manager.Must("SetRules", fields{"settingId": "rules", "codeMaxMinutes": 30, "copyMaxDays": 90, "lateRenewalDays": 30, "catalogueRequired": false})
	s.issuer.Must("Renew", renew)
	s.day(t, "20280401")
	s.issuer.Refused(elicense.LicenceExpired, "Renew", licence(certID(t, 2), fields{"newCertId": certID(t, 3), "validTo": "20290228"}))
	s.issuer.Must("Cancel", fields{"certId": certID(t, 2), "ground": "NOT_RENEWED", "reason": "期满未延续"})
}

func TestAnOpenEndedLicenceDoesNotExpire(t *testing.T) {
	s, id := issued(t, fields{"validTo": "长期"})
	s.day(t, "29990101")
	if v := s.verify(t, fields{"certId": id}); !v.InForce || v.ValidTo != "99991231" {
		t.Errorf("an open-ended licence verified as %+v", v)
	}
}

func TestATransferOutNeedsTheTransferInThatMatches(t *testing.T) {
	s, id := issued(t)
	in := certIDOf(t, otherDept, "41000000001", 1)
	arrive := func(more ...fields) fields {
		return licence(in, append([]fields{{"prevCertId": id, "prevCertNo": "豫（2026）郑州市不动产权第0000001号", "certNo": "豫（2026）洛阳市不动产权第0000009号"}}, more...)...)
	}
	out := fields{"certId": id, "toIssuer": otherDept, "toOrg": "HenanMSP", "reason": "管辖权上收"}
	s.other.Refused(elicense.TransferUnmatched, "TransferIn", arrive())
	s.issuer.Refused(elicense.TransferInvalid, "TransferOut", fields{"certId": id, "toIssuer": issuerDept, "reason": "转给自己"})
	s.issuer.Must("TransferOut", out)
	if v := s.verify(t, fields{"certId": id}); v.InForce || v.StatusCode != "06" {
		t.Errorf("on its way the licence verified as %+v", v)
	}
	s.issuer.Must("CancelTransferOut", reason(id, "撤回"))
	s.other.Refused(elicense.TransferUnmatched, "TransferIn", arrive())
	s.issuer.Must("TransferOut", out)
	third := s.App("ZhengzhouMSP", "zz-third", bankDept, elicense.RoleIssuer)
	third.Refused(elicense.TransferUnmatched, "TransferIn", licence(certIDOf(t, bankDept, "41000000001", 1), fields{"prevCertId": id, "prevCertNo": "豫（2026）郑州市不动产权第0000001号"}))
	impostor := s.App("XinyangMSP", "xy-registry", otherDept, elicense.RoleIssuer)
	impostor.Refused(elicense.TransferUnmatched, "TransferIn", arrive())
	s.other.Refused(elicense.TransferUnmatched, "TransferIn", arrive(fields{"prevCertNo": "豫（2026）郑州市不动产权第0000002号"}))
	s.other.Refused(elicense.HoldersChanged, "TransferIn", arrive(fields{"holderKey": spouse}))
	s.other.Refused(elicense.VersionInvalid, "TransferIn", arrive(fields{"certId": certIDOf(t, otherDept, "41000000001", 2)}))
	if r := s.other.Must("TransferIn", arrive()); r.ID != in || r.Status != elicense.Valid {
		t.Errorf("the transfer in answered %+v", r)
	}
	s.issuer.Refused(elicense.TransferCompleted, "CancelTransferOut", reason(id, "撤回"))
	s.other.Refused(elicense.TransferUnmatched, "TransferIn", arrive(fields{"certId": certIDOf(t, otherDept, "41000000002", 1)}))
	v := s.verify(t, fields{"certId": id})
	if v.InForce || v.StatusNow != elicense.TransferredOut || v.LatestCertID != in || v.LatestStatus != elicense.Valid {
		t.Errorf("the licence that left verified as %+v", v)
	}
}

// A licence on its way stays what it was: neither coming back nor arriving
// lifts a suspension.
func TestASuspensionGoesWithTheLicence(t *testing.T) {
	s, id := issued(t)
	in := certIDOf(t, otherDept, "41000000001", 1)
	out := fields{"certId": id, "toIssuer": otherDept, "toOrg": "HenanMSP", "reason": "管辖权上收"}
	s.issuer.Must("Suspend", reason(id, "停业整顿"))
	s.issuer.Must("TransferOut", out)
	if r := s.issuer.Must("CancelTransferOut", reason(id, "撤回")); r.Status != elicense.Suspended {
		t.Errorf("back from its way the licence is %s", r.Status)
	}
	s.issuer.Must("TransferOut", out)
	arrived := s.other.Must("TransferIn", licence(in, fields{"prevCertId": id, "prevCertNo": "豫（2026）郑州市不动产权第0000001号"}))
	if arrived.Status != elicense.Suspended {
		t.Errorf("it arrived %s", arrived.Status)
	}
	if v := s.verify(t, fields{"certId": id}); v.InForce || v.LatestStatus != elicense.Suspended {
		t.Errorf("the licence that left verified as %+v", v)
	}
	s.other.Must("Return", reason(in, "整改完成"))
	over, other := issued(t, fields{"validTo": "20260401"})
	over.issuer.Must("Suspend", reason(other, "停业整顿"))
	over.day(t, "20260402")
	over.issuer.Refused(elicense.LicenceExpired, "TransferOut", fields{"certId": other, "toIssuer": otherDept, "reason": "迁移"})
}

func TestADraftIsIssuedAsItStandsOnThatDay(t *testing.T) {
	s := open(t)
	id := certID(t, 1)
	s.issuer.Must("Draft", licence(id))
	s.issuer.Must("Draft", licence(id, fields{"certNo": "豫（2026）郑州市不动产权第0000002号"}))
	if v := s.verify(t, fields{"certId": id}); v.InForce || v.StatusNow != elicense.Draft {
		t.Errorf("the draft verified as %+v", v)
	}
	s.issuer.Refused("RECORD_EXISTS", "Issue", licence(id))
	s.day(t, "20270301")
	s.issuer.Refused(elicense.PeriodInvalid, "ConfirmDraft", fields{"certId": id})
	s.day(t, "20260601")
	s.other.Refused("NOT_OWNER", "ConfirmDraft", fields{"certId": id})
	s.issuer.Must("ConfirmDraft", fields{"certId": id})
	s.issuer.Refused("RECORD_EXISTS", "Draft", licence(id))
	s.issuer.Must("SetOther", reason(id, "系统迁移核对"))
	if v := s.verify(t, fields{"certId": id}); v.InForce || v.StatusCode != "99" {
		t.Errorf("in another status the licence verified as %+v", v)
	}
	s.issuer.Must("ClearOther", reason(id, "核对无误"))
	s.issuer.Must("Suspend", reason(id, "暂扣"))
	s.issuer.Must("SetOther", reason(id, "复核"))
	if r := s.issuer.Must("ClearOther", reason(id, "复核完毕")); r.Status != elicense.Suspended {
		t.Errorf("a suspended licence came back as %s", r.Status)
	}
}

func TestAnExistingLicenceIsEnteredOnceAndGoesOnFromThere(t *testing.T) {
	s := open(t)
	s.issuer.Refused(elicense.VersionInvalid, "Import", licence(certID(t, 1)))
	s.issuer.Must("Import", licence(certID(t, 5)))
	s.issuer.Refused(elicense.LicenceKnown, "Import", licence(certID(t, 6)))
	if r := s.issuer.Refused(elicense.LicenceKnown, "Issue", licence(certID(t, 1))); r.ID != certID(t, 5) {
		t.Errorf("the refusal names %s", r.ID)
	}
	s.issuer.Refused(elicense.LicenceKnown, "Draft", licence(certID(t, 1)))
	s.issuer.Must("Renew", licence(certID(t, 5), fields{"newCertId": certID(t, 6)}))
	other := certIDOf(t, issuerDept, "20260000002", 1)
	s.issuer.Must("Issue", licence(other))
	s.issuer.Refused(elicense.LicenceKnown, "Import", licence(certIDOf(t, issuerDept, "20260000002", 3)))
}

func TestALicenceMustBeAsTheCatalogueSays(t *testing.T) {
	s := open(t)
	item := fields{"certTypeCode": propertyType, "certTypeName": "不动产权证书", "definerName": "自然资源部", "holderKind": "PERSON", "openEnded": false, "maxMonths": 12, "shareType": "CONDITIONAL"}
	rules := fields{"settingId": "rules", "codeMaxMinutes": 30, "copyMaxDays": 90, "lateRenewalDays": 0, "catalogueRequired": true}
	id := certID(t, 1)
	good := fields{"holderIdType": "111"}
	s.manager.Must("SetRules", rules)
	s.issuer.Refused(elicense.TypeUnknown, "Issue", licence(id, good))
	s.manager.Must("PublishType", item)
	s.issuer.Refused(elicense.TypeMismatch, "Issue", licence(id))
	s.issuer.Refused(elicense.TypeMismatch, "Issue", licence(id, fields{"holderIdType": "001"}))
	s.issuer.Refused(elicense.TypeMismatch, "Issue", licence(id, good, fields{"certTypeName": "房屋所有权证"}))
	s.issuer.Refused(elicense.TypeMismatch, "Issue", licence(id, good, fields{"coHolders": []fields{{"holderKey": spouse, "holderIdType": "001"}}}))
	s.issuer.Refused(elicense.PeriodInvalid, "Issue", licence(id, good, fields{"validTo": "99991231"}))
	s.issuer.Refused(elicense.PeriodInvalid, "Issue", licence(id, good, fields{"validTo": "20270302"}))
	s.issuer.Must("Issue", licence(id, good))
	s.other.Refused("ROLE_REQUIRED", "WithdrawType", fields{"certTypeCode": propertyType, "reason": "合并"})
	s.manager.Must("WithdrawType", fields{"certTypeCode": propertyType, "reason": "合并"})
	s.issuer.Refused(elicense.TypeWithdrawn, "Issue", licence(certIDOf(t, issuerDept, "20260000002", 1), good))
	item["openEnded"] = true
	if r := s.manager.Must("PublishType", item); r.Version != 3 {
		t.Errorf("the type entered anew answered %+v", r)
	}
	stranger := s.App("HenanMSP", "hn-other", bankDept, elicense.RoleCatalogue)
	stranger.Refused("NOT_OWNER", "PublishType", item)
	stranger.Refused("NOT_OWNER", "SetRules", rules)
	if r := s.manager.Apply(ledgertest.Op{Name: "SetRules", In: rules, IfVersion: 7})[0].Refusal; r == nil || r.Code != ledger.VersionConflict {
		t.Errorf("rules of another version answered %v", r)
	}
}

func TestThePrivateHalfIsTheIssuersAloneAndCanBePurged(t *testing.T) {
	s := open(t)
	id := certID(t, 1)
	face := `{"权利人":"王小明","坐落":"郑州市金水区示例路1号","面积":"89.50"}`
	half := fields{"holders": []fields{{"holderKey": holder, "name": "王小明", "idType": "111", "idNumber": "410105190001010010"}}, "face": face}
	issue := func(in, private fields) operation.Result {
		return s.issuer.Apply(ledgertest.Op{Name: "Issue", In: in, Private: private})[0]
	}
	half["face"] = fields{"权利人": "王小明", "坐落": "郑州市金水区示例路1号", "面积": "89.50"}
	// The digest is over the canonical form: 权利人, 坐落, 面积 in the order of their code points.
	faceHash := hash(`{"坐落":"郑州市金水区示例路1号","权利人":"王小明","面积":"89.50"}`)
	for name, c := range map[string]struct {
		in, half fields
		code     string
	}{
		"a face that was altered":       {fields{"faceHash": hash(face + " ")}, half, elicense.FaceInvalid},
		"a face without a digest":       {fields{}, half, elicense.FaceInvalid},
		"holders that are others":       {fields{}, fields{"holders": []fields{{"holderKey": spouse, "name": "李四", "idType": "111", "idNumber": "410303190102030027"}}}, elicense.HoldersInvalid},
		"a holder who is missing":       {fields{"coHolders": []fields{{"holderKey": spouse}}}, fields{"holders": half["holders"]}, elicense.HoldersInvalid},
		"a number with a wrong check":   {fields{}, fields{"holders": []fields{{"holderKey": holder, "name": "王小明", "idType": "111", "idNumber": "410105190001010011"}}}, elicense.HoldersInvalid},
		"face data that is no object":   {fields{}, fields{"holders": half["holders"], "face": []string{"王小明"}}, elicense.FaceInvalid},
		"a document that is no type":    {fields{}, fields{"holders": []fields{{"holderKey": holder, "name": "王小明", "idType": "112", "idNumber": "1"}}}, "INPUT_INVALID"},
		"a private half without holder": {fields{}, fields{"face": half["face"]}, "INPUT_INVALID"},
	} {
		if r := issue(licence(id, c.in), c.half); r.Refusal == nil || r.Refusal.Code != c.code || strings.Contains(r.Refusal.Error(), "4101051900") {
			t.Errorf("%s answered %+v", name, r)
		}
	}
	if r := issue(licence(id, fields{"faceHash": faceHash}), half); r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	for key, value := range s.Public() {
		for _, secret := range []string{"王小明", "410105190001010010", "金水区"} {
			if strings.Contains(key+string(value), secret) {
				t.Errorf("%s holds %s in public", key, secret)
			}
		}
	}
	var data elicense.FaceData
	if r := s.issuer.Ask(&data, "FaceData", fields{"certId": id}); r != nil || data.Holders[0].Name != "王小明" || !strings.Contains(string(data.Face), "金水区") {
		t.Errorf("the issuer reads %+v %v", data, r)
	}
	if r := s.other.Ask(&data, "FaceData", fields{"certId": id}); r == nil || r.Code != "NOT_OWNER" {
		t.Errorf("another issuer reads %v", r)
	}
	s.issuer.Must("Purge", fields{"id": id, "reason": "保存期限届满"})
	if r := s.issuer.Ask(&data, "FaceData", fields{"certId": id}); r == nil || r.Code != "RECORD_NOT_FOUND" {
		t.Errorf("after the purge the issuer reads %+v %v", data, r)
	}
}

func TestABatchOfLicencesCostsOneKeyEachAndOneRead(t *testing.T) {
	s := open(t)
	var ops []ledgertest.Op
	for i := range 500 {
		ops = append(ops, ledgertest.Op{Name: "Issue", In: licence(certIDOf(t, issuerDept, fmt.Sprintf("2026%07d", i), 1))})
	}
	s.issuer.Apply(ops...)
	if keys, reads := len(s.Keys()), s.Reads; keys != 500 || reads > 3 {
		t.Errorf("500 licences wrote %d keys and took %d exchanges with the peer", keys, reads)
	}
}
