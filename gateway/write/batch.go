package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"go.uber.org/zap"

	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
	"henanchain/gateway/tracing"
	"henanchain/internal/operation"
)

const (
	// triesWhole is how often a batch is tried, when others changed the same
	// records in between or its endorsers disagree, before it is halved. A single
	// operation is tried as long as its caller may be expected to wait.
	triesWhole = 2
	// maxHalvings bounds what one batch may cost when it fails as a whole and
	// is halved to find the operations that are to blame: ten or so for each.
	maxHalvings = 100
	// putWithin is how long the outbox may take before a batch is given up.
	putWithin = 15 * time.Second

	firstPause, longestPause = 50 * time.Millisecond, time.Second
)

// effort is what has gone into a batch, halves included.
type effort struct {
	halvings int
	until    time.Time // end of the patience with a network that is away
	settled  time.Time // the same with one where a contract is changing
	last     time.Time // the same with others who change the same records
}

// invalidError tells that the ledger did not take a transaction, which then
// has changed nothing.
type invalidError struct {
	tx   string
	code fmt.Stringer
}

func (e *invalidError) Error() string {
	return fmt.Sprintf("the ledger did not take transaction %s: %s", e.tx, e.code)
}

// conflict tells that others changed the same records in between.
func (e *invalidError) conflict() bool {
	return e.code == peer.TxValidationCode_MVCC_READ_CONFLICT || e.code == peer.TxValidationCode_PHANTOM_READ_CONFLICT
}

// notTaken says whether a transaction that the ledger did not take may be made anew.
func notTaken(items []*item, tx *fabric.Transaction, status fabric.Status) error {
	if i := items[0].alone; i != nil && i.Transaction != nil {
		return ErrNotTaken{tx.ID, status.Code}
	}
	return &invalidError{tx.ID, status.Code}
}

// process carries a batch to its end: every item has an answer after it.
func (w *Writer) process(l *line, items []*item) {
	now := time.Now()
	w.carry(l, items, &effort{until: now.Add(l.patience(w.opts.Patience)), settled: now.Add(l.patience(w.opts.AnswerWithin)), last: now.Add(w.opts.AnswerWithin)})
}

func (w *Writer) carry(l *line, items []*item, spent *effort) {
	pause := firstPause
	for tries := 1; ; tries++ {
		err := w.attempt(l, items)
		if err == nil {
			l.setAway(false)
			return
		}
		again, halve := w.remedy(err, tries, len(items), spent)
		switch {
		case halve:
			w.metrics.retries.WithLabelValues(l.key.channel, l.key.contract, "halved").Inc()
			spent.halvings++
			half := len(items) / 2
			w.carry(l, items[:half], spent)
			w.carry(l, items[half:], spent)
			return
		case !again:
			w.refuse(l, items, err)
			return
		}
		w.metrics.retries.WithLabelValues(l.key.channel, l.key.contract, reasonOf(err)).Inc()
		if !w.pause(pause/2 + rand.N(pause)) {
			w.refuse(l, items, ErrUnavailable{RetryAfter: retrySoon, Err: errKilled})
			return
		}
		pause = min(2*pause, longestPause)
	}
}

// remedy says what to do after an attempt that changed nothing: the same
// again, two halves one after the other, or neither.
func (w *Writer) remedy(err error, tries, n int, spent *effort) (again, halve bool) {
	if w.done() {
		return false, false
	}
	var (
		invalid *invalidError
		away    ErrUnavailable
	)
	kind := fabric.KindOf(err)
	switch {
	case errors.As(err, &away), kind == fabric.Unavailable:
		return time.Now().Before(spent.until), false
	case kind == fabric.Unsettled:
		return time.Now().Before(spent.settled), false
	case errors.As(err, &invalid), kind == fabric.Mismatch:
		if n > 1 && tries >= triesWhole && spent.halvings < maxHalvings {
			return false, true
		}
		return time.Now().Before(spent.last), false
	case kind == fabric.TooMuch, kind == fabric.Failed:
		var known *fabric.Error
		return false, n > 1 && spent.halvings < maxHalvings && errors.As(err, &known)
	default:
		return false, false
	}
}

func reasonOf(err error) string {
	var invalid *invalidError
	if errors.As(err, &invalid) {
		return invalid.code.String()
	}
	return string(fabric.KindOf(err))
}

// refuse answers a batch that changed nothing and will not be tried again.
func (w *Writer) refuse(l *line, items []*item, err error) {
	var (
		known   *fabric.Error
		invalid *invalidError
		away    ErrUnavailable
		pending ErrPending
		refused ErrNotTaken
		outcome Outcome
	)
	switch {
	case errors.As(err, &away), errors.As(err, &pending):
		outcome.Err = err
	case errors.As(err, &refused):
		outcome.Err = err
	case errors.As(err, &invalid) && items[0].alone != nil && !invalid.conflict():
		outcome.Err = ErrNotTaken{invalid.tx, invalid.code}
	case errors.As(err, &invalid), fabric.KindOf(err) == fabric.Mismatch:
		outcome.Err = ErrConflict{Err: err}
	case errors.As(err, &known):
		switch known.Kind {
		case fabric.Refused:
			outcome.Result.Refusal = known.Refusal
		case fabric.Unavailable, fabric.Unsettled, fabric.Deadline:
			outcome.Err = ErrUnavailable{RetryAfter: retrySoon, Err: err}
		default:
			outcome.Err = ErrFailed{Err: err}
		}
	default:
		outcome.Err = ErrFailed{Err: err}
	}
	if outcome.Err != nil {
		l.setAway(errors.As(outcome.Err, &away))
		w.opts.Log.Warn("operations were not done", zap.String("channel", l.key.channel), zap.String("contract", l.key.contract),
			zap.String("app", l.key.app), zap.Int("operations", len(items)), zap.Error(outcome.Err))
	}
	for _, it := range items {
		w.answer(l, it, outcome)
	}
}

// attempt makes one transaction of a batch. It returns nil when every item has
// its answer, and an error when nothing of the batch is or will be on the ledger.
func (w *Writer) attempt(l *line, items []*item) (err error) {
	began := time.Now()
	ctx, span := w.traceBatch(l, items)
	defer func() { tracing.EndShared(span, err) }()
	tx, err := w.endorsed(ctx, items, l)
	tracing.Between(ctx, "endorse", began, err)
	if err != nil {
		return err
	}
	w.metrics.endorse(l, began)
	results, err := answered(l.key, tx, len(items), items[0].alone != nil)
	if err != nil {
		return err
	}
	if unchanged(results) {
		for i, it := range items {
			w.answer(l, it, Outcome{Result: results[i]})
		}
		return nil
	}
	stored := time.Now()
	err = w.put(l, items, tx)
	tracing.Between(ctx, "outbox", stored, err)
	if err != nil {
		return err
	}
	submitted := time.Now()
	status, err := w.see(l, tx, false, func(err error) {
		for _, it := range items {
			w.answer(l, it, Outcome{Err: err})
		}
	})
	tracing.Between(ctx, "order and commit", submitted, err)
	tracedTransaction(span, tx, status)
	switch {
	case errors.Is(err, errKilled):
		return nil // the outbox has it; everyone was told
	case err != nil:
		w.complete(tx.ID, nil)
		return err
	case !status.Valid:
		w.complete(tx.ID, nil)
		return notTaken(items, tx, status)
	}
	w.metrics.committed(l, len(items), began)
	w.acknowledge(l, items, tx, status, results)
	return nil
}

// acknowledge answers the requests of a transaction that is on the ledger.
func (w *Writer) acknowledge(l *line, items []*item, tx *fabric.Transaction, status fabric.Status, results []operation.Result) {
	outcomes := outcomesOf(l.key, tx, status, results)
	var known []store.Known
	for i, it := range items {
		w.answer(l, it, outcomes[i])
		if k, ok := knownOf(it.place(), outcomes[i]); ok {
			known = append(known, k)
		}
	}
	// The callers have their answer; the outbox follows. Until it does, a
	// crash only means that the ledger is asked once more.
	w.running.Go(func() { w.complete(tx.ID, known) })
}

// decode reads the results of a transaction of n operations.
func decode(text []byte, n int) ([]operation.Result, error) {
	results, err := operation.DecodeResults(text)
	if err != nil {
		return nil, fmt.Errorf("decode the results: %w", err)
	}
	if len(results) != n {
		return nil, fmt.Errorf("it answered %d of %d operations", len(results), n)
	}
	return results, nil
}

// unchanged tells that a transaction would write nothing, so that the answers
// are known without it.
func unchanged(results []operation.Result) bool {
	for i := range results {
		if results[i].Refusal == nil && !results[i].Existing {
			return false
		}
	}
	return true
}

// put stores the transaction before it is submitted.
func (w *Writer) put(l *line, items []*item, tx *fabric.Transaction) error {
	e := store.Entry{
		TxID: tx.ID, Channel: l.key.channel, Contract: l.key.contract, App: l.key.app,
		Bytes: tx.Bytes, Signature: tx.Signature, Places: places(items),
	}
	ctx, cancel := context.WithTimeout(w.work, putWithin)
	defer cancel()
	began := time.Now()
	err := w.outbox.Put(ctx, e)
	w.metrics.outbox(began)
	switch {
	case err == nil:
		return nil
	case store.IsUncertain(err):
		return ErrPending{TxID: tx.ID, Err: err}
	default:
		return ErrUnavailable{RetryAfter: retrySoon, Err: err}
	}
}

func places(items []*item) []store.Place {
	var all []store.Place
	for i, it := range items {
		p := it.place()
		if p.Call == "" {
			continue
		}
		if all == nil {
			all = make([]store.Place, len(items))
		}
		all[i] = p
	}
	return all
}

// outcomesOf makes the answers of a valid transaction.
func outcomesOf(key lineKey, tx *fabric.Transaction, status fabric.Status, results []operation.Result) []Outcome {
	outcomes := make([]Outcome, len(results))
	at := tx.Time.UTC().Format(time.RFC3339)
	for i, r := range results {
		outcomes[i].Result = r
		if r.Refusal != nil || r.Existing {
			continue
		}
		outcomes[i].Receipt = &operation.Receipt{
			Channel: key.channel, Contract: key.contract, TxID: tx.ID, Block: status.Block, Index: i,
			Type: r.Type, ID: r.ID, Version: r.Version, Status: r.Status, Digest: r.Digest, Time: at,
		}
	}
	return outcomes
}

// knownOf is what a keyed call's request leaves in the store.
func knownOf(p store.Place, o Outcome) (store.Known, bool) {
	if p.Call == "" {
		return store.Known{}, false
	}
	text, err := json.Marshal(o)
	if err != nil { // an outcome came as JSON and is JSON
		return store.Known{}, false
	}
	return store.Known{Place: p, Outcome: text}, true
}

func (w *Writer) answer(l *line, it *item, o Outcome) {
	w.metrics.answered(l, o)
	it.call.answer(it.position, o)
}

// complete takes a transaction out of the outbox. Where that fails, the
// recovery will find it.
func (w *Writer) complete(txID string, known []store.Known) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.work), putWithin)
	defer cancel()
	if err := w.outbox.Complete(ctx, txID, known); err != nil {
		w.opts.Log.Warn("a transaction stays in the outbox for now", zap.String("txId", txID), zap.Error(err))
	}
}
