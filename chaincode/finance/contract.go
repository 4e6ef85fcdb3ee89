// Package finance is the ledger of financial services (金融服务): which enterprise
// let which bank ask what about it, what was asked, and how each loan went from
// its application to its end.
//
// Standards: JR/T 0184-2020, JR/T 0171-2020, 征信业务管理办法, 商业银行金融资产风险
// 分类办法 (2023). The providers' data does not go on chain: banks ask yes-or-no
// questions of it, each under an authorization of the one it is about.
package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
	"henanchain/internal/catalog"
)

// Name is the contract's name.
const Name = "finance"

// Roles of the ledger.
const (
	RolePlatform  = "finance.platform"  // 省金融服务共享平台: acts for the borrowers
	RoleProvider  = "finance.provider"  // 政务数据提供部门
	RoleBank      = "finance.bank"      // 银行
	RoleGuarantor = "finance.guarantor" // 融资担保机构
	RoleRegulator = "finance.regulator" // 金融监管
)

// book is the contract's records.
type book struct {
	items          *ledger.Records[CatalogueItem]
	facts          *ledger.Records[Fact]
	subjects       *ledger.Records[SubjectKey]
	reports        *ledger.Records[SelfReport]
	authorizations *ledger.Records[Authorization]
	uses           *ledger.Records[Use]
	loans          *ledger.Records[Loan]
	draws          *ledger.Records[Draw]
	repayments     *ledger.Records[Repayment]
	collaterals    *ledger.Records[Collateral]
	pledges        *ledger.Records[Pledge]
	guarantees     *ledger.Records[Guarantee]
	rules          *ledger.Rules[Settings]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Financial services", "金融服务",
		"Keeps who let whom ask what (授权), every question that was asked, answered or denied (数据使用记录), and each loan through its whole life (全链条跟踪). "+
			"Departments answer yes or no from their private data; amounts, rates and borrowers are in the private half, the state and a keyed hash in the public one.")
	declareCodes(c)
	b := &book{}
	b.defineData(c)
	b.defineAuthorizations(c)
	b.defineLoans(c)
	b.defineCollateral(c)
	b.defineGuarantees(c)
	b.handleData(c)
	b.handleAuthorizations(c)
	b.handleApplications(c)
	b.handleLending(c)
	b.handleRisk(c)
	b.handleCollateral(c)
	b.handleGuarantees(c)
	b.handlePurges(c)
	b.handleQueries(c)
	return c
}

// Refusal codes of the ledger.
const (
	PrivateHalfMissing   = ledger.PrivateHalfMissing
	PartyInvalid         = "PARTY_INVALID"
	PeriodInvalid        = "PERIOD_INVALID"
	FieldsInvalid        = predicate.FieldsInvalid
	FactInvalid          = predicate.ValueInvalid
	PredicateInvalid     = predicate.Invalid
	ScopeInvalid         = "SCOPE_INVALID"
	SubjectKeyMissing    = "SUBJECT_KEY_MISSING"
	SubjectMismatch      = "SUBJECT_MISMATCH"
	NotExpired           = "NOT_EXPIRED"
	AuthorizationExpired = "AUTHORIZATION_EXPIRED"
	NotTheLender         = "NOT_THE_LENDER"
	NotTheAsker          = predicate.NotTheAsker
	CreditExceeded       = "CREDIT_EXCEEDED"
	ContractExceeded     = "CONTRACT_EXCEEDED"
	ContractTaken        = "CONTRACT_NUMBER_TAKEN"
	ContractOver         = "CONTRACT_OVER"
	PayeeMissing         = "PAYEE_MISSING"
	NoteMismatch         = "NOTE_MISMATCH"
	RepaymentExceeds     = "REPAYMENT_EXCEEDS_OUTSTANDING"
	OutstandingRemains   = "OUTSTANDING_REMAINS"
	ArrearsInvalid       = "ARREARS_INVALID"
	ArrearsRemain        = "ARREARS_REMAIN"
	LoanOverdue          = "LOAN_OVERDUE"
	ClassTooGood         = "CLASS_TOO_GOOD"
	WriteOffEarly        = "WRITE_OFF_EARLY"
	ExtensionInvalid     = "EXTENSION_INVALID"
	RenewalInvalid       = "RENEWAL_INVALID"
	CollateralInvalid    = "COLLATERAL_INVALID"
	CollateralExceeded   = "COLLATERAL_EXCEEDED"
	GuaranteeNotDue      = "GUARANTEE_NOT_DUE"
	ClaimExceeds         = "CLAIM_EXCEEDS"
	RecoveryExceeds      = "RECOVERY_EXCEEDS"
	TooMany              = ledger.TooMany
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: PrivateHalfMissing, HTTP: 422, Doc: "The operation needs a private half, or the record's is not there any more.", DocZh: "缺少非公开信息部分"},
		{Code: PartyInvalid, HTTP: 422, Doc: "The identity number in the private half is not one of its document's type.", DocZh: "证件号码与证件类型不符"},
		{Code: PeriodInvalid, HTTP: 422, Doc: "The period ends before it begins, or a date lies where it cannot.", DocZh: "期限起止颠倒或日期不合理"},
		{Code: FieldsInvalid, HTTP: 422, Doc: "A field of the catalogue item stands twice, or a graded one has no grades.", DocZh: "目录数据项重复或分级项缺少等级"},
		{Code: FactInvalid, HTTP: 422, Doc: "A value is not of a field of the catalogue item, or not of its type.", DocZh: "数据值与目录数据项不符"},
		{Code: PredicateInvalid, HTTP: 422, Doc: "The question does not fit the field that it asks about.", DocZh: "核验条件与数据项类型不符"},
		{Code: ScopeInvalid, HTTP: 422, Doc: "The scope names an item that is not published in the catalogue.", DocZh: "授权数据项不在已发布目录内"},
		{Code: SubjectKeyMissing, HTTP: 409, Doc: "The borrower has no signature key on the ledger, or it was revoked.", DocZh: "融资主体未登记有效签名公钥"},
		{Code: SubjectMismatch, HTTP: 409, Doc: "The records are about different borrowers or banks.", DocZh: "记录所涉主体或机构不一致"},
		{Code: NotExpired, HTTP: 409, Doc: "The authorization has not expired yet; to end it before, revoke it.", DocZh: "授权尚未到期，可办理撤销"},
		{Code: AuthorizationExpired, HTTP: 409, Doc: "The authorization's period is over; a new one is needed.", DocZh: "授权期限已过"},
		{Code: NotTheLender, HTTP: 403, Doc: "Only the lending bank changes the loan.", DocZh: "仅贷款银行可办理"},
		{Code: NotTheAsker, HTTP: 403, Doc: "An answer is for the one who asked.", DocZh: "仅查询机构可读取答复"},
		{Code: CreditExceeded, HTTP: 409, Doc: "The contract is for no more than the credit line.", DocZh: "合同金额超过授信额度"},
		{Code: ContractExceeded, HTTP: 409, Doc: "The draws together are no more than the contract.", DocZh: "累计放款超过合同金额"},
		{Code: ContractTaken, HTTP: 409, Doc: "The bank used the contract number before.", DocZh: "合同号已被使用"},
		{Code: ContractOver, HTTP: 409, Doc: "The contract's term is over: nothing more is drawn.", DocZh: "合同已到期，不能放款"},
		{Code: PayeeMissing, HTTP: 422, Doc: "Entrusted payment (受托支付) names the payee.", DocZh: "受托支付须指明收款对象"},
		{Code: NoteMismatch, HTTP: 409, Doc: "The note belongs to another loan, or is cleared.", DocZh: "借据不属于该笔贷款或已结清"},
		{Code: RepaymentExceeds, HTTP: 409, Doc: "No more is repaid than is outstanding on the note.", DocZh: "还款超过借据余额"},
		{Code: OutstandingRemains, HTTP: 409, Doc: "The loan is settled once nothing is outstanding.", DocZh: "尚有未偿余额"},
		{Code: ArrearsInvalid, HTTP: 422, Doc: "Arrears are more than nothing and no more than what is outstanding.", DocZh: "逾期金额须大于零且不超过未偿余额"},
		{Code: ArrearsRemain, HTTP: 409, Doc: "The arrears are not paid, or the loan is past its end.", DocZh: "逾期款项未结清或贷款已到期"},
		{Code: LoanOverdue, HTTP: 409, Doc: "The loan is overdue.", DocZh: "贷款已逾期"},
		{Code: ClassTooGood, HTTP: 409, Doc: "The class is better than the days overdue allow.", DocZh: "五级分类优于逾期天数所允许的级别"},
		{Code: WriteOffEarly, HTTP: 409, Doc: "Only a loan of class 05 (损失) is written off.", DocZh: "仅损失类贷款可核销"},
		{Code: ExtensionInvalid, HTTP: 409, Doc: "The extension is longer than the rules allow, or comes after the end.", DocZh: "展期超过规定期限或已到期"},
		{Code: RenewalInvalid, HTTP: 409, Doc: "The new contract cannot take over what is outstanding.", DocZh: "新合同不足以承接原贷款余额"},
		{Code: CollateralInvalid, HTTP: 422, Doc: "The collateral's reference is not of its kind.", DocZh: "担保物编号与类别不符"},
		{Code: CollateralExceeded, HTTP: 409, Doc: "All pledges together are no more than the collateral's value.", DocZh: "担保物累计担保金额超过其价值"},
		{Code: GuaranteeNotDue, HTTP: 409, Doc: "A general guarantee pays after enforcement against the borrower has failed (民法典 687).", DocZh: "一般保证须先经强制执行仍不能履行"},
		{Code: ClaimExceeds, HTTP: 409, Doc: "No more is claimed of guarantors than is in arrears, and of each no more than its guarantee covers.", DocZh: "索赔超过逾期金额或担保金额"},
		{Code: RecoveryExceeds, HTTP: 409, Doc: "A guarantor recovers no more than it paid (民法典 700).", DocZh: "追偿超过代偿金额"},
		{Code: TooMany, HTTP: 409, Doc: "The record carries as many entries of the kind as it can.", DocZh: "同类记录已达上限"},
	}...)
}

// half refuses an operation that came without its private half.
func half[P any](p *ledger.Private[P]) (*P, error) {
	return ledger.Half(p, "the names, figures or salt")
}

// NoFigures is the private half of an operation that brings nothing but the
// salt under which it writes private data.
type NoFigures struct{}
