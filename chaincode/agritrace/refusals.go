package agritrace

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Refusal codes of this ledger.
const (
	NotOperator       = "NOT_OPERATOR"
	SubjectInactive   = "SUBJECT_INACTIVE"
	ActivityMissing   = "ACTIVITY_MISSING"
	LicenceRequired   = "LICENCE_REQUIRED"
	SubjectIncomplete = "SUBJECT_INCOMPLETE"
	NumberForeign     = "NUMBER_FOREIGN"
	NotHolder         = "NOT_HOLDER"
	BatchRecalled     = "BATCH_RECALLED"
	BatchHeld         = "BATCH_HELD"
	BatchExpired      = "BATCH_EXPIRED"
	RecallSpreading   = "RECALL_SPREADING"
	Withdrawal        = "WITHDRAWAL_PERIOD"
	DateInvalid       = "DATE_INVALID"
	MassImbalance     = "MASS_IMBALANCE"
	Overdraw          = "BATCH_OVERDRAWN"
	CodedGoods        = "CODED_GOODS"
	TransformInvalid  = "TRANSFORM_INVALID"
	LineageLimit      = "LINEAGE_LIMIT"
	EarTagUsed        = "EAR_TAG_USED"
	EarTagUnknown     = "EAR_TAG_UNKNOWN"
	CertificateNeeded = "CERTIFICATE_REQUIRED"
	CertificateWrong  = "CERTIFICATE_WRONG"
	ResultUnclear     = "RESULT_UNCLEAR"
	RetestNeeded      = "RETEST_REQUIRED"
	NotCompetent      = "NOT_COMPETENT"
	ShipmentInvalid   = "SHIPMENT_INVALID"
	ReceiptMismatch   = "RECEIPT_MISMATCH"
	NotScannedOut     = "NOT_SCANNED_OUT"
	CodeInvalid       = "TRACE_CODE_INVALID"
	CodeElsewhere     = "TRACE_CODE_ELSEWHERE"
	NotOnMarket       = "NOT_HANDED_OVER"
	RecallUnfinished  = "RECALL_UNFINISHED"
	ReportInvalid     = "REPORT_INVALID"
)

func defineRefusals(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: NotOperator, HTTP: 403, Doc: "The caller's department does not act for the subject: the registrar names its operator.", DocZh: "调用方不是该主体的登记操作单位"},
		{Code: SubjectInactive, HTTP: 409, Doc: "The subject is suspended or cancelled, and takes part again when the registrar resumes it.", DocZh: "主体已暂停或注销"},
		{Code: ActivityMissing, HTTP: 403, Doc: "The subject is not registered for the activity: the registrar adds it.", DocZh: "主体未登记该业务环节"},
		{Code: LicenceRequired, HTTP: 403, Doc: "The subject needs a licence (SC, JY, slaughter) that is valid on the day of the transaction.", DocZh: "主体缺少有效许可证"},
		{Code: SubjectIncomplete, HTTP: 422, Doc: "The subject's registration does not fit its type: organisations have a USCC, natural persons a keyed hash.", DocZh: "主体登记信息与类型不符"},
		{Code: NumberForeign, HTTP: 422, Doc: "The number must begin with the subject's own code and a dot, so that nobody takes another's numbers.", DocZh: "编号须以本主体码加点号开头"},
		{Code: NotHolder, HTTP: 403, Doc: "Only the subject that holds the batch may do this.", DocZh: "仅批次当前持有主体可操作"},
		{Code: BatchRecalled, HTTP: 409, Doc: "The batch, or one that it was made of, is recalled: it can only be received back and destroyed.", DocZh: "批次或其来源已被召回"},
		{Code: BatchHeld, HTTP: 409, Doc: "The batch is held: it must be released and resumed first.", DocZh: "批次已被暂控"},
		{Code: BatchExpired, HTTP: 409, Doc: "The batch is past its date on the day of the transaction.", DocZh: "批次已过保质期"},
		{Code: RecallSpreading, HTTP: 409, Doc: "A recall is being spread over its descendants and the ancestry is too large to check meanwhile: try again when it is spread.", DocZh: "召回正在扩散，暂无法确认来源，请稍后重试"},
		{Code: Withdrawal, HTTP: 409, Doc: "An input's withdrawal period (休药期、安全间隔期) has not ended on the day of the transaction.", DocZh: "未满休药期或安全间隔期"},
		{Code: DateInvalid, HTTP: 422, Doc: "A date or a time is before or after what it may be.", DocZh: "日期或时间不合理"},
		{Code: MassImbalance, HTTP: 422, Doc: "What goes in must be what comes out and the loss.", DocZh: "投入量须等于产出量与损耗之和"},
		{Code: Overdraw, HTTP: 409, Doc: "The batch holds less than is taken from it.", DocZh: "批次余量不足"},
		{Code: CodedGoods, HTTP: 409, Doc: "What is left without the goods that carry retail codes is less than is taken: name the codes.", DocZh: "超出未赋码余量，须列明追溯码"},
		{Code: TransformInvalid, HTTP: 422, Doc: "The inputs and outputs do not fit the kind of transformation.", DocZh: "投入产出与加工类型不符"},
		{Code: LineageLimit, HTTP: 409, Doc: "The batch would have too many transformations, generations or hands: split it into lots first.", DocZh: "批次关联层级或数量超限"},
		{Code: EarTagUsed, HTTP: 409, Doc: "An animal is slaughtered once: the ear tag was used already.", DocZh: "畜禽标识已屠宰使用"},
		{Code: EarTagUnknown, HTTP: 422, Doc: "The ear tag is not of the batches that go in.", DocZh: "畜禽标识不属于投入批次"},
		{Code: CertificateNeeded, HTTP: 409, Doc: "The batch lacks the certificate that its category needs for this step.", DocZh: "缺少所需检疫证、合格证或检验"},
		{Code: CertificateWrong, HTTP: 422, Doc: "The certificate's kind or period does not fit the batch.", DocZh: "证书类型或有效期与批次不符"},
		{Code: ResultUnclear, HTTP: 422, Doc: "A test item needs a limit and its direction, or to be qualitative.", DocZh: "检测项目缺少限值或判定方式"},
		{Code: RetestNeeded, HTTP: 409, Doc: "Items failed and were not retested with a pass: the batch can be destroyed or retested.", DocZh: "不合格项目未复检合格"},
		{Code: NotCompetent, HTTP: 403, Doc: "The batch is under the other authority's supervision: agriculture until the market, market regulation from there on.", DocZh: "该环节由另一监管部门负责"},
		{Code: ShipmentInvalid, HTTP: 422, Doc: "The sender, the receiver or the batches of the shipment do not fit.", DocZh: "发运信息不符"},
		{Code: ReceiptMismatch, HTTP: 422, Doc: "A receipt names each batch of the shipment once, at most what was shipped, and says why where it is less.", DocZh: "收货批次或数量与发运不符"},
		{Code: NotScannedOut, HTTP: 409, Doc: "The batch is in a cold-chain store: scan it out first.", DocZh: "冷链货物未扫码出库"},
		{Code: CodeInvalid, HTTP: 422, Doc: "The trace code is none of its scheme, or not of the batch's GTIN.", DocZh: "追溯码格式与编码体系不符"},
		{Code: CodeElsewhere, HTTP: 409, Doc: "The trace code is not an active code of the batch.", DocZh: "追溯码不属于该批次或已失效"},
		{Code: NotOnMarket, HTTP: 409, Doc: "The batch was not handed over to market regulation: it cannot be sold before.", DocZh: "批次尚未移交市场监管，不得上市"},
		{Code: RecallUnfinished, HTTP: 409, Doc: "The recall is still spreading, or goods that it reached are not destroyed.", DocZh: "召回尚未扩散完毕或未处置完毕"},
		{Code: ReportInvalid, HTTP: 409, Doc: "The cold-chain goods were not reported beforehand as they arrive.", DocZh: "冷链报备信息不符"},
	}...)
}
