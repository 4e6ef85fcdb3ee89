package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type unitQuery struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
}

// Restrictions answers what stands on a unit today (限制情况).
type Restrictions struct {
	UnitCode   string          `json:"unitCode" zh:"不动产单元号"`
	Status     string          `json:"status" zh:"单元状态"`
	RightID    string          `json:"rightId,omitempty" zh:"现势权利业务号"`
	Live       string          `json:"live,omitempty" zh:"在办业务"`
	Mortgages  []MortgageState `json:"mortgages" zh:"抵押"`
	Seizures   []SeizureState  `json:"seizures" zh:"查封"`
	Objections []Entry         `json:"objections" zh:"异议"`
	Notices    []Entry         `json:"notices" zh:"预告"`
	Residences []Entry         `json:"residences" zh:"居住权"`
	// CanTransfer is false where no paper helps. Reasons then say what must
	// end first; Conditions say which papers a transfer needs.
	CanTransfer bool     `json:"canTransfer" zh:"能否转移"`
	Reasons     []Reason `json:"reasons" zh:"不能转移的原因"`
	Conditions  []Reason `json:"conditions" zh:"转移所需材料"`
}

// MortgageState is a mortgage among the restrictions.
type MortgageState struct {
	ProofNo            string `json:"proofNo" zh:"不动产登记证明号"`
	Rank               int64  `json:"rank" zh:"顺位"`
	MortgageeDept      string `json:"mortgageeDept" zh:"抵押权人"`
	Mode               string `json:"mode" zh:"抵押方式"`
	TransferRestricted bool   `json:"transferRestricted" zh:"是否禁止转让"`
}

// SeizureState is a seizure among the restrictions, as of today.
type SeizureState struct {
	SeizureID string `json:"seizureId" zh:"查封编号"`
	DocNo     string `json:"docNo" zh:"查封文号"`
	Court     string `json:"court" zh:"查封机关"`
	Type      string `json:"type" zh:"查封类型" doc:"Dictionary seizureType"`
	Order     int    `json:"order" zh:"顺位"`
	From      string `json:"from,omitempty" zh:"查封起"`
	To        string `json:"to,omitempty" zh:"查封止"`
}

// Entry is an objection, notice or residence right among the restrictions.
type Entry struct {
	ProofNo  string `json:"proofNo" zh:"不动产登记证明号"`
	ExpireAt string `json:"expireAt,omitempty" zh:"失效日期" doc:"Its last day; left out while no period runs"`
}

// Reason is a refusal code with its sentence.
type Reason struct {
	Code     string `json:"code" zh:"代码"`
	ID       string `json:"id,omitempty" zh:"记录编号"`
	Sentence string `json:"sentence" zh:"说明"`
}

func (b *book) restrictions(c *ledger.Call, in *unitQuery) (*Restrictions, error) {
	u, err := b.units.Load(c, in.UnitCode)
	if err != nil {
		return nil, err
	}
	s, err := b.burdensOf(c, u)
	if err != nil {
		return nil, err
	}
	out := &Restrictions{UnitCode: u.ID, Status: u.Status, RightID: u.Body.RightID, Live: u.Body.Live,
		Mortgages: []MortgageState{}, Seizures: []SeizureState{}, Objections: []Entry{}, Notices: []Entry{}, Residences: []Entry{}}
	for i, m := range s.mortgages {
		out.Mortgages = append(out.Mortgages, MortgageState{m.ID, int64(i + 1), m.Body.MortgageeDept, m.Body.Mode, m.Body.TransferRestricted})
	}
	for i, q := range s.seizures {
		out.Seizures = append(out.Seizures, SeizureState{q.e.ID, q.e.Body.DocNo, q.e.Dept, q.e.Body.code(q.now), i + 1, q.from, q.to})
	}
	for _, o := range s.objections {
		entry := Entry{ProofNo: o.ID}
		if o.Status == ObjectionRegistered {
			entry.ExpireAt = o.Body.ExpireAt
		}
		out.Objections = append(out.Objections, entry)
	}
	for _, n := range s.notices {
		out.Notices = append(out.Notices, Entry{n.ID, n.Body.ExpireAt})
	}
	for _, r := range s.residences {
		out.Residences = append(out.Residences, Entry{r.ID, r.Body.To})
	}
	out.Reasons, out.Conditions = reasons(blocksOf(u, s)), reasons(s.conditions(&acknowledgements{}, nil))
	out.CanTransfer = len(out.Reasons) == 0
	return out, nil
}

// blocksOf are the obstacles of a transfer that are the unit's own, and those
// of its burdens.
func blocksOf(u *ledger.Entity[Unit], s *burdens) []obstacle {
	var all []obstacle
	switch {
	case u.Status != UnitActive:
		all = append(all, obstacle{UnitHistorical, unitType, u.ID, "the unit is historical"})
	case u.Body.RightID == "":
		all = append(all, obstacle{UnitUnowned, unitType, u.ID, "the unit has no right in force"})
	}
	if u.Body.Live != "" {
		all = append(all, obstacle{UnitSold, transactionType, u.Body.Live, "the unit is held by a pending case"})
	}
	return append(all, s.blocks(true)...)
}

func reasons(all []obstacle) []Reason {
	out := []Reason{}
	for _, o := range all {
		out = append(out, Reason{o.code, o.id, o.sentence})
	}
	return out
}

// maxTitle bounds how many rights a chain of title is followed through.
const maxTitle = 200

// Title is a unit's chain of title (上手链), the newest right first.
type Title struct {
	UnitCode string      `json:"unitCode" zh:"不动产单元号"`
	Links    []TitleLink `json:"links" zh:"权利"`
	Complete bool        `json:"complete" zh:"是否完整" doc:"False where the chain is longer than 200 rights"`
}

// TitleLink is one right of a chain of title.
type TitleLink struct {
	BizNo            string   `json:"bizNo" zh:"业务号"`
	UnitCode         string   `json:"unitCode" zh:"不动产单元号"`
	RegistrationType string   `json:"registrationType" zh:"登记类型"`
	Status           string   `json:"status" zh:"权属状态"`
	BookedOn         string   `json:"bookedOn" zh:"登簿日期"`
	CertNo           string   `json:"certNo" zh:"不动产权证号"`
	HoldMode         string   `json:"holdMode" zh:"共有方式"`
	Owners           []string `json:"owners" zh:"权利人标识"`
	PrevBizNo        string   `json:"prevBizNo" zh:"上手业务号"`
}

// titleHistory follows a unit's rights back to the first registration, through
// splits and mergers: a merged unit has the chains of all its parents.
func (b *book) titleHistory(c *ledger.Call, in *unitQuery) (*Title, error) {
	out := &Title{UnitCode: in.UnitCode, Links: []TitleLink{}, Complete: true}
	seen := map[string]bool{}
	u, err := b.units.Load(c, in.UnitCode)
	if err != nil {
		return nil, err
	}
	waiting := []string{u.Body.RightID}
	if u.Body.RightID == "" && u.Body.LastRightID != "" {
		waiting[0] = u.Body.LastRightID
	}
	for len(waiting) > 0 {
		id := waiting[0]
		waiting = waiting[1:]
		if id == "" || id == firstOfTitle || seen[id] {
			continue
		}
		if len(out.Links) == maxTitle {
			out.Complete = false
			break
		}
		seen[id] = true
		r, err := b.rights.Load(c, id)
		if err != nil {
			return nil, err
		}
		out.Links = append(out.Links, TitleLink{
			id, r.Body.UnitCode, r.Body.Registration, r.Status, r.Body.BookedOn, r.Body.CertNo, r.Body.HoldMode, keysOf(r.Body.Owners), r.Body.PrevBizNo,
		})
		waiting = append(append(waiting, r.Body.PrevBizNo), r.Body.MergedFrom...)
	}
	return out, nil
}

type ownsHome struct {
	OwnerKey string `json:"ownerKey" is:"subject" zh:"被查询人标识"`
	AtLeast  int    `json:"atLeast" is:"min=1,max=100" zh:"至少套数" doc:"1 asks 有房无房, 2 whether there is a second home"`
}

// YesNoAnswer is the answer to a predicate: nothing else leaves.
type YesNoAnswer struct {
	Answer bool `json:"answer" zh:"答复"`
}

func (b *book) ownsHome(c *ledger.Call, in *ownsHome) (*YesNoAnswer, error) {
	n, err := homes(c, in.OwnerKey)
	return &YesNoAnswer{n >= in.AtLeast}, err
}

func (b *book) handleQueries(c *ledger.Contract) {
	readers := []string{RoleHousing, RoleTax, RoleRegistrar, RoleBank, RoleCourt, RoleRegulator}
	ledger.Answer(c, catalog.Query{Name: "Restrictions", Title: "What stands on a unit, and whether it can be transferred", TitleZh: "限制情况查询",
		Path: "restrictions", Roles: readers, Example: unitExample}, b.restrictions)
	ledger.Answer(c, catalog.Query{Name: "TitleHistory", Title: "A unit's chain of title", TitleZh: "产权历史查询",
		Path: "title-history", Roles: readers, Example: unitExample}, b.titleHistory)
	ledger.Answer(c, catalog.Query{Name: "MortgageCoverage", Title: "A unit's value against the claims that it secures", TitleZh: "抵押余额与价值",
		Doc: "Reads private halves: only peers of the city and of the province can answer.", Path: "mortgage-coverage",
		Roles: []string{RoleRegistrar, RoleBank, RoleRegulator}, Example: unitExample}, b.mortgageCoverage)
	ledger.Answer(c, catalog.Query{Name: "OwnsHome", Title: "Whether a person owns a home", TitleZh: "有房无房核验",
		Doc: "Yes or no. Counts the homes (house usage 10 to 13) in which the person has a right in force on this channel.", Path: "owns-home",
		Roles: []string{RoleHousing, RoleTax, RoleRegistrar, RoleBank}, Example: ownsHomeExample}, b.ownsHome)
	ledger.Answer(c, catalog.Query{Name: "CheckVoucher", Title: "Whether a tax voucher can serve a case", TitleZh: "完税凭证核验",
		Path: "voucher-checks", Roles: []string{RoleHousing, RoleTax, RoleRegistrar}, Example: checkVoucherExample}, b.checkVoucher)
	ledger.AnswerDictionaries(c, vocabularies(), dictionaryExample)
}
