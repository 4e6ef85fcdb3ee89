package realestate

import (
	"fmt"
	"slices"

	"henanchain/chaincode/ledger"
)

// burdens are what stands on a unit as of today: entries with a period that
// has run out are left out here, whatever their stored status says.
type burdens struct {
	mortgages  []*ledger.Entity[Mortgage]
	seizures   []*queued
	objections []*ledger.Entity[Objection]
	notices    []*ledger.Entity[Notice]
	residences []*ledger.Entity[Residence]
}

func (b *book) burdensOf(c *ledger.Call, u *ledger.Entity[Unit]) (*burdens, error) {
	all := &burdens{}
	err := c.Prefetch(slices.Concat(ledger.Keys(mortgageType, u.Body.Mortgages), ledger.Keys(seizureType, u.Body.Seizures),
		ledger.Keys(objectionType, u.Body.Objections), ledger.Keys(noticeType, u.Body.Notices), ledger.Keys(residenceType, u.Body.Residences))...)
	if err != nil {
		return nil, err
	}
	if all.mortgages, err = standing(c, b.mortgages, u.Body.Mortgages); err != nil {
		return nil, err
	}
	queue, err := b.queue(c, u)
	if err != nil {
		return nil, err
	}
	for _, q := range queue {
		if q.now == SeizureActive || q.now == SeizureQueued {
			all.seizures = append(all.seizures, q)
		}
	}
	if all.objections, err = standing(c, b.objections, u.Body.Objections); err != nil {
		return nil, err
	}
	if all.notices, err = standing(c, b.notices, u.Body.Notices); err != nil {
		return nil, err
	}
	all.residences, err = standing(c, b.residences, u.Body.Residences)
	return all, err
}

// Lapsed is the status of an entry whose period has run out. Where nobody has
// written it down, it is worked out from the record's last day.
const Lapsed = "LAPSED"

// standing reads those of a list that have not lapsed.
func standing[B any](c *ledger.Call, records *ledger.Records[B], ids []string) ([]*ledger.Entity[B], error) {
	all, err := records.LoadAll(c, ids)
	return slices.DeleteFunc(all, func(e *ledger.Entity[B]) bool { return e.StatusNow(c) == Lapsed }), err
}

// prune writes down which entries of a list have lapsed, and takes them off
// it, before another is made.
func prune[B any](c *ledger.Call, records *ledger.Records[B], list *[]string) error {
	all, err := records.LoadAll(c, *list)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.StatusNow(c) != Lapsed {
			continue
		}
		ledger.Strike(list, e.ID)
		if err := e.Move(c, Lapsed); err != nil {
			return err
		}
	}
	return nil
}

// acknowledgements are the papers by which a disposal goes on although
// something is entered on the unit.
type acknowledgements struct {
	Consents       []Consent `json:"consents,omitempty" is:"maxItems=20" zh:"预告登记权利人同意书"`
	RiskHash       string    `json:"riskHash,omitempty" is:"sm3" zh:"风险自担承诺书摘要" doc:"SM3 of the acquirer's acknowledgement of an objection (实施细则 84)"`
	DisclosureHash string    `json:"disclosureHash,omitempty" is:"sm3" zh:"居住权告知书摘要" doc:"SM3 of the disclosure of a residence right, signed by the acquirer"`
}

// Consent is a holder's written consent (同意书).
type Consent struct {
	ProofNo string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号" doc:"The entry whose holder consents"`
	DocHash string `json:"docHash" is:"sm3" zh:"同意书摘要" doc:"SM3 of the consent"`
}

// add joins papers that came later to those presented before.
func (a *acknowledgements) add(more acknowledgements) {
	for _, c := range more.Consents {
		if !consented(a.Consents, c.ProofNo) {
			a.Consents = append(a.Consents, c)
		}
	}
	if more.RiskHash != "" {
		a.RiskHash = more.RiskHash
	}
	if more.DisclosureHash != "" {
		a.DisclosureHash = more.DisclosureHash
	}
}

func consented(all []Consent, proofNo string) bool {
	return slices.ContainsFunc(all, func(c Consent) bool { return c.ProofNo == proofNo })
}

// obstacle is something that stands against a disposal (限制).
type obstacle struct {
	code, recordType, id, sentence string
}

func (o obstacle) refusal() error {
	r := ledger.Refuse(o.code, "%s", o.sentence)
	r.Type, r.ID = o.recordType, o.id
	return r
}

// blocks are the obstacles that no paper removes. A mortgage is none: the unit
// passes with it (民法典 406), unless the book says that it must not.
func (s *burdens) blocks(transfer bool) []obstacle {
	var all []obstacle
	for _, q := range s.seizures {
		if q.now == SeizureActive {
			all = append(all, obstacle{UnitSeized, seizureType, q.e.ID, fmt.Sprintf(
				"the seizure %s by the court %s is in force until %s; the court releases it first", q.e.Body.DocNo, q.e.Dept, q.to)})
		}
	}
	for _, m := range s.mortgages {
		if transfer && m.Body.TransferRestricted {
			all = append(all, obstacle{TransferRestricted, mortgageType, m.ID, fmt.Sprintf(
				"the mortgage %s forbids a transfer; its mortgagee %s lifts the restriction first (ChangeMortgage)", m.ID, m.Body.MortgageeDept)})
		}
	}
	return all
}

// conditions are the obstacles that a paper removes, without those whose paper
// is there. A notice's own holder needs no consent of himself.
func (s *burdens) conditions(papers *acknowledgements, acquirers []string) []obstacle {
	var all []obstacle
	for _, n := range s.notices {
		if !slices.Contains(acquirers, n.Body.Holder.Key) && !consented(papers.Consents, n.ID) {
			all = append(all, obstacle{ConsentMissing, noticeType, n.ID, fmt.Sprintf("the notice %s needs its holder's written consent (民法典 221), among the consents", n.ID)})
		}
	}
	for _, o := range s.objections {
		if papers.RiskHash == "" {
			all = append(all, obstacle{RiskUnacknowledged, objectionType, o.ID, fmt.Sprintf("the objection %s stands: the acquirer's written acknowledgement of the risk (riskHash) is needed", o.ID)})
		}
	}
	for _, r := range s.residences {
		if papers.DisclosureHash == "" && !slices.Contains(acquirers, r.Body.Holder.Key) {
			all = append(all, obstacle{DisclosureMissing, residenceType, r.ID, fmt.Sprintf("the residence right %s stands: its disclosure to the acquirer (disclosureHash) is needed", r.ID)})
		}
	}
	return all
}

// checkDisposal refuses a disposal of the unit with its first obstacle. What
// passes by law or by judgment only a seizure stops.
func (b *book) checkDisposal(c *ledger.Call, u *ledger.Entity[Unit], why cause, papers *acknowledgements, acquirers []string) error {
	s, err := b.burdensOf(c, u)
	if err != nil {
		return err
	}
	all := s.blocks(why.voluntary && why.registration == RegTransfer)
	if why.voluntary {
		all = append(all, s.conditions(papers, acquirers)...)
	}
	if len(all) > 0 {
		return all[0].refusal()
	}
	return nil
}

// checkFree refuses where anything at all is entered on the unit, or a case
// is pending: for acts after which the unit is no more.
func (b *book) checkFree(c *ledger.Call, u *ledger.Entity[Unit], but string) error {
	if u.Body.Live != "" && u.Body.Live != but {
		return sold(u)
	}
	s, err := b.burdensOf(c, u)
	if err != nil {
		return err
	}
	var names []string
	for _, m := range s.mortgages {
		names = append(names, "mortgage "+m.ID)
	}
	for _, q := range s.seizures {
		names = append(names, "seizure "+q.e.Body.DocNo)
	}
	for _, o := range s.objections {
		names = append(names, "objection "+o.ID)
	}
	for _, n := range s.notices {
		names = append(names, "notice "+n.ID)
	}
	for _, r := range s.residences {
		names = append(names, "residence right "+r.ID)
	}
	if len(names) > 0 {
		return ledger.Refuse(UnitBurdened, "the unit %s carries %v; each must end first", u.ID, names)
	}
	return nil
}

func sold(u *ledger.Entity[Unit]) error {
	r := ledger.Refuse(UnitSold, "the unit %s is held by the pending case %s; it ends in the book or is cancelled before another begins", u.ID, u.Body.Live)
	r.Type, r.ID = transactionType, u.Body.Live
	return r
}
