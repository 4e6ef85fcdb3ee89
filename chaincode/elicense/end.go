package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// A licence ends in one of three ways, which the law keeps apart: revoked,
// because it ought not to have been issued; cancelled, as a formality;
// withdrawn, as a penalty. Each has its own grounds.

type revokeInput struct {
	CertID     string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Ground     string `json:"ground" is:"enum=ABUSE|BEYOND_POWER|PROCEDURE|INELIGIBLE|FRAUD|OTHER_69" zh:"撤销事由" doc:"行政许可法 69: 滥用职权或玩忽职守, 超越法定职权, 违反法定程序, 申请人不具备资格或条件, 以欺骗贿赂取得, 依法可以撤销的其他情形"`
	DecisionNo string `json:"decisionNo" is:"maxLen=64" zh:"撤销决定文号" eg:"郑市监撤〔2026〕3号"`
	Reason     string `json:"reason" is:"maxLen=512" zh:"原因" doc:"Without names"`
}

type cancelInput struct {
	CertID     string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Ground     string `json:"ground" is:"enum=NOT_RENEWED|HOLDER_GONE|TERMINATED|PERMISSION_ENDED|FORCE_MAJEURE|REQUESTED|OTHER_70" zh:"注销事由" doc:"行政许可法 70: 有效期届满未延续, 公民死亡或丧失行为能力, 法人依法终止, 许可被撤销撤回或吊销, 不可抗力, 依申请, 其他应当注销的情形"`
	DecisionNo string `json:"decisionNo,omitempty" is:"maxLen=64" zh:"注销文号"`
	Reason     string `json:"reason" is:"maxLen=512" zh:"原因" doc:"Without names"`
}

type withdrawInput struct {
	CertID     string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Ground     string `json:"ground" is:"enum=PENALTY|SERIOUS_VIOLATION|COURT_ORDER" zh:"吊销事由" doc:"行政处罚, 严重违法, 司法裁判"`
	DecisionNo string `json:"decisionNo" is:"maxLen=64" zh:"处罚决定书文号" eg:"郑市监罚〔2026〕27号"`
	Reason     string `json:"reason" is:"maxLen=512" zh:"原因" doc:"Without names"`
}

func (b *book) handleEnd(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Cancel", Title: "Cancel a licence", TitleZh: "注销", Record: recordType, Verb: "cancel", ID: "certId", Roles: issuers,
		Doc:     "Ends a licence as a formality (行政许可法 70). National code 05.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","ground":"REQUESTED","reason":"持证主体申请注销"}`),
	}, func(c *ledger.Call, in *cancelInput) error {
		return b.end(c, in.CertID, Cancelled, in.Ground, in.DecisionNo, in.Reason)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "Revoke", Title: "Revoke a licence", TitleZh: "撤销", Record: recordType, Verb: "revoke", ID: "certId", Roles: issuers,
		Doc:     "Ends a licence that ought not to have been issued (行政许可法 69), by a decision with a number. National code 05.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","ground":"FRAUD","decisionNo":"郑市监撤〔2026〕3号","reason":"提交虚假材料取得"}`),
	}, func(c *ledger.Call, in *revokeInput) error {
		return b.end(c, in.CertID, Revoked, in.Ground, in.DecisionNo, in.Reason)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "Withdraw", Title: "Withdraw a licence as a penalty", TitleZh: "吊销", Record: recordType, Verb: "withdraw", ID: "certId", Roles: issuers,
		Doc:     "Takes a licence away as a penalty, by a decision with a number. National code 05.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","ground":"PENALTY","decisionNo":"郑市监罚〔2026〕27号","reason":"情节严重的违法经营"}`),
	}, func(c *ledger.Call, in *withdrawInput) error {
		return b.end(c, in.CertID, Withdrawn, in.Ground, in.DecisionNo, in.Reason)
	})
}

func (b *book) end(c *ledger.Call, certID, to, ground, decisionNo, reason string) error {
	l, err := b.licences.Open(c, certID)
	if err != nil {
		return err
	}
	l.Body.explain(ground, decisionNo, reason)
	return l.Move(c, to)
}
