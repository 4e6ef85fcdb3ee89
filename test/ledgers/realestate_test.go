//go:build e2e

package ledgers

import (
	"fmt"
	"strconv"
	"testing"

	"henanchain/gateway/client"
	"henanchain/internal/identifier"
)

// The people of the story are invented.
var (
	seller = person{"张示例", "410105190001010010"}
	buyer  = person{"李示例", "410303190102030027"}
	other  = person{"王示例", "411525190212311233"}
)

type person struct{ name, number string }

func (p person) key() fields { return subject("111", p.number) }

func (p person) owner() fields { return fields{"key": p.key(), "idType": "111"} }

func (p person) identity() fields {
	return fields{"key": p.key(), "name": p.name, "idNumber": p.number}
}

// number is a seven-digit serial number of this run.
func number(t *testing.T, n int) string {
	t.Helper()
	base, err := strconv.Atoi(run[5:])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%07d", (base*10+n)%10_000_000)
}

// registry is the registration centre at work.
type registry struct {
	*client.Client
	unit string
}

func (r *registry) certificate(t *testing.T, n int) fields {
	t.Helper()
	id, err := identifier.NewLicenceID("11100000MB03271699001", net.Dept("zhengzhou-registry"), run+strconv.Itoa(n), 1)
	if err != nil {
		t.Fatal(err)
	}
	return fields{"certNo": "豫（2026）郑州市不动产权第" + number(t, n) + "号", "certId": id.String(), "fileHash": hash("不动产权证书" + strconv.Itoa(n))}
}

func (r *registry) do(t *testing.T, transaction, verb string, in fields) *client.Acknowledgement {
	t.Helper()
	return done(t)(r.Do(t.Context(), city, "realestate", "transactions", transaction, verb, in))
}

var rightDetails = fields{"rightType": "4", "rightNature": "出让/市场化商品房", "termFrom": "20260101", "termTo": "20951231"}

func merged(parts ...fields) fields {
	out := fields{}
	for _, p := range parts {
		for k, v := range p {
			out[k] = v
		}
	}
	return out
}

func TestAFlatIsRegisteredSoldMortgagedAndSeized(t *testing.T) {
	reg := &registry{system(t, "zhengzhou-registry"), "410105001002GB00001F" + run[6:]}
	ctx := t.Context()
	done(t)(reg.Create(ctx, city, "realestate", "units", fields{"unitCode": reg.unit, "location": "郑州市金水区示例路1号", "areaX100": 8950, "usage": "11"}))
	done(t)(reg.Create(ctx, city, "realestate", "transactions:accept-application", fields{
		"transactionNo": "DJ" + run, "unitCode": reg.unit, "cause": "FIRST", "bizNo": "A" + run, "prevBizNo": "0", "basisHash": hash("首次登记申请"),
		"holdMode": "SOLE", "owners": []fields{seller.owner()}, "details": rightDetails, "private": fields{"owners": []fields{seller.identity()}},
	}))
	reg.do(t, "DJ"+run, "review", fields{"opinionHash": hash("同意")})
	reg.do(t, "DJ"+run, "book", reg.certificate(t, 1))
	mortgageAFlat(t, reg)
	sellAFlat(t, reg)
	seizeAFlat(t, reg)
}

// mortgageAFlat mortgages the flat: that alone stops no sale.
func mortgageAFlat(t *testing.T, reg *registry) {
	t.Helper()
	proof := "豫（2026）郑州市不动产证明第" + number(t, 2) + "号"
	done(t)(reg.Create(t.Context(), city, "realestate", "mortgages", fields{
		"proofNo": proof, "unitCode": reg.unit, "bizNo": "DY" + run, "mode": "1", "mortgageeDept": net.Dept("zhengzhou-bank"), "from": "20260101", "to": "20460101",
		"scope": []string{"PRINCIPAL", "INTEREST"}, "transferRestricted": false, "contractHash": hash("抵押合同"),
		"private": fields{"claimFen": 90000000, "remainingFen": 90000000, "debtor": seller.name},
	}))
	done(t)(reg.Do(t.Context(), city, "realestate", "units", reg.unit, "appraise", fields{"reportNo": "评1", "private": fields{"valueFen": 80000000, "valuedOn": "20260101"}}))
	bank := system(t, "zhengzhou-bank")
	type coverage struct {
		SumFen, ValueFen int64
		OverValue        bool
	}
	if c := ask[coverage](t, bank, "realestate", "mortgage-coverage", fields{"unitCode": reg.unit}); !c.OverValue || c.SumFen != 90000000 {
		t.Errorf("the coverage is %+v", c)
	}
	done(t)(bank.Do(t.Context(), city, "realestate", "mortgages", proof, "report-claim", fields{"private": fields{"remainingFen": 70000000}}))
	if c := ask[coverage](t, bank, "realestate", "mortgage-coverage", fields{"unitCode": reg.unit}); c.OverValue || c.SumFen != 70000000 {
		t.Errorf("after a repayment the coverage is %+v", c)
	}
}

func sellAFlat(t *testing.T, reg *registry) {
	t.Helper()
	ctx, housing, tax := t.Context(), system(t, "zhengzhou-housing"), system(t, "zhengzhou-tax")
	done(t)(system(t, "zhengzhou-household").Create(ctx, city, "realestate", "attestations", fields{"subjectKey": seller.key(), "question": "MARRIED", "private": fields{"answer": true}}))
	for _, no := range []string{"JY1" + run, "JY2" + run} {
		done(t)(housing.Create(ctx, city, "realestate", "transactions", fields{"transactionNo": no, "unitCode": reg.unit}))
	}
	sign := func(no string, to person) fields {
		return fields{"netSignNo": "WQ" + no, "contractHash": hash("买卖合同"), "sellers": []fields{seller.key()}, "holdMode": "SOLE", "buyers": []fields{to.owner()},
			"private": fields{"priceFen": 150000000, "buyers": []fields{to.identity()}, "sellers": []fields{merged(seller.identity(), fields{"spouseConsentHash": hash("配偶同意")})}}}
	}
	done(t)(housing.Do(ctx, city, "realestate", "transactions", "JY1"+run, "sign", sign("1"+run, buyer)))
	refused(t, "UNIT_SOLD")(housing.Do(ctx, city, "realestate", "transactions", "JY2"+run, "sign", sign("2"+run, other)))
	done(t)(housing.Do(ctx, city, "realestate", "transactions", "JY1"+run, "file", fields{}))
	done(t)(housing.Do(ctx, city, "realestate", "transactions", "JY1"+run, "escrow", fields{
		"mode": "SUPERVISED", "bankDept": net.Dept("zhengzhou-bank"), "agreementNo": "JG" + run, "private": fields{"amountFen": 150000000}}))
	done(t)(tax.Create(ctx, city, "realestate", "tax-vouchers", fields{
		"taxNo": "WS" + run, "unitCode": reg.unit, "taxType": "DEED", "exempt": false, "payerKey": buyer.key(), "private": fields{"taxFen": 1500000, "payer": buyer.name}}))
	done(t)(tax.Do(ctx, city, "realestate", "transactions", "JY1"+run, "confirm-tax", fields{"taxNos": []string{"WS" + run}}))
	reg.do(t, "JY1"+run, "accept", merged(rightDetails, fields{"bizNo": "B" + run, "prevBizNo": "A" + run, "private": fields{"owners": []fields{buyer.identity()}}}))
	reg.do(t, "JY1"+run, "review", fields{"opinionHash": hash("同意")})
	cert := reg.certificate(t, 3)
	if a := reg.do(t, "JY1"+run, "book", cert); a.Status != "BOOKED" {
		t.Errorf("the entry answered %+v", a)
	}
	reg.do(t, "JY1"+run, "deliver", fields{"receiptHash": hash("领证")})
	reg.do(t, "JY1"+run, "close", fields{})
	claim, err := housing.Verify(ctx, city, "realestate", "certificates", fields{"id": cert["certNo"], "fileHash": cert["fileHash"]})
	if err != nil || !claim.Match || claim.Status != "VALID" {
		t.Errorf("the certificate verified as %+v %v", claim, err)
	}
	type title struct {
		Links []struct{ BizNo, Status string }
	}
	if h := ask[title](t, housing, "realestate", "title-history", fields{"unitCode": reg.unit}); len(h.Links) != 2 || h.Links[0].BizNo != "B"+run || h.Links[1].Status != "HISTORICAL" {
		t.Errorf("the chain of title is %+v", h)
	}
	done(t)(housing.Do(ctx, city, "realestate", "transactions", "JY1"+run, "purge", fields{"reason": "演示结束"}))
}

func seizeAFlat(t *testing.T, reg *registry) {
	t.Helper()
	ctx, court, housing := t.Context(), system(t, "zhengzhou-court"), system(t, "zhengzhou-housing")
	seize := func(n int) *client.Acknowledgement {
		return done(t)(court.Create(ctx, city, "realestate", "seizures", fields{
			"unitCode": reg.unit, "docNo": fmt.Sprintf("（2026）豫0105执%d号", n), "courtName": "郑州市金水区人民法院", "months": 12}))
	}
	first, second := seize(1), seize(2)
	if first.Status != "ACTIVE" || second.Status != "WAITING" {
		t.Errorf("the seizures are %s and %s", first.Status, second.Status)
	}
	refused(t, "UNIT_SEIZED")(housing.Create(ctx, city, "realestate", "transactions", fields{"transactionNo": "JY3" + run, "unitCode": reg.unit}))
	done(t)(court.Do(ctx, city, "realestate", "seizures", first.ID, "release", fields{"docNo": "（2026）豫0105执1号之一"}))
	type restrictions struct {
		CanTransfer bool
		Seizures    []struct{ SeizureID, Type string }
		Mortgages   []struct{ Rank int }
	}
	r := ask[restrictions](t, housing, "realestate", "restrictions", fields{"unitCode": reg.unit})
	if r.CanTransfer || len(r.Seizures) != 1 || r.Seizures[0].SeizureID != second.ID || r.Seizures[0].Type != "1" || len(r.Mortgages) != 1 || r.Mortgages[0].Rank != 1 {
		t.Errorf("after the release the restrictions are %+v", r)
	}
}
