package proof

import "fmt"

// Code says which check a view failed. Each is stable.
type Code string

// The codes of refusals.
const (
	Malformed          Code = "PROOF_MALFORMED"           // the bytes are no view, or not in the one way that this package writes them
	TooLarge           Code = "PROOF_TOO_LARGE"           // larger than MaxSize
	VersionUnknown     Code = "PROOF_VERSION_UNKNOWN"     // written by a later version of this package
	AnchorInvalid      Code = "PROOF_ANCHOR_INVALID"      // the trust anchor itself is not usable
	AnchorMismatch     Code = "PROOF_ANCHOR_MISMATCH"     // not the anchor that was pinned
	PolicyEmpty        Code = "PROOF_POLICY_EMPTY"        // a policy that nobody has to satisfy
	ChannelMismatch    Code = "PROOF_CHANNEL_MISMATCH"    // asked on another channel
	ContractMismatch   Code = "PROOF_CONTRACT_MISMATCH"   // answered by another contract
	FunctionMismatch   Code = "PROOF_FUNCTION_MISMATCH"   // another function was asked
	ArgumentsMismatch  Code = "PROOF_ARGUMENTS_MISMATCH"  // with other arguments
	ProposalMismatch   Code = "PROOF_PROPOSAL_MISMATCH"   // the peers answered another proposal
	TransactionInvalid Code = "PROOF_TRANSACTION_INVALID" // the transaction ID is not that of nonce and creator
	StatusNotOK        Code = "PROOF_STATUS_NOT_OK"       // the contract refused
	NonceMismatch      Code = "PROOF_NONCE_MISMATCH"      // not the nonce that the verifier asked for
	Stale              Code = "PROOF_STALE"               // older than the verifier accepts
	FromFuture         Code = "PROOF_FROM_FUTURE"         // asked after the time given
	EndorserUnknown    Code = "PROOF_ENDORSER_UNKNOWN"    // of an organisation that the anchor does not know
	CertificateInvalid Code = "PROOF_CERTIFICATE_INVALID" // not readable, or no chain to the organisation's roots
	CertificateExpired Code = "PROOF_CERTIFICATE_EXPIRED" // not valid when the view was made
	CertificateRevoked Code = "PROOF_CERTIFICATE_REVOKED" // on the organisation's revocation list
	NotAPeer           Code = "PROOF_ENDORSER_NOT_A_PEER" // a client, an admin or an orderer signed as if it were a peer
	OrganisationTwice  Code = "PROOF_ORGANISATION_TWICE"  // two endorsements of one organisation
	SignatureInvalid   Code = "PROOF_SIGNATURE_INVALID"   // the signature is not the certificate's over the bytes
	PolicyUnsatisfied  Code = "PROOF_POLICY_UNSATISFIED"  // too few organisations
)

// Codes lists every code, in the order above.
func Codes() []Code {
	return []Code{
		Malformed, TooLarge, VersionUnknown, AnchorInvalid, AnchorMismatch, PolicyEmpty, ChannelMismatch, ContractMismatch,
		FunctionMismatch, ArgumentsMismatch, ProposalMismatch, TransactionInvalid, StatusNotOK, NonceMismatch, Stale, FromFuture,
		EndorserUnknown, CertificateInvalid, CertificateExpired, CertificateRevoked, NotAPeer, OrganisationTwice, SignatureInvalid, PolicyUnsatisfied,
	}
}

// Error is a view's refusal: a code, and a sentence that says what would be
// right.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func refuse(code Code, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}
