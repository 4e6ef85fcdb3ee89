package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/identifier"
)

// maxEntries bounds how many burdens of one kind a unit carries, so that a
// guard always reads few records.
const maxEntries = 20

// Unit is a real-estate unit (不动产单元), by its code under GB/T 37346, and
// what is entered on it. The lists hold ids; whether an entry with a period
// still stands is worked out when it is read.
type Unit struct {
	Location string `json:"location" is:"maxLen=128" zh:"坐落"`
	AreaX100 int64  `json:"areaX100" is:"min=1" zh:"面积" doc:"In 0.01 m²: floor area of a building, otherwise land area"`
	Usage    string `json:"usage" is:"pattern=^[0-9]{2,4}$" zh:"用途" doc:"House usage code (房屋用途) of a building, otherwise land-use code"`

	Parents  []string `json:"parents,omitempty" is:"realestate-unit" zh:"来源单元" doc:"The units that it was split from or merged of"`
	Children []string `json:"children,omitempty" is:"realestate-unit" zh:"去向单元" doc:"The units that took its place"`

	RightID     string   `json:"rightId,omitempty" zh:"现势权利业务号" doc:"The right in force; none before the first registration"`
	LastRightID string   `json:"lastRightId,omitempty" zh:"历史权利业务号" doc:"Of a historical unit: the right that was in force last"`
	Live        string   `json:"live,omitempty" zh:"在办业务" doc:"The net-signed contract or the case that the unit is held by"`
	Mortgages   []string `json:"mortgages,omitempty" zh:"抵押" doc:"Mortgages in force, in the order of their ranks"`
	Seizures    []string `json:"seizures,omitempty" zh:"查封" doc:"Seizures, in the order of their queue"`
	Objections  []string `json:"objections,omitempty" zh:"异议"`
	Notices     []string `json:"notices,omitempty" zh:"预告"`
	Residences  []string `json:"residences,omitempty" zh:"居住权"`
}

// Statuses of a unit.
const (
	UnitActive  = "ACTIVE"
	UnitHistory = "HISTORY"
)

const unitType = "unit"

// Valuation is the private half of a unit.
type Valuation struct {
	ValueFen int64  `json:"valueFen" is:"min=1" zh:"评估价值" doc:"分"`
	ValuedOn string `json:"valuedOn" is:"date" zh:"评估日期"`
}

// unitFields are what is said of a unit when it enters the book.
type unitFields struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Location string `json:"location" is:"maxLen=128" zh:"坐落"`
	AreaX100 int64  `json:"areaX100" is:"min=1" zh:"面积" doc:"In 0.01 m²"`
	Usage    string `json:"usage" is:"pattern=^[0-9]{2,4}$" zh:"用途" doc:"House usage code of a building, otherwise land-use code" eg:"11"`
}

type registerUnit struct{ unitFields }

type appraiseUnit struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	ReportNo string `json:"reportNo" is:"maxLen=64" zh:"评估报告编号"`
}

// check refuses particulars that do not fit the unit's code.
func (f *unitFields) check(field string) error {
	code, err := identifier.ParseRealEstateUnit(f.UnitCode)
	if err != nil {
		return err
	}
	if code.FixtureType == 'F' && !known("houseUsage", f.Usage) {
		return ledger.RefuseField(UnitInvalid, field, "the usage %s is not one of a building; the dictionary houseUsage lists them, such as 11 (成套住宅)", f.Usage)
	}
	return nil
}

func (b *book) registerUnit(c *ledger.Call, in *registerUnit) error {
	if err := in.check("usage"); err != nil {
		return err
	}
	_, err := b.units.Create(c, in.UnitCode, UnitActive, Unit{Location: in.Location, AreaX100: in.AreaX100, Usage: in.Usage})
	return err
}

func (b *book) appraiseUnit(c *ledger.Call, in *appraiseUnit, private *ledger.Private[Valuation]) error {
	v, err := half(private)
	if err != nil {
		return err
	}
	if v.ValuedOn > c.Today() {
		return ledger.RefuseField(PeriodInvalid, "private.valuedOn", "the valuation is dated after today (%s)", c.Today())
	}
	u, err := b.openUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if err := u.Keep(c); err != nil {
		return err
	}
	return ledger.PutPrivate(c, u, private)
}

// unit loads a unit that is not historical.
func (b *book) unit(c *ledger.Call, code string) (*ledger.Entity[Unit], error) {
	u, err := b.units.Load(c, code)
	if err != nil {
		return nil, err
	}
	if u.Status != UnitActive {
		return nil, ledger.Refuse(UnitHistorical, "the unit %s is historical; in its place stand %v", code, u.Body.Children)
	}
	return u, nil
}

// openUnit opens a unit for an operation that is about the unit itself.
func (b *book) openUnit(c *ledger.Call, code string) (*ledger.Entity[Unit], error) {
	if _, err := b.unit(c, code); err != nil {
		return nil, err
	}
	return b.units.OpenAny(c, code)
}

// ownUnit loads a unit that the caller's department keeps the book of.
func (b *book) ownUnit(c *ledger.Call, code string) (*ledger.Entity[Unit], error) {
	u, err := b.unit(c, code)
	if err != nil {
		return nil, err
	}
	return u, registrarOf(c, u)
}

func registrarOf(c *ledger.Call, u *ledger.Entity[Unit]) error {
	if u.Dept != c.Caller().Dept || u.Org != c.Caller().MSP {
		return ledger.Refuse(NotRegistrar, "the book of the unit %s is kept by %s of %s", u.ID, u.Dept, u.Org)
	}
	return nil
}

// owned loads the right in force on a unit; UNIT_UNOWNED where there is none.
func (b *book) owned(c *ledger.Call, u *ledger.Entity[Unit]) (*ledger.Entity[Right], error) {
	if u.Body.RightID == "" {
		return nil, ledger.Refuse(UnitUnowned, "the unit %s has no right in force; the first registration (首次登记) comes before", u.ID)
	}
	return b.rights.Load(c, u.Body.RightID)
}

// residential tells whether the unit is a home (有房无房).
func residential(u *ledger.Entity[Unit]) bool {
	code, err := identifier.ParseRealEstateUnit(u.ID)
	return err == nil && code.FixtureType == 'F' && u.Body.Usage[0] == '1'
}
