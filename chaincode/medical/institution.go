package medical

import (
	"encoding/json"
	"slices"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const institutionType = "institution"

// Statuses of an institution.
const (
	Active    = "ACTIVE"
	Suspended = "SUSPENDED"
	Cancelled = "CANCELLED"
)

// Institution is who takes part (机构), under its USCC: a maker, a distributor,
// a hospital, a pharmacy.
type Institution struct {
	Name           string   `json:"name" is:"maxLen=128" zh:"机构名称"`
	Kinds          []string `json:"kinds" is:"enum=MAH|DISTRIBUTOR|HOSPITAL|PHARMACY|INSURER,minItems=1,unique" zh:"机构类型" doc:"上市许可持有人, 流通企业, 医疗机构, 零售药店, 医保商保经办"`
	EnrolledBy     string   `json:"enrolledBy" is:"pattern=^[A-Za-z]{2,40}MSP$" zh:"登记组织" doc:"The organisation that enrols the institution's business system"`
	DivisionCode   string   `json:"divisionCode" is:"division" zh:"行政区划"`
	LicenceNo      string   `json:"licenceNo" is:"maxLen=64" zh:"许可证号" doc:"药品生产、经营许可证 or 医疗机构执业许可证"`
	LicenceValidTo string   `json:"licenceValidTo" is:"date" zh:"许可证有效期止"`
	Reason         string   `json:"reason,omitempty" is:"maxLen=512" zh:"变更原因"`
}

type registerInstitutionInput struct {
	USCC           string   `json:"uscc" is:"uscc" zh:"统一社会信用代码"`
	Name           string   `json:"name" is:"maxLen=128" zh:"机构名称"`
	Kinds          []string `json:"kinds" is:"enum=MAH|DISTRIBUTOR|HOSPITAL|PHARMACY|INSURER,minItems=1,unique" zh:"机构类型"`
	EnrolledBy     string   `json:"enrolledBy,omitempty" is:"pattern=^[A-Za-z]{2,40}MSP$" zh:"登记组织" doc:"The caller's own where nothing is given"`
	DivisionCode   string   `json:"divisionCode" is:"division" zh:"行政区划"`
	LicenceNo      string   `json:"licenceNo" is:"maxLen=64" zh:"许可证号"`
	LicenceValidTo string   `json:"licenceValidTo" is:"date" zh:"许可证有效期止"`
}

type updateInstitutionInput struct {
	USCC           string   `json:"uscc" is:"uscc" zh:"统一社会信用代码"`
	Name           string   `json:"name" is:"maxLen=128" zh:"机构名称"`
	Kinds          []string `json:"kinds" is:"enum=MAH|DISTRIBUTOR|HOSPITAL|PHARMACY|INSURER,minItems=1,unique" zh:"机构类型"`
	LicenceNo      string   `json:"licenceNo" is:"maxLen=64" zh:"许可证号"`
	LicenceValidTo string   `json:"licenceValidTo" is:"date" zh:"许可证有效期止"`
	Reason         string   `json:"reason" is:"maxLen=512" zh:"变更原因"`
}

type changeInstitutionInput struct {
	USCC   string `json:"uscc" is:"uscc" zh:"统一社会信用代码"`
	Reason string `json:"reason" is:"maxLen=512" zh:"变更原因"`
}

func (b *book) defineInstitution(c *ledger.Contract) {
	b.institutions = ledger.Define[Institution](c, catalog.Record{
		Type: institutionType, Collection: "institutions", Title: "institution", TitleZh: "机构",
		Statuses: []catalog.Status{{Code: Active, TitleZh: "正常"}, {Code: Suspended, TitleZh: "暂停"}, {Code: Cancelled, TitleZh: "注销"}},
		Transitions: ledger.Table(
			ledger.Steps("RegisterInstitution", Active, ""), ledger.Stay("UpdateInstitution", Active, Suspended),
			ledger.Steps("SuspendInstitution", Suspended, Active), ledger.Steps("ResumeInstitution", Active, Suspended), ledger.Steps("CancelInstitution", Cancelled, Active, Suspended),
		),
		Search: []catalog.SearchField{{Field: "name", Kind: "text"}, {Field: "kinds[]", Kind: "keyword"}, {Field: "divisionCode", Kind: "keyword"}, {Field: "licenceNo", Kind: "keyword"}},
	})
}

func (b *book) handleInstitution(c *ledger.Contract) {
	roles := []string{RoleHealth, RoleDrugRegulator}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterInstitution", Title: "Register an institution", TitleZh: "机构登记", Record: institutionType, Creates: true, ID: "uscc", Roles: roles,
		Example: json.RawMessage(`{"uscc":"91410100MA9YTT01X0","name":"郑州示例医院","kinds":["HOSPITAL"],"divisionCode":"410100","licenceNo":"PDY00001","licenceValidTo":"20301231"}`),
	}, func(c *ledger.Call, in *registerInstitutionInput) error {
		if in.EnrolledBy == "" {
			in.EnrolledBy = c.Caller().MSP
		}
		_, err := b.institutions.Create(c, in.USCC, Active, Institution{
			Name: in.Name, Kinds: in.Kinds, EnrolledBy: in.EnrolledBy, DivisionCode: in.DivisionCode, LicenceNo: in.LicenceNo, LicenceValidTo: in.LicenceValidTo,
		})
		return err
	})
	ledger.Handle(c, catalog.Operation{
		Name: "UpdateInstitution", Title: "Change an institution's kinds and licence", TitleZh: "机构变更", Record: institutionType, Verb: "update", ID: "uscc", Roles: roles,
		Example: json.RawMessage(`{"uscc":"91410100MA9YTT01X0","name":"郑州示例医院","kinds":["HOSPITAL"],"licenceNo":"PDY00001","licenceValidTo":"20351231","reason":"换发许可证"}`),
	}, func(c *ledger.Call, in *updateInstitutionInput) error {
		e, err := b.institutions.Open(c, in.USCC)
		if err != nil {
			return err
		}
		e.Body.Name, e.Body.Kinds, e.Body.LicenceNo, e.Body.LicenceValidTo, e.Body.Reason = in.Name, in.Kinds, in.LicenceNo, in.LicenceValidTo, in.Reason
		return e.Keep(c)
	})
	for _, s := range []struct{ name, verb, title, zh, to, reason string }{
		{"SuspendInstitution", "suspend", "Suspend an institution", "机构暂停", Suspended, "限期整改"},
		{"ResumeInstitution", "resume", "Resume an institution", "机构恢复", Active, "整改完毕"},
		{"CancelInstitution", "cancel", "Cancel an institution", "机构注销", Cancelled, "终止执业"},
	} {
		ledger.Handle(c, catalog.Operation{
			Name: s.name, Title: s.title, TitleZh: s.zh, Record: institutionType, Verb: s.verb, ID: "uscc", Roles: roles,
			Example: json.RawMessage(`{"uscc":"93411525MA9YTT036W","reason":"` + s.reason + `"}`),
		}, func(c *ledger.Call, in *changeInstitutionInput) error {
			e, err := b.institutions.Open(c, in.USCC)
			if err != nil {
				return err
			}
			e.Body.Reason = in.Reason
			return e.Move(c, s.to)
		})
	}
}

// member holds the caller to being a registered, active institution of one of
// the kinds, enrolled by the organisation that its certificate is from.
func (b *book) member(c *ledger.Call, kinds ...string) (*ledger.Entity[Institution], error) {
	return b.institution(c, c.Caller().Dept, c.Caller().MSP, kinds...)
}

// institution is member for another institution than the caller. An empty
// organisation is any.
func (b *book) institution(c *ledger.Call, uscc, org string, kinds ...string) (*ledger.Entity[Institution], error) {
	i, err := b.institutions.Look(c, uscc)
	if err != nil {
		return nil, err
	}
	if i == nil || i.Status != Active || org != "" && i.Body.EnrolledBy != org {
		return nil, ledger.Refuse(InstitutionRequired, "the department %s is not registered as an active institution of %s", uscc, org)
	}
	if i.Body.LicenceValidTo < c.Today() {
		return nil, ledger.Refuse(LicenceExpired, "the licence %s of %s was valid until %s and today is %s", i.Body.LicenceNo, uscc, i.Body.LicenceValidTo, c.Today())
	}
	for _, k := range kinds {
		if slices.Contains(i.Body.Kinds, k) {
			return i, nil
		}
	}
	return nil, ledger.Refuse(InstitutionRequired, "the institution %s is registered as %s, and this needs %s", uscc, strings.Join(i.Body.Kinds, ", "), strings.Join(kinds, " or "))
}

// ownNumber holds a number to the institution that gives it out.
func ownNumber(c *ledger.Call, field, number string) error {
	if dept := c.Caller().Dept; !strings.HasPrefix(number, dept+".") {
		return ledger.RefuseField(NumberForeign, field, "%s must begin with %s. and is %.96s", field, dept, number)
	}
	return nil
}
