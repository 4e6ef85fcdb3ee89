package medical

import (
	"encoding/json"
	"slices"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

const (
	drugType   = "drug"
	lotType    = "lot"
	identGuard = "ident"
)

// Statuses of a drug and of a lot. That a lot has expired is derived.
const (
	Approved  = "APPROVED"
	Withdrawn = "WITHDRAWN"
	Recalled  = "RECALLED"
)

// Drug is one form and strength of one maker's drug (药品), under its national
// code: the registry that trace codes are held to, which carry no check digit.
type Drug struct {
	Name             string   `json:"name" is:"maxLen=128" zh:"药品名称"`
	ApprovalNo       string   `json:"approvalNo" is:"drug-approval" zh:"批准文号"`
	MAH              string   `json:"mahUscc" is:"uscc" zh:"上市许可持有人"`
	IdentCodes       []string `json:"identCodes" is:"minItems=1,maxItems=20,unique,pattern=^([0-9A-Z]{7}|[0-9]{14})$" zh:"药品标识码" doc:"What trace codes of the drug begin with: 7 characters, or the GTIN-14"`
	Spec             string   `json:"spec" is:"maxLen=64" zh:"规格"`
	Unit             string   `json:"unit" is:"maxLen=16" zh:"最小使用单位" doc:"片, 粒, 支"`
	UnitsPerPack     int64    `json:"unitsPerPack" is:"min=1,max=100000" zh:"最小包装内单位数"`
	PrescriptionOnly bool     `json:"prescriptionOnly" zh:"处方药"`
	Reason           string   `json:"reason,omitempty" is:"maxLen=512" zh:"注销原因"`
}

// Lot is a lot of a drug (批), under the national code, a dot and the lot number.
type Lot struct {
	NationalCode     string   `json:"nationalCode" is:"national-drug-code" zh:"药品本位码"`
	LotNo            string   `json:"lotNo" is:"maxLen=32" zh:"批号"`
	MAH              string   `json:"mahUscc" is:"uscc" zh:"上市许可持有人"`
	IdentCodes       []string `json:"identCodes" is:"maxLen=14" zh:"药品标识码"`
	UnitsPerPack     int64    `json:"unitsPerPack" is:"min=1" zh:"最小包装内单位数"`
	PrescriptionOnly bool     `json:"prescriptionOnly" zh:"处方药"`
	ProducedOn       string   `json:"producedOn" is:"date" zh:"生产日期"`
	ExpiresOn        string   `json:"expiresOn" is:"date" zh:"有效期止" doc:"The last day"`
	Packs            int64    `json:"packs,omitempty" is:"min=0" zh:"已赋码最小包装数"`
	RecallID         string   `json:"recallId,omitempty" is:"maxLen=64" zh:"召回编号"`
	RecallClass      string   `json:"recallClass,omitempty" is:"enum=1|2|3" zh:"召回级别"`
}

type registerDrugInput struct {
	NationalCode     string   `json:"nationalCode" is:"national-drug-code" zh:"药品本位码"`
	Name             string   `json:"name" is:"maxLen=128" zh:"药品名称"`
	ApprovalNo       string   `json:"approvalNo" is:"drug-approval" zh:"批准文号"`
	MAH              string   `json:"mahUscc" is:"uscc" zh:"上市许可持有人"`
	IdentCodes       []string `json:"identCodes" is:"minItems=1,maxItems=20,unique,pattern=^([0-9A-Z]{7}|[0-9]{14})$" zh:"药品标识码"`
	Spec             string   `json:"spec" is:"maxLen=64" zh:"规格"`
	Unit             string   `json:"unit" is:"maxLen=16" zh:"最小使用单位"`
	UnitsPerPack     int64    `json:"unitsPerPack" is:"min=1,max=100000" zh:"最小包装内单位数"`
	PrescriptionOnly bool     `json:"prescriptionOnly" zh:"处方药"`
}

type withdrawDrugInput struct {
	NationalCode string `json:"nationalCode" is:"national-drug-code" zh:"药品本位码"`
	Reason       string `json:"reason" is:"maxLen=512" zh:"注销原因"`
}

type registerLotInput struct {
	LotID      string `json:"lotId" is:"pattern=^869[0-9]{11}[.][0-9A-Za-z-]{1,32}$" zh:"批编号" doc:"The national drug code, a dot and the lot number"`
	ProducedOn string `json:"producedOn" is:"date" zh:"生产日期"`
	ExpiresOn  string `json:"expiresOn" is:"date" zh:"有效期止"`
}

func (i *registerLotInput) Reads() []string {
	code, _, _ := strings.Cut(i.LotID, ".")
	return []string{ledger.Key(drugType, code)}
}

func (b *book) defineDrug(c *ledger.Contract) {
	b.drugs = ledger.Define[Drug](c, catalog.Record{
		Type: drugType, Collection: "drugs", Title: "drug", TitleZh: "药品",
		Doc:         "One form and strength of one maker's drug, with the identification codes that its trace codes begin with.",
		Statuses:    []catalog.Status{{Code: Approved, TitleZh: "有效"}, {Code: Withdrawn, TitleZh: "注销", Doc: "No new lots; what is on the market is recalled where it must be."}},
		Transitions: ledger.Table(ledger.Steps("RegisterDrug", Approved, ""), ledger.Steps("WithdrawDrug", Withdrawn, Approved)),
		Search:      []catalog.SearchField{{Field: "name", Kind: "text"}, {Field: "approvalNo", Kind: "keyword"}, {Field: "mahUscc", Kind: "keyword"}, {Field: "identCodes[]", Kind: "keyword"}},
	})
}

func (b *book) defineLot(c *ledger.Contract) {
	b.lots = ledger.Define[Lot](c, catalog.Record{
		Type: lotType, Collection: "lots", Title: "lot", TitleZh: "药品批次",
		Statuses:    []catalog.Status{{Code: Active, TitleZh: "在市"}, {Code: Recalled, TitleZh: "召回", Doc: "Nothing of it is shipped on or dispensed."}},
		Transitions: ledger.Table(ledger.Steps("RegisterLot", Active, ""), ledger.Stay("RegisterPacks", Active), ledger.Steps("StartRecall", Recalled, Active)),
		Search:      []catalog.SearchField{{Field: "nationalCode", Kind: "keyword"}, {Field: "lotNo", Kind: "keyword"}, {Field: "mahUscc", Kind: "keyword"}, {Field: "expiresOn", Kind: "date"}, {Field: "recallId", Kind: "keyword"}},
	})
}

func (b *book) handleDrug(c *ledger.Contract) {
	roles := []string{RoleDrugRegulator}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterDrug", Title: "Register a drug", TitleZh: "药品登记", Record: drugType, Creates: true, ID: "nationalCode", Roles: roles, Refusals: []string{IdentTaken, DrugMismatch},
		Example: json.RawMessage(`{"nationalCode":"86900001000019","name":"示例阿莫西林胶囊","approvalNo":"国药准字H20230001","mahUscc":"92410302MA9YTT0284","identCodes":["8100001"],"spec":"0.25g*24粒","unit":"粒","unitsPerPack":24,"prescriptionOnly":true}`),
	}, b.registerDrug)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawDrug", Title: "Withdraw a drug's approval", TitleZh: "注销药品", Record: drugType, Verb: "withdraw", ID: "nationalCode", Roles: roles,
		Example: json.RawMessage(`{"nationalCode":"86900001000187","reason":"持有人申请注销"}`),
	}, func(c *ledger.Call, in *withdrawDrugInput) error {
		e, err := b.drugs.Open(c, in.NationalCode)
		if err != nil {
			return err
		}
		e.Body.Reason = in.Reason
		return e.Move(c, Withdrawn)
	})
}

func (b *book) handleLot(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterLot", Title: "Register a lot", TitleZh: "批次登记", Record: lotType, Creates: true, ID: "lotId", Roles: []string{RoleMAH},
		Refusals: []string{InstitutionRequired, LicenceExpired, DrugMismatch, DateInvalid}, Doc: "By the drug's marketing authorisation holder.",
		Example: json.RawMessage(`{"lotId":"86900001000019.20260101","producedOn":"20260101","expiresOn":"20271231"}`),
	}, b.registerLot)
}

func (b *book) registerDrug(c *ledger.Call, in *registerDrugInput) error {
	for _, code := range in.IdentCodes {
		if len(code) == 14 {
			if _, err := identifier.ParseGTIN14(code); err != nil {
				return ledger.RefuseField(DrugMismatch, "identCodes", "the identification code %s of 14 digits is not a GTIN-14: %v", code, err)
			}
		}
		other, err := c.Guard(identGuard, code)
		if err != nil {
			return err
		}
		if other != "" && other != in.NationalCode {
			return ledger.RefuseField(IdentTaken, "identCodes", "the identification code %s is of the drug %s", code, other)
		}
		c.SetGuard(identGuard, code, in.NationalCode)
	}
	_, err := b.drugs.Create(c, in.NationalCode, Approved, Drug{
		Name: in.Name, ApprovalNo: in.ApprovalNo, MAH: in.MAH, IdentCodes: in.IdentCodes, Spec: in.Spec, Unit: in.Unit, UnitsPerPack: in.UnitsPerPack, PrescriptionOnly: in.PrescriptionOnly,
	})
	return err
}

func (b *book) registerLot(c *ledger.Call, in *registerLotInput) error {
	if _, err := b.member(c, MAH); err != nil {
		return err
	}
	code, lotNo, _ := strings.Cut(in.LotID, ".")
	drug, err := b.drugs.Load(c, code)
	if err != nil {
		return err
	}
	if drug.Status != Approved || drug.Body.MAH != c.Caller().Dept {
		return ledger.RefuseField(DrugMismatch, "lotId", "the drug %s is %s and its marketing authorisation holder is %s: only that one registers lots of an approved drug", code, drug.Status, drug.Body.MAH)
	}
	if in.ProducedOn > c.Today() || in.ExpiresOn <= in.ProducedOn || in.ExpiresOn < c.Today() {
		return ledger.RefuseField(DateInvalid, "expiresOn", "a lot is produced until today, %s, and expires later; it says %s and %s", c.Today(), in.ProducedOn, in.ExpiresOn)
	}
	_, err = b.lots.Create(c, in.LotID, Active, Lot{
		NationalCode: code, LotNo: lotNo, MAH: drug.Body.MAH, IdentCodes: drug.Body.IdentCodes, UnitsPerPack: drug.Body.UnitsPerPack, PrescriptionOnly: drug.Body.PrescriptionOnly,
		ProducedOn: in.ProducedOn, ExpiresOn: in.ExpiresOn,
	})
	return err
}

// holdsCode tells whether a trace code is of the lot's drug.
func (l *Lot) holdsCode(text string) error {
	code, err := identifier.ParseDrugTraceCode(text)
	if err != nil {
		return ledger.Refuse(CodeForeign, "%.64s is not a drug trace code: %v", text, err)
	}
	if !slices.Contains(l.IdentCodes, code.Product) {
		return ledger.Refuse(CodeForeign, "the trace code %s begins with %s, and the drug %s has %s", text, code.Product, l.NationalCode, strings.Join(l.IdentCodes, ", "))
	}
	return nil
}

// marketable refuses a lot that is recalled or expired on the transaction's day.
func marketable(c *ledger.Call, l *ledger.Entity[Lot]) error {
	if l.Status == Recalled {
		return ledger.Refuse(LotRecalled, "the lot %s is recalled (class %s) by %s", l.ID, l.Body.RecallClass, l.Body.RecallID)
	}
	if l.Body.ExpiresOn < c.Today() {
		return ledger.Refuse(LotExpired, "the lot %s was good until %s and today is %s", l.ID, l.Body.ExpiresOn, c.Today())
	}
	return nil
}
