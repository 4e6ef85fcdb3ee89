package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Setting is what the catalogue's manager may change of the rules (规则参数).
type Setting struct {
	CodeMaxMinutes    int64 `json:"codeMaxMinutes" is:"min=1,max=10080" zh:"授权码最长分钟数" doc:"How long a delegated use code may live; 30 where nothing is set"`
	CopyMaxDays       int64 `json:"copyMaxDays" is:"min=1,max=3660" zh:"加注件最长天数" doc:"How long an annotated copy may live; 90 where nothing is set"`
	LateRenewalDays   int64 `json:"lateRenewalDays" is:"min=0,max=3660" zh:"逾期可延续天数" doc:"How long after its end a licence may still be renewed; 0 where nothing is set (行政许可法 50)"`
	CatalogueRequired bool  `json:"catalogueRequired" zh:"须先列入目录" doc:"Whether only types of the catalogue are issued; not so where nothing is set"`
}

var defaultSetting = Setting{CodeMaxMinutes: 30, CopyMaxDays: 90}

// setRulesInput is the rules as a whole: what is not named cannot be kept by accident.
type setRulesInput struct {
	SettingID string `json:"settingId" is:"enum=rules" zh:"参数编号"`
	Setting
}

func (b *book) defineSettings(c *ledger.Contract) {
	b.rules = ledger.DefineRules(c, catalog.Record{
		Title: "rule setting", TitleZh: "规则参数", Doc: "What the catalogue's manager may change of the rules. Where no record is there, the documented defaults hold.",
	}, defaultSetting, "SetRules")
}

func (b *book) handleSettings(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "SetRules", Title: "Set the ledger's rules", TitleZh: "设置规则参数", Record: ledger.RulesType, Creates: true, ID: "settingId", Roles: []string{RoleCatalogue},
		Example: json.RawMessage(`{"settingId":"rules","codeMaxMinutes":30,"copyMaxDays":90,"lateRenewalDays":0,"catalogueRequired":false}`),
	}, func(c *ledger.Call, in *setRulesInput) error { return b.rules.Set(c, in.Setting) })
}
