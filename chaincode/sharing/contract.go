// Package sharing is the ledger of data sharing (数据共享): which data the departments
// have, on what terms, who was allowed to use what, and every single use.
//
// Standards: 政务信息资源目录编制指南（试行）, 政务数据共享条例 (three sorts of sharing, ten
// working days for an answer), GB/T 38664 (政务数据开放共享), 个人信息保护法. Data themselves
// are on the ledger only as the catalogue item says: plain, as a digest, encrypted
// for each grantee, or as a private half from which questions are answered.
package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
	"henanchain/internal/catalog"
)

// Name is the contract's name.
const Name = "sharing"

// Roles of the ledger.
const (
	RoleProvider = "sharing.provider" // 数据提供部门
	RoleUser     = "sharing.user"     // 数据使用方
	RolePortal   = "sharing.portal"   // 政务服务门户: acts for citizens and enterprises
	RoleApprover = "sharing.approver" // 审批: decides applications to its department's services
	RoleOperator = "sharing.operator" // 运维: provisions what was approved
	RoleAuditor  = "sharing.auditor"  // 审计、监管
	// RoleConsumer marks an application that exists for a service: the gateway
	// lets it call the routes that were provisioned for it, and no other.
	RoleConsumer = "sharing.consumer"
)

// book is the contract's records.
type book struct {
	items        *ledger.Records[Item]
	rights       *ledger.Records[Right]
	services     *ledger.Records[Service]
	applications *ledger.Records[Application]
	grants       *ledger.Records[Grant]
	uses         *ledger.Records[Use]
	holdings     *ledger.Records[Holding]
	keys         *ledger.Records[Key]
	parcels      *ledger.Records[Parcel]
	derivations  *ledger.Records[Derivation]
	joints       *ledger.Records[Joint]
	parts        *ledger.Records[Part]
	rules        *ledger.Rules[Settings]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Data sharing", "数据共享",
		"Keeps the catalogue of government data (政务数据目录) and of services (服务目录), who owns, keeps and may use them (确权), every consent (授权) and every use, allowed or denied (使用记录). "+
			"Data are plain, digests, encrypted for each grantee, or private: of the last the peers answer yes or no.")
	declareCodes(c)
	b := &book{}
	b.defineCatalogue(c)
	b.defineServices(c)
	b.defineGrants(c)
	b.defineData(c)
	b.defineJoints(c)
	b.handleCatalogue(c)
	b.handleServices(c)
	b.handleGrants(c)
	b.handleData(c)
	b.handleJoints(c)
	b.handleQueries(c)
	return c
}

// Refusal codes of the ledger.
const (
	FieldsInvalid      = predicate.FieldsInvalid
	ValueInvalid       = predicate.ValueInvalid
	PredicateInvalid   = predicate.Invalid
	ModeForbidden      = "MODE_FORBIDDEN"
	ModeMismatch       = "MODE_MISMATCH"
	ConditionMissing   = "CONDITION_MISSING"
	ItemUnpublished    = "ITEM_NOT_PUBLISHED"
	NotTheProvider     = "NOT_THE_PROVIDER"
	PeriodInvalid      = "PERIOD_INVALID"
	ServiceUnpublished = "SERVICE_NOT_PUBLISHED"
	RoutesInvalid      = "ROUTES_INVALID"
	GrantorInvalid     = "GRANTOR_INVALID"
	PrivateHalfMissing = ledger.PrivateHalfMissing
	PrivateElsewhere   = "PRIVATE_ELSEWHERE"
	KeyMissing         = "KEY_MISSING"
	GrantNotLive       = "GRANT_NOT_LIVE"
	WrapsInvalid       = "WRAPS_INVALID"
	KeyVersionInvalid  = "KEY_VERSION_INVALID"
	NotTheAsker        = predicate.NotTheAsker
	UseUnfounded       = "USE_UNFOUNDED"
	PartyInvalid       = "PARTY_INVALID"
	RoundInvalid       = "ROUND_INVALID"
	JointOver          = "JOINT_OVER"
	TooMany            = ledger.TooMany
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: FieldsInvalid, HTTP: 422, Doc: "A field of the catalogue item stands twice, or a graded one has no grades.", DocZh: "目录数据项重复或分级项缺少等级"},
		{Code: ValueInvalid, HTTP: 422, Doc: "A value is not of a field of the catalogue item, or not of its type.", DocZh: "数据值与目录数据项不符"},
		{Code: PredicateInvalid, HTTP: 422, Doc: "The question does not fit the field that it asks about.", DocZh: "核验条件与数据项类型不符"},
		{Code: ModeForbidden, HTTP: 422, Doc: "The item's security level or its personal data do not allow that way on chain.", DocZh: "上链方式与安全级别或个人信息属性不符"},
		{Code: ModeMismatch, HTTP: 409, Doc: "The item goes on chain in another way.", DocZh: "该目录项的上链方式不支持此操作"},
		{Code: ConditionMissing, HTTP: 422, Doc: "An item that is shared on a condition names it.", DocZh: "有条件共享须说明共享条件"},
		{Code: ItemUnpublished, HTTP: 409, Doc: "The item is not published in the catalogue.", DocZh: "目录项未发布"},
		{Code: NotTheProvider, HTTP: 403, Doc: "Only the department that provides the item or the service does that.", DocZh: "仅提供部门可办理"},
		{Code: PeriodInvalid, HTTP: 422, Doc: "The period ends before it begins, or a date lies where it cannot.", DocZh: "期限起止颠倒或日期不合理"},
		{Code: ServiceUnpublished, HTTP: 409, Doc: "The service is not published.", DocZh: "服务未发布"},
		{Code: RoutesInvalid, HTTP: 422, Doc: "What is provisioned is within what the service offers.", DocZh: "开通范围超出服务目录"},
		{Code: GrantorInvalid, HTTP: 422, Doc: "A subject's grant names the subject, a department's its legal basis; only the provider grants for its own items.", DocZh: "授权主体或授权依据不符"},
		{Code: PrivateHalfMissing, HTTP: 422, Doc: "The operation needs a private half, or the record's is not there any more.", DocZh: "缺少非公开信息部分"},
		{Code: PrivateElsewhere, HTTP: 409, Doc: "On the main channel an organisation's private data are read by it and by the province alone: have the province ask.", DocZh: "省级主链上其他地市的非公开数据仅本市与省级可查询"},
		{Code: KeyMissing, HTTP: 409, Doc: "There is no active encryption key with that id.", DocZh: "没有该有效加密公钥"},
		{Code: GrantNotLive, HTTP: 409, Doc: "No live grant of the item covers the holder of the key.", DocZh: "没有覆盖该接收方的有效授权"},
		{Code: WrapsInvalid, HTTP: 422, Doc: "There is one wrapped key for each recipient, and none beside.", DocZh: "封装密钥与接收方不一致"},
		{Code: KeyVersionInvalid, HTTP: 409, Doc: "The next key version is the one after the last, with another data key.", DocZh: "密钥版本须递增且更换数据密钥"},
		{Code: NotTheAsker, HTTP: 403, Doc: "An answer is for the one who asked.", DocZh: "仅查询方可读取答复"},
		{Code: UseUnfounded, HTTP: 409, Doc: "What is derived from data names the recorded uses of them, by the same department.", DocZh: "派生数据缺少本部门的使用记录"},
		{Code: PartyInvalid, HTTP: 409, Doc: "The department is not, or not yet, a party to the computation.", DocZh: "不是该联合计算的参与方"},
		{Code: RoundInvalid, HTTP: 409, Doc: "The message is not the next one of the computation.", DocZh: "联合计算步骤有误"},
		{Code: JointOver, HTTP: 409, Doc: "The computation's time is over.", DocZh: "联合计算已超时"},
		{Code: TooMany, HTTP: 409, Doc: "The record carries as many entries of the kind as it can.", DocZh: "同类记录已达上限"},
	}...)
}

// half refuses an operation that came without its private half.
func half[P any](p *ledger.Private[P]) (*P, error) {
	return ledger.Half(p, "the values, keys or salt")
}

// within refuses a caller whose peers do not have a record's private half: on the
// main channel each organisation has its own, with the province.
func within(c *ledger.Call, org string) error {
	if c.Channel() == ledger.MainChannel && c.Caller().MSP != org && c.Caller().MSP != ledger.ProvinceMSP {
		return ledger.Refuse(PrivateElsewhere, "the private data of %s are read by it and by the province alone: have the province ask", org)
	}
	return nil
}
