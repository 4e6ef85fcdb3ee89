package relay

import (
	"errors"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/proof"
)

// Refusal codes of the ledger, beside those of internal/proof.
const (
	MainChannelOnly    = "MAIN_CHANNEL_ONLY"
	CityChannelOnly    = "CITY_CHANNEL_ONLY"
	ChainUnknown       = "CHAIN_UNKNOWN"
	ChainInvalid       = "CHAIN_INVALID"
	ChainNotYours      = "CHAIN_NOT_YOURS"
	AnchorOlder        = "ANCHOR_OLDER"
	AnchorSuperseded   = "ANCHOR_SUPERSEDED"
	NothingProposed    = "NOTHING_PROPOSED"
	ProposalChanged    = "PROPOSAL_CHANGED"
	ApprovalByProposer = "APPROVAL_BY_PROPOSER"
	QuestionNotOffered = "QUESTION_NOT_OFFERED"
	DeadlineInvalid    = "DEADLINE_INVALID"
	DeadlinePassed     = "DEADLINE_PASSED"
	DeadlineAhead      = "DEADLINE_AHEAD"
	NotSource          = "NOT_THE_SOURCE"
	NotAsker           = "NOT_THE_ASKER"
	NotAskedHere       = "NOT_ASKED_HERE"
	ProofMissing       = "PROOF_MISSING"
	AnotherProof       = "PROOF_NOT_THE_ATTESTED"
	OutcomeMissing     = "OUTCOME_MISSING"
	CheckpointBehind   = "CHECKPOINT_BEHIND"
	CheckpointConflict = "CHECKPOINT_CONFLICT"
	KeyInvalid         = "KEY_INVALID"
	StepInvalid        = "STEP_INVALID"
	ObjectHeld         = "OBJECT_HELD"
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: MainChannelOnly, HTTP: 409, Doc: "This is done on the main channel.", DocZh: "该操作须在省级主链上进行"},
		{Code: CityChannelOnly, HTTP: 409, Doc: "This is done on a city's channel.", DocZh: "该操作须在地市链上进行"},
		{Code: ChainUnknown, HTTP: 422, Doc: "The chain is not registered on this ledger, or not in force.", DocZh: "该链未登记或未生效"},
		{Code: ChainInvalid, HTTP: 422, Doc: "What the chain is to be believed by is not usable: its anchor or its key.", DocZh: "链的信任锚或公钥无效"},
		{Code: ChainNotYours, HTTP: 403, Doc: "The chain belongs to another organisation.", DocZh: "该链属于其他组织"},
		{Code: AnchorOlder, HTTP: 409, Doc: "The anchor is of an earlier configuration than the one in force.", DocZh: "信任锚早于现行配置"},
		{Code: AnchorSuperseded, HTTP: 409, Doc: "The proof was made for an anchor that another one has superseded.", DocZh: "证明所用信任锚已被取代"},
		{Code: NothingProposed, HTTP: 409, Doc: "There is no proposal to approve.", DocZh: "没有待批准的提案"},
		{Code: ProposalChanged, HTTP: 409, Doc: "The proposal is another one than the one that is approved here.", DocZh: "提案内容已变更"},
		{Code: ApprovalByProposer, HTTP: 403, Doc: "The other party approves: who proposed cannot.", DocZh: "提案须由另一方批准"},
		{Code: QuestionNotOffered, HTTP: 403, Doc: "The chain does not let others ask this function.", DocZh: "该链未开放此查询"},
		{Code: DeadlineInvalid, HTTP: 422, Doc: "The deadline lies too near or too far.", DocZh: "截止时间无效"},
		{Code: DeadlinePassed, HTTP: 409, Doc: "The deadline has passed.", DocZh: "已超过截止时间"},
		{Code: DeadlineAhead, HTTP: 409, Doc: "The deadline has not passed yet.", DocZh: "尚未到截止时间"},
		{Code: NotSource, HTTP: 403, Doc: "Only the organisation of the chain that was asked, or the province, may refuse to answer.", DocZh: "仅被请求方或省级组织可拒绝应答"},
		{Code: NotAsker, HTTP: 403, Doc: "The answer is for the department that asked.", DocZh: "应答仅供请求部门查看"},
		{Code: NotAskedHere, HTTP: 409, Doc: "The request is another city's.", DocZh: "该请求不属于本链"},
		{Code: ProofMissing, HTTP: 422, Doc: "The proof travels in the private half, base64.", DocZh: "缺少证明"},
		{Code: AnotherProof, HTTP: 409, Doc: "The proof is not the one that was attested on the main channel.", DocZh: "证明与主链已验证的证明不一致"},
		{Code: OutcomeMissing, HTTP: 409, Doc: "The proof shows no outcome of this request.", DocZh: "证明未体现该请求的最终结果"},
		{Code: CheckpointBehind, HTTP: 409, Doc: "A later block is anchored already.", DocZh: "已锚定更高的区块"},
		{Code: CheckpointConflict, HTTP: 409, Doc: "Another hash is anchored for that block: one of the two ledgers was rewritten.", DocZh: "该高度已锚定不同的区块哈希"},
		{Code: StepInvalid, HTTP: 422, Doc: "The step is not one of the business, or not as a step must be.", DocZh: "业务步骤无效"},
		{Code: ObjectHeld, HTTP: 409, Doc: "The record is set aside for other business, or used.", DocZh: "记录已被其他业务占用或使用"},
		{Code: KeyInvalid, HTTP: 422, Doc: "The key is not an SM2 public key in PEM.", DocZh: "SM2 公钥无效"},
	}...)
	for _, code := range proof.Codes() {
		c.Codes(catalog.Refusal{Code: string(code), HTTP: 422, Doc: proofDocs[code][0], DocZh: proofDocs[code][1]})
	}
}

// proofDocs says what each code of a proof means.
var proofDocs = map[proof.Code][2]string{
	proof.Malformed:          {"The proof's bytes are no view, or not in the one way that a view is written.", "证明格式无效"},
	proof.TooLarge:           {"The proof is larger than a proof may be.", "证明过大"},
	proof.VersionUnknown:     {"The proof was written by a later version.", "证明版本未知"},
	proof.AnchorInvalid:      {"The trust anchor itself is not usable.", "信任锚无效"},
	proof.AnchorMismatch:     {"The trust anchor is not the one that was pinned.", "信任锚与固定值不一致"},
	proof.PolicyEmpty:        {"The anchor's policy asks for nobody's signature.", "背书策略为空"},
	proof.ChannelMismatch:    {"The proof is of another channel.", "证明来自其他通道"},
	proof.ContractMismatch:   {"The proof is of another contract.", "证明来自其他合约"},
	proof.FunctionMismatch:   {"The proof is of another function.", "证明对应其他函数"},
	proof.ArgumentsMismatch:  {"The proof is of other arguments.", "证明对应其他参数"},
	proof.ProposalMismatch:   {"The peers answered another proposal.", "节点应答的提案不一致"},
	proof.TransactionInvalid: {"The proof's transaction ID is not that of its nonce and creator.", "交易编号无效"},
	proof.StatusNotOK:        {"The contract refused.", "合约应答状态异常"},
	proof.NonceMismatch:      {"The proof answers another nonce: it was made for another request.", "随机数不一致（重放）"},
	proof.Stale:              {"The proof is older than is accepted.", "证明已过时"},
	proof.FromFuture:         {"The proof is from after the time of the transaction.", "证明时间晚于交易时间"},
	proof.EndorserUnknown:    {"An organisation signed that the anchor does not know.", "背书组织未知"},
	proof.CertificateInvalid: {"An endorser's certificate leads to no root of its organisation.", "背书证书无效"},
	proof.CertificateExpired: {"An endorser's certificate was not valid when it signed.", "背书证书不在有效期"},
	proof.CertificateRevoked: {"An endorser's certificate is revoked.", "背书证书已吊销"},
	proof.NotAPeer:           {"Who signed is no peer.", "背书者不是节点"},
	proof.OrganisationTwice:  {"One organisation signed twice.", "同一组织重复背书"},
	proof.SignatureInvalid:   {"A signature is not over these bytes.", "签名无效"},
	proof.PolicyUnsatisfied:  {"Too few organisations signed.", "背书策略未满足"},
}

// proofCodes are the codes that a verification may refuse with, for tables.
func proofCodes(more ...string) []string {
	for _, code := range proof.Codes() {
		more = append(more, string(code))
	}
	return more
}

// refused turns a proof's refusal into the contract's.
func refused(err error) error {
	var e *proof.Error
	if errors.As(err, &e) {
		return ledger.Refuse(string(e.Code), "%s", e.Message)
	}
	return err
}
