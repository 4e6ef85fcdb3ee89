package relay

import (
	"encoding/hex"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/proof"
)

type attestInput struct {
	ID    string `json:"id" is:"maxLen=64" zh:"请求编号"`
	Terms string `json:"terms,omitempty" is:"sm3" zh:"信任条件摘要" doc:"Those that the carrier made the proof for; a later approval then has a refusal of its own"`
}

// expects is what the proof of an answer must have asked: the question, with
// the request's own nonce, since the request was made.
func (r *Asked) expects(nonce string) (proof.Expectation, error) {
	raw, err := hex.DecodeString(nonce)
	if err != nil {
		return proof.Expectation{}, err
	}
	return proof.Expectation{Contract: r.Contract, Function: r.Function, Args: r.Args, Nonce: raw}, nil
}

func (b *book) attest(c *ledger.Call, in *attestInput, private *ledger.Private[Proven]) error {
	raw, err := bytesOf(private)
	if err != nil {
		return err
	}
	e, err := b.open(c, in.ID)
	if err != nil {
		return err
	}
	source, err := b.believed(c, e.Body.Source)
	if err != nil {
		return err
	}
	if err := superseded(source, in.Terms); err != nil {
		return err
	}
	if until(c, e.Body.Deadline) < 0 {
		return ledger.Refuse(DeadlinePassed, "the deadline was %s", e.Body.Deadline)
	}
	want, err := e.Body.expects(e.Body.Nonce)
	if err != nil {
		return err
	}
	fact, err := verify(c, source, raw, want)
	if err != nil {
		return err
	}
	e.Body.Attested = &Attestation{Proof: gm.HexDigest(raw), Terms: source.Body.Digest, Endorsers: fact.Endorsers, Answered: fact.Time.Truncate(time.Second).Format(time.RFC3339)}
	if err := e.Move(c, Attested); err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

type concludeInput struct {
	ID    string `json:"id" is:"maxLen=64" zh:"请求编号"`
	Proof string `json:"proof" is:"maxLen=1500000" zh:"证明" doc:"The asking city's attested view of its acceptance record, base64"`
}

func (b *book) conclude(c *ledger.Call, in *concludeInput) error {
	raw, err := decoded("proof", in.Proof)
	if err != nil {
		return err
	}
	e, err := b.open(c, in.ID)
	if err != nil {
		return err
	}
	from, err := b.believed(c, e.Body.From)
	if err != nil {
		return err
	}
	fact, err := verify(c, from, raw, askedFor(acceptanceType, in.ID))
	if err != nil {
		return err
	}
	record, body, err := recordIn[Acceptance](fact, acceptanceType, in.ID)
	if err != nil {
		return err
	}
	if body.Proof != e.Body.Attested.Proof || body.Nonce != e.Body.Nonce {
		return ledger.Refuse(AnotherProof, "%s has decided on the proof %s, and %s was attested", from.ID, body.Proof, e.Body.Attested.Proof)
	}
	if record.Status != Accepted && record.Status != Expired {
		return ledger.Refuse(OutcomeMissing, "the record on %s is %s", from.ID, record.Status)
	}
	e.Body.Concluded = c.Timestamp()
	return e.Move(c, record.Status)
}
