package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

func (b *book) handleData(c *ledger.Contract) {
	provider := []string{RoleProvider}
	ledger.Handle(c, catalog.Operation{
		Name: "PublishItem", Title: "Publish a catalogue item", TitleZh: "发布目录项", Record: itemType, Creates: true, ID: "catalogCode", Roles: provider,
		Refusals: []string{FieldsInvalid}, Example: publishItemExample, Doc: "Or its next version. Only the department that published it first changes it.",
	}, b.publishItem)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawItem", Title: "Withdraw a catalogue item", TitleZh: "下架目录项", Record: itemType, Verb: "withdraw", ID: "catalogCode", Roles: provider, Example: withdrawItemExample,
	}, b.withdrawItem)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "ProvideFact", Title: "Provide what is known of a subject", TitleZh: "归集政务数据", Record: factType, Creates: true, Lane: "subjectKey", Roles: provider,
		Refusals: []string{PrivateHalfMissing, PeriodInvalid, ScopeInvalid, FactInvalid}, Example: provideFactExample, PrivateExample: provideFactPrivate,
		Doc: "The values travel in the private half and are never told: questions are answered with yes or no.",
	}, b.provideFact)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawFact", Title: "Withdraw a fact", TitleZh: "撤回政务数据", Record: factType, Verb: "withdraw", ID: "factId", Roles: provider, Example: withdrawFactExample,
	}, b.withdrawFact)
	ledger.Handle(c, catalog.Operation{
		Name: "SelfReport", Title: "Report of itself", TitleZh: "企业自主填报", Record: reportType, Creates: true, Lane: "subjectKey", Roles: []string{RolePlatform},
		Refusals: []string{PeriodInvalid}, Example: selfReportExample,
	}, b.selfReport)
	ledger.Handle(c, catalog.Operation{
		Name: "SetRules", Title: "Set the regulator's parameters", TitleZh: "设置监管参数", Record: ledger.RulesType, Creates: true, Lane: "mentionDays", Roles: []string{RoleRegulator},
		Refusals: []string{PeriodInvalid}, Example: setRulesExample,
	}, b.setRules)
}

func (b *book) handleAuthorizations(c *ledger.Contract) {
	platform := []string{RolePlatform}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterSubjectKey", Title: "Register a borrower's signature key", TitleZh: "登记融资主体签名公钥", Record: subjectType, Creates: true, ID: "subjectKey", Roles: platform,
		Example: registerSubjectKeyExample, Doc: "Or the key that replaces it. The platform has checked who the borrower is.",
	}, b.registerSubjectKey)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeSubjectKey", Title: "Revoke a borrower's signature key", TitleZh: "吊销融资主体签名公钥", Record: subjectType, Verb: "revoke", ID: "subjectKey", Roles: platform, Example: revokeSubjectKeyExample,
	}, b.revokeSubjectKey)
	ledger.Handle(c, catalog.Operation{
		Name: "DraftAuthorization", Title: "Draft an authorization", TitleZh: "起草授权", Record: authorizationType, Creates: true, ID: "authId", Roles: platform,
		Refusals: []string{PeriodInvalid, ScopeInvalid, SubjectMismatch, TooMany}, Example: draftAuthorizationExample,
	}, b.draftAuthorization)
	ledger.Handle(c, catalog.Operation{
		Name: "GrantAuthorization", Title: "Grant an authorization", TitleZh: "签署授权", Record: authorizationType, Verb: "grant", ID: "authId", Roles: platform,
		Refusals: []string{SubjectKeyMissing, AuthorizationExpired}, Example: grantAuthorizationExample,
		Doc: "By the borrower's own SM2 signature over what the draft says; SIGNATURE_INVALID names the statement to sign.",
	}, b.grantAuthorization)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeAuthorization", Title: "Revoke an authorization", TitleZh: "撤销授权", Record: authorizationType, Verb: "revoke", ID: "authId", Roles: platform, Example: revokeAuthorizationExample,
		Doc: "Ends it from now on. What was asked before stays on record.",
	}, b.revokeAuthorization)
	ledger.Handle(c, catalog.Operation{
		Name: "ExpireAuthorization", Title: "Write down that an authorization expired", TitleZh: "授权到期", Record: authorizationType, Verb: "expire", ID: "authId", Roles: platform,
		Refusals: []string{NotExpired}, Example: authorizationExample,
	}, b.expireAuthorization)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "UseData", Title: "Ask a question about a subject", TitleZh: "数据核验查询", Record: useType, Creates: true, Lane: "authId", Roles: []string{RoleBank, RoleGuarantor},
		Refusals: []string{PrivateHalfMissing, PredicateInvalid}, Example: useDataExample, PrivateExample: noFigures,
		Doc: "Answered with yes or no where a live authorization covers it. Where none does, the operation succeeds with the outcome DENIED and its reason: nothing is told, and that it was asked stays on record. " +
			"The operation's own answer stands in the block and tells the outcome only; the asker reads yes or no with the query UseAnswer.",
	}, b.useData)
}

func (b *book) handleApplications(c *ledger.Contract) {
	platform, bank := []string{RolePlatform}, []string{RoleBank}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "DraftApplication", Title: "Draft an application", TitleZh: "起草融资申请", Record: loanType, Creates: true, ID: "applicationId", Roles: platform,
		Refusals: []string{PrivateHalfMissing, PartyInvalid}, Example: draftApplicationExample, PrivateExample: draftApplicationPrivate,
	}, b.draftApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "SubmitApplication", Title: "Submit an application", TitleZh: "提交融资申请", Record: loanType, Verb: "submit", ID: "applicationId", Roles: platform,
		Refusals: []string{TooMany}, Example: loanExample,
	}, b.applicant(LoanSubmitted))
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawApplication", Title: "Withdraw an application", TitleZh: "撤回融资申请", Record: loanType, Verb: "withdraw", ID: "applicationId", Roles: platform,
		Refusals: []string{TooMany}, Example: loanExample, Doc: "Until the contract is signed. Pledges and guarantees are released.",
	}, b.withdrawApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "AcceptApplication", Title: "Accept an application", TitleZh: "受理融资申请", Record: loanType, Verb: "accept", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, TooMany}, Example: loanExample,
	}, b.acceptApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "InvestigateApplication", Title: "Record the investigation", TitleZh: "尽职调查", Record: loanType, Verb: "investigate", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, TooMany}, Example: investigateExample,
	}, b.investigateApplication)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "ApproveApplication", Title: "Approve an application", TitleZh: "审批通过", Record: loanType, Verb: "approve", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, TooMany}, Example: approveExample, PrivateExample: approvePrivate,
	}, b.approveApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "RejectApplication", Title: "Reject an application", TitleZh: "审批拒绝", Record: loanType, Verb: "reject", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, TooMany}, Example: rejectExample,
	}, b.rejectApplication)
}

func (b *book) handleLending(c *ledger.Contract) {
	bank := []string{RoleBank}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "SignContract", Title: "Sign the contract", TitleZh: "签订合同", Record: loanType, Verb: "sign", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, CreditExceeded, ContractTaken, PeriodInvalid, TooMany}, Example: signContractExample, PrivateExample: signContractPrivate,
		Doc: "Within the credit line. The term runs from today, and ends before the guarantees that the bank has accepted.",
	}, b.signContract)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Disburse", Title: "Disburse a draw", TitleZh: "放款", Record: loanType, Verb: "disburse", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, ContractExceeded, ContractOver, PayeeMissing, TooMany}, Example: disburseExample, PrivateExample: disbursePrivate,
		Doc: "All draws together stay within the contract.",
	}, b.disburse)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Repay", Title: "Post a repayment", TitleZh: "还款入账", Record: loanType, Verb: "repay", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, RepaymentExceeds, NoteMismatch, TooMany}, Example: repayExample, PrivateExample: repayPrivate,
	}, b.repay)
	ledger.Handle(c, catalog.Operation{
		Name: "SettleLoan", Title: "Settle a loan", TitleZh: "贷款结清", Record: loanType, Verb: "settle", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, OutstandingRemains, TooMany}, Example: loanExample, Doc: "Once nothing is outstanding. Pledges and guarantees are released.",
	}, b.settleLoan)
	ledger.Handle(c, catalog.Operation{
		Name: "ExtendLoan", Title: "Extend a loan", TitleZh: "展期", Record: loanType, Verb: "extend", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, LoanOverdue, ExtensionInvalid, TooMany}, Example: extendExample,
	}, b.extendLoan)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RenewLoan", Title: "Renew a loan without repayment", TitleZh: "无还本续贷", Record: loanType, Verb: "renew", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, SubjectMismatch, LoanOverdue, ContractOver, RenewalInvalid, TooMany}, Example: renewExample, PrivateExample: noFigures,
		Doc: "The new contract takes over what is outstanding, and the pledges with it.",
	}, b.renewLoan)
}

func (b *book) handleRisk(c *ledger.Contract) {
	bank := []string{RoleBank}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "MarkOverdue", Title: "Report a loan overdue", TitleZh: "报告逾期", Record: loanType, Verb: "mark-overdue", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, PeriodInvalid, ArrearsInvalid, TooMany}, Example: markOverdueExample, PrivateExample: markOverduePrivate,
		Doc: "The class falls to what the days overdue ask for.",
	}, b.markOverdue)
	ledger.Handle(c, catalog.Operation{
		Name: "CureOverdue", Title: "Take a loan back to regular repayment", TitleZh: "逾期结清", Record: loanType, Verb: "cure", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, ArrearsRemain, TooMany}, Example: loanExample,
	}, b.cureOverdue)
	ledger.Handle(c, catalog.Operation{
		Name: "ClassifyLoan", Title: "Classify a loan", TitleZh: "五级分类", Record: loanType, Verb: "classify", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, ClassTooGood}, Example: classifyExample, Doc: "Never better than the days overdue allow.",
	}, b.classifyLoan)
	ledger.Handle(c, catalog.Operation{
		Name: "WriteOff", Title: "Write a loan off", TitleZh: "核销", Record: loanType, Verb: "write-off", ID: "applicationId", Roles: bank,
		Refusals: []string{NotTheLender, WriteOffEarly, TooMany}, Example: writeOffExample,
	}, b.writeOff)
}

func (b *book) handleCollateral(c *ledger.Contract) {
	bank := []string{RoleBank}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterCollateral", Title: "Register a collateral", TitleZh: "登记担保物", Record: collateralType, Creates: true, Lane: "kind", Roles: bank,
		Refusals: []string{PrivateHalfMissing, CollateralInvalid}, Example: registerCollateralExample, PrivateExample: worthPrivate,
		Doc: "One that another bank registered is pledged under the record that is there.",
	}, b.registerCollateral)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RevalueCollateral", Title: "Record a new value", TitleZh: "重估担保物", Record: collateralType, Verb: "revalue", ID: "collateralId", Roles: bank,
		Refusals: []string{PrivateHalfMissing}, Example: revalueCollateralExample, PrivateExample: worthPrivate,
	}, b.revalueCollateral)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "PledgeCollateral", Title: "Pledge a collateral", TitleZh: "设立担保", Record: pledgeType, Creates: true, Lane: "collateralId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, CollateralExceeded, TooMany}, Example: pledgeCollateralExample, PrivateExample: pledgeCollateralPrivate,
		Doc: "All pledges of all banks together stay within the value.",
	}, b.pledgeCollateral)
	ledger.Handle(c, catalog.Operation{
		Name: "ReleasePledge", Title: "Release a pledge", TitleZh: "解除担保", Record: pledgeType, Verb: "release", ID: "pledgeId", Roles: bank, Example: releasePledgeExample,
	}, b.releasePledge)
}

func (b *book) handleGuarantees(c *ledger.Contract) {
	bank, guarantor := []string{RoleBank}, []string{RoleGuarantor}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "IssueGuarantee", Title: "Offer a guarantee", TitleZh: "出具保函", Record: guaranteeType, Creates: true, Lane: "applicationId", Roles: guarantor,
		Refusals: []string{PrivateHalfMissing, PeriodInvalid}, Example: issueGuaranteeExample, PrivateExample: issueGuaranteePrivate,
	}, b.issueGuarantee)
	ledger.Handle(c, catalog.Operation{
		Name: "AcceptGuarantee", Title: "Accept a guarantee", TitleZh: "接受保函", Record: guaranteeType, Verb: "accept", ID: "guaranteeId", Roles: bank,
		Refusals: []string{NotTheLender, PeriodInvalid, TooMany}, Example: guaranteeExample, Doc: "It ends after the loan does.",
	}, b.acceptGuarantee)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawGuarantee", Title: "Withdraw an offer", TitleZh: "撤回保函", Record: guaranteeType, Verb: "withdraw", ID: "guaranteeId", Roles: guarantor, Example: guaranteeExample,
	}, b.withdrawGuarantee)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "ClaimGuarantee", Title: "Claim what is overdue", TitleZh: "索赔", Record: guaranteeType, Verb: "claim", ID: "guaranteeId", Roles: bank,
		Refusals: []string{NotTheLender, PrivateHalfMissing, PeriodInvalid, GuaranteeNotDue, ClaimExceeds}, Example: claimGuaranteeExample, PrivateExample: claimGuaranteePrivate,
		Doc: "Of a loan that is overdue, once, within the guarantee's term.",
	}, b.claimGuarantee)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "CompensateGuarantee", Title: "Record the payment of a claim", TitleZh: "代偿", Record: guaranteeType, Verb: "compensate", ID: "guaranteeId", Roles: guarantor,
		Refusals: []string{PrivateHalfMissing}, Example: compensateGuaranteeExample, PrivateExample: noFigures, Doc: "The bank posts the money to the loan with Repay.",
	}, b.compensateGuarantee)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RecoverGuarantee", Title: "Record what the borrower gave back", TitleZh: "追偿", Record: guaranteeType, Verb: "recover", ID: "guaranteeId", Roles: guarantor,
		Refusals: []string{PrivateHalfMissing, RecoveryExceeds}, Example: guaranteeExample, PrivateExample: recoverGuaranteePrivate,
	}, b.recoverGuarantee)
	ledger.Handle(c, catalog.Operation{
		Name: "ReleaseGuarantee", Title: "Release a guarantee", TitleZh: "解除保证", Record: guaranteeType, Verb: "release", ID: "guaranteeId", Roles: bank,
		Refusals: []string{NotTheLender}, Example: guaranteeExample,
	}, b.releaseGuarantee)
}

// handlePurges lets the department that keeps a record remove its private half
// once nothing builds on it any more.
func (b *book) handlePurges(c *ledger.Contract) {
	ledger.HandlePurge(c, ledger.Purge("PurgeFact", "Purge a fact's values", "清除政务数据", RoleProvider), b.facts)
	ledger.HandlePurge(c, ledger.Purge("PurgeUse", "Purge an answer", "清除答复", RoleBank, RoleGuarantor), b.uses)
	ledger.HandlePurge(c, ledger.Purge("PurgeLoan", "Purge a loan's terms", "清除贷款信息", RolePlatform), b.loans)
	ledger.HandlePurge(c, ledger.Purge("PurgeDraw", "Purge a note's amounts", "清除借据金额", RoleBank), b.draws)
	ledger.HandlePurge(c, ledger.Purge("PurgeRepayment", "Purge a repayment's amounts", "清除还款金额", RoleBank), b.repayments)
	ledger.HandlePurge(c, ledger.Purge("PurgePledge", "Purge a pledge's amount", "清除担保金额", RoleBank), b.pledges)
	ledger.HandlePurge(c, ledger.Purge("PurgeGuarantee", "Purge a guarantee's amounts", "清除保证金额", RoleGuarantor), b.guarantees)
}

func (b *book) handleQueries(c *ledger.Contract) {
	private := "Reads private halves: only peers of the city and of the province can answer."
	ledger.Answer(c, catalog.Query{Name: "UseAnswer", Title: "The answer to one's own question", TitleZh: "读取核验答复", Doc: private,
		Path: "use-answers", Roles: []string{RoleBank, RoleGuarantor}, Example: useAnswerExample}, b.useAnswer)
	ledger.Answer(c, catalog.Query{Name: "CheckAuthorization", Title: "Whether an authorization covers a question", TitleZh: "授权核验",
		Path: "authorization-checks", Roles: []string{RoleBank, RoleGuarantor, RolePlatform, RoleProvider, RoleRegulator}, Example: checkAuthorizationExample}, b.checkAuthorization)
	ledger.Answer(c, catalog.Query{Name: "DataUses", Title: "Who used a subject's data", TitleZh: "谁用了我的数据", Doc: "Denied questions as well, a page at a time.",
		Path: "data-uses", Roles: []string{RolePlatform, RoleRegulator}, Example: dataUsesExample}, b.dataUses)
	ledger.Answer(c, catalog.Query{Name: "Trace", Title: "A financing through its whole life", TitleZh: "全链条跟踪", Doc: private,
		Path: "traces", Roles: []string{RoleBank, RolePlatform, RoleRegulator}, Example: loanExample}, b.trace)
	ledger.Answer(c, catalog.Query{Name: "BankExposure", Title: "What is outstanding at a bank", TitleZh: "银行敞口", Doc: private + " A page of notes at a time.",
		Path: "bank-exposures", Roles: []string{RoleBank, RoleRegulator}, Example: bankExposureExample}, b.bankExposure)
	ledger.Answer(c, catalog.Query{Name: "InclusiveStatistics", Title: "Lending by the sort of borrower", TitleZh: "普惠统计", Doc: private + " A page of notes at a time.",
		Path: "inclusive-statistics", Roles: []string{RoleRegulator, RolePlatform}, Example: statisticsExample}, b.inclusiveStatistics)
	ledger.AnswerDictionaries(c, dictionaries, dictionaryExample)
}
