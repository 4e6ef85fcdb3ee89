package fabric

import (
	"errors"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"henanchain/internal/operation"
)

// Kind says what may be done about a failed call.
type Kind string

// The kinds of failure.
const (
	// Refused: the contract said no, see Error.Refusal. Asking again gives the same.
	Refused Kind = "refused"
	// Mismatch: endorsers disagreed, as they do while one is a block behind.
	// A new transaction a moment later usually succeeds.
	Mismatch Kind = "mismatch"
	// Unsettled: the contract's definition is changing, as it does while a new
	// version is rolled out, or peers have not told each other yet who has it.
	// Some seconds later, or through another peer, it succeeds.
	Unsettled Kind = "unsettled"
	// TooMuch: more than one transaction can carry, in bytes or in time. Less
	// at once may succeed.
	TooMuch Kind = "too-much"
	// Unavailable: peers, contracts or orderers are away. Later may succeed.
	Unavailable Kind = "unavailable"
	// Deadline: no answer in time; whether the call took effect is not known.
	Deadline Kind = "deadline"
	// Denied: the identity is not, or no longer, allowed to call.
	Denied Kind = "denied"
	// Failed: anything else, such as an error of a contract without a code.
	Failed Kind = "failed"
)

// Error is a failed call to the network.
type Error struct {
	Kind Kind
	// Doing says what was asked, such as "endorse Apply of evidence on zhengzhou".
	Doing string
	// Refusal is the contract's own, where Kind is Refused.
	Refusal *operation.Refusal
	// Answered tells that the contract itself answered, so that it runs.
	Answered bool
	Err      error
}

// Error reads "what was being done: what went wrong".
func (e *Error) Error() string {
	if e.Doing == "" {
		return e.Err.Error()
	}
	return e.Doing + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error of this package; Failed for others.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Failed
}

// classify makes an Error of what fabric-gateway returned.
func classify(err error, doing string) *Error {
	var known *Error
	if errors.As(err, &known) {
		return &Error{Kind: known.Kind, Doing: doing, Refusal: known.Refusal, Answered: known.Answered, Err: known.Err}
	}
	st, details := unpack(err)
	text := st.Message()
	for _, d := range details {
		text += "; " + d.GetMspId() + " " + d.GetAddress() + ": " + d.GetMessage()
	}
	e := &Error{Kind: Failed, Doing: doing, Err: &cause{text: text, err: err}}
	switch {
	case isContractAnswer(st, details):
		e.Answered = true
		if e.Refusal = operation.ParseRefusal(answerOf(st, details)); e.Refusal != nil {
			e.Kind = Refused
		}
	default:
		e.Kind = kindOf(st.Code(), text)
	}
	return e
}

// cause is the error of fabric-gateway with its details on one line.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

func unpack(err error) (*status.Status, []*gateway.ErrorDetail) {
	st, ok := status.FromError(err)
	if !ok {
		st = status.FromContextError(err)
	}
	var details []*gateway.ErrorDetail
	for _, d := range st.Details() {
		if d, ok := d.(*gateway.ErrorDetail); ok {
			details = append(details, d)
		}
	}
	return st, details
}

// answerPrefix starts what the gateway service says of an answer that the
// contract gave itself ("chaincode response 500, CODE: sentence").
const answerPrefix = "chaincode response "

// isContractAnswer tells that the contract, not the network, said no. Where
// only a further endorser did, after the first had agreed, it is a mismatch.
func isContractAnswer(st *status.Status, details []*gateway.ErrorDetail) bool {
	if strings.Contains(st.Message(), "failed to collect enough") {
		return false
	}
	return answerOf(st, details) != ""
}

func answerOf(st *status.Status, details []*gateway.ErrorDetail) string {
	for _, d := range details {
		if strings.HasPrefix(d.GetMessage(), answerPrefix) {
			return d.GetMessage()
		}
	}
	if _, answer, ok := strings.Cut(st.Message(), answerPrefix); ok {
		return answer
	}
	return ""
}

// signs are what Fabric's texts are told apart by, where the gRPC code is the
// same for all; the first that matches counts.
var signs = []struct {
	text string
	kind Kind
}{
	{"ProposalResponsePayloads do not match", Mismatch},
	{"exceeding concurrency limit", Unavailable},
	{"exceeds maximum allowed", TooMuch},
	{"message larger than max", TooMuch},
	{"timeout expired while executing transaction", TooMuch},
	{"access denied", Denied},
	{"status=FORBIDDEN", Denied},
	{"creator certificate is not valid", Denied},
	{"identity expired", Denied},
	{"chaincode stream terminated", Unavailable},
	{"could not launch chaincode", Unavailable},
	{"chaincode is not installed", Unavailable},
	{"has been successfully defined on channel", Unsettled},
	{"chaincode definition", Unsettled},
	{unawareText, Unsettled},
	{"failed to find any endorsing peers", Unsettled},
	{"unexpected close of commit notification", Unavailable},
	{"connection refused", Unavailable},
	// What a peer says of another one that it could not reach, or that went away
	// while it was asked.
	{"rpc error: code = Unavailable", Unavailable},
	{"the client connection is closing", Unavailable},
}

func kindOf(code codes.Code, text string) Kind {
	for _, s := range signs {
		if strings.Contains(text, s.text) {
			return s.kind
		}
	}
	switch code {
	case codes.DeadlineExceeded, codes.Canceled:
		return Deadline
	case codes.PermissionDenied, codes.Unauthenticated:
		return Denied
	case codes.Unavailable, codes.ResourceExhausted, codes.FailedPrecondition:
		return Unavailable
	case codes.Aborted:
		if strings.Contains(text, "failed to collect enough") && strings.Contains(text, answerPrefix) {
			return Mismatch
		}
	}
	return Failed
}
