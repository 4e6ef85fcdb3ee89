package agritrace

import (
	"encoding/json"
	"slices"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const subjectType = "subject"

// Statuses of a subject.
const (
	Active    = "ACTIVE"
	Suspended = "SUSPENDED"
	Cancelled = "CANCELLED"
)

// Subject is who takes part (追溯主体): a node of the market, an operator or a
// natural person. Many farmers have no system of their own; the operator is
// the department whose business system writes for the subject.
type Subject struct {
	SubjectType  string   `json:"subjectType" is:"enum=NODE|OPERATOR|PERSON" zh:"主体类型" doc:"NODE 节点 (market, slaughterhouse), OPERATOR 经营者, PERSON 自然人"`
	USCC         string   `json:"uscc,omitempty" is:"uscc" zh:"统一社会信用代码" doc:"Of a node or an operator"`
	PersonKey    string   `json:"personKey,omitempty" is:"subject" zh:"自然人标识" doc:"Of a natural person: HMAC-SM3 of the identity number, made by the gateway"`
	Name         string   `json:"name,omitempty" is:"maxLen=128" zh:"主体名称" doc:"Of a node or an operator; a natural person's name is in the private half"`
	DivisionCode string   `json:"divisionCode" is:"place-code" zh:"行政区划"`
	Activities   []string `json:"activities" is:"enum=GROW|SLAUGHTER|PROCESS|STORE|TRANSPORT|SELL,minItems=1,maxItems=6,unique" zh:"业务环节"`
	Operator     string   `json:"operator" is:"uscc" zh:"操作单位" doc:"The department whose business system acts for the subject"`
	OperatorOrg  string   `json:"operatorOrg" is:"pattern=^[A-Za-z]{2,40}MSP$" zh:"操作单位所属组织" doc:"The organisation that enrols the operator"`
	Licences
	Reason string `json:"reason,omitempty" is:"maxLen=512" zh:"变更原因"`
}

// Licences are a subject's food licences (许可证), with the last day that each is valid.
type Licences struct {
	SCLicence   string `json:"scLicence,omitempty" is:"sc-licence" zh:"食品生产许可证编号"`
	SCValidTo   string `json:"scValidTo,omitempty" is:"date" zh:"生产许可有效期止"`
	JYLicence   string `json:"jyLicence,omitempty" is:"jy-licence" zh:"食品经营许可证编号"`
	JYValidTo   string `json:"jyValidTo,omitempty" is:"date" zh:"经营许可有效期止"`
	SlaughterNo string `json:"slaughterNo,omitempty" is:"maxLen=32" zh:"定点屠宰证号"`
}

type registerSubjectInput struct {
	SubjectCode  string   `json:"subjectCode" is:"pattern=^[0-9A-Z]{6,32}$" zh:"主体码"`
	SubjectType  string   `json:"subjectType" is:"enum=NODE|OPERATOR|PERSON" zh:"主体类型" doc:"NODE 节点 (market, slaughterhouse), OPERATOR 经营者, PERSON 自然人"`
	USCC         string   `json:"uscc,omitempty" is:"uscc" zh:"统一社会信用代码"`
	PersonKey    string   `json:"personKey,omitempty" is:"subject" zh:"自然人标识" doc:"HMAC-SM3 of the identity number, made by the gateway"`
	Name         string   `json:"name,omitempty" is:"maxLen=128" zh:"主体名称" doc:"Of a node or an operator only"`
	DivisionCode string   `json:"divisionCode" is:"place-code" zh:"行政区划"`
	Activities   []string `json:"activities" is:"enum=GROW|SLAUGHTER|PROCESS|STORE|TRANSPORT|SELL,minItems=1,maxItems=6,unique" zh:"业务环节"`
	Operator     string   `json:"operator" is:"uscc" zh:"操作单位" doc:"The department whose business system acts for the subject"`
	OperatorOrg  string   `json:"operatorOrg,omitempty" is:"pattern=^[A-Za-z]{2,40}MSP$" zh:"操作单位所属组织" doc:"The caller's own where nothing is given"`
	Licences
}

// subjectPerson is what is known of a natural person, and stands in no block.
type subjectPerson struct {
	Name     string `json:"name" is:"maxLen=64" zh:"姓名"`
	IDNumber string `json:"idNumber,omitempty" is:"citizen-id" zh:"公民身份号码"`
	Phone    string `json:"phone,omitempty" is:"maxLen=20" zh:"联系电话"`
}

type updateSubjectInput struct {
	SubjectCode string   `json:"subjectCode" is:"maxLen=32" zh:"主体码"`
	Activities  []string `json:"activities" is:"enum=GROW|SLAUGHTER|PROCESS|STORE|TRANSPORT|SELL,minItems=1,maxItems=6,unique" zh:"业务环节"`
	Operator    string   `json:"operator" is:"uscc" zh:"操作单位"`
	OperatorOrg string   `json:"operatorOrg,omitempty" is:"pattern=^[A-Za-z]{2,40}MSP$" zh:"操作单位所属组织"`
	Licences
	Reason string `json:"reason" is:"maxLen=512" zh:"变更原因"`
}

type changeSubjectInput struct {
	SubjectCode string `json:"subjectCode" is:"maxLen=32" zh:"主体码"`
	Reason      string `json:"reason" is:"maxLen=512" zh:"变更原因"`
}

func (b *book) defineSubject(c *ledger.Contract) {
	b.subjects = ledger.Define[Subject](c, catalog.Record{
		Type: subjectType, Collection: "subjects", Title: "subject", TitleZh: "追溯主体",
		Doc: "Who takes part, under the subject code. A natural person's name and number are in the private half.",
		Statuses: []catalog.Status{
			{Code: Active, TitleZh: "正常"}, {Code: Suspended, TitleZh: "暂停"}, {Code: Cancelled, TitleZh: "注销"},
		},
		Transitions: ledger.Table(
			ledger.Steps("RegisterSubject", Active, ""),
			ledger.Stay("UpdateSubject", Active, Suspended),
			ledger.Steps("SuspendSubject", Suspended, Active),
			ledger.Steps("ResumeSubject", Active, Suspended),
			ledger.Steps("CancelSubject", Cancelled, Active, Suspended),
			ledger.Stay("PurgeSubject", Cancelled),
		),
		Search: []catalog.SearchField{
			{Field: "uscc", Kind: "keyword"}, {Field: "personKey", Kind: "keyword"}, {Field: "name", Kind: "text"},
			{Field: "operator", Kind: "keyword"}, {Field: "divisionCode", Kind: "keyword"}, {Field: "activities[]", Kind: "keyword"},
		},
	})
}

func (b *book) handleSubject(c *ledger.Contract) {
	roles := []string{RoleRegistrar}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterSubject", Title: "Register a subject", TitleZh: "主体登记", Record: subjectType, Creates: true, ID: "subjectCode",
		Roles: roles, Refusals: []string{SubjectIncomplete}, Doc: "A natural person's name and number travel in the private half.",
		Example:        json.RawMessage(`{"subjectCode":"ZM4101220001","subjectType":"OPERATOR","uscc":"93411525MA9YTT036W","name":"中牟示例蔬菜专业合作社","divisionCode":"410122","activities":["GROW","PROCESS","SELL"],"operator":"91410100MA9YTT01X0","scLicence":"SC10441010500017","scValidTo":"20301231"}`),
		PrivateExample: json.RawMessage(`{"name":"示例联系人"}`),
	}, b.registerSubject)
	ledger.Handle(c, catalog.Operation{
		Name: "UpdateSubject", Title: "Change a subject's activities, operator and licences", TitleZh: "主体变更", Record: subjectType, Verb: "update", ID: "subjectCode",
		Roles: roles, Example: json.RawMessage(`{"subjectCode":"ZM4101220001","activities":["GROW","PROCESS","STORE","SELL"],"operator":"91410100MA9YTT01X0","scLicence":"SC10441010500017","scValidTo":"20301231","jyLicence":"JY14101050000018","jyValidTo":"20301231","reason":"新增经营许可"}`),
	}, b.updateSubject)
	for _, s := range []struct{ name, verb, title, zh, to, code, reason string }{
		{"SuspendSubject", "suspend", "Suspend a subject", "主体暂停", Suspended, "ZM4101220001", "抽检不合格"},
		{"ResumeSubject", "resume", "Resume a subject", "主体恢复", Active, "ZM4101220001", "整改完毕"},
		{"CancelSubject", "cancel", "Cancel a subject", "主体注销", Cancelled, "ZM4101220099", "退出经营"},
	} {
		ledger.Handle(c, catalog.Operation{
			Name: s.name, Title: s.title, TitleZh: s.zh, Record: subjectType, Verb: s.verb, ID: "subjectCode", Roles: roles,
			Example: json.RawMessage(`{"subjectCode":"` + s.code + `","reason":"` + s.reason + `"}`),
		}, func(c *ledger.Call, in *changeSubjectInput) error {
			e, err := b.subjects.Open(c, in.SubjectCode)
			if err != nil {
				return err
			}
			e.Body.Reason = in.Reason
			return e.Move(c, s.to)
		})
	}
	ledger.HandlePurge(c, catalog.Operation{
		Name: "PurgeSubject", Title: "Purge a subject's personal data", TitleZh: "清除主体个人信息", Verb: "purge", Roles: roles,
		Example: json.RawMessage(`{"id":"ZM4101220099","reason":"保存期限届满"}`),
	}, b.subjects)
}

func (b *book) registerSubject(c *ledger.Call, in *registerSubjectInput, half *ledger.Private[subjectPerson]) error {
	if in.SubjectType == "PERSON" {
		if in.PersonKey == "" || in.USCC != "" || in.Name != "" {
			return ledger.RefuseField(SubjectIncomplete, "personKey", "a natural person is registered with personKey, and with neither uscc nor name: the name belongs in the private half")
		}
	} else if in.USCC == "" || in.Name == "" || in.PersonKey != "" {
		return ledger.RefuseField(SubjectIncomplete, "uscc", "a node or an operator is registered with uscc and name, and without personKey")
	}
	if in.OperatorOrg == "" {
		in.OperatorOrg = c.Caller().MSP
	}
	e, err := b.subjects.Create(c, in.SubjectCode, Active, Subject{
		SubjectType: in.SubjectType, USCC: in.USCC, PersonKey: in.PersonKey, Name: in.Name, DivisionCode: in.DivisionCode,
		Activities: in.Activities, Operator: in.Operator, OperatorOrg: in.OperatorOrg, Licences: in.Licences,
	})
	if err != nil || half == nil {
		return err
	}
	return ledger.PutPrivate(c, e, half)
}

func (b *book) updateSubject(c *ledger.Call, in *updateSubjectInput) error {
	e, err := b.subjects.Open(c, in.SubjectCode)
	if err != nil {
		return err
	}
	if in.OperatorOrg == "" {
		in.OperatorOrg = c.Caller().MSP
	}
	e.Body.Activities, e.Body.Operator, e.Body.OperatorOrg = in.Activities, in.Operator, in.OperatorOrg
	e.Body.Licences, e.Body.Reason = in.Licences, in.Reason
	return e.Keep(c)
}

// acting loads the subject that the caller acts for: registered, active, with
// the caller as its operator, and registered for one of the activities where
// there are any.
func (b *book) acting(c *ledger.Call, code string, activities ...string) (*ledger.Entity[Subject], error) {
	s, err := b.activeSubject(c, code)
	if err != nil {
		return nil, err
	}
	if s.Body.Operator != c.Caller().Dept || s.Body.OperatorOrg != c.Caller().MSP {
		return nil, ledger.Refuse(NotOperator, "the department %s of %s does not act for the subject %s: its operator is %s of %s",
			c.Caller().Dept, c.Caller().MSP, code, s.Body.Operator, s.Body.OperatorOrg)
	}
	if len(activities) == 0 {
		return s, nil
	}
	for _, a := range activities {
		if slices.Contains(s.Body.Activities, a) {
			return s, nil
		}
	}
	return nil, ledger.Refuse(ActivityMissing, "the subject %s is registered for %s, and this needs %s", code, strings.Join(s.Body.Activities, ", "), strings.Join(activities, " or "))
}

func (b *book) activeSubject(c *ledger.Call, code string) (*ledger.Entity[Subject], error) {
	s, err := b.subjects.LookAt(c, code)
	if err != nil {
		return nil, err
	}
	if s.Status != Active {
		return nil, ledger.Refuse(SubjectInactive, "the subject %s is %s and must be %s", code, s.Status, Active)
	}
	return s, nil
}

// ownNumber holds a number to the subject that gives it out.
func ownNumber(field, number, subject string) error {
	if !strings.HasPrefix(number, subject+".") || len(number) == len(subject)+1 {
		return ledger.RefuseField(NumberForeign, field, "%s must begin with %s. and is %.96s", field, subject, number)
	}
	return nil
}
