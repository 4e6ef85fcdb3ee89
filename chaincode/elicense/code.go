package elicense

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
)

const (
	codeType    = "use-code"
	codeIssued  = "ISSUED"
	codeUsed    = "USED"
	codeRevoked = "REVOKED"
)

// Code is a holder's permission that somebody else presents the licence once
// (授权用证码). The ledger knows the digest of the code, not the code: who
// presents the code shows that the holder gave it to them.
type Code struct {
	CertID          string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	HolderKey       string `json:"holderKey" is:"subject" zh:"授权人标识"`
	DelegateKey     string `json:"delegateKey" is:"subject" zh:"受托人标识"`
	UserDept        string `json:"userDept,omitempty" is:"uscc" zh:"限定用证单位"`
	ServiceItemCode string `json:"serviceItemCode,omitempty" is:"maxLen=64" zh:"限定事项编码"`
	ExpireAt        string `json:"expireAt" is:"timestamp" zh:"失效时间"`
	UseID           string `json:"useId,omitempty" is:"maxLen=128" zh:"用证记录编号" doc:"The one use that it served for"`
}

type delegateInput struct {
	CodeHash        string `json:"codeHash" is:"sm3" zh:"授权码摘要" doc:"SM3 of the code, which is 22 to 64 random letters and digits: enough that nobody finds it by trying"`
	CertID          string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	HolderKey       string `json:"holderKey" is:"subject" zh:"授权人标识" doc:"A holder of the licence, as the holder's platform has identified them"`
	DelegateKey     string `json:"delegateKey" is:"subject" zh:"受托人标识" doc:"Who may present it"`
	UserDept        string `json:"userDept,omitempty" is:"uscc" zh:"限定用证单位" doc:"Only there, where it is given"`
	ServiceItemCode string `json:"serviceItemCode,omitempty" is:"pattern=^[0-9A-Za-z]{6,64}$" zh:"限定事项编码" doc:"Only for that, where it is given"`
	ExpireAt        string `json:"expireAt" is:"timestamp" zh:"失效时间"`
}

// Reads names what delegating will look up.
func (in *delegateInput) Reads() []string {
	return []string{ledger.Key(recordType, in.CertID), ledger.RulesKey(ledger.RulesID)}
}

type revokeCodeInput struct {
	CodeHash string `json:"codeHash" is:"sm3" zh:"授权码摘要"`
}

func (b *book) defineCodes(c *ledger.Contract) {
	b.codes = ledger.Define[Code](c, catalog.Record{
		Type: codeType, Collection: "use-codes", Title: "delegated use code", TitleZh: "授权用证码",
		Doc: "Lets one delegate present a licence once, soon. The id is the code's digest.",
		Statuses: []catalog.Status{
			{Code: codeIssued, TitleZh: "待使用"}, {Code: codeUsed, TitleZh: "已使用"}, {Code: codeRevoked, TitleZh: "已撤回"}, {Code: Expired, TitleZh: "已过期", Doc: "Derived: its time has passed."},
		},
		Transitions: ledger.Table(ledger.Steps("Delegate", codeIssued, ""), ledger.Steps("Use", codeUsed, codeIssued), ledger.Steps("RevokeCode", codeRevoked, codeIssued)),
		Search:      []catalog.SearchField{{Field: "certId", Kind: "keyword"}, {Field: "holderKey", Kind: "keyword"}, {Field: "delegateKey", Kind: "keyword"}, {Field: "expireAt", Kind: "date"}},
		Lapse:       &catalog.Lapse{Field: "expireAt", From: []string{codeIssued}, To: Expired},
	})
}

func (b *book) handleCodes(c *ledger.Contract) {
	holder := []string{RoleHolder}
	ledger.Handle(c, catalog.Operation{
		Name: "Delegate", Title: "Let somebody use a licence once", TitleZh: "授权用证", Record: codeType, Creates: true, ID: "codeHash", Roles: holder,
		Refusals: []string{LicenceNotInForce, NotTheHolder, CodePeriodInvalid}, Doc: "By the holder, through the platform that has identified them.",
		Example: json.RawMessage(`{"codeHash":"` + gm.HexDigest([]byte(exampleCode)) + `","certId":"` + exampleID + `","holderKey":"` + exampleKey + `","delegateKey":"` + exampleHash + `","serviceItemCode":"1141010000525256501000112000","expireAt":"2026-03-02T01:20:00Z"}`),
	}, b.delegate)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeCode", Title: "Take a use code back", TitleZh: "撤回授权", Record: codeType, Verb: "revoke", ID: "codeHash", Roles: holder,
		Doc: "Before it was used.", Example: json.RawMessage(`{"codeHash":"` + gm.HexDigest([]byte(exampleCode)) + `"}`),
	}, func(c *ledger.Call, in *revokeCodeInput) error {
		e, err := b.codes.Open(c, in.CodeHash)
		if err != nil {
			return err
		}
		return e.Move(c, codeRevoked)
	})
}

const exampleCode = "7Kq2mZ9xVb4TnR8wLc3HdY"

func (b *book) delegate(c *ledger.Call, in *delegateInput) error {
	l, err := b.loadInForce(c, in.CertID)
	if err != nil {
		return err
	}
	if !l.Body.holds(in.HolderKey) {
		return ledger.RefuseField(NotTheHolder, "holderKey", "the subject is not a holder of the licence %s", l.ID)
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if err := checkLife(c, CodePeriodInvalid, in.ExpireAt, time.Duration(rules.CodeMaxMinutes)*time.Minute); err != nil {
		return err
	}
	_, err = b.codes.Create(c, in.CodeHash, codeIssued, Code{
		CertID: in.CertID, HolderKey: in.HolderKey, DelegateKey: in.DelegateKey, UserDept: in.UserDept, ServiceItemCode: in.ServiceItemCode, ExpireAt: in.ExpireAt,
	})
	return err
}

// redeem spends a use code for one use. The code itself came in the private
// half, so that it never stands in a block, not even of a transaction that
// failed.
func (b *book) redeem(c *ledger.Call, in *useInput, code, useID string) (string, error) {
	id := gm.HexDigest([]byte(code))
	e, err := b.codes.Find(c, id)
	if err != nil {
		return "", err
	}
	switch {
	case e == nil:
		return "", ledger.RefuseField(CodeUnknown, "private.authCode", "there is no such code on %s; the holder issues one", c.Channel())
	case e.Status != codeIssued:
		return "", ledger.RefuseField(CodeSpent, "private.authCode", "the code is %s; the holder issues another", e.Status)
	case e.StatusNow(c) == Expired:
		return "", ledger.RefuseField(CodeExpired, "private.authCode", "the code expired at %s; the holder issues another", e.Body.ExpireAt)
	case e.Body.CertID != in.CertID:
		return "", ledger.RefuseField(CodeMismatch, "certId", "the code is for another licence")
	case e.Body.DelegateKey != in.PresenterKey:
		return "", ledger.RefuseField(CodeMismatch, "presenterKey", "the code was given to another delegate")
	case e.Body.UserDept != "" && e.Body.UserDept != c.Caller().Dept:
		return "", ledger.RefuseField(CodeMismatch, "private.authCode", "the code is for the department %s", e.Body.UserDept)
	case e.Body.ServiceItemCode != "" && e.Body.ServiceItemCode != in.ServiceItemCode:
		return "", ledger.RefuseField(CodeMismatch, "serviceItemCode", "the code is for the matter %s", e.Body.ServiceItemCode)
	}
	e.Body.UseID = useID
	return id, e.Move(c, codeUsed)
}
