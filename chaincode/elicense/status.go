package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type certInput struct {
	CertID string `json:"certId" is:"licence-id" zh:"电子证照标识"`
}

type reasonInput struct {
	CertID     string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Reason     string `json:"reason" is:"maxLen=512" zh:"原因" doc:"Without names"`
	DecisionNo string `json:"decisionNo,omitempty" is:"maxLen=64" zh:"决定文号" eg:"郑市监决〔2026〕12号"`
}

// openUnexpired opens a licence whose period is not over.
func (b *book) openUnexpired(c *ledger.Call, certID string) (*ledger.Entity[Licence], error) {
	l, err := b.licences.Open(c, certID)
	if err != nil {
		return nil, err
	}
	if l.StatusNow(c) == Expired {
		return nil, ledger.Refuse(LicenceExpired, "the licence %s ended on %s: record that with Expire, or cancel it", l.ID, l.Body.ValidTo)
	}
	return l, nil
}

func (b *book) handleStatus(c *ledger.Contract) {
	reason := func(text string) json.RawMessage {
		return json.RawMessage(`{"certId":"` + exampleID + `","reason":"` + text + `"}`)
	}
	ledger.Handle(c, catalog.Operation{
		Name: "Suspend", Title: "Suspend a licence", TitleZh: "暂扣", Record: recordType, Verb: "suspend", ID: "certId", Roles: issuers,
		Refusals: []string{LicenceExpired}, Example: reason("停业整顿"), Doc: "Holds a licence back for a time. National code 03.",
	}, b.suspend)
	ledger.Handle(c, catalog.Operation{
		Name: "Return", Title: "Return a suspended licence", TitleZh: "发还", Record: recordType, Verb: "return", ID: "certId", Roles: issuers,
		Example: reason("整改完成"), Doc: "Ends a suspension. National code 06.",
	}, b.giveBack)
	ledger.Handle(c, catalog.Operation{
		Name: "Expire", Title: "Record that a licence expired", TitleZh: "到期失效", Record: recordType, Verb: "expire", ID: "certId", Roles: issuers,
		Refusals: []string{NotExpired}, Example: json.RawMessage(`{"certId":"` + exampleID + `"}`),
		Doc: "Records what verification answers anyway once the period is over. National code 04.",
	}, b.expire)
	ledger.Handle(c, catalog.Operation{
		Name: "SetOther", Title: "Set another status", TitleZh: "其他", Record: recordType, Verb: "set-other", ID: "certId", Roles: issuers,
		Example: reason("证照系统迁移核对"), Doc: "Status 99, for the reason that is given. The licence is not in force meanwhile.",
	}, b.setOther)
	ledger.Handle(c, catalog.Operation{
		Name: "ClearOther", Title: "End another status", TitleZh: "其他状态恢复", Record: recordType, Verb: "clear-other", ID: "certId", Roles: issuers,
		Example: reason("核对无误"), Doc: "Gives the licence back the status that it had before 99.",
	}, b.clearOther)
}

func (b *book) suspend(c *ledger.Call, in *reasonInput) error {
	l, err := b.openUnexpired(c, in.CertID)
	if err != nil {
		return err
	}
	l.Body.explain("", in.DecisionNo, in.Reason)
	return l.Move(c, Suspended)
}

func (b *book) giveBack(c *ledger.Call, in *reasonInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	l.Body.explain("", in.DecisionNo, in.Reason)
	return l.Move(c, Valid)
}

// explain says why the status changed; what explained the change before is in
// the version before.
func (l *Licence) explain(ground, decisionNo, reason string) {
	l.Ground, l.DecisionNo, l.Reason = ground, decisionNo, reason
}

func (b *book) expire(c *ledger.Call, in *certInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	if l.StatusNow(c) != Expired {
		return ledger.Refuse(NotExpired, "the licence %s is valid to %s, and today is %s", l.ID, l.Body.ValidTo, c.Today())
	}
	return l.Move(c, Expired)
}

func (b *book) setOther(c *ledger.Call, in *reasonInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	l.Body.OtherFrom = l.Status
	l.Body.explain("", in.DecisionNo, in.Reason)
	return l.Move(c, Other)
}

func (b *book) clearOther(c *ledger.Call, in *reasonInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	to := l.Body.OtherFrom
	l.Body.OtherFrom = ""
	l.Body.explain("", in.DecisionNo, in.Reason)
	return l.Move(c, to)
}
