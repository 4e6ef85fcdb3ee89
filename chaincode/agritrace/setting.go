package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Setting is what the market regulator may change of the rules (规则参数).
type Setting struct {
	AbnormalScans     int64 `json:"abnormalScans" is:"min=2,max=1000000" zh:"异常扫码次数" doc:"A retail code scanned more often than this is shown with a warning; 20 where nothing is set"`
	OwnProduceNeedsJY bool  `json:"ownProduceNeedsJY" zh:"自产自销需经营许可" doc:"Whether a producer needs a JY licence to sell its own produce; not so where nothing is set (食品安全法 art. 35)"`
	ReportHours       int64 `json:"reportHours" is:"min=0,max=240" zh:"提前报备小时数" doc:"How long before its arrival cold-chain goods must be reported; 24 where nothing is set"`
}

var defaultSetting = Setting{AbnormalScans: 20, ReportHours: 24}

func (b *book) defineSetting(c *ledger.Contract) {
	b.rules = ledger.DefineRules(c, catalog.Record{
		Title: "rule setting", TitleZh: "规则参数", Doc: "What the market regulator may change of the rules. Where no record is there, the documented defaults hold.",
	}, defaultSetting, "SetRules")
}

// setRulesInput is the rules as a whole: what is not named cannot be kept by accident.
type setRulesInput struct {
	SettingID string `json:"settingId" is:"enum=rules" zh:"参数编号"`
	Setting
}

func (b *book) handleSetting(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "SetRules", Title: "Set the ledger's rules", TitleZh: "设置规则参数", Record: ledger.RulesType, Creates: true, ID: "settingId",
		Roles:   []string{RoleMarket},
		Example: json.RawMessage(`{"settingId":"rules","abnormalScans":20,"ownProduceNeedsJY":false,"reportHours":24}`),
	}, func(c *ledger.Call, in *setRulesInput) error { return b.rules.Set(c, in.Setting) })
}
