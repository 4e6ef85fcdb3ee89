package agritrace_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
)

// massModel is where the mass should be, kept by the test alone.
type massModel struct {
	w       *world
	rt      *rapid.T
	all     []string
	left    map[string]int64
	holder  map[string]string
	onWay   map[string]string // batch → shipment
	stopped map[string]bool   // held or destroyed

	harvested, sold, lost, destroyed, processLoss int64
}

func (s *massModel) app(subject string) *ledgertest.Actor {
	if subject == shop {
		return s.w.retail
	}
	return s.w.platform
}

func (s *massModel) free(id string) bool { return s.onWay[id] == "" && !s.stopped[id] }

func (s *massModel) harvest() {
	qty := rapid.Int64Range(1, 1_000_000).Draw(s.rt, "harvest")
	id := s.w.marketed(qty)
	s.all, s.left[id], s.holder[id] = append(s.all, id), qty, farm
	s.harvested += qty
}

// transform draws inputs and outputs, sometimes with a wrong sum or more than
// there is.
func (s *massModel) transform() {
	kind := rapid.SampledFrom([]string{"SPLIT", "MERGE", "PRIMARY"}).Draw(s.rt, "kind")
	picked := map[string]bool{}
	for range map[string]int{"SPLIT": 1, "MERGE": 3, "PRIMARY": 2}[kind] {
		picked[rapid.SampledFrom(s.all).Draw(s.rt, "input")] = true
	}
	var ins []m
	var taken = map[string]int64{}
	var sum int64
	legal, subject := true, ""
	for _, id := range s.all {
		if !picked[id] {
			continue
		}
		q := rapid.Int64Range(1, max(1, s.left[id])+2).Draw(s.rt, "qty")
		if subject == "" {
			subject = s.holder[id]
		}
		legal = legal && q <= s.left[id] && s.free(id) && s.holder[id] == subject
		taken[id] = q
		ins, sum = append(ins, m{"batchId": id, "qtyGram": q}), sum+q
	}
	if kind == "MERGE" && len(ins) < 2 {
		return
	}
	loss := int64(0)
	if kind == "PRIMARY" {
		loss = rapid.Int64Range(0, sum-1).Draw(s.rt, "loss")
	}
	n := int64(1)
	if kind != "MERGE" {
		n = min(rapid.Int64Range(1, 4).Draw(s.rt, "outputs"), sum-loss)
	}
	wrong := rapid.SampledFrom([]int64{0, 0, 0, 0, 1, -1}).Draw(s.rt, "wrong")
	outs, made, positive := s.outputs(subject, sum-loss, n, wrong)
	legal = legal && positive
	legal = legal && wrong == 0
	r := s.app(subject).Do("Transform", m{"transformId": s.w.id(subject), "subject": subject, "kind": kind, "inputs": ins, "outputs": outs, "lossGram": loss, "lossReason": "清洗"})
	if (r.Refusal == nil) != legal {
		s.rt.Fatalf("%s of %v into %v with a loss of %d, legal %v, answered %v", kind, ins, outs, loss, legal, r.Refusal)
	}
	if !legal {
		return
	}
	for id, q := range taken {
		s.left[id] -= q
	}
	for _, o := range outs {
		id := o["batchId"].(string)
		s.all, s.left[id], s.holder[id] = append(s.all, id), made[id], subject
	}
	s.processLoss += loss
}

// outputs divides a mass into n new batches, the first with a wrong amount.
func (s *massModel) outputs(subject string, sum, n, wrong int64) (outs []m, made map[string]int64, positive bool) {
	made, positive = map[string]int64{}, true
	for i := range n {
		q := sum / n
		if i == 0 {
			q = sum - q*(n-1) + wrong
		}
		id := s.w.id(subject)
		made[id], outs = q, append(outs, m{"batchId": id, "qtyGram": q})
		positive = positive && q > 0
	}
	return outs, made, positive
}

func (s *massModel) ship(id string) {
	from := s.holder[id]
	to := map[string]string{farm: shop, shop: farm}[from]
	sender := rapid.SampledFrom([]string{from, from, to}).Draw(s.rt, "sender")
	legal := sender == from && s.free(id) && s.left[id] > 0
	no := s.w.id(sender)
	receiver := map[string]string{farm: shop, shop: farm}[sender]
	r := s.app(sender).Do("Ship", m{"shipmentNo": no, "subject": sender, "to": receiver, "batches": []string{id}})
	if (r.Refusal == nil) != legal {
		s.rt.Fatalf("shipping %s from %s, legal %v, answered %v", id, sender, legal, r.Refusal)
	}
	if legal {
		s.onWay[id] = no
	}
}

func (s *massModel) arrive(id string) {
	no := s.onWay[id]
	if no == "" {
		return
	}
	to := map[string]string{farm: shop, shop: farm}[s.holder[id]]
	if rapid.Bool().Draw(s.rt, "reject") {
		s.app(to).Must("Reject", m{"shipmentNo": no, "subject": to, "reason": "包装破损"})
		delete(s.onWay, id)
		return
	}
	q := rapid.Int64Range(0, s.left[id]+1).Draw(s.rt, "received")
	r := s.app(to).Do("Receive", m{"shipmentNo": no, "subject": to, "loads": []m{{"batchId": id, "qtyGram": q, "reason": "水分蒸发"}}})
	if (r.Refusal == nil) != (q <= s.left[id]) {
		s.rt.Fatalf("receiving %d of %d answered %v", q, s.left[id], r.Refusal)
	}
	if r.Refusal == nil {
		s.lost += s.left[id] - q
		s.left[id], s.holder[id] = q, to
		delete(s.onWay, id)
	}
}

// takeSome sells, loses or destroys.
func (s *massModel) takeSome(id, what string) {
	subject, q := s.holder[id], rapid.Int64Range(1, s.left[id]+1).Draw(s.rt, "take")
	app := s.app(subject)
	switch what {
	case "lose":
		r := app.Do("RecordLoss", m{"batchId": id, "subject": subject, "qtyGram": q, "reason": "腐损"})
		if legal := s.free(id) && q <= s.left[id]; (r.Refusal == nil) != legal {
			s.rt.Fatalf("losing %d of %d, legal %v, answered %v", q, s.left[id], legal, r.Refusal)
		}
		if r.Refusal == nil {
			s.lost, s.left[id] = s.lost+q, s.left[id]-q
		}
	case "sell":
		on := app.Do("PutOnSale", m{"batchId": id, "subject": subject})
		if legal := s.free(id) && s.left[id] > 0; (on.Refusal == nil) != legal {
			s.rt.Fatalf("putting %s on sale, legal %v, answered %v", id, legal, on.Refusal)
		}
		if on.Refusal != nil {
			return
		}
		r := app.Do("Sell", m{"batchId": id, "subject": subject, "qtyGram": q})
		if (r.Refusal == nil) != (q <= s.left[id]) {
			s.rt.Fatalf("selling %d of %d answered %v", q, s.left[id], r.Refusal)
		}
		if r.Refusal == nil {
			s.sold, s.left[id] = s.sold+q, s.left[id]-q
		}
		if s.stopped[id] = r.Status == agritrace.Sold; !s.stopped[id] {
			app.Must("TakeOffSale", m{"batchId": id, "subject": subject})
		}
	case "destroy":
		if !s.free(id) {
			return
		}
		s.w.agri.Must("Hold", m{"batchId": id, "reason": "核查"})
		app.Must("Destroy", m{"batchId": id, "subject": subject, "method": "焚烧", "evidenceHash": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"})
		s.destroyed, s.left[id], s.stopped[id] = s.destroyed+s.left[id], 0, true
	}
}

func TestMassIsConservedWhateverIsDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &massModel{w: newWorld(t), rt: rt, left: map[string]int64{}, holder: map[string]string{}, onWay: map[string]string{}, stopped: map[string]bool{}}
		s.w.registrar.Must("UpdateSubject", m{"subjectCode": farm, "activities": []string{"GROW", "SELL"}, "operator": ledgertest.DeptA, "jyLicence": "JY14101050000018", "jyValidTo": "20301231", "reason": "经营许可"})
		s.harvest()
		s.harvest()
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			id := rapid.SampledFrom(s.all).Draw(rt, "batch")
			switch what := rapid.SampledFrom([]string{"harvest", "transform", "transform", "transform", "ship", "arrive", "arrive", "lose", "sell", "destroy"}).Draw(rt, "what"); what {
			case "harvest":
				s.harvest()
			case "transform":
				s.transform()
			case "ship":
				s.ship(id)
			case "arrive":
				s.arrive(id)
			default:
				s.takeSome(id, what)
			}
		}
		s.compare()
	})
}

func (s *massModel) compare() {
	var left, sold, lost, destroyed, harvested int64
	for key, value := range s.w.l.Public() {
		if !strings.HasPrefix(key, "batch/") {
			continue
		}
		var r struct {
			ID   string
			Body agritrace.Batch
		}
		if err := json.Unmarshal(value, &r); err != nil {
			s.rt.Fatal(err)
		}
		b := r.Body
		if b.RemainingGram != s.left[r.ID] || b.Holder != s.holder[r.ID] {
			s.rt.Errorf("%s has %d left at %s, the model says %d at %s", r.ID, b.RemainingGram, b.Holder, s.left[r.ID], s.holder[r.ID])
		}
		if b.QtyGram != b.RemainingGram+b.UsedGram+b.SoldGram+b.LostGram+b.DestroyedGram || b.RemainingGram < 0 {
			s.rt.Errorf("%s does not add up: %+v", r.ID, b)
		}
		left, sold, lost, destroyed = left+b.RemainingGram, sold+b.SoldGram, lost+b.LostGram, destroyed+b.DestroyedGram
		if b.MadeBy == "" {
			harvested += b.QtyGram
		}
	}
	if harvested != s.harvested || sold != s.sold || lost != s.lost || destroyed != s.destroyed {
		s.rt.Errorf("the ledger has %d harvested, %d sold, %d lost, %d destroyed; the model %d, %d, %d, %d", harvested, sold, lost, destroyed, s.harvested, s.sold, s.lost, s.destroyed)
	}
	if got := left + sold + lost + destroyed + s.processLoss; got != harvested {
		s.rt.Errorf("%d g were harvested and %d g are accounted for", harvested, got)
	}
}
