package evidence

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// notice is what every certificate and every verification says of its times.
const (
	notice   = "The time on chain is the time of the deposit: it shows that the data existed by then and has not been altered since. It is not the time at which the data came to be, and says nothing of its truth before."
	noticeZh = "链上时间为存证上链时间，仅证明数据于该时间之前已存在且此后未被篡改；链上时间≠数据生成时间，不证明上链前数据的真实性。"
)

type verifyInput struct {
	EvidenceID string `json:"evidenceId,omitempty" is:"maxLen=32" zh:"存证编号"`
	FileHash   string `json:"fileHash,omitempty" is:"sm3" zh:"数据摘要"`
	Depositor  string `json:"depositor,omitempty" is:"uscc" zh:"存证部门" doc:"Whose deposit is meant, where only the digest is named; the caller's own department where it is left out"`
	TxID       string `json:"txId,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"交易编号" doc:"A transaction that is claimed to have written the evidence"`
}

// VerifyAnswer says whether a file, an evidence number and a transaction
// belong together, and where the evidence stands now.
type VerifyAnswer struct {
	Exists       bool   `json:"exists" zh:"是否存在"`
	Match        bool   `json:"match" zh:"是否一致"`
	EvidenceID   string `json:"evidenceId,omitempty" zh:"存证编号"`
	Status       string `json:"status,omitempty" zh:"状态"`
	FileMatch    string `json:"fileMatch,omitempty" is:"enum=DEPOSITED|CUSTODY|NONE" zh:"摘要核验" doc:"The deposited file, its documented conversion, or neither"`
	TxMatch      string `json:"txMatch,omitempty" is:"enum=MATCH|NONE" zh:"交易核验"`
	AnchoredTxID string `json:"anchoredTxId,omitempty" zh:"上链交易编号"`
	AnchoredAt   string `json:"anchoredAt,omitempty" zh:"上链时间"`
	Reason       string `json:"reason" zh:"说明"`
	Notice       string `json:"notice" zh:"时间说明（英文）"`
	NoticeZh     string `json:"noticeZh" zh:"时间说明"`
}

func (b *book) answerVerify(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "VerifyEvidence", Title: "Verify evidence", TitleZh: "核验存证", Path: "verify-evidence", Roles: []string{ledger.AnyRole},
		Doc:     "By evidence number, by file digest, by transaction: each that is named must fit. The block of the transaction is in the receipt and in the read model. Of sealed evidence only those are told who have a part in it.",
		Example: json.RawMessage(`{"fileHash":"` + exampleHash + `","depositor":"91410100MA9YTT01X0"}`),
	}, b.verify)
}

func (b *book) verify(c *ledger.Call, in *verifyInput) (*VerifyAnswer, error) {
	a := &VerifyAnswer{Notice: notice, NoticeZh: noticeZh}
	e, err := b.named(c, in)
	if err != nil {
		return nil, err
	}
	if e == nil {
		a.Reason = "there is no such evidence on this ledger"
		return a, nil
	}
	if err := e.MayRead(c); err != nil {
		return nil, err
	}
	changes, err := b.evidences.History(c, e.ID)
	if err != nil {
		return nil, err
	}
	a.Exists, a.Match, a.EvidenceID, a.Status = true, in.FileHash != "" || in.TxID != "", e.ID, e.Status
	a.AnchoredTxID, a.AnchoredAt = anchoring(changes)
	if in.FileHash != "" {
		a.FileMatch = "DEPOSITED"
		switch {
		case in.FileHash == e.Body.FileHash:
		case e.Body.holds(in.FileHash):
			a.FileMatch = "CUSTODY"
		default:
			a.FileMatch, a.Match = "NONE", false
		}
	}
	if in.TxID != "" {
		a.TxMatch = "MATCH"
		if !slices.ContainsFunc(changes, func(ch operation.Change) bool { return ch.TxID == in.TxID }) {
			a.TxMatch, a.Match = "NONE", false
		}
	}
	switch {
	case a.Match:
		a.Reason = "as on the ledger; the status is " + e.Status
	case in.FileHash == "" && in.TxID == "":
		a.Reason = "the evidence exists; name a digest or a transaction to compare"
	default:
		a.Reason = "not as on the ledger"
	}
	return a, nil
}

// named finds the evidence that a verification is about; nil where there is none.
func (b *book) named(c *ledger.Call, in *verifyInput) (*ledger.Entity[Evidence], error) {
	switch {
	case in.EvidenceID != "":
		return b.evidences.Find(c, in.EvidenceID)
	case in.FileHash == "":
		return nil, ledger.RefuseField(VerificationTarget, "evidenceId", "name the evidence by evidenceId, or by fileHash and its depositor")
	case in.Depositor == "":
		return b.known(c, ID(c.Caller().Dept, in.FileHash))
	default:
		return b.known(c, ID(in.Depositor, in.FileHash))
	}
}

// anchoring is the transaction that put the digest on the ledger.
func anchoring(changes []operation.Change) (txID, at string) {
	for _, ch := range changes {
		if ch.Record != nil && ch.Record.Status == Anchored {
			return ch.TxID, ch.Time
		}
	}
	return "", ""
}
