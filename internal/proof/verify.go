package proof

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"
)

// Expectation is what a verifier wants to have been asked and answered. Every
// part is checked.
type Expectation struct {
	Contract string
	Function string
	Args     []string
	// Nonce is the one that the verifier gave out for this question. It may be
	// nil only where nobody asked for freshness: a certificate that a citizen
	// keeps. MaxAge then says nothing about how often it was shown before.
	Nonce []byte
	// MaxAge is how old a view may be; 0 is any age.
	MaxAge time.Duration
}

// maxSkew is how far the asker's clock may be ahead of the verifier's: the
// window that a Fabric peer allows (peer.authentication.timewindow).
const maxSkew = 15 * time.Minute

// Verify checks the view against the anchor and the expectation, as of the
// time at, and returns what it proves. The error is an *Error. Who has many
// views to verify prepares the anchor once, see Trust.
//
// Certificates are checked as of the view's own time, which is at most maxSkew
// after at: a peer's certificate may expire later without taking old proofs
// with it. A revocation counts whenever it was made.
func (v *View) Verify(anchor *Anchor, want Expectation, at time.Time) (*Fact, error) {
	t, err := anchor.Prepare()
	if err != nil {
		return nil, err
	}
	return t.Batch().Verify(v, want, at)
}

// Verify is View.Verify for one of several views.
func (b *Batch) Verify(v *View, want Expectation, at time.Time) (*Fact, error) {
	r, err := v.read()
	if err != nil {
		return nil, err
	}
	if err := r.expected(b.anchor.Channel, want, at); err != nil {
		return nil, err
	}
	signed := map[string]bool{}
	for i, e := range v.Endorsements {
		msp := r.identities[i].Mspid
		if signed[msp] {
			return nil, refuse(OrganisationTwice, "%s signed twice: a view carries one endorsement of each organisation", msp)
		}
		if err := b.endorsement(r, v.ResponsePayload, i, e); err != nil {
			return nil, err
		}
		signed[msp] = true
	}
	if !b.anchor.Policy.satisfied(signed) {
		return nil, refuse(PolicyUnsatisfied, "signed by %v, and the policy is %s", r.Endorsers, b.anchor.Policy.String())
	}
	return &r.Fact, nil
}

func (r *reading) expected(channel string, want Expectation, at time.Time) error {
	switch {
	case r.Channel != channel:
		return refuse(ChannelMismatch, "asked on the channel %q, not %q", r.Channel, channel)
	case r.Contract != want.Contract || r.headerName != want.Contract || r.actionName != want.Contract:
		return refuse(ContractMismatch, "asked of %q (header %q) and answered by %q, not %q", r.Contract, r.headerName, r.actionName, want.Contract)
	case r.Function != want.Function:
		return refuse(FunctionMismatch, "the function %q was asked, not %q", r.Function, want.Function)
	case !slices.Equal(r.Args, want.Args):
		return refuse(ArgumentsMismatch, "asked with the arguments %q, not %q", r.Args, want.Args)
	case !bytes.Equal(r.hash, r.wantHash):
		return refuse(ProposalMismatch, "the peers answered the proposal %x, and the view carries %x", r.hash, r.wantHash)
	case r.Status != 200:
		return refuse(StatusNotOK, "the contract answered with the status %d, not 200", r.Status)
	case want.Nonce != nil && !bytes.Equal(r.nonce, want.Nonce):
		return refuse(NonceMismatch, "asked with the nonce %s, not %x", r.Nonce, want.Nonce)
	case r.Time.After(at.Add(maxSkew)):
		return refuse(FromFuture, "asked at %s, after %s", stamp(r.Time), stamp(at))
	case want.MaxAge > 0 && at.Sub(r.Time) > want.MaxAge:
		return refuse(Stale, "asked at %s, more than %s before %s", stamp(r.Time), want.MaxAge, stamp(at))
	}
	return nil
}

// endorsement checks one signature and the certificate that made it.
func (b *Batch) endorsement(r *reading, response []byte, i int, e Endorsement) error {
	id := r.identities[i]
	org := b.orgs[id.Mspid]
	if org == nil {
		return refuse(EndorserUnknown, "%q signed, an organisation that the anchor of %s does not know", id.Mspid, b.anchor.Channel)
	}
	by, err := b.peer(org, id.IdBytes, r.Time)
	if err != nil {
		return err
	}
	hash := sha256.New()
	hash.Write(response)
	hash.Write(e.Endorser)
	if !canonical(e.Signature) || !ecdsa.VerifyASN1(by.key, hash.Sum(nil), e.Signature) {
		return refuse(SignatureInvalid, "the signature of %s is not over these bytes", by.cert.Subject.CommonName)
	}
	return nil
}

var halfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// canonical tells whether a signature has the one form that Fabric takes: DER
// and nothing after it, and the lower of the two values that s could have.
func canonical(signature []byte) bool {
	var s struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(signature, &s)
	if err != nil || len(rest) > 0 || s.S.Sign() <= 0 || s.S.Cmp(halfOrder) > 0 {
		return false
	}
	again, err := asn1.Marshal(s)
	return err == nil && bytes.Equal(again, signature)
}
