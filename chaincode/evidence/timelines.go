package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type custodyInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Bookmark   string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记" doc:"As the page before gave it"`
}

// CustodyTimeline is a page of the chain of custody.
type CustodyTimeline struct {
	EvidenceID string         `json:"evidenceId" zh:"存证编号"`
	Origin     Custody        `json:"origin" zh:"起点" doc:"The depositor, with the deposited digest"`
	Entries    []CustodyEntry `json:"entries" zh:"保管环节"`
	Times      []string       `json:"times" zh:"时间" doc:"Transaction time of each entry"`
	Length     int64          `json:"length" zh:"环节总数"`
	Intact     bool           `json:"intact" zh:"完整" doc:"No change that nobody explained"`
	Holder     Department     `json:"holder" zh:"当前保管人"`
	Pending    *Handover      `json:"pending,omitempty" zh:"待接收移交"`
	Bookmark   string         `json:"bookmark,omitempty" zh:"翻页标记"`
}

func (b *book) answerCustody(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "CustodyTimeline", Title: "Chain of custody", TitleZh: "保管链", Path: "custody-timeline", Roles: readers,
		Doc: "Every hand that the data went through, in order, from the depositor on.", Example: json.RawMessage(`{"evidenceId":"` + exampleID + `"}`),
	}, b.timeline)
}

func (b *book) timeline(c *ledger.Call, in *custodyInput) (*CustodyTimeline, error) {
	e, err := b.evidences.Load(c, in.EvidenceID)
	if err != nil {
		return nil, err
	}
	if err := e.MayRead(c); err != nil {
		return nil, err
	}
	a := &CustodyTimeline{
		EvidenceID: e.ID, Origin: Custody{Holder: owner(e), Hash: e.Body.FileHash}, Holder: holder(e), Intact: true,
		Entries: []CustodyEntry{}, Times: []string{},
	}
	if chain := e.Body.Custody; chain != nil {
		a.Length, a.Intact, a.Pending = chain.Seq, chain.BrokenAt == 0, chain.Pending
	}
	page, next, err := b.custody.Scan(c, e.ID+"-", in.Bookmark, ledger.PageSize)
	if err != nil {
		return nil, err
	}
	for _, entry := range page {
		a.Entries, a.Times = append(a.Entries, entry.Body), append(a.Times, entry.Time)
	}
	a.Bookmark = next
	return a, nil
}

type caseInput struct {
	CaseNo   string `json:"caseNo" is:"case-number" zh:"案号"`
	Bookmark string `json:"bookmark,omitempty" is:"maxLen=512" zh:"翻页标记" doc:"As the page before gave it"`
}

// CaseEvidence is a page of the evidence of a case.
type CaseEvidence struct {
	CaseNo   string     `json:"caseNo" zh:"案号"`
	Items    []CaseItem `json:"items" zh:"证据"`
	Bookmark string     `json:"bookmark,omitempty" zh:"翻页标记"`
}

// CaseItem is one piece of evidence in a case. Of what is sealed, those who
// have no part in it learn only that it is there.
type CaseItem struct {
	EvidenceID  string      `json:"evidenceId" zh:"存证编号"`
	Outcome     string      `json:"outcome" zh:"本案认定" doc:"PENDING, ADMITTED or EXCLUDED in this case"`
	Sealed      bool        `json:"sealed,omitempty" zh:"已封存"`
	Name        string      `json:"name,omitempty" zh:"文件名"`
	FileHash    string      `json:"fileHash,omitempty" zh:"数据摘要"`
	DataType    string      `json:"dataType,omitempty" zh:"数据类型"`
	Depositor   string      `json:"depositor,omitempty" zh:"存证部门"`
	Status      string      `json:"status,omitempty" zh:"当前状态"`
	SubmittedAt string      `json:"submittedAt" zh:"最近处理时间" doc:"Of the submission, or of the decision on it"`
	Court       *Department `json:"court,omitempty" zh:"法院"`
	Decision    string      `json:"decision,omitempty" zh:"认定理由"`
}

func (b *book) answerCase(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "CaseEvidence", Title: "Evidence of a case", TitleZh: "案件证据", Path: "case-evidence", Roles: readers,
		Doc: "What was submitted in a case, and what the court made of it there.", Example: json.RawMessage(`{"caseNo":"（2026）豫01民初18号"}`),
	}, b.caseEvidence)
}

func (b *book) caseEvidence(c *ledger.Call, in *caseInput) (*CaseEvidence, error) {
	page, next, err := b.submissions.Scan(c, submissionID(in.CaseNo, ""), in.Bookmark, ledger.PageSize)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page))
	for i, s := range page {
		ids[i] = s.Body.EvidenceID
	}
	evidences, err := b.evidences.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	a := &CaseEvidence{CaseNo: in.CaseNo, Items: []CaseItem{}, Bookmark: next}
	for i, s := range page {
		e := evidences[i]
		item := CaseItem{EvidenceID: e.ID, Outcome: s.Status, SubmittedAt: s.Time, Sealed: e.Body.Sealed != ""}
		if e.MayRead(c) == nil {
			item.Name, item.FileHash, item.DataType, item.Depositor, item.Status = e.Body.Name, e.Body.FileHash, e.Body.DataType, e.Dept, e.Status
			item.Court, item.Decision = s.Body.Court, s.Body.Decision
		}
		a.Items = append(a.Items, item)
	}
	return a, nil
}

type matterInput struct {
	TransactionID string `json:"transactionId" is:"maxLen=64" zh:"存证事务编号"`
}

// MatterTimeline is a business event's phases with their evidence.
type MatterTimeline struct {
	TransactionID string       `json:"transactionId" zh:"存证事务编号"`
	Status        string       `json:"status" zh:"状态"`
	Phases        []MatterStep `json:"phases" zh:"阶段"`
}

// MatterStep is one piece of evidence in its phase.
type MatterStep struct {
	PhaseNo    int64  `json:"phaseNo" zh:"阶段序号"`
	Phase      string `json:"phase" zh:"阶段名称"`
	EvidenceID string `json:"evidenceId" zh:"存证编号"`
	FileHash   string `json:"fileHash,omitempty" zh:"数据摘要"`
	Status     string `json:"status" zh:"状态"`
}

func (b *book) answerMatter(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "MatterTimeline", Title: "Phases of an evidence transaction", TitleZh: "存证事务各阶段", Path: "matter-timeline", Roles: readers,
		Doc: "The evidence of each phase, in order.", Example: json.RawMessage(`{"transactionId":"HT-2026-00001873"}`),
	}, b.matterTimeline)
}

func (b *book) matterTimeline(c *ledger.Call, in *matterInput) (*MatterTimeline, error) {
	m, err := b.matters.Load(c, in.TransactionID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(m.Body.Evidence))
	for i, p := range m.Body.Evidence {
		ids[i] = p.EvidenceID
	}
	evidences, err := b.evidences.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	a := &MatterTimeline{TransactionID: m.ID, Status: m.Status, Phases: []MatterStep{}}
	for i, p := range m.Body.Evidence {
		e := evidences[i]
		step := MatterStep{PhaseNo: p.PhaseNo, Phase: m.Body.Phases[p.PhaseNo-1], EvidenceID: e.ID, Status: e.Status}
		if e.MayRead(c) == nil {
			step.FileHash = e.Body.FileHash
		}
		a.Phases = append(a.Phases, step)
	}
	return a, nil
}
