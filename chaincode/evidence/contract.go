// Package evidence is the ledger of judicial evidence (司法存证): who fixed
// which electronic data when, through whose hands it went, and what became of
// it in court.
//
// Standards and law: SF/T 0076-2020, SF/T 0091-2021, DA/T 97-2023,
// GB/T 43580-2023, GB/T 20520 and the rules for online litigation
// (人民法院在线诉讼规则) articles 16 to 19.
package evidence

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Name is the contract's name.
const Name = "evidence"

// Roles of the ledger.
const (
	RoleDepositor    = "evidence.depositor"    // 存证人 deposits and hands over
	RoleCollector    = "evidence.collector"    // 取证、平台方 collects for others
	RoleNotary       = "evidence.notary"       // 公证处
	RoleAppraiser    = "evidence.appraiser"    // 司法鉴定机构
	RoleInvestigator = "evidence.investigator" // 公安、检察
	RoleParty        = "evidence.party"        // 当事人, through their litigation platform
	RoleCourt        = "evidence.court"        // 法院 verifies, admits and excludes
	RoleRegulator    = "evidence.regulator"    // 司法厅 admits time-stamping authorities and audits
)

// Statuses of a piece of evidence.
const (
	Collected  = "COLLECTED"
	Fixed      = "FIXED"
	Anchored   = "ANCHORED"
	Notarized  = "NOTARIZED"
	Submitted  = "SUBMITTED"
	Verified   = "VERIFIED"
	Mismatch   = "MISMATCH"
	Challenged = "CHALLENGED"
	Appraised  = "APPRAISED"
	Admitted   = "ADMITTED"
	Excluded   = "EXCLUDED"
	Archived   = "ARCHIVED"
)

const recordType = "evidence"

var (
	// everywhere is every status, withData those in which there is a digest.
	everywhere = []string{Collected, Fixed, Anchored, Notarized, Submitted, Verified, Mismatch, Challenged, Appraised, Admitted, Excluded, Archived}
	withData   = everywhere[1:]

	depositing = []string{RoleDepositor, RoleCollector, RoleInvestigator}
	custodians = []string{RoleDepositor, RoleCollector, RoleInvestigator, RoleNotary, RoleAppraiser, RoleCourt}
	readers    = []string{RoleDepositor, RoleCollector, RoleInvestigator, RoleNotary, RoleAppraiser, RoleParty, RoleCourt, RoleRegulator}
)

// book is the contract's records.
type book struct {
	evidences     *ledger.Records[Evidence]
	matters       *ledger.Records[Matter]
	submissions   *ledger.Records[Submission]
	verifications *ledger.Records[Verification]
	challenges    *ledger.Records[Challenge]
	appraisals    *ledger.Records[Appraisal]
	custody       *ledger.Records[CustodyEntry]
	authorities   *ledger.Records[Authority]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Judicial evidence", "司法存证",
		"Fixes the digest of electronic data on the ledger and follows it through custody, notaries, appraisers and the courts. "+
			"The time on chain is when the data was deposited, not when it came to be (链上时间≠生成时间).")
	declareCodes(c)
	b := &book{}
	b.defineEvidence(c)
	b.defineMatters(c)
	b.defineCourt(c)
	b.defineCustody(c)
	b.defineAuthorities(c)
	c.Locate(b.locate)
	b.handleDeposit(c)
	b.handleCollection(c)
	b.handleFacts(c)
	b.handleNotary(c)
	b.handleCustody(c)
	b.handleSeal(c)
	b.handleSubmission(c)
	b.handleCourt(c)
	b.handleChallenge(c)
	b.handleMatters(c)
	b.handleAuthorities(c)
	b.handlePurge(c)
	b.answerVerify(c)
	b.answerCertificate(c)
	b.answerCustody(c)
	b.answerCase(c)
	b.answerMatter(c)
	return c
}

func (b *book) defineEvidence(c *ledger.Contract) {
	b.evidences = ledger.Define[Evidence](c, catalog.Record{
		Type: recordType, Collection: "evidences", Title: "evidence", TitleZh: "存证",
		Doc: "One file's digest, by one depositor. The id is derived from both, so that the same file deposited again finds the earlier record. " +
			"Nothing is ever deleted. What the court found, and each hand that the data went through, stands in records of its own under the evidence's id.",
		Statuses: []catalog.Status{
			{Code: Collected, TitleZh: "已取证", Doc: "Collected on site; the digest is not fixed yet."},
			{Code: Fixed, TitleZh: "已固定", Doc: "The digest is fixed, where there is one with a trusted time stamp."},
			{Code: Anchored, TitleZh: "已上链", Doc: "The digest stands on the ledger."},
			{Code: Notarized, TitleZh: "已公证", Doc: "A notary holds the same data and has certified it."},
			{Code: Submitted, TitleZh: "已提交", Doc: "Before a court, in the case that caseNo names."},
			{Code: Verified, TitleZh: "核验一致", Doc: "The court's file is the deposited one: presumed unaltered since (art. 16), rebuttably."},
			{Code: Mismatch, TitleZh: "核验不一致", Doc: "The court's file is another one."},
			{Code: Challenged, TitleZh: "已质疑", Doc: "A party disputes it by factors of articles 17 and 18."},
			{Code: Appraised, TitleZh: "已鉴定", Doc: "An appraiser whom the court commissioned has reported (art. 19)."},
			{Code: Admitted, TitleZh: "已采信", Doc: "The court relies on it."},
			{Code: Excluded, TitleZh: "已排除", Doc: "The court does not rely on it."},
			{Code: Archived, TitleZh: "已归档", Doc: "With the case's files (DA/T 97-2023)."},
		},
		Transitions: ledger.Table(
			ledger.Steps("Deposit", Anchored, ""),
			ledger.Steps("Collect", Collected, ""),
			ledger.Steps("Fix", Fixed, Collected),
			ledger.Steps("Anchor", Anchored, Fixed),
			ledger.Stay("Supplement", Anchored, Notarized, Submitted, Verified, Mismatch, Challenged, Appraised),
			ledger.Steps("Notarize", Notarized, Anchored),
			ledger.Steps("Submit", Submitted, Anchored, Notarized, Admitted, Excluded),
			ledger.Steps("CourtVerify", Verified, Submitted, Verified, Mismatch),
			ledger.Steps("CourtVerify", Mismatch, Submitted, Verified, Mismatch),
			ledger.Stay("CourtVerify", Challenged, Appraised),
			ledger.Steps("Challenge", Challenged, Verified, Mismatch, Challenged, Appraised),
			ledger.Stay("CommissionAppraisal", Challenged, Appraised),
			ledger.Steps("Appraise", Appraised, Challenged, Appraised),
			ledger.Steps("Admit", Admitted, Verified, Challenged, Appraised),
			ledger.Steps("Exclude", Excluded, Verified, Mismatch, Challenged, Appraised),
			ledger.Steps("Archive", Archived, Admitted, Excluded),
			ledger.Stay("HandOver", withData...), ledger.Stay("Receive", withData...), ledger.Stay("CancelHandover", withData...), ledger.Stay("RecordCustody", withData...),
			ledger.Stay("Seal", everywhere...), ledger.Stay("Unseal", everywhere...), ledger.Stay("Purge", everywhere...),
		),
		Search: []catalog.SearchField{
			{Field: "fileHash", Kind: "keyword"}, {Field: "caseNo", Kind: "keyword"}, {Field: "depositorKey", Kind: "keyword"},
			{Field: "transactionId", Kind: "keyword"}, {Field: "collectionNo", Kind: "keyword"}, {Field: "dataType", Kind: "keyword"},
			{Field: "sealed", Kind: "keyword"}, {Field: "custody.holder.dept", Kind: "keyword"}, {Field: "name", Kind: "text"}, {Field: "collectedAt", Kind: "date"},
		},
		HashFields: []string{"fileHash"}, Veil: sealed,
	})
}

func (b *book) handlePurge(c *ledger.Contract) {
	ledger.HandlePurge(c, catalog.Operation{
		Name: "Purge", Title: "Purge the private half", TitleZh: "清除非公开信息", Verb: "purge", Roles: depositing,
		Doc: "Removes the depositor's name and number, and what else was deposited privately, from every peer. The evidence itself stays.",
	}, b.evidences)
}
