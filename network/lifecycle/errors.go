package lifecycle

import (
	"context"
	"errors"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is a step that failed, and where.
type Error struct {
	Step         Step
	Contract     string
	Channel      string
	Organisation string
	Peer         string
	cause        error
}

func (e *Error) Error() string {
	text := string(e.Step) + " " + e.Contract
	for _, part := range []struct{ word, name string }{{" on ", e.Channel}, {" for ", e.Organisation}, {" at ", e.Peer}} {
		if part.name != "" {
			text += part.word + part.name
		}
	}
	return text + ": " + plain(e.cause)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// refused is a peer's answer that is no success.
type refused struct {
	status  int32
	message string
}

func (e *refused) Error() string { return e.message }

// invalid is a transaction that was ordered and not accepted.
type invalid struct{ code string }

func (e *invalid) Error() string { return "the transaction was ordered and refused: " + e.code }

// plain takes the wrapping of gRPC off a message that a person reads.
func plain(err error) string {
	if err == nil {
		return "no reason was given"
	}
	text := err.Error()
	if s, ok := status.FromError(err); ok && s.Code() != codes.Unknown {
		switch s.Code() {
		case codes.Unavailable:
			text = "the node does not answer (" + s.Message() + ")"
		case codes.DeadlineExceeded:
			text = "no answer in time"
		default:
			text = s.Message()
		}
		for _, detail := range s.Details() {
			if d, ok := detail.(*gateway.ErrorDetail); ok {
				text += "; " + d.GetMspId() + " " + d.GetAddress() + ": " + d.GetMessage()
			}
		}
	}
	return strings.TrimSpace(text)
}

// saysUnknown is a peer's answer to a member that it does not know yet: it has not
// come to the block that admits it.
const saysUnknown = "creator org unknown"

// passing tells whether the same step may succeed when it is tried again: a
// node that is away, a reader that was overtaken, a peer that lags.
func passing(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var bad *invalid
	if errors.As(err, &bad) {
		// The second copy of a transaction is invalid where the first one is not.
		return bad.code == "MVCC_READ_CONFLICT" || bad.code == "PHANTOM_READ_CONFLICT" || bad.code == "DUPLICATE_TXID"
	}
	var no *refused
	if errors.As(err, &no) {
		for _, lag := range []string{saysUnknown, "differ", "not agreed to by this org", "new definition must be sequence", "larger than the next available sequence", "with unchanged content", saysLost} {
			if strings.Contains(no.message, lag) {
				return true
			}
		}
		return false
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.ResourceExhausted, codes.DeadlineExceeded:
		return true // a busy machine may answer later: what was done is asked for first
	}
	return false
}
