package evidence_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/evidence"
	"henanchain/chaincode/ledger/ledgertest"
)

// model is what a lawyer would keep on a sheet of paper for one piece of
// evidence, written without a look at the contract.
type model struct {
	status               string
	matched              bool   // the last check in this case
	conclusion           string // of the last appraisal that still counts
	disputed             map[string]bool
	court                string // who has it in this case
	commissioned         bool
	cases                int
	holder, to, held     string // custody: departments, digest
	links, broken, steps int
}

type act struct {
	name string
	app  *ledgertest.App
	in   fields
	// may tells whether the sheet of paper allows it, and does it there.
	may func(m *model) bool
}

func (m *model) in(statuses ...string) bool {
	for _, s := range statuses {
		if m.status == s {
			return true
		}
	}
	return false
}

func (m *model) takes(court string) bool {
	if m.court != "" && m.court != court {
		return false
	}
	m.court = court
	return true
}

// draws are the choices that the acts of one step share.
type draws struct {
	s                   *stage
	id, original, other string
	factor, conclusion  string
	overruled           []string
	court               *ledgertest.App
	dept                string // of the court
	who, to, before     string
	action              string
	app                 *ledgertest.App // of who
}

func draw(t *rapid.T, s *stage, id, original string, m *model) *draws {
	d := &draws{
		s: s, id: id, original: original, before: m.held, court: s.court, dept: courtDept,
		other:      rapid.SampledFrom([]string{original, "假", "又假"}).Draw(t, "content"),
		factor:     rapid.SampledFrom([]string{"PLATFORM", "SOURCE", "PROCESS"}).Draw(t, "factor"),
		conclusion: rapid.SampledFrom([]string{"AUTHENTIC", "ALTERED", "UNDETERMINED"}).Draw(t, "conclusion"),
		overruled:  rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"PLATFORM", "SOURCE", "PROCESS"}), 0, 3, rapid.ID[string]).Draw(t, "overruled"),
		who:        rapid.SampledFrom([]string{ledgertest.DeptA, policeDept, courtDept}).Draw(t, "who"),
		to:         rapid.SampledFrom([]string{ledgertest.DeptA, policeDept, courtDept}).Draw(t, "to"),
		action:     rapid.SampledFrom([]string{"COPY", "EXAMINE", "STORE", "CONVERT"}).Draw(t, "action"),
	}
	if rapid.IntRange(0, 9).Draw(t, "court") == 0 {
		d.dept = "114100000051845154"
		d.court = s.App("HenanMSP", "hn-high-court", d.dept, evidence.RoleCourt)
	}
	d.app = map[string]*ledgertest.App{ledgertest.DeptA: s.depositor, policeDept: s.police, courtDept: s.court}[d.who]
	if rapid.IntRange(0, 5).Draw(t, "wrong digest") == 0 {
		d.before = d.other
	}
	return d
}

// holds tells whether the other file is the deposited one, or its conversion.
func (d *draws) holds(m *model) bool {
	return d.other == d.original || m.broken == 0 && d.other == m.held
}

// acts are everything that can happen next, by whomever; one of them is drawn.
func acts(t *rapid.T, s *stage, id, original string, m *model) act {
	d := draw(t, s, id, original, m)
	list := slices.Concat(d.disputes(m), d.decisions(), d.custody())
	// Mostly what is allowed, so that walks get far; often enough what is not.
	if rapid.IntRange(0, 3).Draw(t, "tries") > 0 {
		var allowed []act
		for _, a := range list {
			paper := *m
			paper.disputed = maps.Clone(m.disputed)
			if a.name != "Archive" && a.may(&paper) {
				allowed = append(allowed, a)
			}
		}
		if len(allowed) > 0 {
			return rapid.SampledFrom(allowed).Draw(t, "allowed act")
		}
	}
	return rapid.SampledFrom(list).Draw(t, "act")
}

// disputes are the acts until the court decides.
func (d *draws) disputes(m *model) []act {
	return []act{
		{"Submit", d.s.depositor, fields{"evidenceId": d.id, "caseNo": fmt.Sprintf("（2026）豫01民初%d号", m.cases+1)}, func(m *model) bool {
			if !m.in("ANCHORED", "NOTARIZED", "ADMITTED", "EXCLUDED") {
				return false
			}
			m.status, m.matched, m.conclusion, m.disputed, m.court, m.commissioned = "SUBMITTED", false, "", map[string]bool{}, "", false
			m.cases++
			return true
		}},
		{"Notarize", d.s.notary, fields{"evidenceId": d.id, "ref": "1", "fileHash": hash(d.other)}, func(m *model) bool {
			ok := m.in("ANCHORED") && d.holds(m)
			if ok {
				m.status = "NOTARIZED"
			}
			return ok
		}},
		{"CourtVerify", d.court, fields{"evidenceId": d.id, "fileHash": hash(d.other)}, func(m *model) bool {
			if !m.in("SUBMITTED", "VERIFIED", "MISMATCH", "CHALLENGED", "APPRAISED") || !m.takes(d.dept) {
				return false
			}
			m.matched = d.holds(m)
			if m.in("SUBMITTED", "VERIFIED", "MISMATCH") {
				m.status = map[bool]string{true: "VERIFIED", false: "MISMATCH"}[m.matched]
			}
			return true
		}},
		{"Challenge", d.s.party, fields{"evidenceId": d.id, "factors": []string{d.factor}, "groundsHash": hash("理由")}, func(m *model) bool {
			if !m.in("VERIFIED", "MISMATCH", "CHALLENGED", "APPRAISED") {
				return false
			}
			m.status, m.disputed[d.factor] = "CHALLENGED", true
			return true
		}},
		{"CommissionAppraisal", d.court, fields{"evidenceId": d.id, "appraiser": appraiserDept, "commissionNo": "7", "appraiserOrg": "ZhengzhouMSP"}, func(m *model) bool {
			if !m.in("CHALLENGED", "APPRAISED") || !m.takes(d.dept) {
				return false
			}
			m.commissioned = true
			return true
		}},
		{"Appraise", d.s.appraiser, appraisal(d.id, d.conclusion, d.other), func(m *model) bool {
			if !m.in("CHALLENGED", "APPRAISED") || !m.commissioned || d.conclusion == "AUTHENTIC" && !d.holds(m) {
				return false
			}
			m.status, m.conclusion = "APPRAISED", d.conclusion
			return true
		}},
	}
}

// decisions are the court's.
func (d *draws) decisions() []act {
	return []act{
		{"Admit", d.court, fields{"evidenceId": d.id, "decision": "采信", "overruled": d.overruled}, func(m *model) bool {
			open := len(m.disputed)
			for _, f := range d.overruled {
				if m.disputed[f] {
					open--
				}
			}
			sound := m.conclusion == "AUTHENTIC" || m.conclusion != "ALTERED" && m.matched && m.broken == 0
			if !m.in("VERIFIED", "CHALLENGED", "APPRAISED") || m.court != "" && m.court != d.dept || !sound || open > 0 {
				return false
			}
			m.court, m.status = d.dept, "ADMITTED"
			return true
		}},
		{"Exclude", d.court, fields{"evidenceId": d.id, "decision": "排除"}, func(m *model) bool {
			if !m.in("VERIFIED", "MISMATCH", "CHALLENGED", "APPRAISED") || !m.takes(d.dept) {
				return false
			}
			m.status = "EXCLUDED"
			return true
		}},
		{"Archive", d.court, fields{"evidenceId": d.id, "archiveNo": "1", "retention": "10Y"}, func(m *model) bool {
			if !m.in("ADMITTED", "EXCLUDED") || !m.takes(d.dept) {
				return false
			}
			m.status = "ARCHIVED"
			return true
		}},
	}
}

// custody is what those who hold the data do.
func (d *draws) custody() []act {
	return []act{
		{"HandOver", d.app, handOver(d.id, d.to, d.before), func(m *model) bool {
			if d.who != m.holder || m.to != "" || d.to == d.who || d.before != m.held {
				return false
			}
			m.to = d.to
			return true
		}},
		{"Receive", d.app, fields{"evidenceId": d.id, "hashAfter": hash(d.other)}, func(m *model) bool {
			if m.to == "" || d.who != m.to {
				return false
			}
			m.holder, m.to = m.to, ""
			m.link(d.other, d.other != m.held)
			return true
		}},
		{"CancelHandover", d.app, fields{"evidenceId": d.id, "reason": "有误"}, func(m *model) bool {
			if m.to == "" || d.who != m.to && d.who != m.holder {
				return false
			}
			m.to = ""
			return true
		}},
		{"RecordCustody", d.app, fields{"evidenceId": d.id, "action": d.action, "reason": "保管", "hashBefore": hash(d.before), "hashAfter": hash(d.other)}, func(m *model) bool {
			if d.who != m.holder || m.to != "" || d.before != m.held {
				return false
			}
			m.link(d.other, d.other != m.held && d.action != "CONVERT")
			return true
		}},
	}
}

func (m *model) link(after string, unexplained bool) {
	m.links++
	m.held = after
	if unexplained {
		m.broken, m.conclusion = m.links, ""
	}
}

func TestEvidenceGoesNoOtherWayThanTheLawLets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t)
		id := s.depositor.Must("Deposit", deposit("合同")).ID
		m := &model{status: "ANCHORED", disputed: map[string]bool{}, holder: ledgertest.DeptA, held: "合同", steps: 1}
		for range rapid.IntRange(1, 40).Draw(rt, "length") {
			a := acts(rt, s, id, "合同", m)
			r := a.app.Do(a.name, a.in)
			if may := a.may(m); may != (r.Refusal == nil) {
				rt.Fatalf("%s %v: the paper says %v, the ledger %v", a.name, a.in, may, r.Refusal)
			}
			if r.Refusal == nil {
				m.steps++
			}
			rec := s.Record("evidence", id)
			if rec.Status != m.status || rec.Version != m.steps {
				rt.Fatalf("after %s the record is %s version %d, and the paper %s version %d", a.name, rec.Status, rec.Version, m.status, m.steps)
			}
		}
		checkChain(rt, s, id, m)
	})
}

// checkChain walks the chain of custody as an auditor would.
func checkChain(t *rapid.T, s *stage, id string, m *model) {
	var line evidence.CustodyTimeline
	if r := s.regulator.Ask(&line, "CustodyTimeline", fields{"evidenceId": id}); r != nil {
		t.Fatal(r)
	}
	if len(line.Entries) != m.links || line.Length != int64(m.links) || line.Holder.Dept != m.holder || line.Intact != (m.broken == 0) {
		t.Fatalf("the chain has %d entries and ends at %s, and the paper has %d and %s", len(line.Entries), line.Holder.Dept, m.links, m.holder)
	}
	from, held, previous := line.Origin.Holder.Dept, line.Origin.Hash, ""
	for i, e := range line.Entries {
		if e.Seq != int64(i+1) || e.From != from || e.HashBefore != held || e.Previous != previous || e.Mismatch != (e.HashAfter != e.HashBefore && e.Action != "CONVERT") {
			t.Fatalf("entry %d does not follow the one before: %+v", i+1, e)
		}
		from, held, previous = e.To, e.HashAfter, s.Record("custody", entry(id, i+1)).Digest
	}
	if from != m.holder || held != hash(m.held) {
		t.Fatalf("the chain ends at %s with %s", from, held)
	}
}
