package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Statement is what a system that is no Fabric network answers (链外系统应答):
// the question as it was asked, its own time, the answer. It is signed with SM2
// over its canonical JSON (RFC 8785), with the default user id.
type Statement struct {
	Chain    string   `json:"chain"` // as it is registered
	Contract string   `json:"contract"`
	Function string   `json:"function"`
	Args     []string `json:"args"`
	Nonce    string   `json:"nonce"` // hex, the asker's
	Time     string   `json:"time"`  // RFC 3339, the answering system's clock
	// Answer is any JSON. Where the question brought a reply key, it is what
	// that key opens (gm.Envelope).
	Answer json.RawMessage `json:"answer"`
}

// Signed is a statement on its way. Statement may be written in any form of
// JSON: its canonical form is what counts.
type Signed struct {
	Statement json.RawMessage `json:"statement"`
	KeyID     string          `json:"keyId"`     // SM3 of the public key, hex
	Signature string          `json:"signature"` // base64 of ASN.1
}

// Sign makes the answer of an outside system.
func (s Statement) Sign(key *gm.PrivateKey) (*Signed, error) {
	if s.Args == nil {
		s.Args = []string{}
	}
	canonical, err := strictjson.Marshal(s)
	if err != nil {
		return nil, refuse(Malformed, "the statement has no canonical JSON: %v", err)
	}
	signature, err := key.Sign(canonical)
	if err != nil {
		return nil, refuse(SignatureInvalid, "the statement cannot be signed: %v", err)
	}
	return &Signed{Statement: canonical, KeyID: key.Public().ID(), Signature: base64.StdEncoding.EncodeToString(signature)}, nil
}

// DecodeSigned reads a signed statement from its JSON.
func DecodeSigned(data []byte) (*Signed, error) {
	if len(data) > MaxSize {
		return nil, refuse(TooLarge, "the statement has %d bytes and may have %d", len(data), MaxSize)
	}
	var s Signed
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil || dec.More() {
		return nil, refuse(Malformed, "not a signed statement: %v", err)
	}
	return &s, nil
}

// Verify checks the statement against the key and the name under which the
// chain is registered, and against the expectation, as of the time at. It is
// View.Verify for a chain whose anchor is one SM2 key.
func (s *Signed) Verify(key *gm.PublicKey, chain string, want Expectation, at time.Time) (*Fact, error) {
	canonical, err := strictjson.Canonical(s.Statement)
	if err != nil {
		return nil, refuse(Malformed, "the statement has no canonical JSON: %v", err)
	}
	if s.KeyID != key.ID() {
		return nil, refuse(EndorserUnknown, "signed with the key %.64s, and %s is registered with %s", s.KeyID, chain, key.ID())
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(s.Signature)
	if err != nil || key.Verify(canonical, signature) != nil {
		return nil, refuse(SignatureInvalid, "the signature is not that of the key %s over the canonical statement", s.KeyID)
	}
	var st Statement
	dec := json.NewDecoder(bytes.NewReader(canonical))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&st); err != nil {
		return nil, refuse(Malformed, "not a statement: %v", err)
	}
	asked, err := time.Parse(time.RFC3339, st.Time)
	if err != nil {
		return nil, refuse(Malformed, "the statement's time is not RFC 3339: %v", err)
	}
	f := &Fact{Channel: st.Chain, Contract: st.Contract, Function: st.Function, Args: st.Args, Time: asked.UTC(), Nonce: st.Nonce,
		Asker: chain, Status: 200, Answer: st.Answer, Endorsers: []string{s.KeyID}}
	return f, st.expected(chain, want, asked, at)
}

func (st *Statement) expected(chain string, want Expectation, asked, at time.Time) error {
	switch {
	case st.Chain != chain:
		return refuse(ChannelMismatch, "stated by %q, not %q", st.Chain, chain)
	case st.Contract != want.Contract:
		return refuse(ContractMismatch, "asked of %q, not %q", st.Contract, want.Contract)
	case st.Function != want.Function:
		return refuse(FunctionMismatch, "the function %q was asked, not %q", st.Function, want.Function)
	case !slices.Equal(st.Args, want.Args):
		return refuse(ArgumentsMismatch, "asked with the arguments %q, not %q", st.Args, want.Args)
	case want.Nonce != nil && st.Nonce != hex.EncodeToString(want.Nonce):
		return refuse(NonceMismatch, "answered to the nonce %.64s, not %x", st.Nonce, want.Nonce)
	case asked.After(at.Add(maxSkew)):
		return refuse(FromFuture, "stated at %s, after %s", stamp(asked), stamp(at))
	case want.MaxAge > 0 && at.Sub(asked) > want.MaxAge:
		return refuse(Stale, "stated at %s, more than %s before %s", stamp(asked), want.MaxAge, stamp(at))
	}
	return nil
}
