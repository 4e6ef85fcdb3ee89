package medical

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Refusal codes of this ledger. The ones that deny an access are on record
// with it.
const (
	InstitutionRequired = "INSTITUTION_REQUIRED"
	LicenceExpired      = "LICENCE_EXPIRED"
	NumberForeign       = "NUMBER_FOREIGN"
	DateInvalid         = "DATE_INVALID"
	DrugMismatch        = "DRUG_MISMATCH"
	CodeForeign         = "DRUG_CODE_FOREIGN"
	IdentTaken          = "DRUG_IDENT_TAKEN"
	PackLevel           = "PACK_LEVEL"
	PackElsewhere       = "PACK_ELSEWHERE"
	PackOpened          = "PACK_OPENED"
	LotRecalled         = "LOT_RECALLED"
	LotExpired          = "LOT_EXPIRED"
	RemainderShort      = "REMAINDER_SHORT"
	ShipmentInvalid     = "SHIPMENT_INVALID"
	ReceiptMismatch     = "RECEIPT_MISMATCH"
	RxRequired          = "PRESCRIPTION_REQUIRED"
	RxExpired           = "PRESCRIPTION_EXPIRED"
	RxMismatch          = "PRESCRIPTION_MISMATCH"
	RxReviewer          = "PRESCRIPTION_REVIEWER"
	PrivateRequired     = "PRIVATE_REQUIRED"
	RecallUnfinished    = "RECALL_UNFINISHED"
	RecallNoticed       = "RECALL_NOTICED"
	PatientMismatch     = "PATIENT_MISMATCH"
	AuthorOnly          = "AUTHOR_ONLY"
	DocTypeUnknown      = "DOCUMENT_TYPE_UNKNOWN"
	RecognitionMissing  = "RECOGNITION_MISSING"
	ConsentMissing      = "CONSENT_MISSING"
	ConsentExpired      = "CONSENT_EXPIRED"
	ConsentNotYet       = "CONSENT_NOT_YET_VALID"
	ConsentRevoked      = "CONSENT_REVOKED"
	ConsentExhausted    = "CONSENT_EXHAUSTED"
	ConsentScope        = "CONSENT_OUT_OF_SCOPE"
	ConsentLive         = "CONSENT_LIVE"
	ConsentSignature    = "CONSENT_SIGNATURE_INVALID"
	EmergencyMissing    = "EMERGENCY_MISSING"
	EmergencyEnded      = "EMERGENCY_ENDED"
	EmergencyPersons    = "EMERGENCY_SECOND_PERSON"
	ReviewOverdue       = "REVIEW_OVERDUE"
	ReviewNotDue        = "REVIEW_NOT_DUE"
	ReviewNotice        = "REVIEW_NEEDS_NOTICE"
	SelfOnly            = "SELF_ACCESS_ONLY"
	AccessLapsed        = "ACCESS_LAPSED"
)

func defineRefusals(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: InstitutionRequired, HTTP: 403, Doc: "The department is not registered as an active institution of the kind that does this, of the organisation that the certificate is from.", DocZh: "调用方不是相应类型的有效登记机构"},
		{Code: LicenceExpired, HTTP: 409, Doc: "The institution's licence is not valid on the day of the transaction.", DocZh: "机构许可证已过期"},
		{Code: NumberForeign, HTTP: 422, Doc: "The number must begin with the institution's own USCC and a dot.", DocZh: "编号须以本机构统一社会信用代码加点号开头"},
		{Code: DateInvalid, HTTP: 422, Doc: "A date or a time is before or after what it may be.", DocZh: "日期或时间不合理"},
		{Code: DrugMismatch, HTTP: 422, Doc: "The drug, its approval and its holder do not fit together.", DocZh: "药品、批准文号与持有人不一致"},
		{Code: CodeForeign, HTTP: 422, Doc: "The trace code does not begin with an identification code of the drug.", DocZh: "追溯码与药品标识码不符"},
		{Code: IdentTaken, HTTP: 409, Doc: "Another drug has the identification code.", DocZh: "药品标识码已被其他药品使用"},
		{Code: PackLevel, HTTP: 422, Doc: "The pack's level does not fit: middle packs hold small ones, big packs hold both, and only small ones are dispensed.", DocZh: "包装级别不符"},
		{Code: PackElsewhere, HTTP: 409, Doc: "The pack is not in the caller's hands, or not in a status for this.", DocZh: "药品不在调用方库存或状态不符"},
		{Code: PackOpened, HTTP: 409, Doc: "The pack was opened: what is left in it is moved by its own codes, and a split small pack is dispensed by units.", DocZh: "包装已拆，须按内装追溯码或拆零操作"},
		{Code: LotRecalled, HTTP: 409, Doc: "The lot is recalled: it is returned to its holder or destroyed.", DocZh: "批次已召回"},
		{Code: LotExpired, HTTP: 409, Doc: "The lot is past its date on the day of the transaction: it is returned or destroyed.", DocZh: "批次已过有效期"},
		{Code: RemainderShort, HTTP: 409, Doc: "Fewer units are left in the pack than are dispensed.", DocZh: "拆零余量不足"},
		{Code: ShipmentInvalid, HTTP: 422, Doc: "The sender, the receiver or the codes of the shipment do not fit.", DocZh: "发货信息不符"},
		{Code: ReceiptMismatch, HTTP: 409, Doc: "What is received must be exactly the shipped codes; a difference is disputed.", DocZh: "收货追溯码与发货不一致"},
		{Code: RxRequired, HTTP: 409, Doc: "The drug is dispensed on a reviewed prescription only.", DocZh: "处方药须凭审核通过的处方发放"},
		{Code: RxExpired, HTTP: 409, Doc: "The prescription is no longer valid at the time of the transaction.", DocZh: "处方已过有效期"},
		{Code: RxMismatch, HTTP: 409, Doc: "The packs are not what the prescription says.", DocZh: "发药与处方不符"},
		{Code: RxReviewer, HTTP: 422, Doc: "A prescription is reviewed by another person than the one who wrote it.", DocZh: "审方人不得为开方人"},
		{Code: PrivateRequired, HTTP: 422, Doc: "The private half is missing: it carries what must not stand on the ledger.", DocZh: "缺少隐私部分数据"},
		{Code: RecallUnfinished, HTTP: 409, Doc: "Nobody was notified of the recall yet.", DocZh: "召回尚未通知"},
		{Code: RecallNoticed, HTTP: 409, Doc: "The institution was notified already.", DocZh: "该机构已通知"},
		{Code: PatientMismatch, HTTP: 422, Doc: "The document or the ticket is about another patient.", DocZh: "文档或工单与患者不符"},
		{Code: AuthorOnly, HTTP: 403, Doc: "Only the document's author signs it.", DocZh: "仅作者可签署"},
		{Code: DocTypeUnknown, HTTP: 422, Doc: "The document type is not in the dictionary of WS/T 500.", DocZh: "文档类型不在 WS/T 500 字典中"},
		{Code: RecognitionMissing, HTTP: 409, Doc: "The institution has no live qualification for the item and scope.", DocZh: "机构无该项目有效互认资格"},
		{Code: ConsentMissing, HTTP: 403, Doc: "The patient gave the institution no consent for the purpose.", DocZh: "患者未授权该机构该用途"},
		{Code: ConsentExpired, HTTP: 403, Doc: "The consent had ended at the time of the transaction.", DocZh: "授权已过期"},
		{Code: ConsentNotYet, HTTP: 403, Doc: "The consent begins after the time of the transaction.", DocZh: "授权尚未生效"},
		{Code: ConsentRevoked, HTTP: 403, Doc: "The patient revoked the consent.", DocZh: "授权已撤回"},
		{Code: ConsentExhausted, HTTP: 403, Doc: "The consent was used as often as it allows.", DocZh: "授权次数已用尽"},
		{Code: ConsentScope, HTTP: 403, Doc: "The consent does not cover the document.", DocZh: "文档不在授权范围"},
		{Code: ConsentLive, HTTP: 409, Doc: "A consent for the purpose is live: it must be revoked before another is given.", DocZh: "已有有效授权，须先撤回"},
		{Code: ConsentSignature, HTTP: 403, Doc: "The patient's SM2 signature over the consent is missing or does not verify.", DocZh: "患者 SM2 签名缺失或验证不通过"},
		{Code: EmergencyMissing, HTTP: 403, Doc: "There is no such emergency ticket of the institution.", DocZh: "无该机构的紧急调阅工单"},
		{Code: EmergencyEnded, HTTP: 403, Doc: "The emergency ticket had ended at the time of the transaction.", DocZh: "紧急调阅工单已结束"},
		{Code: EmergencyPersons, HTTP: 422, Doc: "An emergency ticket needs two different persons.", DocZh: "紧急调阅须两名不同人员"},
		{Code: ReviewOverdue, HTTP: 409, Doc: "The review's deadline has passed: the ticket can only be found a violation.", DocZh: "复核超期，只能认定违规"},
		{Code: ReviewNotDue, HTTP: 409, Doc: "The review's deadline has not passed yet.", DocZh: "复核期限未到"},
		{Code: ReviewNotice, HTTP: 409, Doc: "The patient has not been notified of the emergency access.", DocZh: "尚未通知患者"},
		{Code: SelfOnly, HTTP: 403, Doc: "Access as the patient is for the residents' portal.", DocZh: "仅居民端可本人查阅"},
		{Code: AccessLapsed, HTTP: 409, Doc: "The access was granted too long ago: ask for it again.", DocZh: "调阅许可已失效"},
	}...)
}
