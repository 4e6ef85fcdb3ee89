package relay

import (
	"encoding/base64"
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// believed is a chain in force, on this channel.
func (b *book) believed(c *ledger.Call, id string) (*ledger.Entity[Chain], error) {
	e, err := b.chains.Find(c, id)
	if err != nil {
		return nil, err
	}
	if e == nil || e.Status != Active {
		return nil, ledger.Refuse(ChainUnknown, "the chain %.64q is not registered on %s, or not in force", id, c.Channel())
	}
	return e, nil
}

// verify checks a proof by the terms of a chain, at the transaction's time.
func verify(c *ledger.Call, chain *ledger.Entity[Chain], raw []byte, want proof.Expectation) (*proof.Fact, error) {
	if chain.Body.Kind == Outside {
		key, err := ledger.Once(c, "key/"+chain.Body.Digest, func() (*gm.PublicKey, error) {
			return gm.ParsePublicKeyPEM([]byte(chain.Body.Terms.PublicKey))
		})
		if err != nil {
			return nil, err
		}
		signed, err := proof.DecodeSigned(raw)
		if err != nil {
			return nil, refused(err)
		}
		fact, err := signed.Verify(key, chain.ID, want, c.Now())
		return fact, refused(err)
	}
	batch, err := ledger.Once(c, "trust/"+chain.Body.Digest, func() (*proof.Batch, error) {
		anchor, err := proof.ParseAnchor([]byte(chain.Body.Terms.Anchor), "")
		if err != nil {
			return nil, err
		}
		trust, err := anchor.Prepare()
		if err != nil {
			return nil, err
		}
		return trust.Batch(), nil
	})
	if err != nil {
		return nil, refused(err)
	}
	view, err := proof.Decode(raw)
	if err != nil {
		return nil, refused(err)
	}
	fact, err := batch.Verify(view, want, c.Now())
	return fact, refused(err)
}

// superseded refuses a proof that its carrier made for other terms than those
// in force; an empty digest is one that the carrier did not name.
func superseded(chain *ledger.Entity[Chain], digest string) error {
	if digest == "" || digest == chain.Body.Digest {
		return nil
	}
	for _, s := range chain.Body.Superseded {
		if s.Digest == digest {
			return ledger.RefuseField(AnchorSuperseded, "terms", "the terms were in force until %s (configuration %d); those in force now are %s: ask the source anew", s.Until, s.Sequence, chain.Body.Digest)
		}
	}
	return ledger.RefuseField(AnchorSuperseded, "terms", "no such terms were ever in force for %s; those in force now are %s", chain.ID, chain.Body.Digest)
}

// Proven is the private half that carries a proof: its bytes enter no block. In
// base64 there is room for an answer of a million bytes.
type Proven struct {
	Proof string `json:"proof" is:"maxLen=1500000" zh:"证明" doc:"The source's attested view, or an outside system's signed statement, base64"`
}

// bytesOf reads the proof of a private half.
func bytesOf(p *ledger.Private[Proven]) ([]byte, error) {
	if p == nil {
		return nil, ledger.RefuseField(ProofMissing, "private.proof", "the proof travels in the private half")
	}
	return decoded("private.proof", p.Data.Proof)
}

func decoded(field, text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil, ledger.RefuseField(ProofMissing, field, "the proof is not base64")
	}
	return raw, nil
}

// recordIn reads a record that another ledger's relay contract has answered
// with Get, from a proof of that answer.
func recordIn[B any](fact *proof.Fact, recordType, id string) (*operation.Record, *B, error) {
	r, err := operation.DecodeRecord(fact.Answer)
	if err != nil || r.Type != recordType || r.ID != id {
		return nil, nil, ledger.Refuse(string(proof.Malformed), "the proof's answer is not the %s %s", recordType, id)
	}
	body := new(B)
	if err := json.Unmarshal(r.Body, body); err != nil {
		return nil, nil, ledger.Refuse(string(proof.Malformed), "the proof's answer is no readable %s: %v", recordType, err)
	}
	return r, body, nil
}

// askedFor is what a proof of a record of this contract must have asked.
func askedFor(recordType, id string) proof.Expectation {
	return proof.Expectation{Contract: Name, Function: operation.Get, Args: []string{recordType, id}}
}
