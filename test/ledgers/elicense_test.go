//go:build e2e

package ledgers

import (
	"testing"

	"henanchain/internal/identifier"
)

func certID(t *testing.T, version int) string {
	t.Helper()
	id, err := identifier.NewLicenceID("11100000MB03271699001", net.Dept("zhengzhou-elicense"), run, version)
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func licence(version int) fields {
	return fields{
		"certTypeName": "不动产权证书", "certNo": "豫（2026）郑州市不动产权第" + run[7:] + "号", "issuerName": "郑州市示例登记中心",
		"holderKey": subject("111", "410105190001010010"), "issueDate": "20260101", "validFrom": "20260101", "validTo": "99991231",
		"fileHash": hash(string(rune('0' + version))), "divisionCode": "410100",
	}
}

func TestALicenceIsRenewedSuspendedAndRevoked(t *testing.T) {
	issuer, clerk := system(t, "zhengzhou-elicense"), system(t, "zhengzhou-notary")
	ctx, first, second := t.Context(), certID(t, 1), certID(t, 2)
	in := licence(1)
	in["certId"] = first
	in["private"] = fields{"holders": []fields{{"holderKey": subject("111", "410105190001010010"), "name": "王小明", "idType": "111", "idNumber": "410105190001010010"}}}
	done(t)(issuer.Create(ctx, city, "elicense", "licences", in))
	face := ask[struct{ Holders []struct{ Name string } }](t, issuer, "elicense", "face-data", fields{"certId": first})
	if len(face.Holders) != 1 || face.Holders[0].Name != "王小明" {
		t.Errorf("the issuer reads %+v", face)
	}
	renewal := licence(2)
	renewal["newCertId"] = certID(t, 3)
	refused(t, "VERSION_INVALID")(issuer.Do(ctx, city, "elicense", "licences", first, "renew", renewal))
	renewal["newCertId"] = second
	if a := done(t)(issuer.Do(ctx, city, "elicense", "licences", first, "renew", renewal)); a.ID != second || a.Status != "VALID" {
		t.Errorf("the renewal answered %+v", a)
	}
	type verdict struct {
		InForce                               bool
		StatusNow, SupersededBy, LatestCertID string
		HolderMatch                           *bool
	}
	v := ask[verdict](t, clerk, "elicense", "verify-licence", fields{"certId": first, "holderKey": subject("111", "410105190001010010")})
	if v.InForce || v.StatusNow != "SUPERSEDED" || v.SupersededBy != second || v.HolderMatch == nil || !*v.HolderMatch {
		t.Errorf("the old version verified as %+v", v)
	}
	claim, err := clerk.Verify(ctx, city, "elicense", "licences", fields{"id": first, "fileHash": hash("1")})
	if err != nil || !claim.Match || claim.SupersededBy != second {
		t.Errorf("the claim answered %+v %v", claim, err)
	}
	done(t)(issuer.Do(ctx, city, "elicense", "licences", second, "suspend", fields{"reason": "核查"}))
	done(t)(issuer.Do(ctx, city, "elicense", "licences", second, "revoke", fields{"ground": "FRAUD", "decisionNo": "郑自然资撤〔2026〕3号", "reason": "提交虚假材料取得"}))
	refused(t, "STATE_FORBIDS")(issuer.Do(ctx, city, "elicense", "licences", second, "return", fields{"reason": "发还"}))
	if v := ask[verdict](t, clerk, "elicense", "verify-licence", fields{"certId": first}); v.LatestCertID != second || v.InForce {
		t.Errorf("the old version verified as %+v", v)
	}
	counts := ask[struct {
		Examined int
		ByStatus []struct{ Key string }
	}](t, issuer, "elicense", "count-licences", fields{"certTypeCode": "11100000MB03271699001", "issuer": net.Dept("zhengzhou-elicense")})
	if counts.Examined < 2 || len(counts.ByStatus) < 2 {
		t.Errorf("the count is %+v", counts)
	}
	done(t)(issuer.Do(ctx, city, "elicense", "licences", first, "purge", fields{"reason": "演示结束"}))
}
