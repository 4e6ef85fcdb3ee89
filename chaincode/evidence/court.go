package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	verificationType = "verification"
	recorded         = "RECORDED"

	match    = "MATCH"
	mismatch = "MISMATCH"
)

// Verification is one comparison by a court (核验记录), also one that did not match.
type Verification struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	CaseNo     string `json:"caseNo" is:"case-number" zh:"案号"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"所核验数据摘要"`
	Result     string `json:"result" is:"enum=MATCH|MISMATCH" zh:"核验结果"`
}

type courtVerifyInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"数据摘要" doc:"Digest of the file that the court holds, by the algorithm of the deposit"`
	CaseNo     string `json:"caseNo,omitempty" is:"case-number" zh:"案号" doc:"Where it is given, it must be the case that the evidence is before the court in"`
}

type decideInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Decision   string `json:"decision" is:"maxLen=512" zh:"认定理由" doc:"Without names"`
	CaseNo     string `json:"caseNo,omitempty" is:"case-number" zh:"案号" doc:"Where it is given, it must be the case that the evidence is before the court in"`
}

type admitInput struct {
	decideInput
	Overruled []string `json:"overruled,omitempty" is:"maxItems=5,unique,enum=PLATFORM|INTEREST|ENVIRONMENT|PROCESS|SOURCE" zh:"不成立的质疑因素" doc:"The factors of the challenge on which the court finds for the evidence; admission needs all of them"`
}

type archiveInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	ArchiveNo  string `json:"archiveNo" is:"maxLen=64" zh:"档号" eg:"410100-2026-MS-00018"`
	Retention  string `json:"retention" is:"enum=10Y|30Y|PERMANENT" zh:"保管期限" doc:"10 or 30 years, or for ever"`
}

func (b *book) defineCourt(c *ledger.Contract) {
	b.submissions = ledger.Define[Submission](c, catalog.Record{
		Type: submissionType, Collection: "submissions", Title: "submission", TitleZh: "提交记录", Doc: "One piece of evidence in one case.",
		Statuses:    []catalog.Status{{Code: pending, TitleZh: "待认定"}, {Code: Admitted, TitleZh: "已采信"}, {Code: Excluded, TitleZh: "已排除"}},
		Transitions: ledger.Table(ledger.Steps("Submit", pending, ""), ledger.Steps("Admit", Admitted, pending), ledger.Steps("Exclude", Excluded, pending)),
		Search:      []catalog.SearchField{{Field: "caseNo", Kind: "keyword"}, {Field: "evidenceId", Kind: "keyword"}},
		Veil:        withEvidence,
	})
	once := []catalog.Status{{Code: recorded, TitleZh: "已记录", Doc: "Written once."}}
	search := []catalog.SearchField{{Field: "evidenceId", Kind: "keyword"}, {Field: "caseNo", Kind: "keyword"}}
	b.verifications = ledger.Define[Verification](c, catalog.Record{
		Type: verificationType, Collection: "verifications", Title: "verification in court", TitleZh: "核验记录", Doc: "One comparison by a court, also one that did not match.",
		Statuses: once, Transitions: ledger.Steps("CourtVerify", recorded, ""), Search: search, HashFields: []string{"fileHash"}, Veil: withEvidence,
	})
	b.challenges = ledger.Define[Challenge](c, catalog.Record{
		Type: challengeType, Collection: "challenges", Title: "challenge", TitleZh: "质疑记录", Doc: "One party's challenge.",
		Statuses: once, Transitions: ledger.Steps("Challenge", recorded, ""), Search: search, HashFields: []string{"groundsHash"}, Veil: withEvidence,
	})
	b.appraisals = ledger.Define[Appraisal](c, catalog.Record{
		Type: appraisalType, Collection: "appraisals", Title: "appraisal", TitleZh: "鉴定记录", Doc: "One report of an appraiser whom the court commissioned.",
		Statuses: once, Transitions: ledger.Steps("Appraise", recorded, ""), Search: append(search, catalog.SearchField{Field: "appraisalRef", Kind: "keyword"}), HashFields: []string{"reportHash"}, Veil: withEvidence,
	})
}

func (b *book) handleCourt(c *ledger.Contract) {
	court := []string{RoleCourt}
	ledger.Handle(c, catalog.Operation{
		Name: "CourtVerify", Title: "Verify in court", TitleZh: "法院核验", Record: recordType, Verb: "court-verify", ID: "evidenceId",
		Roles: court, Refusals: []string{NotTheCourt, AnotherCase},
		Doc:     "Compares the file that the court holds with the ledger, and records the outcome, a mismatch as well. The court that does so first has the evidence in this case.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","fileHash":"` + exampleHash + `","caseNo":"（2026）豫01民初18号"}`),
	}, b.courtVerify)
	ledger.Handle(c, catalog.Operation{
		Name: "Admit", Title: "Admit as evidence", TitleZh: "采信", Record: recordType, Verb: "admit", ID: "evidenceId",
		Roles: court, Refusals: []string{NotTheCourt, AnotherCase, NotVerified, CustodyBroken, ChallengeOpen, AppraisalAgainst},
		Doc:     "Only of data that verified or was found authentic, with every challenge overruled.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","decision":"来源清楚，上链后未经篡改","overruled":["SOURCE"]}`),
	}, b.admit)
	ledger.Handle(c, catalog.Operation{
		Name: "Exclude", Title: "Exclude from evidence", TitleZh: "排除", Record: recordType, Verb: "exclude", ID: "evidenceId",
		Roles: court, Refusals: []string{NotTheCourt, AnotherCase},
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","decision":"核验不一致，且无其他证据印证"}`),
	}, b.exclude)
	ledger.Handle(c, catalog.Operation{
		Name: "Archive", Title: "Archive with the case", TitleZh: "归档", Record: recordType, Verb: "archive", ID: "evidenceId",
		Roles: court, Refusals: []string{NotTheCourt}, Doc: "With the files of the decided case (DA/T 97-2023).",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","archiveNo":"410100-2026-MS-00018","retention":"30Y"}`),
	}, b.archive)
}

// takeUp lets a court act on evidence that is before it: the first that does
// so has it in that case.
func takeUp(c *ledger.Call, e *ledger.Entity[Evidence], caseNo string) error {
	switch {
	case e.Body.CaseNo == "":
		return ledger.Refuse(NotTheCourt, "the evidence %s is before no court: its owner submits it to a case first", e.ID)
	case caseNo != "" && caseNo != e.Body.CaseNo:
		return ledger.RefuseField(AnotherCase, "caseNo", "the evidence %s is before the court in %s", e.ID, e.Body.CaseNo)
	case e.Body.Court == nil:
		court := caller(c)
		e.Body.Court = &court
	case !e.Body.Court.isCaller(c):
		return ledger.Refuse(NotTheCourt, "the evidence %s is before the court %s in %s", e.ID, e.Body.Court.Dept, e.Body.CaseNo)
	}
	return nil
}

// openInCourt opens evidence for the court that it is before.
func (b *book) openInCourt(c *ledger.Call, id, caseNo string) (*ledger.Entity[Evidence], error) {
	e, err := b.evidences.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	return e, takeUp(c, e, caseNo)
}

func (b *book) courtVerify(c *ledger.Call, in *courtVerifyInput) error {
	e, err := b.openInCourt(c, in.EvidenceID, in.CaseNo)
	if err != nil {
		return err
	}
	e.Body.Checks++
	e.Body.LastCheck = mismatch
	if e.Body.holds(in.FileHash) {
		e.Body.LastCheck = match
	}
	if _, err := b.verifications.CreateNumbered(c, entryID(e.ID, e.Body.Checks), recorded,
		Verification{EvidenceID: e.ID, CaseNo: e.Body.CaseNo, FileHash: in.FileHash, Result: e.Body.LastCheck}); err != nil {
		return err
	}
	switch {
	case e.Status == Challenged || e.Status == Appraised:
		return e.Keep(c) // the dispute goes on
	case e.Body.LastCheck == match:
		return e.Move(c, Verified)
	default:
		return e.Move(c, Mismatch)
	}
}

func (b *book) admit(c *ledger.Call, in *admitInput) error {
	e, err := b.openInCourt(c, in.EvidenceID, in.CaseNo)
	if err != nil {
		return err
	}
	if err := admissible(e, in.Overruled); err != nil {
		return err
	}
	e.Body.Decision = in.Decision
	if err := b.decided(c, e, Admitted, in.Overruled); err != nil {
		return err
	}
	return e.Move(c, Admitted)
}

// admissible refuses what speaks against relying on the evidence and has not
// been dealt with.
func admissible(e *ledger.Entity[Evidence], overruled []string) error {
	authentic := e.Body.Conclusion == Authentic
	switch {
	case e.Body.Conclusion == Altered:
		return ledger.Refuse(AppraisalAgainst, "the last appraisal found the data altered; exclude it, or commission another appraisal")
	case e.Body.LastCheck != match && !authentic:
		return ledger.Refuse(NotVerified, "the last verification did not match; verify the right file, or commission an appraisal")
	case e.Body.Custody != nil && e.Body.Custody.BrokenAt != 0 && !authentic:
		return ledger.Refuse(CustodyBroken, "the custody chain records an unexplained change at entry %d; commission an appraisal", e.Body.Custody.BrokenAt)
	}
	answered := map[string]bool{}
	for _, f := range overruled {
		answered[f] = true
	}
	for _, f := range e.Body.Disputed {
		if !answered[f] {
			return ledger.RefuseField(ChallengeOpen, "overruled", "the evidence was challenged by %v; overrule each, or exclude the evidence", e.Body.Disputed)
		}
	}
	return nil
}

func (b *book) exclude(c *ledger.Call, in *decideInput) error {
	e, err := b.openInCourt(c, in.EvidenceID, in.CaseNo)
	if err != nil {
		return err
	}
	e.Body.Decision = in.Decision
	if err := b.decided(c, e, Excluded, nil); err != nil {
		return err
	}
	return e.Move(c, Excluded)
}

func (b *book) archive(c *ledger.Call, in *archiveInput) error {
	e, err := b.openInCourt(c, in.EvidenceID, "")
	if err != nil {
		return err
	}
	e.Body.ArchiveNo, e.Body.Retention = in.ArchiveNo, in.Retention
	return e.Move(c, Archived)
}
