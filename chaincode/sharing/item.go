package sharing

import (
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
	"henanchain/internal/catalog"
)

// Item is one item of the catalogue of government data (政务数据目录项). Its id is its
// code; the department that publishes it provides it.
type Item struct {
	Name       string            `json:"name" is:"maxLen=64" zh:"数据资源名称"`
	Abstract   string            `json:"abstract,omitempty" is:"maxLen=500" zh:"摘要"`
	Fields     []predicate.Field `json:"fields" zh:"数据项"`
	Sharing    string            `json:"sharing" is:"enum=UNCONDITIONAL|CONDITIONAL|NOT_SHARED" zh:"共享类型" doc:"无条件共享, 有条件共享, 不予共享"`
	Condition  string            `json:"condition,omitempty" is:"maxLen=500" zh:"共享条件"`
	LegalBasis string            `json:"legalBasis" is:"maxLen=256" zh:"依据" doc:"The law or duty that the sharing, or its refusal, rests on"`
	Security   string            `json:"security" is:"enum=GENERAL|SENSITIVE|IMPORTANT|CORE" zh:"安全级别" doc:"一般, 敏感, 重要, 核心"`
	Personal   bool              `json:"personal,omitempty" zh:"含个人信息"`
	Cycle      string            `json:"cycle" is:"enum=DAILY|WEEKLY|MONTHLY|QUARTERLY|YEARLY|IRREGULAR" zh:"更新周期"`
	Mode       string            `json:"mode" is:"enum=PLAIN|HASH|ENCRYPTED|PRIVATE" zh:"上链方式" doc:"明文, 摘要, 加密, 私密"`
	UpdatedOn  string            `json:"updatedOn" is:"date" zh:"数据更新日期"`
	DueOn      string            `json:"dueOn" is:"date" zh:"下次更新期限" doc:"After it the item is overdue for its update"`
	Closed     string            `json:"withdrawnFor,omitempty" is:"maxLen=256" zh:"撤下原因"`
}

// Statuses of an item.
const (
	Published = "PUBLISHED"
	Overdue   = "OVERDUE"
	Withdrawn = "WITHDRAWN"
)

// Sorts of sharing, and ways on chain.
const (
	Unconditional = "UNCONDITIONAL"
	Conditional   = "CONDITIONAL"
	NotShared     = "NOT_SHARED"

	Plain     = "PLAIN"
	Hash      = "HASH"
	Encrypted = "ENCRYPTED"
	Private   = "PRIVATE"
)

const itemType = "item"

type publishItem struct {
	CatalogCode string            `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Name        string            `json:"name" is:"maxLen=64" zh:"数据资源名称"`
	Abstract    string            `json:"abstract,omitempty" is:"maxLen=500" zh:"摘要"`
	Fields      []predicate.Field `json:"fields" is:"minItems=1,maxItems=50" zh:"数据项"`
	Sharing     string            `json:"sharing" is:"enum=UNCONDITIONAL|CONDITIONAL|NOT_SHARED" zh:"共享类型"`
	Condition   string            `json:"condition,omitempty" is:"maxLen=500" zh:"共享条件"`
	LegalBasis  string            `json:"legalBasis" is:"minLen=2,maxLen=256" zh:"依据"`
	Security    string            `json:"security" is:"enum=GENERAL|SENSITIVE|IMPORTANT|CORE" zh:"安全级别"`
	Personal    bool              `json:"personal,omitempty" zh:"含个人信息"`
	Cycle       string            `json:"cycle" is:"enum=DAILY|WEEKLY|MONTHLY|QUARTERLY|YEARLY|IRREGULAR" zh:"更新周期"`
	Mode        string            `json:"mode" is:"enum=PLAIN|HASH|ENCRYPTED|PRIVATE" zh:"上链方式"`
	UpdatedOn   string            `json:"updatedOn" is:"date" zh:"数据更新日期"`
}

// ReadsOf lets a batch fetch the owner's right.
func (in *publishItem) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(rightType, RightID(in.CatalogCode, Owner, caller.Dept))}
}

type itemCode struct {
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
}

type refreshItem struct {
	itemCode
	UpdatedOn string `json:"updatedOn" is:"date" zh:"数据更新日期"`
}

type withdrawItem struct {
	itemCode
	Reason string `json:"reason" is:"maxLen=256" zh:"撤下原因"`
}

// defineCatalogue defines the catalogue, rights and what is derived.
func (b *book) defineCatalogue(c *ledger.Contract) {
	b.items = ledger.Define[Item](c, catalog.Record{
		Type: itemType, Collection: "items", Title: "catalogue item", TitleZh: "目录项",
		Doc: "Its id is its code in the catalogue of government data resources; each publication is a version. " +
			"The list of important and sensitive data is the search by security.",
		Statuses: []catalog.Status{
			{Code: Published, TitleZh: "已发布"}, {Code: Overdue, TitleZh: "逾期未更新", Doc: "The update that its cycle promises has not come."}, {Code: Withdrawn, TitleZh: "已撤下"},
		},
		Transitions: ledger.Table(
			ledger.Steps("PublishItem", Published, "", Published, Withdrawn), ledger.Stay("RefreshItem", Published), ledger.Steps("WithdrawItem", Withdrawn, Published),
		),
		Search: append(append(ledger.Texts("name", "abstract"), ledger.Keywords("sharing", "security", "mode", "cycle", "fields[].name", "fields[].titleZh")...), ledger.Dates("updatedOn", "dueOn")...),
		Lapse:  &catalog.Lapse{Field: "dueOn", From: []string{Published}, To: Overdue},
	})
	b.defineRights(c)
	b.defineDerivations(c)
}

// publishItem publishes an item or its next version, with its owner's right.
func (b *book) publishItem(c *ledger.Call, in *publishItem) error {
	if err := in.check(c); err != nil {
		return err
	}
	due, err := dueOn(in.UpdatedOn, in.Cycle)
	if err != nil {
		return err
	}
	body := Item{Name: in.Name, Abstract: in.Abstract, Fields: in.Fields, Sharing: in.Sharing, Condition: in.Condition, LegalBasis: in.LegalBasis,
		Security: in.Security, Personal: in.Personal, Cycle: in.Cycle, Mode: in.Mode, UpdatedOn: in.UpdatedOn, DueOn: due}
	item, err := b.items.Put(c, in.CatalogCode, Published, body)
	if err != nil || item.Version > 1 {
		return err
	}
	_, err = b.rights.Create(c, RightID(in.CatalogCode, Owner, c.Caller().Dept), Held,
		Right{CatalogCode: in.CatalogCode, Kind: Owner, HolderDept: c.Caller().Dept, Basis: in.LegalBasis, ValidTo: openEnd})
	return err
}

// check refuses an item whose parts do not go together.
func (in *publishItem) check(c *ledger.Call) error {
	if err := predicate.CheckFields(in.Fields); err != nil {
		return err
	}
	if in.Sharing == Conditional && in.Condition == "" {
		return ledger.RefuseField(ConditionMissing, "condition", "an item that is shared on a condition (有条件共享) names the condition")
	}
	if in.UpdatedOn > c.Today() {
		return ledger.RefuseField(PeriodInvalid, "updatedOn", "the data were updated on %s, which is after today (%s)", in.UpdatedOn, c.Today())
	}
	if allowed := modesOf(in.Security, in.Personal); !slices.Contains(allowed, in.Mode) {
		return ledger.RefuseField(ModeForbidden, "mode", "data of the level %s%s go on chain as %v, not as %s", in.Security, personally(in.Personal), allowed, in.Mode)
	}
	return nil
}

func personally(personal bool) string {
	if personal {
		return " with personal data"
	}
	return ""
}

// modesOf are the ways on chain that data of a level may take. Personal data are
// never plain nor a digest, which can be found by trying.
func modesOf(security string, personal bool) []string {
	switch {
	case personal || security == "CORE":
		return []string{Encrypted, Private}
	case security == "GENERAL":
		return []string{Plain, Hash, Encrypted, Private}
	}
	return []string{Hash, Encrypted, Private}
}

// openEnd is a period without an end, as licence data write it.
const openEnd = "99991231"

// dueOn is the last day on which data of a cycle are not overdue.
func dueOn(updated, cycle string) (string, error) {
	switch cycle {
	case "DAILY":
		return ledger.AddDays(updated, 1)
	case "WEEKLY":
		return ledger.AddDays(updated, 7)
	case "MONTHLY":
		return ledger.AddMonths(updated, 1)
	case "QUARTERLY":
		return ledger.AddMonths(updated, 3)
	case "YEARLY":
		return ledger.AddMonths(updated, 12)
	}
	return openEnd, nil
}

// refreshItem writes down that the data were updated.
func (b *book) refreshItem(c *ledger.Call, in *refreshItem) error {
	item, err := b.items.Open(c, in.CatalogCode)
	if err != nil {
		return err
	}
	if in.UpdatedOn > c.Today() || in.UpdatedOn < item.Body.UpdatedOn {
		return ledger.RefuseField(PeriodInvalid, "updatedOn", "the update was on %s, not before the last one (%s) and not after today (%s)", in.UpdatedOn, item.Body.UpdatedOn, c.Today())
	}
	if item.Body.DueOn, err = dueOn(in.UpdatedOn, item.Body.Cycle); err != nil {
		return err
	}
	item.Body.UpdatedOn = in.UpdatedOn
	return item.Keep(c)
}

func (b *book) withdrawItem(c *ledger.Call, in *withdrawItem) error {
	item, err := b.items.Open(c, in.CatalogCode)
	if err != nil {
		return err
	}
	item.Body.Closed = in.Reason
	return item.Move(c, Withdrawn)
}

// provided loads a published item that the caller's department provides.
func (b *book) provided(c *ledger.Call, code string) (*ledger.Entity[Item], error) {
	item, err := b.items.Load(c, code)
	if err != nil {
		return nil, err
	}
	if item.Dept != c.Caller().Dept || item.Org != c.Caller().MSP {
		return nil, ledger.RefuseField(NotTheProvider, "catalogCode", "the item %s is provided by the department %s", code, item.Dept)
	}
	if item.Status != Published {
		return nil, ledger.RefuseField(ItemUnpublished, "catalogCode", "the item %s is %s", code, item.Status)
	}
	return item, nil
}
