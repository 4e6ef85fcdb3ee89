package medical

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	recallRulesID = "recall"
	accessRulesID = "access"
)

// RecallRules are the days within which a recall's institutions are notified
// (药品召回管理办法 2022, art. 17) [K].
type RecallRules struct {
	Class1Days int64 `json:"class1Days" is:"min=1,max=30" zh:"一级召回通知天数" doc:"1 where nothing is set"`
	Class2Days int64 `json:"class2Days" is:"min=1,max=30" zh:"二级召回通知天数" doc:"3 where nothing is set"`
	Class3Days int64 `json:"class3Days" is:"min=1,max=30" zh:"三级召回通知天数" doc:"7 where nothing is set"`
}

// AccessRules bound how long an access and an emergency last.
type AccessRules struct {
	EmergencyHours int64 `json:"emergencyHours" is:"min=1,max=72" zh:"紧急工单有效小时数" doc:"24 where nothing is set"`
	ReviewHours    int64 `json:"reviewHours" is:"min=1,max=72" zh:"复核期限小时数" doc:"72 where nothing is set, and never more"`
	AccessMinutes  int64 `json:"accessMinutes" is:"min=1,max=1440" zh:"调阅许可有效分钟数" doc:"30 where nothing is set"`
}

// Setting is what an authority may change of the rules (规则参数).
type Setting struct {
	Recall *RecallRules `json:"recall,omitempty" zh:"召回规则"`
	Access *AccessRules `json:"access,omitempty" zh:"调阅规则"`
}

var defaultSetting = Setting{&RecallRules{1, 3, 7}, &AccessRules{24, 72, 30}}

type setRecallRulesInput struct {
	SettingID string `json:"settingId" is:"enum=recall" zh:"参数编号"`
	RecallRules
}

type setAccessRulesInput struct {
	SettingID string `json:"settingId" is:"enum=access" zh:"参数编号"`
	AccessRules
}

func (b *book) defineSetting(c *ledger.Contract) {
	b.rules = ledger.DefineRules(c, catalog.Record{
		Title: "rule setting", TitleZh: "规则参数", Doc: "What the authorities may change of the rules. Where no record is there, the documented defaults hold.",
	}, defaultSetting, "SetRecallRules", "SetAccessRules")
}

func (b *book) handleSetting(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "SetRecallRules", Title: "Set the recall's deadlines", TitleZh: "设置召回规则", Record: ledger.RulesType, Creates: true, ID: "settingId", Roles: []string{RoleDrugRegulator},
		Example: json.RawMessage(`{"settingId":"recall","class1Days":1,"class2Days":3,"class3Days":7}`),
	}, func(c *ledger.Call, in *setRecallRulesInput) error {
		return b.rules.SetOf(c, in.SettingID, Setting{Recall: &in.RecallRules})
	})
	ledger.Handle(c, catalog.Operation{
		Name: "SetAccessRules", Title: "Set how long access and emergencies last", TitleZh: "设置调阅规则", Record: ledger.RulesType, Creates: true, ID: "settingId", Roles: []string{RoleHealth},
		Example: json.RawMessage(`{"settingId":"access","emergencyHours":24,"reviewHours":72,"accessMinutes":30}`),
	}, func(c *ledger.Call, in *setAccessRulesInput) error {
		return b.rules.SetOf(c, in.SettingID, Setting{Access: &in.AccessRules})
	})
}

func (b *book) recallRules(c *ledger.Call) (RecallRules, error) {
	s, err := b.rules.InForceOf(c, recallRulesID)
	return *s.Recall, err
}

func (b *book) accessRules(c *ledger.Call) (AccessRules, error) {
	s, err := b.rules.InForceOf(c, accessRulesID)
	return *s.Access, err
}

// after gives the time so long after the transaction's, as records carry it.
func after(c *ledger.Call, d time.Duration) string { return c.Now().Add(d).Format(time.RFC3339) }
