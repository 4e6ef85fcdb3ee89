package write

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed tells that the gateway is stopping and takes no more writes.
var ErrClosed = errors.New("the gateway is stopping and takes no more writes")

// retrySoon is when to try again where nothing better is known.
const retrySoon = 2 * time.Second

// ErrBusy tells that the queue is full. Nothing was accepted.
type ErrBusy struct{ RetryAfter time.Duration }

// Error says when to try again.
func (e ErrBusy) Error() string {
	return fmt.Sprintf("the queue of writes is full; try again in %s", e.RetryAfter)
}

// ErrUnavailable tells that the network or the gateway's database is away.
// Nothing of the request is or will be on the ledger.
type ErrUnavailable struct {
	RetryAfter time.Duration
	Err        error
}

// Error says what is away.
func (e ErrUnavailable) Error() string { return "the ledger cannot be reached: " + e.Err.Error() }

// Unwrap returns the cause.
func (e ErrUnavailable) Unwrap() error { return e.Err }

// ErrPending tells that the request was submitted and that it is not known yet
// how it ended. Its ticket learns it; without one, the ledger is to be asked.
type ErrPending struct {
	// TxID is empty where the transaction was not formed yet.
	TxID string
	Err  error
}

// Error names the transaction.
func (e ErrPending) Error() string {
	return fmt.Sprintf("the outcome of transaction %s is not known yet: %v", e.TxID, e.Err)
}

// Unwrap returns the cause.
func (e ErrPending) Unwrap() error { return e.Err }

// ErrConflict tells that others changed the same records again and again while
// this was tried. Nothing was done.
type ErrConflict struct{ Err error }

// Error says how it failed last.
func (e ErrConflict) Error() string {
	return "others keep changing the same records: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e ErrConflict) Unwrap() error { return e.Err }

// ErrFailed tells that the contract or the peers cannot do the request, and
// not for want of being reached. Nothing was done; trying again is of no use.
type ErrFailed struct{ Err error }

// Error says why.
func (e ErrFailed) Error() string { return "the ledger failed on this request: " + e.Err.Error() }

// Unwrap returns the cause.
func (e ErrFailed) Unwrap() error { return e.Err }

// ErrInvalid tells that the call itself makes no sense.
type ErrInvalid struct{ Err error }

// Error says what is wrong.
func (e ErrInvalid) Error() string { return "the call is not valid: " + e.Err.Error() }

// Unwrap returns the cause.
func (e ErrInvalid) Unwrap() error { return e.Err }
