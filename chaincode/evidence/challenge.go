package evidence

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	challengeType = "challenge"
	appraisalType = "appraisal"
)

// Challenge is a party's dispute of the evidence (质疑) by factors of articles
// 17 and 18.
type Challenge struct {
	EvidenceID  string   `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	CaseNo      string   `json:"caseNo" is:"case-number" zh:"案号"`
	Factors     []string `json:"factors" is:"minItems=1,maxItems=5,unique,enum=PLATFORM|INTEREST|ENVIRONMENT|PROCESS|SOURCE" zh:"质疑因素"`
	GroundsHash string   `json:"groundsHash" is:"sm3" zh:"质疑理由书摘要"`
}

// Appraisal is one report (鉴定意见): an appraiser's, an expert's, or what was
// found where the data was retrieved (art. 19).
type Appraisal struct {
	EvidenceID   string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	CaseNo       string `json:"caseNo" is:"case-number" zh:"案号"`
	AppraisalRef string `json:"appraisalRef" is:"maxLen=64" zh:"鉴定意见书编号"`
	Method       string `json:"method" is:"enum=APPRAISAL|EXPERT|RETRIEVAL" zh:"方式" doc:"鉴定, 有专门知识的人, 调取核验"`
	Conclusion   string `json:"conclusion" is:"enum=AUTHENTIC|ALTERED|UNDETERMINED" zh:"结论" doc:"未发现篡改, 存在篡改, 无法判断"`
	ExaminedHash string `json:"examinedHash" is:"sm3" zh:"检材摘要"`
	ReportHash   string `json:"reportHash" is:"sm3" zh:"意见书摘要"`
}

type challengeInput struct {
	EvidenceID  string   `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Factors     []string `json:"factors" is:"minItems=1,maxItems=5,unique,enum=PLATFORM|INTEREST|ENVIRONMENT|PROCESS|SOURCE" zh:"质疑因素" doc:"Art. 17: the platform's compliance, an interest in the matter, a clean and safe environment, technique and process; art. 18: the source before chaining"`
	GroundsHash string   `json:"groundsHash" is:"sm3" zh:"质疑理由书摘要" doc:"SM3 of the written grounds"`
	CaseNo      string   `json:"caseNo,omitempty" is:"case-number" zh:"案号" doc:"Where it is given, it must be the case that the evidence is before the court in"`
}

type commissionInput struct {
	EvidenceID   string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Appraiser    string `json:"appraiser" is:"uscc" zh:"鉴定机构" doc:"USCC of the appraiser"`
	AppraiserOrg string `json:"appraiserOrg,omitempty" is:"maxLen=64" zh:"鉴定机构所属组织" doc:"The organisation (MSP) whose certificate the appraiser holds; the court's where it is left out"`
	CommissionNo string `json:"commissionNo" is:"maxLen=64" zh:"委托书号" eg:"（2026）豫01委鉴字第7号"`
}

type appraiseInput struct {
	EvidenceID   string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	AppraisalRef string `json:"appraisalRef" is:"maxLen=64" zh:"鉴定意见书编号" eg:"豫电鉴〔2026〕数据鉴字第31号"`
	Method       string `json:"method" is:"enum=APPRAISAL|EXPERT|RETRIEVAL" zh:"方式" doc:"鉴定, 有专门知识的人, 调取核验"`
	Conclusion   string `json:"conclusion" is:"enum=AUTHENTIC|ALTERED|UNDETERMINED" zh:"结论" doc:"未发现篡改, 存在篡改, 无法判断"`
	ExaminedHash string `json:"examinedHash" is:"sm3" zh:"检材摘要" doc:"The digest of what was examined; to be found authentic it must be the deposited one"`
	ReportHash   string `json:"reportHash" is:"sm3" zh:"意见书摘要"`
}

func (b *book) handleChallenge(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Challenge", Title: "Challenge evidence", TitleZh: "质疑", Record: recordType, Verb: "challenge", ID: "evidenceId",
		Roles: []string{RoleParty, RoleInvestigator, RoleCourt}, Refusals: []string{AnotherCase, NotTheCourt},
		Doc:     "Rebuts the presumption of article 16 by factors of articles 17 and 18. A court may do so of its own accord. The evidence is admitted only once each factor is overruled.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","factors":["PLATFORM","SOURCE"],"groundsHash":"` + exampleHash + `"}`),
	}, b.challenge)
	ledger.Handle(c, catalog.Operation{
		Name: "CommissionAppraisal", Title: "Commission an appraisal", TitleZh: "委托鉴定", Record: recordType, Verb: "commission-appraisal", ID: "evidenceId",
		Roles: []string{RoleCourt}, Refusals: []string{NotTheCourt}, Doc: "Names the appraiser whose report the court asks for; the last one named holds the commission.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","appraiser":"92410302MA9YTT0284","commissionNo":"（2026）豫01委鉴字第7号"}`),
	}, b.commission)
	ledger.Handle(c, catalog.Operation{
		Name: "Appraise", Title: "Report an appraisal", TitleZh: "出具鉴定意见", Record: recordType, Verb: "appraise", ID: "evidenceId",
		Roles: []string{RoleAppraiser}, Refusals: []string{NotCommissioned, DigestDiffers}, Doc: "The commissioned appraiser's report (art. 19).",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","appraisalRef":"豫电鉴〔2026〕数据鉴字第31号","method":"APPRAISAL","conclusion":"AUTHENTIC","examinedHash":"` + exampleHash + `","reportHash":"` + exampleKey + `"}`),
	}, b.appraise)
}

func (b *book) challenge(c *ledger.Call, in *challengeInput) error {
	e, err := b.evidences.OpenAny(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if in.CaseNo != "" && in.CaseNo != e.Body.CaseNo {
		return ledger.RefuseField(AnotherCase, "caseNo", "the evidence %s is before the court in %s", e.ID, e.Body.CaseNo)
	}
	if !c.Caller().Has(RoleParty) && !c.Caller().Has(RoleInvestigator) {
		if err := takeUp(c, e, in.CaseNo); err != nil {
			return err
		}
	}
	e.Body.Challenges++
	if _, err := b.challenges.CreateNumbered(c, entryID(e.ID, e.Body.Challenges), recorded,
		Challenge{EvidenceID: e.ID, CaseNo: e.Body.CaseNo, Factors: in.Factors, GroundsHash: in.GroundsHash}); err != nil {
		return err
	}
	all := append(slices.Clone(e.Body.Disputed), in.Factors...)
	slices.Sort(all)
	e.Body.Disputed = slices.Compact(all)
	return e.Move(c, Challenged)
}

func (b *book) commission(c *ledger.Call, in *commissionInput) error {
	e, err := b.openInCourt(c, in.EvidenceID, "")
	if err != nil {
		return err
	}
	org := in.AppraiserOrg
	if org == "" {
		org = c.Caller().MSP
	}
	e.Body.Appraiser, e.Body.CommissionNo = &Department{org, in.Appraiser}, in.CommissionNo
	return e.Keep(c)
}

func (b *book) appraise(c *ledger.Call, in *appraiseInput) error {
	e, err := b.evidences.OpenAny(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if !e.Body.Appraiser.isCaller(c) {
		return ledger.Refuse(NotCommissioned, "the court has not commissioned the department %s to appraise %s", c.Caller().Dept, e.ID)
	}
	if in.Conclusion == Authentic && !e.Body.holds(in.ExaminedHash) {
		return ledger.RefuseField(DigestDiffers, "examinedHash", "data is found authentic only where the deposited data was examined, %s", e.Body.FileHash)
	}
	e.Body.Appraisals++
	if _, err := b.appraisals.CreateNumbered(c, entryID(e.ID, e.Body.Appraisals), recorded, Appraisal{
		EvidenceID: e.ID, CaseNo: e.Body.CaseNo, AppraisalRef: in.AppraisalRef, Method: in.Method,
		Conclusion: in.Conclusion, ExaminedHash: in.ExaminedHash, ReportHash: in.ReportHash,
	}); err != nil {
		return err
	}
	e.Body.Conclusion = in.Conclusion
	return e.Move(c, Appraised)
}
