package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	submissionType = "submission"
	pending        = "PENDING"
)

// Submission is one piece of evidence in one case (提交记录), with what the
// court made of it there. The id begins with the case number, so that the
// evidence of a case is one page after the other.
type Submission struct {
	CaseNo     string      `json:"caseNo" is:"case-number" zh:"案号"`
	EvidenceID string      `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Court      *Department `json:"court,omitempty" zh:"法院"`
	Decision   string      `json:"decision,omitempty" is:"maxLen=512" zh:"认定理由"`
	Overruled  []string    `json:"overruled,omitempty" is:"enum=PLATFORM|INTEREST|ENVIRONMENT|PROCESS|SOURCE" zh:"不成立的质疑因素"`
}

type submitInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	CaseNo     string `json:"caseNo" is:"case-number" zh:"案号"`
}

// Reads names the submission that must not be there yet.
func (in *submitInput) Reads() []string {
	return []string{ledger.Key(submissionType, submissionID(in.CaseNo, in.EvidenceID))}
}

func submissionID(caseNo, evidenceID string) string { return caseNo + "-" + evidenceID }

func (b *book) handleSubmission(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Submit", Title: "Submit to a court", TitleZh: "提交法院", Record: recordType, Verb: "submit", ID: "evidenceId",
		Roles: depositing, Refusals: []string{ledger.Exists},
		Doc:     "Names the case that the evidence is for. What a court has decided upon can be submitted again in another case, such as the appeal; the proceeding then begins anew.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","caseNo":"（2026）豫01民初18号"}`),
	}, b.submit)
}

func (b *book) submit(c *ledger.Call, in *submitInput) error {
	e, err := b.evidences.Open(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if _, err := b.submissions.Create(c, submissionID(in.CaseNo, e.ID), pending, Submission{CaseNo: in.CaseNo, EvidenceID: e.ID}); err != nil {
		return err
	}
	before := e.Body.Proceeding
	e.Body.Proceeding = Proceeding{CaseNo: in.CaseNo, Checks: before.Checks, Challenges: before.Challenges, Appraisals: before.Appraisals}
	return e.Move(c, Submitted)
}

// decided writes the court's decision into the submission to the case.
func (b *book) decided(c *ledger.Call, e *ledger.Entity[Evidence], to string, overruled []string) error {
	s, err := b.submissions.Load(c, submissionID(e.Body.CaseNo, e.ID))
	if err != nil {
		return err
	}
	s.Body.Court, s.Body.Decision, s.Body.Overruled = e.Body.Court, e.Body.Decision, overruled
	return s.Move(c, to)
}
