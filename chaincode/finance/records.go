package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// defineData defines the government data that can be asked about, and the
// settings.
func (b *book) defineData(c *ledger.Contract) {
	b.items = ledger.Define[CatalogueItem](c, catalog.Record{
		Type: itemType, Collection: "catalogue-items", Title: "catalogue item", TitleZh: "数据目录项",
		Doc:      "What a department can be asked about. Its id is its code in the catalogue of government data resources.",
		Statuses: []catalog.Status{{Code: Published, TitleZh: "已发布"}, {Code: Withdrawn, TitleZh: "已下架"}},
		Transitions: ledger.Table(
			ledger.Steps("PublishItem", Published, "", Published, Withdrawn), ledger.Steps("WithdrawItem", Withdrawn, Published),
		),
		Search: []catalog.SearchField{{Field: "name", Kind: "text"}},
	})
	b.facts = ledger.Define[Fact](c, catalog.Record{
		Type: factType, Collection: "facts", Title: "fact", TitleZh: "政务数据",
		Doc:      "What a department knows of a subject under one item. The values are in the private half: the peers answer yes or no with them.",
		Statuses: []catalog.Status{{Code: FactHeld, TitleZh: "有效"}, {Code: FactExpired, TitleZh: "已过期"}, {Code: FactWithdrawn, TitleZh: "已撤回"}},
		Transitions: ledger.Table(
			ledger.Steps("ProvideFact", FactHeld, "", FactHeld, FactExpired, FactWithdrawn), ledger.Steps("UseData", FactExpired, FactHeld),
			ledger.Steps("WithdrawFact", FactWithdrawn, FactHeld, FactExpired), ledger.Stay("PurgeFact", FactExpired, FactWithdrawn),
		),
		Search: append(ledger.Keywords("subjectKey", "catalogCode"), ledger.Dates("asOf", "validTo")...),
		Lapse:  &catalog.Lapse{Field: "validTo", From: []string{FactHeld}, To: FactExpired},
	})
	b.reports = ledger.Define[SelfReport](c, catalog.Record{
		Type: reportType, Collection: "self-reports", Title: "self-report", TitleZh: "企业自主填报",
		Doc:         "The digest of what an enterprise reports of itself. A correction is the next version.",
		Statuses:    []catalog.Status{{Code: Reported, TitleZh: "已填报"}},
		Transitions: ledger.Table(ledger.Steps("SelfReport", Reported, ""), ledger.Stay("SelfReport", Reported)),
		Search:      ledger.Keywords("subjectKey", "reportType", "period"), HashFields: []string{"fileHash"},
	})
	b.rules = ledger.DefineRules(c, catalog.Record{Title: "setting", TitleZh: "监管参数", Doc: "One record, with the id rules. Without it the defaults hold."}, defaults, "SetRules")
}

// defineAuthorizations defines who let whom ask what, and what was asked.
func (b *book) defineAuthorizations(c *ledger.Contract) {
	b.subjects = ledger.Define[SubjectKey](c, catalog.Record{
		Type: subjectType, Collection: "subject-keys", Title: "subject's signature key", TitleZh: "融资主体签名公钥",
		Doc:      "With which a borrower signs authorizations. Its id is the borrower's keyed hash.",
		Statuses: []catalog.Status{{Code: KeyActive, TitleZh: "有效"}, {Code: KeyRevoked, TitleZh: "已吊销"}},
		Transitions: ledger.Table(
			ledger.Steps("RegisterSubjectKey", KeyActive, "", KeyActive, KeyRevoked), ledger.Steps("RevokeSubjectKey", KeyRevoked, KeyActive),
		),
	})
	b.authorizations = ledger.Define[Authorization](c, catalog.Record{
		Type: authorizationType, Collection: "authorizations", Title: "authorization", TitleZh: "授权",
		Doc: "A subject's signed consent that an organisation asks about it: for a purpose, some items, a time, a number of times.",
		Statuses: []catalog.Status{
			{Code: AuthDraft, TitleZh: "待签署"}, {Code: AuthGranted, TitleZh: "已授权"}, {Code: AuthExhausted, TitleZh: "已用尽"},
			{Code: AuthExpired, TitleZh: "已过期"}, {Code: AuthRevoked, TitleZh: "已撤销", Doc: "No further use; what was used stays on record."},
		},
		Transitions: ledger.Table(
			ledger.Steps("DraftAuthorization", AuthDraft, ""), ledger.Steps("GrantAuthorization", AuthGranted, AuthDraft),
			ledger.Stay("UseData", AuthGranted), ledger.Steps("UseData", AuthExhausted, AuthGranted), ledger.Steps("UseData", AuthExpired, AuthGranted),
			ledger.Steps("ExpireAuthorization", AuthExpired, AuthGranted), ledger.Steps("RevokeAuthorization", AuthRevoked, AuthDraft, AuthGranted),
		),
		Search: append(ledger.Keywords("subjectKey", "granteeDept", "purpose", "scope[]", "applicationId"), ledger.Dates("validFrom", "validTo")...), HashFields: []string{"docHash"},
		Lapse: &catalog.Lapse{Field: "validTo", From: []string{AuthGranted}, To: AuthExpired},
	})
	b.uses = ledger.Define[Use](c, catalog.Record{
		Type: useType, Collection: "uses", Title: "data use", TitleZh: "数据使用记录",
		Doc: "One question about a subject, answered or denied. The answer is in the private half, for the asker. Its id begins with the subject's key.",
		Statuses: []catalog.Status{
			{Code: UseAnswered, TitleZh: "已答复"}, {Code: UseNoData, TitleZh: "无数据"}, {Code: UseDenied, TitleZh: "已拒绝", Doc: "No authorization covered it: nothing was looked at."},
		},
		Transitions: ledger.Table(
			ledger.Steps("UseData", UseAnswered, ""), ledger.Steps("UseData", UseNoData, ""), ledger.Steps("UseData", UseDenied, ""), ledger.Stay("PurgeUse", UseAnswered),
		),
		Search: ledger.Keywords("subjectKey", "authId", "catalogCode", "purpose", "queryNo", "reason"),
	})
}

// defineLoans defines a financing from its application to its end.
func (b *book) defineLoans(c *ledger.Contract) {
	b.loans = ledger.Define[Loan](c, catalog.Record{
		Type: loanType, Collection: "loans", Title: "loan", TitleZh: "融资申请与贷款",
		Doc: "One financing from its application to its end. Amounts, rate and borrower are in the private half.",
		Statuses: []catalog.Status{
			{Code: LoanDraft, TitleZh: "草稿"}, {Code: LoanSubmitted, TitleZh: "已提交"}, {Code: LoanAccepted, TitleZh: "已受理"}, {Code: LoanInvestigated, TitleZh: "已调查"},
			{Code: LoanApproved, TitleZh: "已审批"}, {Code: LoanRejected, TitleZh: "已拒绝"}, {Code: LoanWithdrawn, TitleZh: "已撤回"}, {Code: LoanContracted, TitleZh: "已签约"},
			{Code: LoanDisbursed, TitleZh: "已放款"}, {Code: LoanRepaying, TitleZh: "还款中"}, {Code: LoanOverdueNow, TitleZh: "逾期"}, {Code: LoanExtended, TitleZh: "已展期"},
			{Code: LoanRenewed, TitleZh: "已续贷", Doc: "A new contract took the balance over (无还本续贷)."}, {Code: LoanSettled, TitleZh: "已结清"}, {Code: LoanWrittenOff, TitleZh: "已核销"},
		},
		Transitions: loanTable(),
		Search: append(append(ledger.Keywords("subjectKey", "subjectType", "bankDept", "usage", "contractNo", "class5", "renewedBy"), ledger.Dates("signedOn", "dueOn", "overdueSince")...),
			catalog.SearchField{Field: "termMonths", Kind: "number"}),
		HashFields: []string{"contractHash", "reportHash"},
	})
	b.draws = ledger.Define[Draw](c, catalog.Record{
		Type: drawType, Collection: "draws", Title: "draw", TitleZh: "借据",
		Doc: "One disbursement under a note. Its id is the bank and the note's number. Its private half is its amount; what is outstanding on it stands in the loan's. " +
			"It changes with its status: each repayment is a record of its own.",
		Statuses: []catalog.Status{
			{Code: DrawOutstanding, TitleZh: "未结清"}, {Code: DrawCleared, TitleZh: "已结清"}, {Code: DrawWrittenOff, TitleZh: "已核销"},
		},
		Transitions: ledger.Table(
			ledger.Steps("Disburse", DrawOutstanding, ""), ledger.Steps("RenewLoan", DrawOutstanding, ""),
			ledger.Steps("Repay", DrawCleared, DrawOutstanding), ledger.Steps("RenewLoan", DrawCleared, DrawOutstanding), ledger.Steps("WriteOff", DrawWrittenOff, DrawOutstanding),
			ledger.Stay("PurgeDraw", DrawCleared, DrawWrittenOff),
		),
		Search: append(ledger.Keywords("applicationId", "noteNo", "bankDept", "subjectKey", "takesOver"), ledger.Dates("drawnOn")...),
	})
	b.repayments = ledger.Define[Repayment](c, catalog.Record{
		Type: repaymentType, Collection: "repayments", Title: "repayment", TitleZh: "还款",
		Doc:         "Posted once: its id is the bank and its number. Its private half is its amounts.",
		Statuses:    []catalog.Status{{Code: Posted, TitleZh: "已入账"}},
		Transitions: ledger.Table(ledger.Steps("Repay", Posted, ""), ledger.Stay("PurgeRepayment", Posted)),
		Search:      append(ledger.Keywords("applicationId", "drawId"), ledger.Dates("repaidOn")...),
	})
}

// loanTable is the state machine of a loan.
func loanTable() []catalog.Transition {
	open := []string{LoanDraft, LoanSubmitted, LoanAccepted, LoanInvestigated, LoanApproved}
	running := []string{LoanDisbursed, LoanRepaying, LoanOverdueNow, LoanExtended}
	paying := []string{LoanDisbursed, LoanRepaying, LoanExtended}
	return ledger.Table(
		ledger.Steps("DraftApplication", LoanDraft, ""), ledger.Steps("SubmitApplication", LoanSubmitted, LoanDraft), ledger.Steps("WithdrawApplication", LoanWithdrawn, open...),
		ledger.Steps("AcceptApplication", LoanAccepted, LoanSubmitted), ledger.Steps("InvestigateApplication", LoanInvestigated, LoanAccepted),
		ledger.Steps("ApproveApplication", LoanApproved, LoanInvestigated), ledger.Steps("RejectApplication", LoanRejected, LoanSubmitted, LoanAccepted, LoanInvestigated),
		ledger.Stay("DraftAuthorization", append(append([]string{LoanContracted}, open...), running...)...),
		ledger.Stay("PledgeCollateral", append([]string{LoanApproved, LoanContracted}, running...)...),
		ledger.Stay("AcceptGuarantee", append([]string{LoanApproved, LoanContracted}, running...)...), ledger.Stay("ClaimGuarantee", LoanOverdueNow),
		ledger.Steps("SignContract", LoanContracted, LoanApproved), ledger.Steps("Disburse", LoanDisbursed, LoanContracted), ledger.Stay("Disburse", LoanDisbursed, LoanRepaying),
		ledger.Steps("Repay", LoanRepaying, LoanDisbursed), ledger.Stay("Repay", LoanRepaying, LoanExtended, LoanOverdueNow),
		ledger.Steps("MarkOverdue", LoanOverdueNow, running...), ledger.Steps("CureOverdue", LoanRepaying, LoanOverdueNow),
		ledger.Stay("ClassifyLoan", running...), ledger.Steps("WriteOff", LoanWrittenOff, LoanOverdueNow),
		ledger.Steps("ExtendLoan", LoanExtended, paying...), ledger.Steps("RenewLoan", LoanRenewed, paying...),
		ledger.Steps("RenewLoan", LoanDisbursed, LoanContracted), ledger.Stay("RenewLoan", LoanDisbursed, LoanRepaying),
		ledger.Steps("SettleLoan", LoanSettled, LoanRepaying, LoanExtended),
		ledger.Stay("PurgeLoan", LoanRejected, LoanWithdrawn, LoanRenewed, LoanSettled, LoanWrittenOff),
	)
}

// defineCollateral defines what secures loans.
func (b *book) defineCollateral(c *ledger.Contract) {
	b.collaterals = ledger.Define[Collateral](c, catalog.Record{
		Type: collateralType, Collection: "collaterals", Title: "collateral", TitleZh: "担保物",
		Doc:      "One thing that can secure loans of any bank. Its private half is its value.",
		Statuses: []catalog.Status{{Code: Registered, TitleZh: "已登记"}},
		Transitions: ledger.Table(
			ledger.Steps("RegisterCollateral", Registered, ""),
			ledger.Stay("RevalueCollateral", Registered), ledger.Stay("PledgeCollateral", Registered), ledger.Stay("ReleasePledge", Registered),
			ledger.Stay("SettleLoan", Registered), ledger.Stay("RenewLoan", Registered), ledger.Stay("WithdrawApplication", Registered),
		),
		Search: ledger.Keywords("kind", "ref", "refKey", "pledges[]"),
	})
	b.pledges = ledger.Define[Pledge](c, catalog.Record{
		Type: pledgeType, Collection: "pledges", Title: "pledge", TitleZh: "担保",
		Doc:      "What of a collateral secures one loan. Its private half is the amount.",
		Statuses: []catalog.Status{{Code: PledgeActive, TitleZh: "有效"}, {Code: PledgeReleased, TitleZh: "已解除"}},
		Transitions: ledger.Table(
			ledger.Steps("PledgeCollateral", PledgeActive, ""), ledger.Steps("RenewLoan", PledgeActive, ""), ledger.Steps("ReleasePledge", PledgeReleased, PledgeActive),
			ledger.Steps("SettleLoan", PledgeReleased, PledgeActive), ledger.Steps("RenewLoan", PledgeReleased, PledgeActive),
			ledger.Steps("WithdrawApplication", PledgeReleased, PledgeActive),
			ledger.Stay("PurgePledge", PledgeReleased),
		),
		Search: append(ledger.Keywords("collateralId", "applicationId", "bankDept"), ledger.Dates("pledgedOn")...),
	})
}

// defineGuarantees defines what guarantors promise.
func (b *book) defineGuarantees(c *ledger.Contract) {
	b.guarantees = ledger.Define[Guarantee](c, catalog.Record{
		Type: guaranteeType, Collection: "guarantees", Title: "guarantee", TitleZh: "保证",
		Doc: "A guarantor's promise to a bank to pay what a borrower does not. Its id is the guarantor and the number of its letter. Its private half is its amounts.",
		Statuses: []catalog.Status{
			{Code: GuaranteeOffered, TitleZh: "已出具"}, {Code: GuaranteeInForce, TitleZh: "生效"}, {Code: GuaranteeClaimed, TitleZh: "已索赔", Doc: "The bank asks for what the borrower has not paid."},
			{Code: GuaranteeCompensated, TitleZh: "已代偿", Doc: "The guarantor paid, and has recourse to the borrower."}, {Code: GuaranteeRecovered, TitleZh: "追偿完毕"},
			{Code: GuaranteeReleased, TitleZh: "已解除"}, {Code: GuaranteeWithdrawn, TitleZh: "已撤回"}, {Code: GuaranteeLapsed, TitleZh: "保证期间届满"},
		},
		Transitions: ledger.Table(
			ledger.Steps("IssueGuarantee", GuaranteeOffered, ""), ledger.Steps("AcceptGuarantee", GuaranteeInForce, GuaranteeOffered), ledger.Steps("WithdrawGuarantee", GuaranteeWithdrawn, GuaranteeOffered),
			ledger.Steps("ClaimGuarantee", GuaranteeClaimed, GuaranteeInForce), ledger.Steps("CompensateGuarantee", GuaranteeCompensated, GuaranteeClaimed),
			ledger.Stay("RecoverGuarantee", GuaranteeCompensated), ledger.Steps("RecoverGuarantee", GuaranteeRecovered, GuaranteeCompensated),
			ledger.Steps("ReleaseGuarantee", GuaranteeReleased, GuaranteeInForce, GuaranteeClaimed), ledger.Steps("SettleLoan", GuaranteeReleased, GuaranteeInForce, GuaranteeClaimed),
			ledger.Steps("RenewLoan", GuaranteeReleased, GuaranteeInForce, GuaranteeClaimed), ledger.Steps("WithdrawApplication", GuaranteeReleased, GuaranteeInForce),
			ledger.Stay("PurgeGuarantee", GuaranteeReleased, GuaranteeWithdrawn, GuaranteeRecovered),
		),
		Search:     append(ledger.Keywords("applicationId", "guarantorDept", "bankDept", "letterNo", "mode"), ledger.Dates("issuedOn", "validTo")...),
		HashFields: []string{"letterHash"},
		Lapse:      &catalog.Lapse{Field: "validTo", From: []string{GuaranteeOffered, GuaranteeInForce}, To: GuaranteeLapsed},
	})
}
