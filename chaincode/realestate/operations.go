package realestate

import (
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Refusals that several operations share.
var (
	unitRefusals     = []string{UnitHistorical, NotRegistrar}
	partyRefusals    = []string{PrivateHalfMissing, PartiesInvalid}
	disposalRefusals = []string{UnitSeized, TransferRestricted, ConsentMissing, RiskUnacknowledged, DisclosureMissing}
	rightRefusals    = []string{SharesInvalid, UnitInvalid, PeriodInvalid, ChainOfTitleBroken, UnitUnowned, UnitSold, SellersIncomplete}
	otherRefusals    = []string{UnitOwned, UnitBurdened, OwnersDiffer} // of what is no sale
	proofRefusals    = []string{CertificateInvalid, LicenceMismatch, LicenceTaken}
	voucherRefusals  = []string{TaxVoucherMissing, TaxVoucherUsed, TaxVoucherMismatch}
)

func refusals(lists ...any) []string {
	var all []string
	for _, l := range lists {
		switch l := l.(type) {
		case string:
			all = append(all, l)
		case []string:
			all = append(all, l...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (b *book) handleUnits(c *ledger.Contract) {
	registrar := []string{RoleRegistrar}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterUnit", Title: "Enter a unit", TitleZh: "不动产单元落宗", Record: unitType, Creates: true, ID: "unitCode", Roles: registrar,
		Refusals: []string{UnitInvalid}, Example: registerUnitExample,
		Doc: "The department that enters a unit keeps its book: only that department registers rights and burdens on it.",
	}, b.registerUnit)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "AppraiseUnit", Title: "Record a valuation", TitleZh: "登记评估价值", Record: unitType, Verb: "appraise", ID: "unitCode",
		Roles: []string{RoleRegistrar, RoleHousing, RoleBank}, Refusals: []string{UnitHistorical, PrivateHalfMissing, PeriodInvalid},
		Example: appraiseExample, PrivateExample: appraisePrivate,
	}, b.appraiseUnit)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "SplitUnit", Title: "Split a unit", TitleZh: "单元分割", Record: unitType, Verb: "split", ID: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, proofRefusals, UnitUnowned, UnitInvalid, UnitBurdened, UnitSold, AreaNotConserved),
		Example:  splitExample, PrivateExample: holdersPrivate,
		Doc: "The parts have the unit's area together and its owners each, with a right and a certificate of their own. The unit becomes history. Nothing may be entered on it.",
	}, b.splitUnit)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "MergeUnits", Title: "Merge units", TitleZh: "单元合并", Record: unitType, Creates: true, ID: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, proofRefusals, UnitUnowned, UnitInvalid, UnitBurdened, UnitSold, AreaNotConserved, OwnersDiffer),
		Example:  mergeExample, PrivateExample: holdersPrivate,
		Doc: "Units of the same owners, shares and right type become one, with the area of all of them.",
	}, b.mergeUnits)
}

func (b *book) handleTransactions(c *ledger.Contract) {
	housing := []string{RoleHousing}
	ledger.Handle(c, catalog.Operation{
		Name: "VerifySource", Title: "Verify the source of a sale", TitleZh: "房源核验", Record: transactionType, Creates: true, ID: "transactionNo", Roles: housing,
		Refusals: []string{UnitHistorical, UnitUnowned, UnitSold, UnitSeized, TransferRestricted}, Example: verifySourceExample,
	}, b.verifySource)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "SignContract", Title: "Net-sign the contract", TitleZh: "合同网签", Record: transactionType, Verb: "sign", ID: "transactionNo", Roles: housing,
		Refusals: refusals(partyRefusals, disposalRefusals, UnitHistorical, UnitUnowned, UnitSold, SellersIncomplete, SharesInvalid, AttestationMissing, NetSignTaken),
		Example:  signContractExample, PrivateExample: signContractPrivate,
		Doc: "Holds the unit for this contract until it is in the book or cancelled: no second contract can be signed on it.",
	}, b.signContract)
	ledger.Handle(c, catalog.Operation{
		Name: "FileContract", Title: "File the contract", TitleZh: "合同备案", Record: transactionType, Verb: "file", ID: "transactionNo", Roles: housing, Example: transactionExample,
	}, b.fileContract)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "EscrowFunds", Title: "Supervise the purchase money", TitleZh: "资金监管", Record: transactionType, Verb: "escrow", ID: "transactionNo", Roles: housing,
		Refusals: []string{EscrowInvalid, PrivateHalfMissing}, Example: escrowExample, PrivateExample: escrowPrivate,
		Doc: "Or records that both parties waive supervision in writing; then there is no private half.",
	}, b.escrowFunds)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelTransaction", Title: "Cancel a case", TitleZh: "撤销", Record: transactionType, Verb: "cancel", ID: "transactionNo",
		Roles: []string{RoleHousing, RoleRegistrar, RoleCourt}, Refusals: []string{CancelGround}, Example: cancelExample,
		Doc: "Before the entry in the book: both parties ask the department that keeps the case, or a court cancels by itself. The unit is free again.",
	}, b.cancelTransaction)
}

func (b *book) handleRegistrations(c *ledger.Contract) {
	registrar := []string{RoleRegistrar}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "AcceptSale", Title: "Accept a sale for registration", TitleZh: "转移登记受理", Record: transactionType, Verb: "accept", ID: "transactionNo", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, disposalRefusals, rightRefusals), Example: acceptSaleExample, PrivateExample: acceptSalePrivate,
		Doc: "Holds the sale against the book and drafts the new right.",
	}, b.acceptSale)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "AcceptApplication", Title: "Accept any other application", TitleZh: "登记受理", Record: transactionType, Creates: true, ID: "transactionNo", Lane: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, disposalRefusals, rightRefusals, otherRefusals, voucherRefusals), Example: acceptApplicationExample, PrivateExample: holdersPrivate,
		Doc: "First registration, gift, exchange, partition, inheritance, judgment, change, correction, cancellation. A cancellation has no private half.",
	}, b.acceptApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "ReviewApplication", Title: "Review an application", TitleZh: "审核", Record: transactionType, Verb: "review", ID: "transactionNo", Roles: registrar,
		Refusals: unitRefusals, Example: reviewExample,
	}, b.reviewApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "DenyApplication", Title: "Deny an application", TitleZh: "不予登记", Record: transactionType, Verb: "deny", ID: "transactionNo", Roles: registrar,
		Refusals: unitRefusals, Example: denyExample, Doc: "A sale goes back to TAXED: its contract stands. Any other case ends.",
	}, b.denyApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "BookRight", Title: "Enter in the book", TitleZh: "登簿", Record: transactionType, Verb: "book", ID: "transactionNo", Roles: registrar,
		Refusals: refusals(unitRefusals, disposalRefusals, rightRefusals, otherRefusals, proofRefusals, TaxVoucherMissing, TaxVoucherUsed), Example: bookExample,
		Doc: "The new right comes into force, the one before becomes history, the tax vouchers are consumed and the certificate is issued: all of it or nothing. Every guard is looked at again.",
	}, b.bookRight)
	ledger.Handle(c, catalog.Operation{
		Name: "DeliverCertificate", Title: "Deliver the certificate", TitleZh: "发证", Record: transactionType, Verb: "deliver", ID: "transactionNo", Roles: registrar,
		Refusals: []string{CertificateInvalid}, Example: deliverExample,
	}, b.deliverCertificate)
	ledger.Handle(c, catalog.Operation{
		Name: "CloseTransaction", Title: "Close a case", TitleZh: "归档", Record: transactionType, Verb: "close", ID: "transactionNo", Roles: registrar,
		Refusals: []string{NotRegistrar}, Example: transactionExample,
	}, b.closeTransaction)
}

func (b *book) handleTaxes(c *ledger.Contract) {
	tax := []string{RoleTax}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "IssueTaxVoucher", Title: "Issue a tax voucher", TitleZh: "开具完税凭证", Record: voucherType, Creates: true, ID: "taxNo", Roles: tax,
		Refusals: []string{PrivateHalfMissing, TaxAmountInvalid, UnitHistorical}, Example: issueVoucherExample, PrivateExample: issueVoucherPrivate,
	}, b.issueTaxVoucher)
	ledger.Handle(c, catalog.Operation{
		Name: "VoidTaxVoucher", Title: "Void a tax voucher", TitleZh: "作废完税凭证", Record: voucherType, Verb: "void", ID: "taxNo", Roles: tax, Example: voidVoucherExample,
		Doc: "Only one that serves no case.",
	}, b.voidTaxVoucher)
	ledger.Handle(c, catalog.Operation{
		Name: "ConfirmTax", Title: "Confirm that a sale is taxed", TitleZh: "核税", Record: transactionType, Verb: "confirm-tax", ID: "transactionNo", Roles: tax,
		Refusals: refusals(voucherRefusals, InvoiceMismatch), Example: confirmTaxExample, Doc: "Binds the vouchers to the sale: none of them can serve another.",
	}, b.confirmTax)
}

// handleAnswers registers what departments without a part in the registration
// contribute: answers, and the rules' periods.
func (b *book) handleAnswers(c *ledger.Contract) {
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Attest", Title: "Answer a question about a person", TitleZh: "核验答复", Record: attestationType, Creates: true, Lane: "subjectKey",
		Roles: []string{RoleCivil, RolePolice}, Refusals: []string{PrivateHalfMissing, QuestionOfOthers}, Example: attestExample, PrivateExample: attestPrivate,
		Doc: "Yes or no, in the private half. A later answer is the next version of the record.",
	}, b.attest)
	ledger.Handle(c, catalog.Operation{
		Name: "SetRules", Title: "Set the periods", TitleZh: "设置业务参数", Record: ledger.RulesType, Creates: true, Lane: "objectionDays", Roles: []string{RoleRegulator}, Example: setRulesExample,
		Doc: "From then on. What was registered before keeps the dates that were worked out for it.",
	}, b.setRules)
}

func (b *book) handleMortgages(c *ledger.Contract) {
	both := []string{RoleRegistrar, RoleBank}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterMortgage", Title: "Register a mortgage", TitleZh: "抵押登记", Record: mortgageType, Creates: true, ID: "proofNo", Lane: "unitCode", Roles: []string{RoleRegistrar},
		Refusals: refusals(unitRefusals, proofRefusals, PrivateHalfMissing, ClaimInvalid, PeriodInvalid, UnitUnowned, UnitSeized, ConsentMissing, RiskUnacknowledged, DisclosureMissing, TooMany),
		Example:  registerMortgageExample, PrivateExample: registerMortgagePrivate,
		Doc: "Behind those that are there: the ranks are 1, 2, 3 … without gaps.",
	}, b.registerMortgage)
	ledger.Handle(c, catalog.Operation{
		Name: "ChangeMortgage", Title: "Change a mortgage", TitleZh: "抵押变更", Record: mortgageType, Verb: "change", ID: "proofNo", Roles: both,
		Refusals: refusals(unitRefusals, ConsentMissing, PeriodInvalid), Example: changeMortgageExample, Doc: "Its end, or whether it forbids a transfer.",
	}, b.changeMortgage)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "ReportClaim", Title: "Report what remains of the claim", TitleZh: "报告剩余债权", Record: mortgageType, Verb: "report-claim", ID: "proofNo", Roles: []string{RoleBank},
		Refusals: []string{PrivateHalfMissing, ClaimInvalid}, Example: reportClaimExample, PrivateExample: reportClaimPrivate,
	}, b.reportClaim)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelMortgage", Title: "Cancel a mortgage", TitleZh: "抵押注销", Record: mortgageType, Verb: "cancel", ID: "proofNo", Roles: both,
		Refusals: refusals(unitRefusals, ConsentMissing), Example: mortgageActExample, Doc: "By the mortgagee, or by the registrar with its consent. Those behind move up.",
	}, b.cancelMortgage)
	ledger.Handle(c, catalog.Operation{
		Name: "ReorderMortgages", Title: "Change the ranks", TitleZh: "抵押顺位变更", Record: unitType, Verb: "reorder-mortgages", ID: "unitCode", Roles: []string{RoleRegistrar},
		Refusals: refusals(unitRefusals, RankInvalid), Example: reorderExample, Doc: "By agreement of every mortgagee that moves (民法典 409).",
	}, b.reorderMortgages)
}

func (b *book) handleSeizures(c *ledger.Contract) {
	court := []string{RoleCourt}
	ledger.Handle(c, catalog.Operation{
		Name: "Seize", Title: "Seize a unit", TitleZh: "查封", Record: seizureType, Creates: true, Lane: "unitCode", Roles: court,
		Refusals: []string{UnitHistorical, UnitUnowned, PeriodInvalid, TooMany}, Example: seizeExample,
		Doc: "In force from today, or waiting where another is in force.",
	}, b.seize)
	ledger.Handle(c, catalog.Operation{
		Name: "RenewSeizure", Title: "Renew a seizure", TitleZh: "续封", Record: seizureType, Verb: "renew", ID: "seizureId", Roles: court,
		Refusals: []string{UnitHistorical, PeriodInvalid, SeizureLapsed, SeizureWaiting, TooMany}, Example: renewSeizureExample,
	}, b.renewSeizure)
	ledger.Handle(c, catalog.Operation{
		Name: "ReleaseSeizure", Title: "Release a seizure", TitleZh: "解封", Record: seizureType, Verb: "release", ID: "seizureId", Roles: court,
		Refusals: []string{UnitHistorical, SeizureLapsed}, Example: releaseSeizureExample, Doc: "By the court that made it. The first that waits comes into force.",
	}, b.releaseSeizure)
}

func (b *book) handleObjections(c *ledger.Contract) {
	registrar := []string{RoleRegistrar}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterObjection", Title: "Register an objection", TitleZh: "异议登记", Record: objectionType, Creates: true, ID: "proofNo", Lane: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, proofRefusals, UnitUnowned, ObjectionRepeated, TooMany), Example: registerObjectionExample, PrivateExample: partyPrivate,
	}, b.registerObjection)
	ledger.Handle(c, catalog.Operation{
		Name: "ReportLawsuit", Title: "Report the action", TitleZh: "报告起诉", Record: objectionType, Verb: "report-lawsuit", ID: "proofNo", Roles: registrar,
		Refusals: []string{ObjectionLapsed}, Example: reportLawsuitExample, Doc: "Keeps the objection from lapsing.",
	}, b.reportLawsuit)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelObjection", Title: "Cancel an objection", TitleZh: "注销异议", Record: objectionType, Verb: "cancel", ID: "proofNo", Roles: registrar, Example: cancelObjectionExample,
	}, b.cancelObjection)
}

func (b *book) handleNotices(c *ledger.Contract) {
	registrar := []string{RoleRegistrar}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterNotice", Title: "Register a notice", TitleZh: "预告登记", Record: noticeType, Creates: true, ID: "proofNo", Lane: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, proofRefusals, UnitSeized, TooMany), Example: registerNoticeExample, PrivateExample: partyPrivate,
	}, b.registerNotice)
	ledger.Handle(c, catalog.Operation{
		Name: "MarkRegistrable", Title: "Say from when registration is possible", TitleZh: "标记能够登记之日", Record: noticeType, Verb: "mark-registrable", ID: "proofNo", Roles: registrar,
		Refusals: []string{NoticeLapsed}, Example: markRegistrableExample, Doc: "From that day the period runs in which the notice lapses.",
	}, b.markRegistrable)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelNotice", Title: "Cancel a notice", TitleZh: "注销预告", Record: noticeType, Verb: "cancel", ID: "proofNo", Roles: registrar, Example: cancelNoticeExample,
	}, b.cancelNotice)
}

func (b *book) handleResidences(c *ledger.Contract) {
	registrar := []string{RoleRegistrar}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterResidence", Title: "Register a residence right", TitleZh: "居住权登记", Record: residenceType, Creates: true, ID: "proofNo", Lane: "unitCode", Roles: registrar,
		Refusals: refusals(unitRefusals, partyRefusals, proofRefusals, UnitUnowned, UnitInvalid, PeriodInvalid, UnitSeized, ConsentMissing, RiskUnacknowledged, DisclosureMissing, TooMany),
		Example:  registerResidenceExample, PrivateExample: partyPrivate,
	}, b.registerResidence)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelResidence", Title: "Cancel a residence right", TitleZh: "注销居住权", Record: residenceType, Verb: "cancel", ID: "proofNo", Roles: registrar, Example: cancelResidenceExample,
	}, b.cancelResidence)
}

// handlePurges lets the department that keeps a record remove its private half
// once nothing builds on it any more.
func (b *book) handlePurges(c *ledger.Contract) {
	ledger.HandlePurge(c, ledger.Purge("PurgeRight", "Purge the holders' particulars", "清除权利人信息", RoleRegistrar), b.rights)
	ledger.HandlePurge(c, ledger.Purge("PurgeTransaction", "Purge the contract's terms", "清除合同信息", RoleHousing, RoleRegistrar), b.transactions)
	ledger.HandlePurge(c, ledger.Purge("PurgeTaxVoucher", "Purge the tax amount", "清除税额信息", RoleTax), b.vouchers)
	ledger.HandlePurge(c, ledger.Purge("PurgeAttestation", "Purge the answer", "清除核验答复", RoleCivil, RolePolice), b.attestations)
	ledger.HandlePurge(c, ledger.Purge("PurgeMortgage", "Purge the claim", "清除债权信息", RoleRegistrar), b.mortgages)
	ledger.HandlePurge(c, ledger.Purge("PurgeObjection", "Purge the applicant's particulars", "清除异议人信息", RoleRegistrar), b.objections)
	ledger.HandlePurge(c, ledger.Purge("PurgeNotice", "Purge the holder's particulars", "清除预告权利人信息", RoleRegistrar), b.notices)
	ledger.HandlePurge(c, ledger.Purge("PurgeResidence", "Purge the holder's particulars", "清除居住权人信息", RoleRegistrar), b.residences)
}
