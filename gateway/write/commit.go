package write

import (
	"context"
	"errors"

	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"go.uber.org/zap"

	"henanchain/gateway/fabric"
)

const (
	// askFor is how long one question for a transaction's status waits once
	// the orderers took it, and askSoon where that is not certain.
	askFor, askSoon = 5 * time.Second, 1500 * time.Millisecond
	// graceRefused is how long a transaction that the orderers refused at once
	// is looked for all the same: of several orderers one may have taken it.
	graceRefused = 3 * time.Second
)

// see submits a transaction and learns how it ended, however long that takes:
// the same bytes again and again, since the ledger takes a transaction ID
// once. It returns an error when the transaction is certainly not on the
// ledger and will not be, or errKilled when the writer ends. Callers that have
// waited long enough are told; submitted says that the transaction may have
// been submitted before.
func (w *Writer) see(l *line, tx *fabric.Transaction, submitted bool, tell func(error)) (fabric.Status, error) {
	var (
		began   = time.Now()
		refused = refusal{ambiguous: submitted, giveUp: w.opts.GiveUpAfter}
		told    bool
		pause   = firstPause
	)
	wait := askSoon
	if !submitted {
		wait = w.submit(l, tx, &refused)
	}
	for {
		if refused.final(time.Now()) {
			return fabric.Status{}, refused.err
		}
		status, err := w.ask(tx, wait)
		if err == nil && status.Code == peer.TxValidationCode_DUPLICATE_TXID {
			// A second copy of it was committed; the first one's status counts.
			err = &fabric.Error{Kind: fabric.Unavailable, Doing: "ask for the status of " + tx.ID, Err: errSecond}
		}
		if err == nil {
			return status, nil
		}
		if w.done() {
			tell(ErrPending{TxID: tx.ID, Err: errKilled})
			return fabric.Status{}, errKilled
		}
		if !told && time.Since(began) > w.opts.AnswerWithin {
			told = true
			tell(ErrPending{TxID: tx.ID, Err: err})
			w.opts.Log.Warn("the outcome of a transaction is not known yet", zap.String("txId", tx.ID),
				zap.String("channel", l.key.channel), zap.Error(err))
		}
		if !fabric.IsTimeout(err) {
			w.pause(pause)
			pause = min(2*pause, longestPause)
		}
		w.metrics.retries.WithLabelValues(l.key.channel, l.key.contract, "resubmitted").Inc()
		wait = w.submit(l, tx, &refused)
	}
}

// submit hands the transaction over and says how long to wait for its status.
func (w *Writer) submit(l *line, tx *fabric.Transaction, refused *refusal) time.Duration {
	err := w.ledger.Submit(w.work, tx)
	if err == nil {
		refused.taken()
		return askFor
	}
	w.opts.Log.Debug("a transaction was not handed over", zap.String("txId", tx.ID), zap.Error(err))
	refused.note(err)
	return askSoon
}

func (w *Writer) ask(tx *fabric.Transaction, wait time.Duration) (fabric.Status, error) {
	ctx, cancel := context.WithTimeout(w.work, wait)
	defer cancel()
	return w.ledger.Status(ctx, tx)
}

// refusal follows what the orderers said to a transaction.
type refusal struct {
	// ambiguous: they may have taken it, at least once.
	ambiguous bool
	giveUp    time.Duration
	since     time.Time // of the first refusal after the last time that it was, or may have been, taken
	err       error
}

func (r *refusal) taken() { r.ambiguous, r.err = true, nil }

func (r *refusal) note(err error) {
	switch fabric.KindOf(err) {
	case fabric.Denied, fabric.TooMuch, fabric.Failed:
		if r.err == nil {
			r.since = time.Now()
		}
		r.err = err
	default: // no answer, so perhaps taken
		r.ambiguous, r.err = true, nil
	}
}

// final tells that the transaction is not on the ledger and will not be.
func (r *refusal) final(now time.Time) bool {
	switch {
	case r.err == nil:
		return false
	case r.ambiguous:
		return now.Sub(r.since) > r.giveUp
	case fabric.KindOf(r.err) == fabric.TooMuch:
		return true // every orderer counts the same bytes
	default:
		return now.Sub(r.since) > graceRefused
	}
}

var errSecond = errors.New("the peer knows of its second copy only")
