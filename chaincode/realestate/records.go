package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// defineProperty defines what the book itself consists of.
func (b *book) defineProperty(c *ledger.Contract) {
	b.units = ledger.Define[Unit](c, catalog.Record{
		Type: unitType, Collection: "units", Title: "real-estate unit", TitleZh: "不动产单元",
		Doc: "The unit of registration, by its code under GB/T 37346, with what is entered on it. Its private half is its valuation.",
		Statuses: []catalog.Status{
			{Code: UnitActive, TitleZh: "现状", Doc: "The unit exists."},
			{Code: UnitHistory, TitleZh: "历史", Doc: "Split, merged, or its right was cancelled."},
		},
		Transitions: ledger.Table(
			ledger.Steps("RegisterUnit", UnitActive, ""), ledger.Steps("SplitUnit", UnitActive, ""), ledger.Steps("MergeUnits", UnitActive, ""),
			ledger.Steps("SplitUnit", UnitHistory, UnitActive), ledger.Steps("MergeUnits", UnitHistory, UnitActive), ledger.Steps("BookRight", UnitHistory, UnitActive),
			stay(UnitActive, "AppraiseUnit", "SignContract", "AcceptApplication", "DenyApplication", "CancelTransaction", "BookRight",
				"RegisterMortgage", "CancelMortgage", "ReorderMortgages", "Seize", "RenewSeizure", "ReleaseSeizure",
				"RegisterObjection", "CancelObjection", "RegisterNotice", "CancelNotice", "RegisterResidence", "CancelResidence"),
		),
		Search: append(ledger.Keywords("rightId", "live", "parents[]", "children[]", "usage"), catalog.SearchField{Field: "location", Kind: "text"}, catalog.SearchField{Field: "areaX100", Kind: "number"}),
	})
	b.rights = ledger.Define[Right](c, catalog.Record{
		Type: rightType, Collection: "rights", Title: "right", TitleZh: "权利",
		Doc: "An entry of ownership or use. At most one right is in force on a unit. Its private half names its holders.",
		Statuses: []catalog.Status{
			{Code: RightTemporary, TitleZh: "临时", Doc: "Code 0: accepted, not in the book."},
			{Code: RightCurrent, TitleZh: "现势", Doc: "Code 1: in force."},
			{Code: RightHistorical, TitleZh: "历史", Doc: "Code 2: another right took its place."},
			{Code: RightTerminated, TitleZh: "终止", Doc: "Code 3: cancelled, or never entered."},
		},
		Transitions: ledger.Table(
			ledger.Steps("AcceptSale", RightTemporary, ""), ledger.Steps("AcceptApplication", RightTemporary, ""),
			ledger.Steps("BookRight", RightCurrent, RightTemporary), ledger.Stay("ReissueCertificate", RightCurrent),
			ledger.Steps("SplitUnit", RightCurrent, ""), ledger.Steps("MergeUnits", RightCurrent, ""),
			ledger.Steps("BookRight", RightHistorical, RightCurrent), ledger.Steps("SplitUnit", RightHistorical, RightCurrent), ledger.Steps("MergeUnits", RightHistorical, RightCurrent),
			ledger.Steps("BookRight", RightTerminated, RightCurrent), ledger.Steps("DenyApplication", RightTerminated, RightTemporary), ledger.Steps("CancelTransaction", RightTerminated, RightTemporary),
			ledger.Stay("PurgeRight", RightHistorical, RightTerminated),
		),
		Search: append(ledger.Keywords("unitCode", "owners[].key", "certNo", "prevBizNo", "rightType"), catalog.SearchField{Field: "bookedOn", Kind: "date"}),
	})
	b.certificates = ledger.Define[Certificate](c, catalog.Record{
		Type: certificateType, Collection: "certificates", Title: "certificate of real-estate rights", TitleZh: "不动产权证书",
		Doc: "Written by the very operation that enters the right, with the e-licence that shows it.",
		Statuses: []catalog.Status{
			{Code: CertificateValid, TitleZh: "有效"},
			{Code: CertificateCancelled, TitleZh: "注销", Doc: "Its right is not in force any more, or another certificate was issued in its place."},
		},
		Transitions: ledger.Table(
			ledger.Steps("BookRight", CertificateValid, ""), ledger.Steps("SplitUnit", CertificateValid, ""), ledger.Steps("MergeUnits", CertificateValid, ""),
			ledger.Steps("ReissueCertificate", CertificateValid, ""), ledger.Steps("ReissueCertificate", CertificateCancelled, CertificateValid),
			ledger.Stay("DeliverCertificate", CertificateValid, CertificateCancelled),
			ledger.Steps("BookRight", CertificateCancelled, CertificateValid), ledger.Steps("SplitUnit", CertificateCancelled, CertificateValid), ledger.Steps("MergeUnits", CertificateCancelled, CertificateValid),
		),
		Search:     append(ledger.Keywords("unitCode", "rightId", "certId", "replaces"), catalog.SearchField{Field: "issuedOn", Kind: "date"}),
		HashFields: []string{"fileHash"}, Successor: "replacedBy",
	})
}

// defineTransfer defines how a right comes about.
func (b *book) defineTransfer(c *ledger.Contract) {
	before := []string{SourceVerified, Signed, Filed, Escrowed, Taxed, Accepted, Reviewed}
	b.transactions = ledger.Define[Transaction](c, catalog.Record{
		Type: transactionType, Collection: "transactions", Title: "transaction", TitleZh: "交易与登记业务",
		Doc: "A sale from the verification of its source, any other case from its acceptance. Its private half holds the price and the parties' names.",
		Statuses: []catalog.Status{
			{Code: SourceVerified, TitleZh: "房源核验通过"}, {Code: Signed, TitleZh: "已网签", Doc: "The unit is held: it cannot be sold twice."},
			{Code: Filed, TitleZh: "已备案"}, {Code: Escrowed, TitleZh: "资金已监管"}, {Code: Taxed, TitleZh: "已完税"}, {Code: Accepted, TitleZh: "已受理"},
			{Code: Reviewed, TitleZh: "已审核"}, {Code: Booked, TitleZh: "已登簿", Doc: "The right is in force, and its certificate issued."},
			{Code: Certified, TitleZh: "已发证", Doc: "The holder has received the certificate."}, {Code: Closed, TitleZh: "已归档"}, {Code: Cancelled, TitleZh: "已撤销"},
		},
		Transitions: ledger.Table(
			ledger.Steps("VerifySource", SourceVerified, ""), ledger.Steps("SignContract", Signed, SourceVerified), ledger.Steps("FileContract", Filed, Signed),
			ledger.Steps("EscrowFunds", Escrowed, Filed), ledger.Steps("ConfirmTax", Taxed, Escrowed), ledger.Steps("AcceptSale", Accepted, Taxed),
			ledger.Steps("AcceptApplication", Accepted, ""), ledger.Steps("ReviewApplication", Reviewed, Accepted), ledger.Steps("BookRight", Booked, Reviewed),
			ledger.Steps("DeliverCertificate", Certified, Booked), ledger.Steps("CloseTransaction", Closed, Booked, Certified),
			ledger.Steps("DenyApplication", Taxed, Accepted, Reviewed), ledger.Steps("DenyApplication", Cancelled, Accepted, Reviewed),
			ledger.Steps("CancelTransaction", Cancelled, before...), ledger.Stay("PurgeTransaction", Closed, Cancelled),
		),
		Search: append(ledger.Keywords("unitCode", "cause", "netSignNo", "sellers[]", "owners[].key", "taxNos[]", "bizNo", "certNo"),
			catalog.SearchField{Field: "filingOn", Kind: "date"}, catalog.SearchField{Field: "bookedOn", Kind: "date"}),
		HashFields: []string{"contractHash", "basisHash"},
	})
	b.vouchers = ledger.Define[TaxVoucher](c, catalog.Record{
		Type: voucherType, Collection: "tax-vouchers", Title: "tax voucher", TitleZh: "完税凭证",
		Doc: "A voucher of tax paid or of exemption. It serves one case, and is consumed by the entry in the book.",
		Statuses: []catalog.Status{
			{Code: VoucherIssued, TitleZh: "已开具"}, {Code: VoucherBound, TitleZh: "已关联业务"}, {Code: VoucherConsumed, TitleZh: "已核销"}, {Code: VoucherVoided, TitleZh: "已作废"},
		},
		Transitions: ledger.Table(
			ledger.Steps("IssueTaxVoucher", VoucherIssued, ""), ledger.Steps("ConfirmTax", VoucherBound, VoucherIssued), ledger.Steps("AcceptApplication", VoucherBound, VoucherIssued),
			ledger.Steps("BookRight", VoucherConsumed, VoucherBound), ledger.Steps("CancelTransaction", VoucherIssued, VoucherBound), ledger.Steps("DenyApplication", VoucherIssued, VoucherBound),
			ledger.Steps("VoidTaxVoucher", VoucherVoided, VoucherIssued), ledger.Stay("PurgeTaxVoucher", VoucherConsumed, VoucherVoided),
		),
		Search: append(ledger.Keywords("unitCode", "payerKey", "taxType", "boundTo"), catalog.SearchField{Field: "issuedOn", Kind: "date"}),
	})
	b.attestations = ledger.Define[Attestation](c, catalog.Record{
		Type: attestationType, Collection: "attestations", Title: "attestation", TitleZh: "核验答复",
		Doc:      "A department's yes or no about one person, in the private half. Its id is the person's key, a dot and the question.",
		Statuses: []catalog.Status{{Code: Answered, TitleZh: "已答复"}},
		Transitions: ledger.Table(
			ledger.Steps("Attest", Answered, ""), ledger.Stay("Attest", Answered), ledger.Stay("PurgeAttestation", Answered),
		),
		Search: append(ledger.Keywords("subjectKey", "question"), catalog.SearchField{Field: "answeredOn", Kind: "date"}),
	})
}

// defineBurdens defines what banks and courts enter on a unit.
func (b *book) defineBurdens(c *ledger.Contract) {
	b.mortgages = ledger.Define[Mortgage](c, catalog.Record{
		Type: mortgageType, Collection: "mortgages", Title: "mortgage", TitleZh: "抵押权",
		Doc:      "Ranked without gaps on each unit. It follows the unit, and stops a transfer only where the book says so. Its private half is the claim.",
		Statuses: []catalog.Status{{Code: MortgageActive, TitleZh: "现势"}, {Code: MortgageCancelled, TitleZh: "已注销"}},
		Transitions: ledger.Table(
			ledger.Steps("RegisterMortgage", MortgageActive, ""), ledger.Steps("CancelMortgage", MortgageCancelled, MortgageActive),
			stay(MortgageActive, "ChangeMortgage", "ReportClaim", "CancelMortgage", "ReorderMortgages"), ledger.Stay("PurgeMortgage", MortgageCancelled),
		),
		Search:     append(ledger.Keywords("unitCode", "mortgageeDept", "bizNo", "mode"), catalog.SearchField{Field: "to", Kind: "date"}),
		HashFields: []string{"contractHash", "fileHash"},
	})
	b.seizures = ledger.Define[Seizure](c, catalog.Record{
		Type: seizureType, Collection: "seizures", Title: "seizure", TitleZh: "查封",
		Doc: "The first in a unit's queue is in force, the others wait. Whether a period is over is worked out when it is asked; the record follows with the queue's next change.",
		Statuses: []catalog.Status{
			{Code: SeizureActive, TitleZh: "生效"}, {Code: SeizureQueued, TitleZh: "轮候"}, {Code: SeizureReleased, TitleZh: "已解封"}, {Code: SeizureEnded, TitleZh: "已失效"},
		},
		Transitions: ledger.Table(
			ledger.Steps("Seize", SeizureActive, "", SeizureQueued, SeizureActive), ledger.Steps("Seize", SeizureQueued, "", SeizureQueued),
			ledger.Steps("Seize", SeizureEnded, SeizureActive, SeizureQueued),
			ledger.Steps("RenewSeizure", SeizureActive, SeizureActive, SeizureQueued), ledger.Stay("RenewSeizure", SeizureQueued), ledger.Steps("RenewSeizure", SeizureEnded, SeizureActive, SeizureQueued),
			ledger.Steps("ReleaseSeizure", SeizureReleased, SeizureActive, SeizureQueued), ledger.Steps("ReleaseSeizure", SeizureActive, SeizureQueued, SeizureActive),
			ledger.Stay("ReleaseSeizure", SeizureQueued), ledger.Steps("ReleaseSeizure", SeizureEnded, SeizureActive, SeizureQueued),
			ledger.Steps("BookRight", SeizureActive, SeizureActive, SeizureQueued), ledger.Stay("BookRight", SeizureQueued), ledger.Steps("BookRight", SeizureEnded, SeizureActive, SeizureQueued),
		),
		Search: append(ledger.Keywords("unitCode", "docNo", "type"), catalog.SearchField{Field: "to", Kind: "date"}),
		Lapse:  &catalog.Lapse{Field: "to", From: []string{SeizureActive}, To: SeizureEnded},
	})
}

// defineEntries defines what others have entered on a unit for a while.
func (b *book) defineEntries(c *ledger.Contract) {
	b.objections = ledger.Define[Objection](c, catalog.Record{
		Type: objectionType, Collection: "objections", Title: "objection", TitleZh: "异议登记",
		Doc:      "Lapses unless an action is brought in time. Its private half names the applicant.",
		Statuses: []catalog.Status{{Code: ObjectionRegistered, TitleZh: "已登记"}, {Code: ObjectionLitigated, TitleZh: "已起诉"}, {Code: ObjectionCancelled, TitleZh: "已注销"}, {Code: Lapsed, TitleZh: "已失效"}},
		Lapse:    &catalog.Lapse{Field: "expireAt", From: []string{ObjectionRegistered}, To: Lapsed},
		Transitions: ledger.Table(
			ledger.Steps("RegisterObjection", ObjectionRegistered, ""), ledger.Steps("ReportLawsuit", ObjectionLitigated, ObjectionRegistered),
			ledger.Steps("CancelObjection", ObjectionCancelled, ObjectionRegistered, ObjectionLitigated), ledger.Steps("RegisterObjection", Lapsed, ObjectionRegistered), ledger.Stay("PurgeObjection", ObjectionCancelled, Lapsed),
		),
		Search: append(ledger.Keywords("unitCode", "applicant.key", "reason", "caseNo"), catalog.SearchField{Field: "expireAt", Kind: "date"}), HashFields: []string{"evidenceHash", "fileHash"},
	})
	b.notices = ledger.Define[Notice](c, catalog.Record{
		Type: noticeType, Collection: "notices", Title: "notice of a future right", TitleZh: "预告登记",
		Doc:      "A disposal needs its holder's consent. Lapses when registration is not applied for in time. Its private half names the holder.",
		Statuses: []catalog.Status{{Code: NoticeRegistered, TitleZh: "已登记"}, {Code: NoticeFulfilled, TitleZh: "已转本登记"}, {Code: NoticeCancelled, TitleZh: "已注销"}, {Code: Lapsed, TitleZh: "已失效"}},
		Lapse:    &catalog.Lapse{Field: "expireAt", From: []string{NoticeRegistered}, To: Lapsed},
		Transitions: ledger.Table(
			ledger.Steps("RegisterNotice", NoticeRegistered, ""), ledger.Stay("MarkRegistrable", NoticeRegistered), ledger.Steps("BookRight", NoticeFulfilled, NoticeRegistered),
			ledger.Steps("CancelNotice", NoticeCancelled, NoticeRegistered), ledger.Steps("RegisterNotice", Lapsed, NoticeRegistered), ledger.Stay("PurgeNotice", NoticeFulfilled, NoticeCancelled, Lapsed),
		),
		Search: append(ledger.Keywords("unitCode", "holder.key", "noticeType"), catalog.SearchField{Field: "expireAt", Kind: "date"}), HashFields: []string{"contractHash", "fileHash"},
	})
	b.residences = ledger.Define[Residence](c, catalog.Record{
		Type: residenceType, Collection: "residences", Title: "residence right", TitleZh: "居住权",
		Doc:      "Stops no transfer and must be disclosed. Its private half names the holder.",
		Statuses: []catalog.Status{{Code: ResidenceActive, TitleZh: "现势"}, {Code: ResidenceCancelled, TitleZh: "已注销"}, {Code: Lapsed, TitleZh: "已到期"}},
		Lapse:    &catalog.Lapse{Field: "to", From: []string{ResidenceActive}, To: Lapsed},
		Transitions: ledger.Table(
			ledger.Steps("RegisterResidence", ResidenceActive, ""), ledger.Steps("CancelResidence", ResidenceCancelled, ResidenceActive), ledger.Steps("RegisterResidence", Lapsed, ResidenceActive), ledger.Stay("PurgeResidence", ResidenceCancelled, Lapsed),
		),
		Search: append(ledger.Keywords("unitCode", "holder.key"), catalog.SearchField{Field: "to", Kind: "date"}), HashFields: []string{"contractHash", "fileHash"},
	})
}

// defineSettings defines the periods that rules fix, and may fix anew.
func (b *book) defineSettings(c *ledger.Contract) {
	b.rules = ledger.DefineRules(c, catalog.Record{Title: "setting", TitleZh: "业务参数", Doc: "One record, with the id rules. Without it the defaults hold."}, defaults, "SetRules")
}

// stay writes a row for each operation that changes a record and keeps its
// status.
func stay(status string, ops ...string) []catalog.Transition {
	var rows []catalog.Transition
	for _, op := range ops {
		rows = append(rows, ledger.Stay(op, status)...)
	}
	return rows
}
