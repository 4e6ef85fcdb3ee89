package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// maxSteps bounds the steps that a certificate lists: the first ones, which
// say how the data came on chain, and the latest.
const (
	firstSteps = 20
	maxSteps   = 200
)

type evidenceInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
}

// Certificate is what an evidence certificate (存证证书) is printed from. The
// block number stands in the receipt; a proof of the answer itself is an
// attested view.
type Certificate struct {
	EvidenceID    string        `json:"evidenceId" zh:"存证编号"`
	Channel       string        `json:"channel" zh:"通道"`
	FileHash      string        `json:"fileHash,omitempty" zh:"数据摘要"`
	Algo          string        `json:"algo" zh:"摘要算法"`
	Described                   // 文件与存证人
	DepositorDept string        `json:"depositorDept" zh:"存证部门"`
	DepositorOrg  string        `json:"depositorOrg" zh:"所属组织"`
	AnchoredTxID  string        `json:"anchoredTxId,omitempty" zh:"上链交易编号"`
	AnchoredAt    string        `json:"anchoredAt,omitempty" zh:"上链时间"`
	Status        string        `json:"status" zh:"当前状态"`
	Version       int64         `json:"version" zh:"当前版本"`
	RecordDigest  string        `json:"recordDigest" zh:"当前记录摘要"`
	Timestamp     *TimestampFix `json:"timestamp,omitempty" zh:"可信时间戳"`
	Notarised     *Notarisation `json:"notarised,omitempty" zh:"公证"`
	CaseNo        string        `json:"caseNo,omitempty" zh:"案号"`
	Sealed        string        `json:"sealed,omitempty" zh:"封存"`
	Facts         Facts         `json:"facts" zh:"第十七、十八条事项"`
	CustodyIntact bool          `json:"custodyIntact" zh:"保管链完整" doc:"No change that nobody explained"`
	CustodyLength int64         `json:"custodyLength" zh:"保管环节数"`
	Holder        Department    `json:"holder" zh:"当前保管人"`
	Steps         []Step        `json:"steps" zh:"变更记录"`
	StepsTotal    int64         `json:"stepsTotal" zh:"变更总数"`
	IssuedAt      string        `json:"issuedAt" zh:"出证时间"`
	Notice        string        `json:"notice" zh:"时间说明（英文）"`
	NoticeZh      string        `json:"noticeZh" zh:"时间说明"`
}

// Step is one version of the evidence.
type Step struct {
	Version int64  `json:"version" zh:"版本"`
	Op      string `json:"op" zh:"操作"`
	Status  string `json:"status" zh:"状态"`
	Time    string `json:"time" zh:"时间"`
	TxID    string `json:"txId" zh:"交易编号"`
	Digest  string `json:"digest" zh:"记录摘要"`
}

func (b *book) answerCertificate(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "Certificate", Title: "Certificate data", TitleZh: "出证", Path: "certificate", Roles: readers,
		Doc:     "Everything that an evidence certificate states, from deposit to now, and what the time on chain is and is not (链上时间≠生成时间).",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `"}`),
	}, b.certificate)
}

func (b *book) certificate(c *ledger.Call, in *evidenceInput) (*Certificate, error) {
	e, err := b.evidences.Load(c, in.EvidenceID)
	if err != nil {
		return nil, err
	}
	if err := e.MayRead(c); err != nil {
		return nil, err
	}
	changes, err := b.evidences.History(c, e.ID)
	if err != nil {
		return nil, err
	}
	a := &Certificate{
		EvidenceID: e.ID, Channel: c.Channel(), FileHash: e.Body.FileHash, Algo: e.Body.algorithm(), Described: e.Body.Described,
		DepositorDept: e.Dept, DepositorOrg: e.Org, Status: e.Status, Version: int64(e.Version), RecordDigest: e.Digest,
		Timestamp: e.Body.Timestamp, Notarised: e.Body.Notarised, CaseNo: e.Body.CaseNo, Sealed: e.Body.Sealed, Facts: e.Body.Facts,
		CustodyIntact: true, Holder: holder(e), StepsTotal: int64(len(changes)), IssuedAt: c.Timestamp(), Notice: notice, NoticeZh: noticeZh,
	}
	a.AnchoredTxID, a.AnchoredAt = anchoring(changes)
	if chain := e.Body.Custody; chain != nil {
		a.CustodyIntact, a.CustodyLength = chain.BrokenAt == 0, chain.Seq
	}
	a.Steps = steps(changes)
	return a, nil
}

// steps lists the versions, the middle left out where there are too many.
func steps(changes []operation.Change) []Step {
	if n := len(changes); n > maxSteps {
		changes = append(changes[:firstSteps:firstSteps], changes[n-(maxSteps-firstSteps):]...)
	}
	list := make([]Step, 0, len(changes))
	for _, ch := range changes {
		if r := ch.Record; r != nil {
			list = append(list, Step{int64(r.Version), r.Op, r.Status, ch.Time, ch.TxID, r.Digest})
		}
	}
	return list
}

func (e *Evidence) algorithm() string {
	if e.Algo == "" {
		return SM3
	}
	return e.Algo
}
