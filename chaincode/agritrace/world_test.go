package agritrace_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// Subjects of the stories: a farm cooperative, a pig farmer, a slaughterhouse
// and a food factory that DeptA's platform writes for, a supermarket and a
// cold store of DeptB.
const (
	farm     = "ZM4101220001"
	pigman   = "ZM4101220009"
	abattoir = "ZM4101220004"
	factory  = "ZM4101220005"
	shop     = "ZZ4101050002"
	station  = "ZZ4101730003"
)

type m = map[string]any

// world is a ledger with everybody enrolled and registered.
type world struct {
	t         testing.TB
	l         *ledgertest.Story
	registrar *ledgertest.Actor
	platform  *ledgertest.Actor // acts for farm, pigman, abattoir, factory
	retail    *ledgertest.Actor // acts for shop, station
	lab, vet  *ledgertest.Actor
	agri      *ledgertest.Actor
	market    *ledgertest.Actor
	scanner   *ledgertest.Actor
	n         int
}

func newWorld(t testing.TB) *world {
	l := ledgertest.Tell(t, agritrace.New())
	app := func(name, dept string, roles ...string) *ledgertest.Actor {
		return l.Actor("ZhengzhouMSP", name, dept, roles...)
	}
	w := &world{
		t: t, l: l,
		registrar: app("zz-agri", ledgertest.DeptC, agritrace.RoleRegistrar),
		platform:  app("zm-platform", ledgertest.DeptA, agritrace.RoleProducer, agritrace.RoleProcessor),
		retail:    app("zz-retail", ledgertest.DeptB, agritrace.RoleTrader, agritrace.RoleStorage, agritrace.RoleCarrier),
		lab:       app("zz-lab", ledgertest.DeptC, agritrace.RoleLab),
		vet:       app("zm-vet", ledgertest.DeptC, agritrace.RoleVet),
		agri:      app("zz-agri", ledgertest.DeptC, agritrace.RoleAgriculture),
		market:    app("zz-market", ledgertest.DeptC, agritrace.RoleMarket),
		scanner:   app("zz-scan", ledgertest.DeptC, agritrace.RoleScanner),
	}
	org := func(code, name, dept string, more m, activities ...string) {
		in := m{"subjectCode": code, "subjectType": "OPERATOR", "uscc": ledgertest.DeptC, "name": name, "divisionCode": "410122", "activities": activities, "operator": dept}
		for k, v := range more {
			in[k] = v
		}
		w.registrar.Must("RegisterSubject", in)
	}
	org(farm, "中牟示例蔬菜专业合作社", ledgertest.DeptA, nil, "GROW", "SELL", "PROCESS", "STORE")
	org(abattoir, "中牟示例屠宰场", ledgertest.DeptA, m{"slaughterNo": "豫01-001"}, "SLAUGHTER")
	org(factory, "中牟示例食品厂", ledgertest.DeptA, m{"scLicence": "SC10441010500017", "scValidTo": "20301231"}, "PROCESS")
	org(shop, "郑州示例超市", ledgertest.DeptB, m{"jyLicence": "JY14101050000018", "jyValidTo": "20301231"}, "SELL", "STORE", "TRANSPORT")
	org(station, "郑州示例集中监管仓", ledgertest.DeptB, nil, "STORE")
	r := w.registrar.Apply(ledgertest.Op{Name: "RegisterSubject", In: m{
		"subjectCode": pigman, "subjectType": "PERSON", "personKey": gm.HexDigest([]byte("养殖户")), "divisionCode": "410122100", "activities": []string{"GROW"}, "operator": ledgertest.DeptA,
	}, Private: m{"name": "王小明", "idNumber": "410105190001010010", "phone": "13800000000"}})[0]
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	return w
}

// id gives numbers that begin with a subject's code.
func (w *world) id(subject string) string {
	w.n++
	return fmt.Sprintf("%s.N%04d", subject, w.n)
}

// grown registers, grows and harvests a plant batch of the farm.
func (w *world) grown(qty int64) string {
	w.t.Helper()
	id := w.id(farm)
	w.platform.Must("RegisterBatch", m{"batchId": id, "subject": farm, "category": "PLANT", "productCode": "A0203", "productName": "大蒜", "origin": "410122100", "plotId": "D-07", "plannedGram": qty})
	w.platform.Must("StartGrowing", m{"batchId": id, "subject": farm})
	w.platform.Must("Harvest", m{"batchId": id, "subject": farm, "qtyGram": qty})
	return id
}

// marketed is a grown batch that the market regulator accepted.
func (w *world) marketed(qty int64) string {
	w.t.Helper()
	id := w.grown(qty)
	w.certify(id)
	w.accept(id, farm)
	return id
}

func (w *world) certify(batch string) {
	w.t.Helper()
	w.platform.Must("IssueCompliance", m{"complianceNo": w.id(farm), "subject": farm, "batchId": batch, "basis": []string{"SELF_TEST"}})
}

func (w *world) accept(batch, subject string) {
	w.t.Helper()
	app := w.platform
	if subject == shop || subject == station {
		app = w.retail
	}
	app.Must("OfferHandover", m{"batchId": batch, "subject": subject, "market": shop})
	w.market.Must("AcceptHandover", m{"batchId": batch, "opinion": "证票齐全"})
}

// pigs registers a lot of tagged animals of the farmer, with a quarantine
// certificate, at the slaughterhouse.
func (w *world) pigs(tags ...string) string {
	w.t.Helper()
	id, qty := w.id(pigman), int64(len(tags))*100_000
	w.platform.Must("RegisterBatch", m{"batchId": id, "subject": pigman, "category": "LIVESTOCK", "productCode": "C0101", "productName": "生猪", "origin": "410122100", "plannedGram": qty, "earTags": tags})
	w.platform.Must("StartGrowing", m{"batchId": id, "subject": pigman})
	w.platform.Must("Harvest", m{"batchId": id, "subject": pigman, "qtyGram": qty})
	w.quarantine(id, "ANIMAL_B", "20260401")
	w.move(w.platform, pigman, w.platform, abattoir, id)
	return id
}

func (w *world) quarantine(batch, kind, validTo string) string {
	w.t.Helper()
	w.n++
	no := fmt.Sprintf("41012200%04d", w.n)
	w.vet.Must("IssueQuarantine", m{"quarantineNo": no, "kind": kind, "batchId": batch, "vetKey": gm.HexDigest([]byte("兽医")), "validTo": validTo})
	return no
}

// move ships batches and receives them whole.
func (w *world) move(from *ledgertest.Actor, sender string, to *ledgertest.Actor, receiver string, batches ...string) string {
	w.t.Helper()
	no := w.id(sender)
	from.Must("Ship", m{"shipmentNo": no, "subject": sender, "to": receiver, "plate": "豫A12345", "batches": batches})
	loads := []m{}
	for _, id := range batches {
		loads = append(loads, m{"batchId": id, "qtyGram": w.batch(id).RemainingGram})
	}
	to.Must("Receive", m{"shipmentNo": no, "subject": receiver, "loads": loads})
	return no
}

// batch reads a batch from the committed state.
func (w *world) batch(id string) agritrace.Batch {
	w.t.Helper()
	var b agritrace.Batch
	w.body("batch", id, &b)
	return b
}

func (w *world) status(id string) string {
	w.t.Helper()
	r := w.l.Record("batch", id)
	if r == nil {
		w.t.Fatalf("there is no batch %s", id)
	}
	return r.Status
}

func (w *world) body(recordType, id string, into any) {
	w.t.Helper()
	r := w.l.Record(recordType, id)
	if r == nil {
		w.t.Fatalf("there is no %s %s", recordType, id)
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		w.t.Fatal(err)
	}
}

// split divides a batch into outputs of the given weights; the rest stays.
func (w *world) split(subject, batch string, weights ...int64) []string {
	w.t.Helper()
	var ids []string
	var outputs []m
	var sum int64
	for _, q := range weights {
		id := w.id(subject)
		ids, outputs, sum = append(ids, id), append(outputs, m{"batchId": id, "qtyGram": q}), sum+q
	}
	w.platform.Must("Transform", m{"transformId": w.id(subject), "subject": subject, "kind": "SPLIT", "inputs": []m{{"batchId": batch, "qtyGram": sum}}, "outputs": outputs, "lossGram": 0})
	return ids
}

func (w *world) test(batch, value string) operation.Result {
	w.t.Helper()
	w.n++
	return w.lab.Must("RecordTest", m{"inspectionId": fmt.Sprintf("231600340001.R%04d", w.n), "batchId": batch, "reportHash": gm.HexDigest([]byte(value)), "sampledOn": "20260301",
		"items": []m{{"item": "毒死蜱", "unit": "mg/kg", "value": value, "limit": "0.02", "basis": "MAX"}}})
}

func (w *world) days(n int) { w.l.Now = w.l.Now.Add(time.Duration(n) * 24 * time.Hour) }

// codes makes n GS1 codes of one item.
func (w *world) codes(n int) []string {
	list := make([]string, n)
	for i := range list {
		w.n++
		list[i] = fmt.Sprintf("(01)06900000000014(21)A%05d", w.n)
	}
	return list
}

// app enrols a further business system.
func (w *world) app(mspID, name, dept string, roles ...string) *ledgertest.Actor {
	return w.l.Actor(mspID, name, dept, roles...)
}
