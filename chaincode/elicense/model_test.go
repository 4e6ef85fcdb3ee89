package elicense_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"henanchain/chaincode/elicense"
	"henanchain/chaincode/ledger/ledgertest"
)

// paper is one licence as a clerk would keep it in a book, written without a
// look at the contract: its versions, the last of which is the one that counts.
type paper struct {
	versions []version
	before   string // its status before 99
	transfer bool   // it was taken in by the other authority
	away     string // the status before it was transferred out
}

type version struct {
	status string
	to     string // last day, YYYYMMDD
	holder string
}

func (p *paper) last() *version {
	if len(p.versions) == 0 {
		return &version{}
	}
	return &p.versions[len(p.versions)-1]
}

func (v *version) over(today string) bool { return v.to < today }

type step struct {
	name string
	app  *ledgertest.App
	in   fields
	may  func(p *paper) bool
}

// moves are everything that the clerks could try next.
func moves(t *rapid.T, s *stage, p *paper, today string) []step {
	n := len(p.versions)
	id, next := certID2(max(n, 1)), certID2(n+1)
	skip := rapid.IntRange(0, 5).Draw(t, "skip") == 0
	named := next
	if skip {
		named = certID2(n + 2)
	}
	to := day(today, rapid.IntRange(-3, 40).Draw(t, "length"))
	who := rapid.SampledFrom([]string{holder, holder, holder, spouse}).Draw(t, "holder")
	face := fields{"validFrom": "20260301", "validTo": to, "holderKey": who, "issueDate": "20260301"}
	live := func(p *paper) bool { return p.last().status == "VALID" && !p.last().over(today) }
	add := func(p *paper) { p.versions = append(p.versions, version{"VALID", to, who}) }
	supersede := func(p *paper) bool {
		if skip || to < today {
			return false
		}
		p.last().status = "SUPERSEDED"
		add(p)
		return true
	}
	list := []step{
		{"Issue", s.issuer, licence(id, face), func(p *paper) bool {
			ok := n == 0 && to >= today
			if ok {
				add(p)
			}
			return ok
		}},
		{"Renew", s.issuer, licence(id, face, fields{"newCertId": named}), func(p *paper) bool {
			return live(p) && p.last().holder == who && supersede(p)
		}},
		{"Change", s.issuer, licence(id, face, fields{"newCertId": named}), func(p *paper) bool {
			return live(p) && supersede(p)
		}},
		{"TransferIn", s.other, licence(arrival, face, fields{"prevCertId": id, "prevCertNo": "豫（2026）郑州市不动产权第0000001号"}), func(p *paper) bool {
			v := p.last()
			if v.status != "TRANSFERRED_OUT" || p.transfer || v.over(today) || to < today || v.holder != who {
				return false
			}
			p.transfer = true
			return true
		}},
		// A version that is history.
		{"Change", s.issuer, licence(certID2(1), face, fields{"newCertId": certID2(2)}), func(p *paper) bool {
			if n != 1 || !live(p) || to < today {
				return false
			}
			p.last().status = "SUPERSEDED"
			add(p)
			return true
		}},
	}
	return append(list, statusMoves(s, id, today)...)
}

// set moves the last version from one of some statuses to another.
func set(status string, from ...string) func(*paper) bool {
	return func(p *paper) bool {
		for _, f := range from {
			if p.last().status == f {
				p.last().status = status
				return true
			}
		}
		return false
	}
}

// statusMoves are those that make no new version.
func statusMoves(s *stage, id, today string) []step {
	live := func(p *paper) bool { return p.last().status == "VALID" && !p.last().over(today) }
	return []step{
		{"Suspend", s.issuer, reason(id, "暂扣"), func(p *paper) bool { return live(p) && set("SUSPENDED", "VALID")(p) }},
		{"Return", s.issuer, reason(id, "发还"), set("VALID", "SUSPENDED")},
		{"Revoke", s.issuer, fields{"certId": id, "ground": "FRAUD", "decisionNo": "1", "reason": "撤销"}, set("REVOKED", "VALID", "SUSPENDED")},
		{"Cancel", s.issuer, fields{"certId": id, "ground": "REQUESTED", "reason": "注销"}, set("CANCELLED", "VALID", "SUSPENDED", "EXPIRED")},
		{"Withdraw", s.issuer, fields{"certId": id, "ground": "PENALTY", "decisionNo": "1", "reason": "吊销"}, set("WITHDRAWN", "VALID", "SUSPENDED")},
		{"Expire", s.issuer, fields{"certId": id}, func(p *paper) bool { return p.last().over(today) && set("EXPIRED", "VALID")(p) }},
		{"TransferOut", s.issuer, fields{"certId": id, "toIssuer": otherDept, "toOrg": "HenanMSP", "reason": "迁移"}, func(p *paper) bool {
			p.away = p.last().status
			return !p.last().over(today) && set("TRANSFERRED_OUT", "VALID", "SUSPENDED")(p)
		}},
		{"CancelTransferOut", s.issuer, reason(id, "撤回"), func(p *paper) bool { return !p.transfer && set(p.away, "TRANSFERRED_OUT")(p) }},
		{"SetOther", s.issuer, reason(id, "其他"), func(p *paper) bool {
			p.before = p.last().status
			return set("OTHER", "VALID", "SUSPENDED")(p)
		}},
		{"ClearOther", s.issuer, reason(id, "恢复"), func(p *paper) bool { return set(p.before, "OTHER")(p) }},
		// Another authority.
		{"Suspend", s.other, reason(id, "越权"), func(*paper) bool { return false }},
	}
}

var arrival = "1.2.156.3005.2.11100000MB03271699001.92410302MA9YTT0284.41000000001.001."

func certID2(version int) string { return ids[version] }

// ids are the identifiers of the versions, made once.
var ids = map[int]string{}

func day(today string, n int) string {
	at, err := time.Parse("20060102", today)
	if err != nil {
		panic(err)
	}
	return at.AddDate(0, 0, n).Format("20060102")
}

func TestOneVersionHoldsAtATimeAndNoneIsSkipped(t *testing.T) {
	for v := 1; v < 60; v++ {
		ids[v] = certID(t, v)
	}
	arrival = certIDOf(t, otherDept, "41000000001", 1)
	rapid.Check(t, func(rt *rapid.T) {
		s, p, today := open(t), &paper{}, "20260302"
		for range rapid.IntRange(1, 40).Draw(rt, "length") {
			today = day(today, rapid.SampledFrom([]int{0, 0, 0, 1, 7}).Draw(rt, "days"))
			s.day(t, today)
			m := choose(rt, moves(rt, s, p, today), p)
			r := m.app.Do(m.name, m.in)
			trial := p.clone()
			if may := trial.try(m); may != (r.Refusal == nil) {
				rt.Fatalf("on %s, %s %v: the book says %v, the ledger %v", today, m.name, m.in, may, r.Refusal)
			} else if may {
				*p = *trial
			}
			checkVersions(rt, s, p, today)
		}
	})
}

func (p *paper) clone() *paper {
	other := *p
	other.versions = append([]version{}, p.versions...)
	return &other
}

// try does a move; what is refused leaves no trace.
func (p *paper) try(m step) bool {
	before := p.clone()
	ok := m.may(p)
	if !ok {
		*p = *before
	}
	return ok
}

// choose takes mostly what is allowed, so that walks get far, and seldom what
// ends the licence.
func choose(t *rapid.T, all []step, p *paper) step {
	if rapid.IntRange(0, 3).Draw(t, "tries") > 0 {
		var allowed []step
		for _, m := range all {
			ends := m.name == "Revoke" || m.name == "Cancel" || m.name == "Withdraw"
			if !ends && p.clone().try(m) {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) > 0 {
			return rapid.SampledFrom(allowed).Draw(t, "allowed move")
		}
	}
	return rapid.SampledFrom(all).Draw(t, "move")
}

// checkVersions reads every version as a stranger would, and holds the law: no
// gap, one version at most in force, and the old ones name what followed.
func checkVersions(t *rapid.T, s *stage, p *paper, today string) {
	forces := 0
	for i, want := range p.versions {
		var v elicense.Verdict
		if r := s.bank.Ask(&v, "VerifyLicence", fields{"certId": certID2(i + 1)}); r != nil {
			t.Fatal(r)
		}
		status := want.status
		if status == "VALID" && want.over(today) {
			status = "EXPIRED"
		}
		if v.StatusNow != status || v.InForce != (status == "VALID") {
			t.Fatalf("version %d is %s, in force %v; the book says %s", i+1, v.StatusNow, v.InForce, status)
		}
		if v.InForce {
			forces++
		}
		if i < len(p.versions)-1 && (v.SupersededBy != certID2(i+2) || v.StatusNow != "SUPERSEDED") {
			t.Fatalf("version %d is followed by %q", i+1, v.SupersededBy)
		}
	}
	if p.transfer {
		forces++ // the other authority's licence took the place
	}
	if forces > 1 || s.Record("licence", certID2(len(p.versions)+1)) != nil {
		t.Fatalf("%d versions are in force, or there is one that the book does not have", forces)
	}
}
