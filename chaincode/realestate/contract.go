// Package realestate is the ledger of real-estate transactions and
// registration (不动产交易登记): which unit there is, who owns it and since
// when, what burdens it, and how it passed from one hand to the next, through
// housing, tax and registration authorities, banks and courts.
//
// Law and standards: 民法典 (property and contract books), 不动产登记暂行条例 and
// its 实施细则, 自然资发〔2021〕54号, GB/T 37346-2019 (unit codes).
package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Name is the contract's name.
const Name = "realestate"

// Roles of the ledger.
const (
	RoleHousing   = "realestate.housing"   // 住建: verification of sources, net signing, filing, supervision of funds
	RoleTax       = "realestate.tax"       // 税务: tax vouchers
	RoleRegistrar = "realestate.registrar" // 不动产登记机构 (自然资源): the book and its certificates
	RoleBank      = "realestate.bank"      // 抵押权人
	RoleCourt     = "realestate.court"     // 法院: seizures
	RoleCivil     = "realestate.civil"     // 民政: marriage
	RolePolice    = "realestate.police"    // 公安: identity and household
	RoleRegulator = "realestate.regulator" // sets the periods that the rules leave open
)

// book is the contract's records.
type book struct {
	units        *ledger.Records[Unit]
	rights       *ledger.Records[Right]
	certificates *ledger.Records[Certificate]
	transactions *ledger.Records[Transaction]
	vouchers     *ledger.Records[TaxVoucher]
	invoices     *ledger.Records[Invoice]
	mortgages    *ledger.Records[Mortgage]
	seizures     *ledger.Records[Seizure]
	objections   *ledger.Records[Objection]
	notices      *ledger.Records[Notice]
	residences   *ledger.Records[Residence]
	attestations *ledger.Records[Attestation]
	rules        *ledger.Rules[Settings]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Real-estate transactions and registration", "不动产交易登记",
		"Keeps each real-estate unit (不动产单元) with its chain of title, and what burdens it: mortgages by rank, seizures in their queue, objections, notices, residence rights. "+
			"A sale goes through verification, net signing, filing, supervision of funds, tax, acceptance and review into the book, where the right and its certificate come to be in one operation. "+
			"Persons are keyed hashes; names, identity numbers, prices and claims are in the private half.")
	declareCodes(c)
	b := &book{}
	b.defineProperty(c)
	b.defineTransfer(c)
	b.defineInvoices(c)
	b.defineBurdens(c)
	b.defineEntries(c)
	b.defineSettings(c)
	b.handleUnits(c)
	b.handleTransactions(c)
	b.handleRegistrations(c)
	b.handleReissue(c)
	b.handleTaxes(c)
	b.handleInvoices(c)
	b.handleAnswers(c)
	b.handleMortgages(c)
	b.handleSeizures(c)
	b.handleObjections(c)
	b.handleNotices(c)
	b.handleResidences(c)
	b.handlePurges(c)
	b.handleQueries(c)
	c.Locate(b.locate)
	return c
}

// Refusal codes of the ledger.
const (
	UnitHistorical     = "UNIT_HISTORICAL"
	UnitUnowned        = "UNIT_UNOWNED"
	UnitOwned          = "UNIT_OWNED"
	UnitInvalid        = "UNIT_INVALID"
	UnitBurdened       = "UNIT_BURDENED"
	UnitSeized         = "UNIT_SEIZED"
	UnitSold           = "UNIT_SOLD"
	NotRegistrar       = "NOT_THE_REGISTRAR"
	SharesInvalid      = "SHARES_INVALID"
	SellersIncomplete  = "SELLERS_INCOMPLETE"
	PartiesInvalid     = "PARTIES_INVALID"
	NetSignTaken       = "NET_SIGN_NUMBER_TAKEN"
	TransferRestricted = "TRANSFER_RESTRICTED"
	ConsentMissing     = "CONSENT_MISSING"
	RiskUnacknowledged = "RISK_UNACKNOWLEDGED"
	DisclosureMissing  = "DISCLOSURE_MISSING"
	AttestationMissing = "ATTESTATION_MISSING"
	QuestionOfOthers   = "QUESTION_OF_OTHERS"
	TaxVoucherMissing  = "TAX_VOUCHER_MISSING"
	TaxVoucherUsed     = "TAX_VOUCHER_USED"
	TaxVoucherMismatch = "TAX_VOUCHER_MISMATCH"
	TaxAmountInvalid   = "TAX_AMOUNT_INVALID"
	InvoiceMismatch    = "INVOICE_MISMATCH"
	EscrowInvalid      = "ESCROW_INVALID"
	ChainOfTitleBroken = "CHAIN_OF_TITLE_BROKEN"
	CertificateInvalid = "CERTIFICATE_INVALID"
	LicenceMismatch    = "LICENCE_MISMATCH"
	LicenceTaken       = "LICENCE_TAKEN"
	AreaNotConserved   = "AREA_NOT_CONSERVED"
	OwnersDiffer       = "OWNERS_DIFFER"
	ClaimInvalid       = "CLAIM_INVALID"
	RankInvalid        = "RANK_INVALID"
	TooMany            = ledger.TooMany
	SeizureLapsed      = "SEIZURE_LAPSED"
	SeizureWaiting     = "SEIZURE_WAITING"
	ObjectionLapsed    = "OBJECTION_LAPSED"
	ObjectionRepeated  = "OBJECTION_REPEATED"
	NoticeLapsed       = "NOTICE_LAPSED"
	PeriodInvalid      = "PERIOD_INVALID"
	CancelGround       = "CANCEL_GROUND_INVALID"
	LossUnpublished    = "LOSS_NOT_PUBLISHED"
	PrivateHalfMissing = ledger.PrivateHalfMissing
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: UnitHistorical, HTTP: 409, Doc: "The unit was split, merged or cancelled; the refusal names what took its place.", DocZh: "不动产单元已为历史状态（已分割、合并或注销）"},
		{Code: UnitUnowned, HTTP: 409, Doc: "The book has no current right on the unit; the first registration comes before.", DocZh: "该单元尚无现势权利，应先办理首次登记"},
		{Code: UnitOwned, HTTP: 409, Doc: "The book has a current right on the unit: a first registration is not possible.", DocZh: "该单元已有现势权利，不能办理首次登记"},
		{Code: UnitInvalid, HTTP: 422, Doc: "The unit's particulars do not fit its code or the dictionaries.", DocZh: "不动产单元信息与单元代码或字典不符"},
		{Code: UnitBurdened, HTTP: 409, Doc: "A burden or a pending case on the unit must be ended first; the refusal names each.", DocZh: "单元上有未了结的负担或在办业务，应先办结"},
		{Code: UnitSeized, HTTP: 409, Doc: "A seizure, preliminary seizure or renewed seizure is in force on the unit.", DocZh: "不动产处于查封、预查封或续封状态"},
		{Code: UnitSold, HTTP: 409, Doc: "Another contract or case is pending on the unit: it cannot be sold twice.", DocZh: "该单元已有未撤销的网签合同或在办登记，不得一房二卖"},
		{Code: NotRegistrar, HTTP: 403, Doc: "Only the registration authority that keeps the unit may write in its book.", DocZh: "仅该单元所属登记机构可办理"},
		{Code: SharesInvalid, HTTP: 422, Doc: "The shares do not fit the form of co-ownership, or do not sum to 1.", DocZh: "份额与共有方式不符或份额之和不为1"},
		{Code: SellersIncomplete, HTTP: 409, Doc: "The sellers must be all current owners and nobody else.", DocZh: "转让方须为全部现权利人"},
		{Code: PartiesInvalid, HTTP: 422, Doc: "A party stands twice, or the private half does not tell of the same parties.", DocZh: "当事人重复或非公开信息与当事人不一致"},
		{Code: NetSignTaken, HTTP: 409, Doc: "The net-sign number was used for another contract.", DocZh: "网签合同备案号已被使用"},
		{Code: TransferRestricted, HTTP: 409, Doc: "A mortgage in the book forbids the transfer until its mortgagee lifts the restriction (民法典 406).", DocZh: "抵押登记约定禁止转让，须抵押权人解除"},
		{Code: ConsentMissing, HTTP: 409, Doc: "A consent that the law asks for is missing; the refusal says whose.", DocZh: "缺少法定同意书"},
		{Code: RiskUnacknowledged, HTTP: 409, Doc: "An objection is in the book: the acquirer must acknowledge the risk in writing (实施细则 84).", DocZh: "存在异议登记，须提交知悉并自担风险的书面承诺"},
		{Code: DisclosureMissing, HTTP: 409, Doc: "A residence right burdens the unit and must be disclosed to the acquirer in writing (民法典 366).", DocZh: "存在居住权，须书面告知受让人"},
		{Code: AttestationMissing, HTTP: 409, Doc: "The civil affairs or public security department has not answered the question, or too long ago.", DocZh: "缺少民政或公安部门的有效核验答复"},
		{Code: QuestionOfOthers, HTTP: 403, Doc: "The question is answered by another department: marriage by civil affairs, the others by public security.", DocZh: "该核验事项由其他部门答复"},
		{Code: TaxVoucherMissing, HTTP: 409, Doc: "No deed-tax voucher (paid or exempt) is presented: tax comes before registration (先税后证).", DocZh: "缺少契税完税或免税凭证"},
		{Code: TaxVoucherUsed, HTTP: 409, Doc: "The tax voucher serves another case, was consumed or was voided.", DocZh: "完税凭证已被使用或已作废"},
		{Code: TaxVoucherMismatch, HTTP: 409, Doc: "The tax voucher is for another unit or another payer.", DocZh: "完税凭证与不动产单元或纳税人不符"},
		{Code: TaxAmountInvalid, HTTP: 422, Doc: "A voucher of paid tax has an amount, an exempt one has none.", DocZh: "完税凭证金额须大于零，免税凭证金额须为零"},
		{Code: InvoiceMismatch, HTTP: 409, Doc: "The purchase invoice is not of this contract, its parties and its price, or serves a case already.", DocZh: "购房发票与网签合同、当事人或成交价不符，或已用于其他业务"},
		{Code: EscrowInvalid, HTTP: 422, Doc: "The supervised funds do not fit the contract.", DocZh: "资金监管信息与合同不符"},
		{Code: ChainOfTitleBroken, HTTP: 409, Doc: "The preceding case number is not that of the right in force.", DocZh: "上手业务号与现势权利不符"},
		{Code: CertificateInvalid, HTTP: 422, Doc: "The certificate number is not one of the sort and year that the entry needs.", DocZh: "证书（证明）号类别或年度不符"},
		{Code: LicenceMismatch, HTTP: 422, Doc: "The e-licence identifier is of another type or issuer than the certificate.", DocZh: "电子证照标识的类型或颁发机构不符"},
		{Code: LicenceTaken, HTTP: 409, Doc: "The e-licence identifier belongs to another entry.", DocZh: "电子证照标识已被其他登记使用"},
		{Code: AreaNotConserved, HTTP: 422, Doc: "Splitting and merging conserve the area and stay in one county division.", DocZh: "分割合并前后面积不一致或不在同一行政区划"},
		{Code: OwnersDiffer, HTTP: 409, Doc: "Units can be merged where their owners, shares and right type are the same.", DocZh: "合并的各单元权利人、份额和权利类型须一致"},
		{Code: ClaimInvalid, HTTP: 422, Doc: "What remains of a claim is not more than the claim in the book.", DocZh: "剩余债权不得超过登记的被担保债权数额"},
		{Code: RankInvalid, HTTP: 409, Doc: "The new order must name every mortgage in force once, with the consent of every mortgagee that it moves.", DocZh: "抵押顺位须包含全部现有抵押权并取得受影响抵押权人同意"},
		{Code: TooMany, HTTP: 409, Doc: "The unit carries as many entries of the kind as it can.", DocZh: "该单元同类登记已达上限"},
		{Code: SeizureLapsed, HTTP: 409, Doc: "The seizure has lapsed; a new one takes its place at the end of the queue.", DocZh: "查封已到期失效，须重新查封"},
		{Code: SeizureWaiting, HTTP: 409, Doc: "A waiting seizure runs no period yet and cannot be renewed.", DocZh: "轮候查封尚未生效，不能续封"},
		{Code: ObjectionLapsed, HTTP: 409, Doc: "The objection has lapsed: no action was brought in time (民法典 220).", DocZh: "异议登记已失效"},
		{Code: ObjectionRepeated, HTTP: 409, Doc: "The same applicant objected on the same ground before (实施细则 83).", DocZh: "同一申请人以同一事由再次申请异议登记，不予受理"},
		{Code: NoticeLapsed, HTTP: 409, Doc: "The notice has lapsed: registration was not applied for in time (民法典 221).", DocZh: "预告登记已失效"},
		{Code: PeriodInvalid, HTTP: 422, Doc: "The period ends before it begins, or is longer than the rules allow.", DocZh: "期限起止颠倒或超出规定"},
		{Code: CancelGround, HTTP: 422, Doc: "A case is cancelled by both parties together or by a court; the refusal says what is missing.", DocZh: "撤销须由双方共同申请或法院裁定"},
		{Code: LossUnpublished, HTTP: 409, Doc: "The loss of the certificate was not published, or not for long enough (实施细则 22).", DocZh: "遗失声明未公告或公告期未满"},
		{Code: PrivateHalfMissing, HTTP: 422, Doc: "The operation needs a private half: what may not stand in a block.", DocZh: "缺少非公开信息部分"},
	}...)
}
