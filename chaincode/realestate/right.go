package realestate

import (
	"slices"
	"strconv"

	"henanchain/chaincode/ledger"
	"henanchain/internal/identifier"
)

// Right is an entry of ownership or use in the book (权利). Its id is the case
// number (业务号) that brought it about.
type Right struct {
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Registration string `json:"registrationType" zh:"登记类型" doc:"Dictionary registrationType"`
	rightFields
	HoldMode   string   `json:"holdMode" is:"enum=SOLE|JOINT|SHARES" zh:"共有方式"`
	Owners     []Owner  `json:"owners" zh:"权利人"`
	PrevBizNo  string   `json:"prevBizNo" zh:"上手业务号" doc:"The right that this one follows; 0 for a first registration"`
	MergedFrom []string `json:"mergedFrom,omitempty" zh:"其他上手业务号" doc:"After a merger: the rights on the other units"`
	CertNo     string   `json:"certNo,omitempty" is:"realestate-certificate" zh:"不动产权证号"`
	BookedOn   string   `json:"bookedOn,omitempty" is:"date" zh:"登簿日期"`
}

// rightFields are the particulars of a right.
type rightFields struct {
	RightType   string `json:"rightType" is:"enum=1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18" zh:"权利类型" doc:"Dictionary rightType"`
	RightNature string `json:"rightNature" is:"maxLen=32" zh:"权利性质" doc:"Such as 出让/市场化商品房" eg:"出让/市场化商品房"`
	TermFrom    string `json:"termFrom" is:"date" zh:"使用期限起"`
	TermTo      string `json:"termTo" is:"date" zh:"使用期限止" doc:"99991231 where there is no end"`
}

// Statuses of a right (权属状态).
const (
	RightTemporary  = "TEMPORARY"
	RightCurrent    = "CURRENT"
	RightHistorical = "HISTORICAL"
	RightTerminated = "TERMINATED"
)

const rightType = "right"

// firstOfTitle is the preceding case number of a first registration.
const firstOfTitle = "0"

// check refuses particulars that do not fit the unit.
func (f *rightFields) check(unitCode string) error {
	if f.TermTo < f.TermFrom {
		return ledger.RefuseField(PeriodInvalid, "termTo", "the term is from %s to %s: it ends before it begins", f.TermFrom, f.TermTo)
	}
	code, err := identifier.ParseRealEstateUnit(unitCode)
	if err != nil {
		return err
	}
	building := code.FixtureType == 'F'
	switch {
	case building && slices.Contains(landRights, f.RightType):
		return ledger.RefuseField(UnitInvalid, "rightType", "the unit is a building and the right type %s is one of land alone; such as 4 would be right", f.RightType)
	case !building && slices.Contains(buildingRights, f.RightType):
		return ledger.RefuseField(UnitInvalid, "rightType", "the right type %s includes a building and the unit has none", f.RightType)
	}
	return nil
}

// countHomes keeps, for each natural person among the owners, how many homes
// the person owns, so that 有房无房 is answered without a search. Organisations
// are not counted: a developer's thousand flats would all meet in one key.
func countHomes(c *ledger.Call, u *ledger.Entity[Unit], r *Right, by int) error {
	if !residential(u) {
		return nil
	}
	for _, o := range r.Owners {
		if !o.person() {
			continue
		}
		n, err := homes(c, o.Key)
		if err != nil {
			return err
		}
		text := ""
		if n += by; n > 0 {
			text = strconv.Itoa(n)
		}
		c.SetGuard(homesGuard, o.Key, text)
	}
	return nil
}

const homesGuard = "homes"

func homes(c *ledger.Call, key string) (int, error) {
	text, err := c.Guard(homesGuard, key)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.Atoi(text)
}
