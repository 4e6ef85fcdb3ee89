package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Right is one department's right in an item (数据确权): whose the data are (归属权), who
// keeps them (管理权), who may use them (使用权), and by which basis. Its id is the item's
// code, the kind and the holder.
type Right struct {
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Kind        string `json:"kind" is:"enum=OWNER|STEWARD|USER" zh:"权利类别" doc:"归属权, 管理权, 使用权"`
	HolderDept  string `json:"holderDept" is:"uscc" zh:"权利人"`
	Basis       string `json:"basis" is:"maxLen=256" zh:"确权依据"`
	ValidTo     string `json:"validTo" is:"date" zh:"有效期止"`
	Reason      string `json:"reason,omitempty" is:"maxLen=256" zh:"终止原因"`
}

// Kinds of rights.
const (
	Owner   = "OWNER"
	Steward = "STEWARD"
	User    = "USER"
)

// Statuses of a right.
const (
	Held  = "HELD"
	Ended = "ENDED"
)

const rightType = "right"

// RightID is a right's id.
func RightID(catalogCode, kind, dept string) string { return catalogCode + "." + kind + "." + dept }

type registerRight struct {
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Kind        string `json:"kind" is:"enum=STEWARD|USER" zh:"权利类别"`
	HolderDept  string `json:"holderDept" is:"uscc" zh:"权利人"`
	Basis       string `json:"basis" is:"minLen=2,maxLen=256" zh:"确权依据"`
	ValidTo     string `json:"validTo" is:"date" zh:"有效期止"`
}

// Reads lets a batch fetch the item and the earlier right.
func (in *registerRight) Reads() []string {
	return []string{ledger.Key(itemType, in.CatalogCode), ledger.Key(rightType, RightID(in.CatalogCode, in.Kind, in.HolderDept))}
}

type endRight struct {
	RightID string `json:"rightId" is:"maxLen=64" zh:"权利编号"`
	Reason  string `json:"reason" is:"maxLen=256" zh:"终止原因"`
}

func (b *book) defineRights(c *ledger.Contract) {
	b.rights = ledger.Define[Right](c, catalog.Record{
		Type: rightType, Collection: "rights", Title: "right in an item", TitleZh: "数据权利",
		Doc:      "Whose an item is, who keeps it, who may use it. The owner's right comes with the item; the owner registers the others.",
		Statuses: []catalog.Status{{Code: Held, TitleZh: "有效"}, {Code: Ended, TitleZh: "已终止"}},
		Transitions: ledger.Table(
			ledger.Steps("PublishItem", Held, ""), ledger.Steps("RegisterRight", Held, "", Held, Ended), ledger.Steps("EndRight", Ended, Held),
		),
		Search: append(ledger.Keywords("catalogCode", "kind", "holderDept"), ledger.Dates("validTo")...),
		Lapse:  &catalog.Lapse{Field: "validTo", From: []string{Held}, To: Ended},
	})
}

// registerRight gives a department a right in an item of the caller's, or a new
// period and basis to one that it had.
func (b *book) registerRight(c *ledger.Call, in *registerRight) error {
	if _, err := b.provided(c, in.CatalogCode); err != nil {
		return err
	}
	if in.ValidTo < c.Today() {
		return ledger.RefuseField(PeriodInvalid, "validTo", "the right would have ended on %s, before today (%s)", in.ValidTo, c.Today())
	}
	id := RightID(in.CatalogCode, in.Kind, in.HolderDept)
	body := Right{CatalogCode: in.CatalogCode, Kind: in.Kind, HolderDept: in.HolderDept, Basis: in.Basis, ValidTo: in.ValidTo}
	old, err := b.rights.Find(c, id)
	if err != nil {
		return err
	}
	if old == nil {
		_, err := b.rights.Create(c, id, Held, body)
		return err
	}
	if old, err = b.rights.Open(c, id); err != nil {
		return err
	}
	old.Body = body
	return old.Move(c, Held)
}

func (b *book) endRight(c *ledger.Call, in *endRight) error {
	r, err := b.rights.Open(c, in.RightID)
	if err != nil {
		return err
	}
	if r.Body.Kind == Owner {
		return ledger.RefuseField(ledger.StateForbids, "rightId", "the owner's right ends with the item: withdraw the item")
	}
	r.Body.Reason = in.Reason
	return r.Move(c, Ended)
}

// mayUse tells whether a department has a right in an item today, of any kind.
func (b *book) mayUse(c *ledger.Call, code, dept string) (bool, error) {
	for _, kind := range []string{User, Steward, Owner} {
		r, err := b.rights.Find(c, RightID(code, kind, dept))
		if err != nil {
			return false, err
		}
		if r != nil && r.StatusNow(c) == Held {
			return true, nil
		}
	}
	return false, nil
}
