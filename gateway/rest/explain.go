package rest

import (
	"context"
	"errors"

	"henanchain/gateway/fabric"
	"henanchain/gateway/problem"
	"henanchain/gateway/write"
)

// explain turns any error into a problem.
func (s *Server) explain(contract string, err error) *problem.Problem {
	if p := ofWriter(err); p != nil {
		return p
	}
	if known := ofFabric(err); known != nil {
		err = known
	}
	return s.book.Explain(contract, err)
}

const sendAgain = "Send the same request with the same Idempotency-Key again to learn the outcome."

// ofWriter explains the write path's errors; nil where it is none of them.
func ofWriter(err error) *problem.Problem {
	var (
		busy     write.ErrBusy
		away     write.ErrUnavailable
		pending  write.ErrPending
		conflict write.ErrConflict
		notTaken write.ErrNotTaken
	)
	switch {
	case errors.As(err, &notTaken):
		return problem.New(problem.TransactionInvalid, "The ledger did not take the transaction: %s. Nothing was done.", notTaken.Code).Because(err)
	case errors.Is(err, write.ErrClosed):
		return problem.New(problem.ShuttingDown, "The gateway is stopping and takes no more writes; nothing was done.").Because(err)
	case errors.As(err, &busy):
		return problem.New(problem.Overloaded, "The queue of writes is full; nothing was done.").After(busy.RetryAfter)
	case errors.As(err, &away):
		return problem.New(problem.LedgerUnavailable, "The peers, the contract, the orderers or the gateway's database are away; nothing was done.").After(away.RetryAfter).Because(err)
	case errors.As(err, &pending):
		return problem.New(problem.OutcomeUnknown, "The operation was submitted, and how it ended is not known yet. "+sendAgain).Because(err)
	case errors.As(err, &conflict):
		return problem.New(problem.RecordContended, "Others keep changing the same records; nothing was done. Try again later.").Because(err)
	}
	return nil
}

// ofFabric turns the errors of the way to Fabric into what callers read: a
// problem, or the contract's own refusal; nil for errors of others.
func ofFabric(err error) error {
	var e *fabric.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Kind {
	case fabric.Refused:
		return e.Refusal
	case fabric.Deadline:
		return problem.New(problem.OutcomeUnknown, "The ledger did not answer in time. "+sendAgain).Because(err)
	case fabric.Denied:
		return problem.New(problem.IdentityDenied, "The peers do not let the application's certificate call this; it may be revoked or expired.").Because(err)
	case fabric.TooMuch:
		return problem.New(problem.BodyTooLarge, "This is more than one transaction can carry.").Because(err)
	case fabric.Unavailable, fabric.Mismatch, fabric.Unsettled:
		return problem.New(problem.LedgerUnavailable, "The peers, the contract or the orderers are away.").Because(err)
	default:
		return problem.New(problem.LedgerFailed, "The contract or the peers failed on this.").Because(err)
	}
}

// isTransient tells whether the same call may end otherwise a moment later.
func isTransient(err error) bool {
	var (
		busy     write.ErrBusy
		away     write.ErrUnavailable
		pending  write.ErrPending
		conflict write.ErrConflict
	)
	return errors.Is(err, write.ErrClosed) || errors.As(err, &busy) || errors.As(err, &away) || errors.As(err, &pending) || errors.As(err, &conflict) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
