package evidence

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Refusal codes of the ledger.
const (
	CollectedInFuture  = "COLLECTED_IN_FUTURE"
	AlgorithmInvalid   = "ALGORITHM_INVALID"
	SealedInPublic     = "SEALED_IN_PUBLIC"
	EvidenceSealed     = "EVIDENCE_SEALED"
	NotSealed          = "NOT_SEALED"
	IdentityInvalid    = "IDENTITY_INVALID"
	CorroborationGone  = "CORROBORATION_UNKNOWN"
	DigestDeposited    = "DIGEST_DEPOSITED"
	DigestDiffers      = "DIGEST_DIFFERS"
	FactStated         = "FACT_STATED"
	NothingStated      = "NOTHING_STATED"
	PhaseOutOfOrder    = "PHASE_OUT_OF_ORDER"
	PhasesIncomplete   = "PHASES_INCOMPLETE"
	MatterFull         = "MATTER_FULL"
	NotTheCourt        = "NOT_THE_COURT"
	AnotherCase        = "ANOTHER_CASE"
	NotVerified        = "NOT_VERIFIED"
	ChallengeOpen      = "CHALLENGE_OPEN"
	AppraisalAgainst   = "APPRAISAL_AGAINST"
	NotCommissioned    = "APPRAISER_NOT_COMMISSIONED"
	CustodyBroken      = "CUSTODY_BROKEN"
	NotCustodian       = "NOT_CUSTODIAN"
	NotReceiver        = "NOT_RECEIVER"
	HandoverPending    = "HANDOVER_PENDING"
	HandoverMissing    = "HANDOVER_MISSING"
	HandoverInvalid    = "HANDOVER_INVALID"
	CustodyHashBroken  = "CUSTODY_HASH_BROKEN"
	TimestampUnknown   = "TIMESTAMP_AUTHORITY_UNKNOWN"
	TimestampInvalid   = "TIMESTAMP_INVALID"
	TimestampDiffers   = "TIMESTAMP_DIFFERS"
	AuthorityInvalid   = "AUTHORITY_INVALID"
	VerificationTarget = "VERIFICATION_TARGET_MISSING"
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: CollectedInFuture, HTTP: 422, Doc: "Evidence cannot have been collected after the transaction that deposits it.", DocZh: "取证时间晚于上链时间"},
		{Code: AlgorithmInvalid, HTTP: 422, Doc: "New evidence is digested with SM3; SHA-256 is accepted for imports only, with the platform and the number that they come from.", DocZh: "新存证须使用 SM3；SHA-256 仅限导入并注明来源平台及编号"},
		{Code: SealedInPublic, HTTP: 422, Doc: "What describes sealed evidence travels in the private half; in public it is called 封存材料 and nothing else.", DocZh: "封存材料的描述信息须放入非公开部分，公开名称只能为“封存材料”"},
		{Code: EvidenceSealed, HTTP: 403, Doc: "The evidence is sealed: only its owner, its custodian, the court of the case and the appraiser may ask.", DocZh: "该证据已封存，仅存证人、保管人、受理法院和鉴定机构可查询"},
		{Code: NotSealed, HTTP: 409, Doc: "The evidence is not sealed, or sealed already.", DocZh: "该证据未封存或已封存"},
		{Code: IdentityInvalid, HTTP: 422, Doc: "The depositor's identity number is not one of its type.", DocZh: "存证人证件号码与证件类型不符"},
		{Code: CorroborationGone, HTTP: 422, Doc: "A piece of evidence that is named in corroboration is not on this ledger.", DocZh: "所引关联印证的存证不存在"},
		{Code: DigestDeposited, HTTP: 409, Doc: "The department has deposited the same data before; the refusal names the record.", DocZh: "该部门已存证相同数据"},
		{Code: DigestDiffers, HTTP: 409, Doc: "The digest is not the one that was fixed.", DocZh: "数据摘要与已固定的摘要不一致"},
		{Code: FactStated, HTTP: 409, Doc: "The fact was stated before and cannot be stated otherwise now.", DocZh: "该事实已陈述，不得更改"},
		{Code: NothingStated, HTTP: 422, Doc: "A supplement states at least one fact.", DocZh: "补充说明至少包含一项内容"},
		{Code: PhaseOutOfOrder, HTTP: 409, Doc: "Phases follow each other without gaps: the current one, or the next.", DocZh: "阶段须依次连续"},
		{Code: PhasesIncomplete, HTTP: 409, Doc: "A phase that the transaction announced has no evidence yet.", DocZh: "存证事务尚有阶段未完成"},
		{Code: MatterFull, HTTP: 409, Doc: "The transaction holds as much evidence as it can; open a further one.", DocZh: "存证事务已达上限"},
		{Code: NotTheCourt, HTTP: 403, Doc: "Another court has taken the evidence up in this case.", DocZh: "该证据在本案中已由其他法院受理"},
		{Code: AnotherCase, HTTP: 409, Doc: "The evidence is before the court in another case.", DocZh: "该证据当前提交于另一案件"},
		{Code: NotVerified, HTTP: 409, Doc: "The court's last verification did not match, and no appraisal found the data authentic.", DocZh: "最近一次核验不一致且无鉴定意见支持"},
		{Code: ChallengeOpen, HTTP: 409, Doc: "A factor by which the evidence was challenged has not been overruled.", DocZh: "尚有质疑因素未予裁断"},
		{Code: AppraisalAgainst, HTTP: 409, Doc: "The last appraisal found the data altered.", DocZh: "最近一次鉴定意见认定数据被篡改"},
		{Code: NotCommissioned, HTTP: 403, Doc: "The court has not commissioned this appraiser.", DocZh: "法院未委托该鉴定机构"},
		{Code: CustodyBroken, HTTP: 409, Doc: "The custody chain records a change that nobody explained, and no appraisal found the data authentic since.", DocZh: "保管链记录了未说明的变化，须经鉴定"},
		{Code: NotCustodian, HTTP: 403, Doc: "Another department holds the evidence.", DocZh: "证据由其他部门保管"},
		{Code: NotReceiver, HTTP: 403, Doc: "The evidence was handed over to another department.", DocZh: "证据移交给其他部门"},
		{Code: HandoverPending, HTTP: 409, Doc: "The evidence has been handed over and not been received yet.", DocZh: "证据已移交，尚未接收"},
		{Code: HandoverMissing, HTTP: 409, Doc: "The evidence has not been handed over.", DocZh: "该证据没有待接收的移交"},
		{Code: HandoverInvalid, HTTP: 422, Doc: "Evidence is handed over to another department than the one that holds it.", DocZh: "不得移交给本部门"},
		{Code: CustodyHashBroken, HTTP: 409, Doc: "The digest before the act is not the digest after the last one.", DocZh: "保管前摘要与上一环节保管后摘要不一致"},
		{Code: TimestampUnknown, HTTP: 422, Doc: "The time stamp comes from no authority that is admitted on this ledger.", DocZh: "时间戳机构未登记或已撤销"},
		{Code: TimestampInvalid, HTTP: 422, Doc: "The time stamp cannot be read, its signature does not verify, or its time lies after the transaction.", DocZh: "可信时间戳无效"},
		{Code: TimestampDiffers, HTTP: 422, Doc: "The time stamp is for other data.", DocZh: "可信时间戳与数据摘要不符"},
		{Code: AuthorityInvalid, HTTP: 422, Doc: "The time-stamping authority's key or period is not valid.", DocZh: "时间戳机构公钥或有效期无效"},
		{Code: VerificationTarget, HTTP: 422, Doc: "Name the evidence by its number, or by its digest.", DocZh: "须提供存证编号或数据摘要"},
	}...)
}
