package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

const (
	catalogueType = "catalogue-item"
	published     = "PUBLISHED"
	offCatalogue  = "WITHDRAWN"
)

// CatalogueItem is one type of licence in the catalogue (证照目录, GB/T 36902).
type CatalogueItem struct {
	CertTypeName string   `json:"certTypeName" is:"maxLen=128" zh:"证照类型名称"`
	DefinerName  string   `json:"definerName" is:"maxLen=128" zh:"定义机构"`
	LegalBasis   string   `json:"legalBasis,omitempty" is:"maxLen=256" zh:"设定依据"`
	IssuerLevel  string   `json:"issuerLevel,omitempty" is:"enum=PROVINCE|CITY|COUNTY" zh:"颁发机构层级"`
	DivisionCode string   `json:"divisionCode,omitempty" is:"division" zh:"适用区划"`
	HolderKind   string   `json:"holderKind" is:"enum=PERSON|ORGANISATION|ANY" zh:"持证主体类别"`
	OpenEnded    bool     `json:"openEnded" zh:"可长期有效" doc:"Whether licences may be valid without an end (99991231)"`
	MaxMonths    int64    `json:"maxMonths,omitempty" is:"min=1,max=1200" zh:"最长有效月数" doc:"Of licences that have an end; no limit where it is left out"`
	ShareType    string   `json:"shareType" is:"enum=UNCONDITIONAL|CONDITIONAL|NONE" zh:"共享类型" doc:"无条件共享, 有条件共享, 不予共享"`
	SecLevel     string   `json:"secLevel,omitempty" is:"enum=L1|L2|L3|L4" zh:"数据分级"`
	FaceFields   []string `json:"faceFields,omitempty" is:"maxItems=100,unique,maxLen=64" zh:"照面信息项"`
}

type publishTypeInput struct {
	CertTypeCode string `json:"certTypeCode" is:"licence-type" zh:"证照类型代码"`
	CatalogueItem
}

type withdrawTypeInput struct {
	CertTypeCode string `json:"certTypeCode" is:"licence-type" zh:"证照类型代码"`
	Reason       string `json:"reason" is:"maxLen=256" zh:"撤下原因" doc:"It stays in the transaction"`
}

const exampleType = "11100000MB03271699001"

func (b *book) defineCatalogue(c *ledger.Contract) {
	b.types = ledger.Define[CatalogueItem](c, catalog.Record{
		Type: catalogueType, Collection: "catalogue-items", Title: "licence type", TitleZh: "证照目录",
		Doc:         "What the catalogue says of a type of licence. Licences that are issued must be as it says.",
		Statuses:    []catalog.Status{{Code: published, TitleZh: "已发布"}, {Code: offCatalogue, TitleZh: "已撤下", Doc: "No new licence of it is issued; those that exist go on."}},
		Transitions: ledger.Table(ledger.Steps("PublishType", published, "", published, offCatalogue), ledger.Steps("WithdrawType", offCatalogue, published)),
		Search:      []catalog.SearchField{{Field: "certTypeName", Kind: "text"}, {Field: "divisionCode", Kind: "keyword"}, {Field: "shareType", Kind: "keyword"}, {Field: "holderKind", Kind: "keyword"}},
	})
}

func (b *book) handleCatalogue(c *ledger.Contract) {
	manager := []string{RoleCatalogue}
	ledger.Handle(c, catalog.Operation{
		Name: "PublishType", Title: "Publish a licence type", TitleZh: "发布证照目录", Record: catalogueType, Creates: true, ID: "certTypeCode", Roles: manager,
		Doc:     "Enters a type into the catalogue, or enters it anew as it is now.",
		Example: json.RawMessage(`{"certTypeCode":"` + exampleType + `","certTypeName":"不动产权证书","definerName":"自然资源部","legalBasis":"不动产登记暂行条例","holderKind":"ANY","openEnded":true,"shareType":"CONDITIONAL","secLevel":"L3","faceFields":["权利人","坐落","面积","用途"]}`),
	}, b.publishType)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawType", Title: "Withdraw a licence type", TitleZh: "撤下证照目录", Record: catalogueType, Verb: "withdraw", ID: "certTypeCode", Roles: manager,
		Example: json.RawMessage(`{"certTypeCode":"` + exampleType + `","reason":"证照类型合并"}`),
	}, func(c *ledger.Call, in *withdrawTypeInput) error {
		t, err := b.types.Open(c, in.CertTypeCode)
		if err != nil {
			return err
		}
		return t.Move(c, offCatalogue)
	})
}

func (b *book) publishType(c *ledger.Call, in *publishTypeInput) error {
	t, err := b.types.Find(c, in.CertTypeCode)
	if err != nil {
		return err
	}
	if t == nil {
		_, err = b.types.Create(c, in.CertTypeCode, published, in.CatalogueItem)
		return err
	}
	if err := t.OwnedBy(c); err != nil {
		return err
	}
	t.Body = in.CatalogueItem
	return t.Move(c, published)
}

// checkType refuses a licence that is not as the catalogue describes its type.
func (b *book) checkType(c *ledger.Call, code string, f *Face) error {
	t, err := b.types.Look(c, code)
	if err != nil {
		return err
	}
	if t == nil {
		rules, err := b.rules.InForce(c)
		if err == nil && rules.CatalogueRequired {
			return ledger.RefuseField(TypeUnknown, "certId", "the type %s is not in the catalogue of %s; its manager publishes it first", code, c.Channel())
		}
		return err
	}
	if t.Status != published {
		return ledger.RefuseField(TypeWithdrawn, "certId", "the type %s was withdrawn from the catalogue", code)
	}
	return t.Body.accepts(f)
}

// accepts compares a licence with its type.
func (t *CatalogueItem) accepts(f *Face) error {
	if f.CertTypeName != t.CertTypeName {
		return ledger.RefuseField(TypeMismatch, "certTypeName", "the type is called %s", t.CertTypeName)
	}
	for _, h := range append([]Holder{{f.HolderKey, f.HolderIDType}}, f.CoHolders...) {
		if err := t.acceptsHolder(h.HolderIDType); err != nil {
			return err
		}
	}
	if f.ValidTo == identifier.OpenEnd.String() {
		if !t.OpenEnded {
			return ledger.RefuseField(PeriodInvalid, "validTo", "licences of this type have an end")
		}
		return nil
	}
	if t.MaxMonths == 0 {
		return nil
	}
	last, err := ledger.AddMonths(f.ValidFrom, int(t.MaxMonths))
	if err != nil {
		return err
	}
	if f.ValidTo > last {
		return ledger.RefuseField(PeriodInvalid, "validTo", "licences of this type are valid for %d months at most: to %s", t.MaxMonths, last)
	}
	return nil
}

func (t *CatalogueItem) acceptsHolder(idType string) error {
	if t.HolderKind == "ANY" {
		return nil
	}
	kind, err := identifier.ParseHolderIDType(idType)
	if err != nil || kind.Person != (t.HolderKind == "PERSON") {
		return ledger.RefuseField(TypeMismatch, "holderIdType", "the holders of this type are of the kind %s; name the type of each holder's identifier", t.HolderKind)
	}
	return nil
}
