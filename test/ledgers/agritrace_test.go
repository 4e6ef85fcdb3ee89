//go:build e2e

package ledgers

import (
	"fmt"
	"testing"

	"henanchain/gateway/client"
)

// grower is a farmer of the story: a natural person, who is nowhere in public.
var grower = person{"赵示例", "410122190303030013"}

const growerPhone = "13900001234"

// field is the story's farm, slaughter of nothing and a shop at work.
type field struct {
	agriculture, platform, market *client.Client
	farm, shop                    string // subject codes
}

func TestGarlicGoesFromTheFieldToTheShopAndIsRecalled(t *testing.T) {
	f := &field{system(t, "zhengzhou-agriculture"), system(t, "zhengzhou-farm"), system(t, "zhengzhou-market"), "ZM" + run, "ZZ" + run}
	f.register(t)
	batch := f.grow(t)
	fine := f.divide(t, batch)
	f.toMarket(t, fine)
	f.sell(t, fine)
	f.recall(t, batch, fine)
}

func (f *field) id(name string) string { return f.farm + "." + name }

func (f *field) do(t *testing.T, c *client.Client, collection, id, verb string, in fields) *client.Acknowledgement {
	t.Helper()
	return done(t)(c.Do(t.Context(), city, "agritrace", collection, id, verb, in))
}

func (f *field) create(t *testing.T, c *client.Client, collection string, in fields) *client.Acknowledgement {
	t.Helper()
	return done(t)(c.Create(t.Context(), city, "agritrace", collection, in))
}

func (f *field) register(t *testing.T) {
	t.Helper()
	f.create(t, f.agriculture, "subjects", fields{"subjectCode": f.farm, "subjectType": "PERSON", "personKey": grower.key(), "divisionCode": "410122100",
		"activities": []string{"GROW", "PROCESS", "SELL"}, "operator": net.Dept("zhengzhou-farm"), "private": fields{"name": grower.name, "idNumber": grower.number, "phone": growerPhone}})
	f.create(t, f.agriculture, "subjects", fields{"subjectCode": f.shop, "subjectType": "OPERATOR", "uscc": "92410302MA9YTT0284", "name": "郑州示例超市", "divisionCode": "410105",
		"activities": []string{"SELL", "STORE"}, "operator": net.Dept("zhengzhou-market"), "jyLicence": "JY14101050000018", "jyValidTo": "20351231"})
}

// grow takes garlic from the plan to a report that finds nothing.
func (f *field) grow(t *testing.T) string {
	t.Helper()
	id := f.id("DS-01")
	of := fields{"subject": f.farm}
	f.create(t, f.platform, "batches", fields{"batchId": id, "subject": f.farm, "category": "PLANT", "productCode": "A0203", "productName": "大蒜", "origin": "410122100", "plotId": "D-07", "plannedGram": 5000000})
	f.do(t, f.platform, "batches", id, "start-growing", of)
	f.do(t, f.platform, "batches", id, "inputs", merged(of, fields{"name": "示例杀菌剂", "kind": "PESTICIDE", "registrationNo": "PD20260001", "appliedOn": "20260101", "withdrawalDays": 7}))
	f.do(t, f.platform, "batches", id, "harvest", merged(of, fields{"qtyGram": 4800000}))
	report := f.create(t, f.agriculture, "inspections", fields{"inspectionId": "231600340001.R" + run, "batchId": id, "reportHash": hash("检测报告"), "sampledOn": "20260102",
		"items": []fields{{"item": "毒死蜱", "unit": "mg/kg", "value": "0.004", "limit": "0.02", "basis": "MAX"}}})
	if report.Status != "PASS" {
		t.Errorf("the report is %s", report.Status)
	}
	return id
}

// divide sorts the garlic; what comes out is what went in, and the loss.
func (f *field) divide(t *testing.T, batch string) string {
	t.Helper()
	fine := f.id("DS-02")
	split := func(loss int) fields {
		return fields{"transformId": f.id("T-01"), "subject": f.farm, "kind": "PRIMARY", "inputs": []fields{{"batchId": batch, "qtyGram": 4800000}},
			"outputs": []fields{{"batchId": fine, "qtyGram": 2900000, "spec": "精选"}, {"batchId": f.id("DS-03"), "qtyGram": 1800000, "spec": "统货"}}, "lossGram": loss, "lossReason": "去根去皮"}
	}
	refused(t, "MASS_IMBALANCE")(f.platform.Create(t.Context(), city, "agritrace", "transformations", split(99999)))
	f.create(t, f.platform, "transformations", split(100000))
	balance := ask[struct {
		Balanced bool
		Uses     []struct{ LossGram int64 }
	}](t, f.platform, "agritrace", "mass-balance", fields{"batchId": batch})
	if !balance.Balanced || len(balance.Uses) != 1 || balance.Uses[0].LossGram != 100000 {
		t.Errorf("the balance is %+v", balance)
	}
	return fine
}

func retailCode(n int) string { return fmt.Sprintf("(01)06900000000014(21)A%s%d", run, n) }

// toMarket packs the goods and hands them over to market regulation.
func (f *field) toMarket(t *testing.T, batch string) {
	t.Helper()
	of := fields{"subject": f.farm}
	f.do(t, f.platform, "batches", batch, "pack", merged(of, fields{"gtin": "6900000000014", "netGram": 500000, "codes": []string{retailCode(1), retailCode(2)}, "expiresOn": "20991231"}))
	refused(t, "CERTIFICATE_REQUIRED")(f.platform.Create(t.Context(), city, "agritrace", "handovers", fields{"batchId": batch, "subject": f.farm, "market": f.shop}))
	f.create(t, f.platform, "compliances", fields{"complianceNo": f.id("HG-01"), "subject": f.farm, "batchId": batch, "basis": []string{"ENTRUSTED_TEST"}})
	f.create(t, f.platform, "handovers", fields{"batchId": batch, "subject": f.farm, "market": f.shop})
	f.do(t, f.market, "handovers", batch, "accept", fields{"opinion": "证票齐全"})
	shipment := f.id("Y-01")
	f.create(t, f.platform, "shipments", fields{"shipmentNo": shipment, "subject": f.farm, "to": f.shop, "plate": "豫A12345", "batches": []string{batch}})
	refused(t, "RECEIPT_MISMATCH")(f.market.Do(t.Context(), city, "agritrace", "shipments", shipment, "receive", fields{"subject": f.shop, "loads": []fields{{"batchId": batch, "qtyGram": 2900001}}}))
	f.do(t, f.market, "shipments", shipment, "receive", fields{"subject": f.shop, "loads": []fields{{"batchId": batch, "qtyGram": 2899000, "reason": "水分蒸发"}}})
}

func (f *field) sell(t *testing.T, batch string) {
	t.Helper()
	of := fields{"subject": f.shop}
	f.do(t, f.market, "batches", batch, "put-on-sale", of)
	f.do(t, f.market, "batches", batch, "sell", merged(of, fields{"codes": []string{retailCode(1)}, "qtyGram": 2500}))
	refused(t, "TRACE_CODE_ELSEWHERE")(f.market.Do(t.Context(), city, "agritrace", "batches", batch, "sell", merged(of, fields{"codes": []string{retailCode(1)}})))
	f.do(t, f.market, "codes", retailCode(1), "scan", fields{"division": "410105"})
	scan := ask[struct {
		ProductName, CodeStatus string
		Sources                 []struct{ Producer string }
		Way                     []struct{ Name string }
		Tests                   []struct{ Result string }
		Recalled                bool
	}](t, f.market, "agritrace", "public-scan", fields{"traceCode": retailCode(1)})
	if scan.ProductName != "大蒜" || scan.CodeStatus != "SOLD" || len(scan.Sources) != 2 || scan.Sources[0].Producer != "个人生产者" || len(scan.Way) != 3 || scan.Way[2].Name != "郑州示例超市" ||
		len(scan.Tests) != 1 || scan.Recalled {
		t.Errorf("the consumer sees %+v", scan)
	}
}

// recall reaches everything that was made of the batch, and stops its sale.
func (f *field) recall(t *testing.T, batch, fine string) {
	t.Helper()
	id := "ZH-" + run
	if a := f.create(t, f.agriculture, "recalls", fields{"recallId": id, "batchId": batch, "class": "1", "reason": "监督抽检农药残留超标"}); a.Status != "REACHED" {
		t.Errorf("the recall is %s", a.Status)
	}
	refused(t, "BATCH_RECALLED")(f.market.Do(t.Context(), city, "agritrace", "batches", fine, "sell", fields{"subject": f.shop, "qtyGram": 500}))
	reach := ask[struct{ Count, Recalled int64 }](t, f.market, "agritrace", "forward-trace", fields{"batchId": batch})
	if reach.Count != 3 || reach.Recalled != 3 {
		t.Errorf("the recall reached %+v", reach)
	}
	refused(t, "RECALL_UNFINISHED")(f.agriculture.Do(t.Context(), city, "agritrace", "recalls", id, "close", fields{"report": "完成"}))
	destroy := func(c *client.Client, batch, subject string) {
		f.do(t, c, "batches", batch, "destroy", fields{"subject": subject, "method": "无害化处理", "evidenceHash": hash("销毁")})
	}
	destroy(f.market, fine, f.shop)
	destroy(f.platform, f.id("DS-03"), f.farm)
	if a := f.do(t, f.agriculture, "recalls", id, "close", fields{"report": "全部下架并无害化处理"}); a.Status != "CLOSED" {
		t.Errorf("the recall is %s", a.Status)
	}
	f.do(t, f.agriculture, "subjects", f.farm, "cancel", fields{"reason": "演示结束"})
	f.do(t, f.agriculture, "subjects", f.farm, "purge", fields{"reason": "演示结束"})
}
