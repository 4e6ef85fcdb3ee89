package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Service is one entry of the catalogue of services (服务目录): what a department lets
// others call over the gateway, and how often.
type Service struct {
	Name      string   `json:"name" is:"maxLen=64" zh:"服务名称"`
	Abstract  string   `json:"abstract,omitempty" is:"maxLen=500" zh:"服务说明"`
	Items     []string `json:"items,omitempty" is:"resource-code" zh:"所用目录项"`
	Routes    []string `json:"routes" zh:"接口" doc:"METHOD and path template, as the OpenAPI document has them"`
	MaxPerDay int      `json:"maxPerDay" zh:"每日调用上限"`
	Closed    string   `json:"withdrawnFor,omitempty" is:"maxLen=256" zh:"撤下原因"`
}

const serviceType = "service"

type publishService struct {
	ServiceID string   `json:"serviceId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"服务编号"`
	Name      string   `json:"name" is:"maxLen=64" zh:"服务名称"`
	Abstract  string   `json:"abstract,omitempty" is:"maxLen=500" zh:"服务说明"`
	Items     []string `json:"items,omitempty" is:"maxItems=20,unique,resource-code" zh:"所用目录项"`
	Routes    []string `json:"routes" is:"minItems=1,maxItems=50,unique,maxLen=160,pattern=^(GET|POST) /v1/[{}a-zA-Z0-9/:._-]+$" zh:"接口"`
	MaxPerDay int      `json:"maxPerDay" is:"min=1,max=100000000" zh:"每日调用上限"`
}

// Reads lets a batch fetch the items.
func (in *publishService) Reads() []string { return ledger.Keys(itemType, in.Items) }

type withdrawService struct {
	ServiceID string `json:"serviceId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"服务编号"`
	Reason    string `json:"reason" is:"maxLen=256" zh:"撤下原因"`
}

func (b *book) defineServices(c *ledger.Contract) {
	b.services = ledger.Define[Service](c, catalog.Record{
		Type: serviceType, Collection: "services", Title: "service", TitleZh: "服务",
		Doc:      "What a department lets others call, on application.",
		Statuses: []catalog.Status{{Code: Published, TitleZh: "已发布"}, {Code: Withdrawn, TitleZh: "已撤下"}},
		Transitions: ledger.Table(
			ledger.Steps("PublishService", Published, "", Published, Withdrawn), ledger.Steps("WithdrawService", Withdrawn, Published),
		),
		Search: append(ledger.Texts("name", "abstract"), ledger.Keywords("items[]")...),
	})
	b.defineApplications(c)
	b.rules = ledger.DefineRules(c, catalog.Record{Title: "setting", TitleZh: "共享规则", Doc: "One record, with the id rules. Without it the defaults hold."}, Settings{ApprovalDays: 10}, "SetRules")
}

// publishService publishes a service of the caller's, or its next version. Its
// items are the caller's own.
func (b *book) publishService(c *ledger.Call, in *publishService) error {
	for _, code := range in.Items {
		if _, err := b.provided(c, code); err != nil {
			return err
		}
	}
	_, err := b.services.Put(c, in.ServiceID, Published, Service{Name: in.Name, Abstract: in.Abstract, Items: in.Items, Routes: in.Routes, MaxPerDay: in.MaxPerDay})
	return err
}

func (b *book) withdrawService(c *ledger.Call, in *withdrawService) error {
	s, err := b.services.Open(c, in.ServiceID)
	if err != nil {
		return err
	}
	s.Body.Closed = in.Reason
	return s.Move(c, Withdrawn)
}
