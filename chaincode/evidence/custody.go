package evidence

import (
	"fmt"

	"henanchain/chaincode/ledger"
)

const custodyType = "custody"

// Custody is where the chain of custody (保管链) ends: who holds the data, and
// the entry by which that came to be.
type Custody struct {
	Seq      int64      `json:"seq,omitempty" is:"min=0" zh:"末环节序号" doc:"0 while the depositor holds what was deposited"`
	Holder   Department `json:"holder" zh:"保管人"`
	Hash     string     `json:"hash" is:"sm3" zh:"当前摘要" doc:"Digest after the last act"`
	Digest   string     `json:"digest,omitempty" is:"sm3" zh:"末环节记录摘要" doc:"SM3 of the last entry's record: the entries are a chain of their own"`
	BrokenAt int64      `json:"brokenAt,omitempty" is:"min=1" zh:"异常环节序号" doc:"The last entry with a change that nobody explained"`
	Pending  *Handover  `json:"pending,omitempty" zh:"待接收移交"`
}

// Handover is evidence on its way (移交) to the one who will receive it.
type Handover struct {
	To     Department `json:"to" zh:"接收人"`
	Action string     `json:"action" is:"enum=TRANSFER|CONSIGN|RETURN" zh:"行为" doc:"移交, 送检或送存, 返还"`
	Reason string     `json:"reason" is:"maxLen=128" zh:"事由"`
	Signed
}

// Signed is the SM2 signature of the one who acts, over the entry's statement.
type Signed struct {
	KeyID string `json:"keyId,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"A key registered on this ledger for the acting application"`
	Sig   string `json:"signature,omitempty" is:"maxLen=128" zh:"签名" doc:"Base64 SM2 signature over: custody/evidenceId/seq/from/to/action/hashBefore"`
}

// CustodyEntry is one link of the chain. It is written once.
type CustodyEntry struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Seq        int64  `json:"seq" is:"min=1" zh:"序号"`
	From       string `json:"from" is:"uscc" zh:"移出人" doc:"The holder after the entry before"`
	To         string `json:"to" is:"uscc" zh:"接收人" doc:"The holder from then on"`
	Action     string `json:"action" is:"enum=TRANSFER|CONSIGN|RETURN|COPY|EXAMINE|STORE|CONVERT" zh:"行为" doc:"移交, 送检或送存, 返还, 复制, 检验, 入库, 格式转换"`
	Reason     string `json:"reason" is:"maxLen=128" zh:"事由"`
	HashBefore string `json:"hashBefore" is:"sm3" zh:"行为前摘要" doc:"The digest after the entry before"`
	HashAfter  string `json:"hashAfter" is:"sm3" zh:"行为后摘要"`
	Mismatch   bool   `json:"mismatch,omitempty" zh:"摘要异常" doc:"The digest changed, and the act is not one that explains it"`
	Previous   string `json:"previous,omitempty" is:"sm3" zh:"上一环节记录摘要" doc:"SM3 of the entry before"`
	Signed
}

// custodyStatement is what the one who acts signs.
func custodyStatement(evidenceID string, seq int64, from, to, action, hashBefore string) string {
	return fmt.Sprintf("custody/%s/%d/%s/%s/%s/%s", evidenceID, seq, from, to, action, hashBefore)
}

// chain is the evidence's custody; where nothing has happened yet, the owner
// holds what was deposited.
func chain(e *ledger.Entity[Evidence]) *Custody {
	if e.Body.Custody == nil {
		e.Body.Custody = &Custody{Holder: owner(e), Hash: e.Body.FileHash}
	}
	return e.Body.Custody
}

// holder is the department that holds the evidence.
func holder(e *ledger.Entity[Evidence]) Department {
	if e.Body.Custody == nil {
		return owner(e)
	}
	return e.Body.Custody.Holder
}

// openForHolder opens evidence for the department that holds it, and nobody
// else, as long as it is not on its way.
func (b *book) openForHolder(c *ledger.Call, id, hashBefore string) (*ledger.Entity[Evidence], *Custody, error) {
	e, err := b.evidences.OpenAny(c, id)
	if err != nil {
		return nil, nil, err
	}
	chain := chain(e)
	switch {
	case !chain.Holder.isCaller(c):
		return nil, nil, ledger.Refuse(NotCustodian, "the evidence %s is held by the department %s", e.ID, chain.Holder.Dept)
	case chain.Pending != nil:
		return nil, nil, ledger.Refuse(HandoverPending, "the evidence %s was handed over to %s, which has not received it; cancel that first", e.ID, chain.Pending.To.Dept)
	case hashBefore != chain.Hash:
		return nil, nil, ledger.RefuseField(CustodyHashBroken, "hashBefore", "the digest after the last act was %s; a change since then is recorded as an examination (EXAMINE)", chain.Hash)
	}
	return e, chain, nil
}

// checkSigned verifies the signature of the one who acts, where there is one.
func checkSigned(c *ledger.Call, s *Signed, statement string) error {
	if s.KeyID == "" && s.Sig == "" {
		return nil
	}
	return c.VerifySigned(s.KeyID, statement, s.Sig)
}

// link appends an entry to the chain: gap-free, from the last holder, with the
// last digest before, and bound to the last entry's own digest.
func (b *book) link(c *ledger.Call, e *ledger.Entity[Evidence], to Department, entry CustodyEntry) error {
	chain := chain(e)
	entry.EvidenceID, entry.Seq = e.ID, chain.Seq+1
	entry.From, entry.To = chain.Holder.Dept, to.Dept
	entry.HashBefore, entry.Previous = chain.Hash, chain.Digest
	entry.Mismatch = entry.HashAfter != entry.HashBefore && entry.Action != ActConvert
	written, err := b.custody.CreateNumbered(c, entryID(e.ID, entry.Seq), recorded, entry)
	if err != nil {
		return err
	}
	chain.Seq, chain.Holder, chain.Hash, chain.Digest, chain.Pending = entry.Seq, to, entry.HashAfter, written.Digest, nil
	if entry.Mismatch {
		chain.BrokenAt = entry.Seq
		// What an appraiser found before it says nothing of what is there now.
		e.Body.Conclusion = ""
	}
	return e.Keep(c)
}
