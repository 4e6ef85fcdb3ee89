package agritrace_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/agritrace"
)

// lineageModel is which batch was made of which, and which a recall is about,
// kept by the test alone.
type lineageModel struct {
	w        *world
	rt       *rapid.T
	all      []string
	left     map[string]int64
	children map[string][]string
	recalled map[string]bool
	recalls  int
}

// transform makes batches of batches on the ledger, and in the model where the
// ledger did it.
func (s *lineageModel) transform(kind string, outputs int, inputs ...string) (done bool) {
	var ins, outs []m
	var ids []string
	taken := map[string]int64{}
	var sum int64
	for _, id := range inputs {
		taken[id] = max((s.left[id]+1)/2, int64(outputs))
		ins, sum = append(ins, m{"batchId": id, "qtyGram": taken[id]}), sum+taken[id]
	}
	made := map[string]int64{}
	for i := range outputs {
		id, q := s.w.id(farm), sum/int64(outputs)
		if i == 0 {
			q = sum - q*int64(outputs-1)
		}
		ids, outs, made[id] = append(ids, id), append(outs, m{"batchId": id, "qtyGram": q}), q
	}
	if r := s.w.platform.Do("Transform", m{"transformId": s.w.id(farm), "subject": farm, "kind": kind, "inputs": ins, "outputs": outs, "lossGram": 0}); r.Refusal != nil {
		return false
	}
	for _, id := range inputs {
		s.left[id] -= taken[id]
		s.children[id] = append(s.children[id], ids...)
	}
	for _, id := range ids {
		s.all, s.left[id] = append(s.all, id), made[id]
	}
	return true
}

func (s *lineageModel) reach(id string) {
	if !s.recalled[id] {
		s.recalled[id] = true
		for _, c := range s.children[id] {
			s.reach(c)
		}
	}
}

func (s *lineageModel) split(id string) {
	n := rapid.IntRange(1, 50).Draw(s.rt, "lots")
	if s.left[id] < int64(n) {
		return
	}
	if done := s.transform("SPLIT", n, id); done == s.recalled[id] {
		s.rt.Fatalf("splitting %s, recalled %v, was done %v", id, s.recalled[id], done)
	}
}

func (s *lineageModel) merge(id string) {
	other := rapid.SampledFrom(s.all).Draw(s.rt, "other")
	if other == id || s.left[id] == 0 || s.left[other] == 0 {
		return
	}
	if done := s.transform("MERGE", 1, id, other); done == (s.recalled[id] || s.recalled[other]) {
		s.rt.Fatalf("merging %s and %s, recalled %v and %v, was done %v", id, other, s.recalled[id], s.recalled[other], done)
	}
}

func (s *lineageModel) recall(id string) {
	s.recalls++
	name := fmt.Sprintf("ZH-%d", s.recalls)
	r := s.w.market.Do("StartRecall", m{"recallId": name, "batchId": id, "class": "1", "reason": "超标"})
	if (r.Refusal == nil) != (s.w.batch(id).RecallID == name) {
		s.rt.Fatalf("recalling %s answered %v", id, r.Refusal)
	}
	s.reach(id)
}

func (s *lineageModel) sell(id string) {
	if s.left[id] == 0 {
		return
	}
	r := s.w.platform.Do("PutOnSale", m{"batchId": id, "subject": farm})
	if (r.Refusal == nil) == s.recalled[id] {
		s.rt.Fatalf("%s, recalled %v, was put on sale: %v", id, s.recalled[id], r.Refusal)
	}
	if r.Refusal == nil {
		s.w.platform.Must("TakeOffSale", m{"batchId": id, "subject": farm})
	}
}

// Random graphs of splits and merges, recalls in random order with steps
// between other operations: in the end every descendant is marked, nothing
// else is, and at no moment was a descendant sold or made into something.
func TestRecallsReachExactlyTheDescendants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &lineageModel{w: newWorld(t), rt: rt, left: map[string]int64{}, children: map[string][]string{}, recalled: map[string]bool{}}
		for range 3 {
			id := s.w.marketed(1 << 20)
			s.all, s.left[id] = append(s.all, id), 1<<20
		}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			id := rapid.SampledFrom(s.all).Draw(rt, "batch")
			switch rapid.SampledFrom([]string{"split", "split", "merge", "recall", "continue", "sell"}).Draw(rt, "what") {
			case "split":
				s.split(id)
			case "merge":
				s.merge(id)
			case "recall":
				s.recall(id)
			case "continue":
				if s.recalls > 0 {
					s.w.market.Do("ContinueRecall", m{"recallId": fmt.Sprintf("ZH-%d", rapid.IntRange(1, s.recalls).Draw(rt, "recall"))})
				}
			case "sell":
				s.sell(id)
			}
		}
		s.finish()
		for _, id := range s.all {
			if (s.w.status(id) == agritrace.Recalled) != s.recalled[id] {
				rt.Fatalf("%s is %s and should be recalled: %v", id, s.w.status(id), s.recalled[id])
			}
		}
	})
}

// finish spreads every recall to its end.
func (s *lineageModel) finish() {
	for n := range s.recalls {
		id := fmt.Sprintf("ZH-%d", n+1)
		for r := s.w.l.Record("recall", id); r != nil && r.Status == agritrace.Spreading; r = s.w.l.Record("recall", id) {
			s.w.market.Must("ContinueRecall", m{"recallId": id})
		}
	}
}
