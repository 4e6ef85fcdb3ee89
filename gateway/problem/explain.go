package problem

import (
	"context"
	"errors"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Book explains the contracts' refusals, from their catalogue.
type Book struct {
	refusals map[string]map[string]catalog.Refusal
}

// NewBook reads the refusals of all contracts.
func NewBook(contracts []catalog.Contract) *Book {
	b := &Book{refusals: map[string]map[string]catalog.Refusal{}}
	for _, c := range contracts {
		codes := map[string]catalog.Refusal{}
		for _, r := range c.Refusals {
			codes[r.Code] = r
		}
		b.refusals[c.Name] = codes
	}
	return b
}

// Refusal turns a contract's refusal into a problem with the status that its
// catalogue gives. A code that no catalogue explains is a 422: the contract
// said no, and a caller cannot mend that by trying again.
func (b *Book) Refusal(contract string, r *operation.Refusal) *Problem {
	p := &Problem{Code: r.Code, Detail: r.Message, Fields: r.Fields, Contract: contract}
	known, ok := b.refusals[contract][r.Code]
	if !ok || known.HTTP < 400 || known.HTTP > 599 {
		k := kinds[Refused]
		p.Status, p.Title, p.TitleZh = k.Status, k.Title, k.TitleZh
		return p
	}
	p.Status, p.Title, p.TitleZh = known.HTTP, known.Doc, known.DocZh
	return p
}

// Explain turns any error into a problem. An error that nobody foresaw is a
// 500 that says nothing but its request ID; the log has the rest.
func (b *Book) Explain(contract string, err error) *Problem {
	var (
		p       *Problem
		refusal *operation.Refusal
		tooBig  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refusal):
		return b.Refusal(contract, refusal)
	case errors.As(err, &tooBig):
		return New(BodyTooLarge, "The body may have at most %d bytes.", tooBig.Limit).Because(err)
	case errors.Is(err, context.Canceled):
		return New(OutcomeUnknown, "The call was given up before it was answered.").Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return New(OutcomeUnknown, "The ledger did not answer in time. Send the same request with the same Idempotency-Key again to learn the outcome.").Because(err)
	}
	if s, ok := grpcStatus(err); ok {
		return fromGRPC(s).Because(err)
	}
	return New(InternalError, "Please tell the operator of the gateway the request ID.").Because(err)
}

// grpcStatus finds a gRPC status anywhere in the chain; fabric-gateway's
// errors carry one.
func grpcStatus(err error) (*status.Status, bool) {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		return s.GRPCStatus(), true
	}
	return nil, false
}

func fromGRPC(s *status.Status) *Problem {
	switch s.Code() {
	case codes.Unavailable, codes.Aborted, codes.FailedPrecondition:
		return New(LedgerUnavailable, "No peer of the channel can serve this now.")
	case codes.ResourceExhausted:
		return New(Overloaded, "The peers are busy.")
	case codes.DeadlineExceeded, codes.Canceled:
		return New(OutcomeUnknown, "The peers did not answer in time.")
	default:
		return New(InternalError, "Please tell the operator of the gateway the request ID.")
	}
}
