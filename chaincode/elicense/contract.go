// Package elicense is the ledger of e-licences (电子证照): which authority
// issued which licence to whom, whether it holds, and who has used it.
//
// Standards: GB/T 36901 to 36906-2018; 行政许可法 articles 69 and 70 for how a
// licence ends.
package elicense

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Name is the contract's name.
const Name = "elicense"

// Roles of the ledger.
const (
	RoleIssuer    = "licence.issuer"    // 颁证机构
	RoleCatalogue = "licence.catalogue" // 证照目录管理方
	RoleUser      = "licence.user"      // 用证单位
	RoleEnforcer  = "licence.enforcer"  // 依职权用证的执法、监管机关
	RoleHolder    = "licence.holder"    // 持证主体服务端
	RoleAuditor   = "licence.auditor"   // 审计
)

// Statuses of a licence. 05 失效 stands here as two: expired and superseded.
const (
	Draft          = "DRAFT"
	Valid          = "VALID"
	Suspended      = "SUSPENDED"
	Revoked        = "REVOKED"
	Cancelled      = "CANCELLED"
	Expired        = "EXPIRED"
	Superseded     = "SUPERSEDED"
	TransferredOut = "TRANSFERRED_OUT"
	Withdrawn      = "WITHDRAWN"
	Other          = "OTHER"
)

const recordType = "licence"

var (
	issuers    = []string{RoleIssuer}
	presenters = []string{RoleUser, RoleEnforcer}
)

// book is the contract's records.
type book struct {
	licences *ledger.Records[Licence]
	types    *ledger.Records[CatalogueItem]
	copies   *ledger.Records[Copy]
	codes    *ledger.Records[Code]
	uses     *ledger.Records[Use]
	rules    *ledger.Rules[Setting]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "E-licences", "电子证照",
		"Keeps which authority issued which licence, whether it holds, and who has used it: the digest of the licence file and a keyed hash of its holder, never the holder. "+
			"A licence is known by its identifier (GB/T 36904), which names its type, its issuer, its serial number and its version; of one serial number one version holds at a time.")
	declareCodes(c)
	b := &book{}
	b.defineLicences(c)
	b.defineCatalogue(c)
	b.defineCopies(c)
	b.defineCodes(c)
	b.defineUses(c)
	b.defineSettings(c)
	b.handleIssue(c)
	b.handleSupersede(c)
	b.handleStatus(c)
	b.handleEnd(c)
	b.handleTransfer(c)
	b.handleCatalogue(c)
	b.handleCopies(c)
	b.handleCodes(c)
	b.handleUse(c)
	b.handleSettings(c)
	b.handlePurge(c)
	b.answerVerify(c)
	b.answerHistory(c)
	b.answerCopy(c)
	b.answerCount(c)
	b.answerFace(c)
	return c
}

func (b *book) defineLicences(c *ledger.Contract) {
	b.licences = ledger.Define[Licence](c, catalog.Record{
		Type: recordType, Collection: "licences", Title: "licence", TitleZh: "电子证照",
		Doc: "One version of a licence. The identifier names the type, the issuer (its department is the only one that changes the record), the serial number and the version.",
		Statuses: []catalog.Status{
			{Code: Draft, TitleZh: "草稿", Doc: "Prepared, not issued."},
			{Code: Valid, TitleZh: "有效", Doc: "01. In force within its period."},
			{Code: Suspended, TitleZh: "暂扣", Doc: "02. Held back for a time."},
			{Code: Revoked, TitleZh: "撤销", Doc: "03. Ought not to have been issued (行政许可法 69)."},
			{Code: Cancelled, TitleZh: "注销", Doc: "04. Ended as a formality (行政许可法 70)."},
			{Code: Expired, TitleZh: "失效（到期）", Doc: "05. Its period is over: derived when it is asked for, recorded with Expire."},
			{Code: Superseded, TitleZh: "失效（被替代）", Doc: "05. A newer version took its place."},
			{Code: TransferredOut, TitleZh: "办理转出", Doc: "06. On its way to another authority, or arrived there."},
			{Code: Withdrawn, TitleZh: "吊销", Doc: "07. Taken away as a penalty."},
			{Code: Other, TitleZh: "其他", Doc: "99. As the reason says."},
		},
		Transitions: ledger.Table(
			ledger.Steps("Issue", Valid, ""), ledger.Steps("Import", Valid, ""),
			ledger.Steps("Draft", Draft, "", Draft), ledger.Steps("ConfirmDraft", Valid, Draft),
			ledger.Steps("Renew", Valid, ""), ledger.Steps("Renew", Superseded, Valid, Expired),
			ledger.Steps("Change", Valid, ""), ledger.Steps("Change", Superseded, Valid),
			ledger.Steps("Suspend", Suspended, Valid), ledger.Steps("Return", Valid, Suspended),
			ledger.Steps("Revoke", Revoked, Valid, Suspended),
			ledger.Steps("Cancel", Cancelled, Valid, Suspended, Expired),
			ledger.Steps("Withdraw", Withdrawn, Valid, Suspended),
			ledger.Steps("Expire", Expired, Valid),
			ledger.Steps("TransferOut", TransferredOut, Valid, Suspended), ledger.Steps("CancelTransferOut", Valid, TransferredOut), ledger.Steps("CancelTransferOut", Suspended, TransferredOut),
			ledger.Steps("TransferIn", Valid, ""), ledger.Steps("TransferIn", Suspended, ""), ledger.Stay("TransferIn", TransferredOut),
			ledger.Steps("SetOther", Other, Draft, Valid, Suspended),
			ledger.Steps("ClearOther", Draft, Other), ledger.Steps("ClearOther", Valid, Other), ledger.Steps("ClearOther", Suspended, Other),
			ledger.Stay("Purge", Draft, Valid, Suspended, Revoked, Cancelled, Expired, Superseded, TransferredOut, Withdrawn, Other),
		),
		Search: []catalog.SearchField{
			{Field: "certNo", Kind: "keyword"}, {Field: "holderKey", Kind: "keyword"}, {Field: "coHolders[].holderKey", Kind: "keyword"},
			{Field: "certTypeCode", Kind: "keyword"}, {Field: "certTypeName", Kind: "text"}, {Field: "divisionCode", Kind: "keyword"},
			{Field: "fileHash", Kind: "keyword"}, {Field: "prevCertId", Kind: "keyword"}, {Field: "issueDate", Kind: "date"}, {Field: "validTo", Kind: "date"},
		},
		HashFields: []string{"fileHash"},
		Successor:  "supersededBy",
		Lapse:      &catalog.Lapse{Field: "validTo", From: []string{Valid}, To: Expired},
	})
}

func (b *book) handlePurge(c *ledger.Contract) {
	ledger.HandlePurge(c, catalog.Operation{
		Name: "Purge", Title: "Purge the private half", TitleZh: "清除非公开信息", Verb: "purge", Roles: issuers,
		Doc: "Removes the holder's name and number and the face data from every peer. The licence itself stays.",
	}, b.licences)
	ledger.HandlePurge(c, catalog.Operation{
		Name: "PurgeUse", Title: "Purge a use record's private half", TitleZh: "清除用证记录非公开信息", Verb: "purge", Roles: presenters,
		Doc: "Removes the operator's name from every peer. The use record itself stays.",
	}, b.uses)
}
