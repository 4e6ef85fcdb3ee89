package write

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
)

// recoverEvery is how often the outbox is searched for transactions that
// nobody looks after: of a gateway that died, or of this one when it could not
// reach its database.
const recoverEvery = 2 * time.Second

// recoverForever claims such transactions and finds out how they ended. first
// is closed when the outbox was searched once.
func (w *Writer) recoverForever(first chan<- struct{}) {
	for w.work.Err() == nil {
		entries, err := w.outbox.Claim(w.work)
		if err != nil && !errors.Is(err, context.Canceled) {
			w.opts.Log.Warn("the outbox could not be searched", zap.Error(err))
		}
		for _, e := range entries {
			l := w.lineOf(lineKey{e.Channel, e.Contract, e.App})
			l.hold(1)
			w.background.Go(func() {
				defer l.hold(-1)
				w.recover(l, e)
			})
		}
		if err == nil && first != nil {
			close(first)
			first = nil
		}
		w.pause(recoverEvery)
	}
	if first != nil {
		close(first)
	}
}

func (w *Writer) lineOf(key lineKey) *line {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.lines[key]
	if l == nil {
		l = newLine(w, key)
		w.lines[key] = l
	}
	return l
}

// recover asks for the status of a transaction that was, or was about to be,
// submitted; where the ledger does not know it, it submits the same bytes.
func (w *Writer) recover(l *line, e store.Entry) {
	log := w.opts.Log.With(zap.String("txId", e.TxID), zap.String("channel", e.Channel), zap.String("contract", e.Contract))
	tx, err := fabric.Restore(e.App, e.Bytes, e.Signature)
	if err != nil {
		log.Error("a transaction in the outbox cannot be read; it stays there", zap.Error(err))
		return
	}
	status, err := w.see(l, tx, true, func(error) {})
	switch {
	case errors.Is(err, errKilled):
		return
	case err != nil:
		log.Warn("a transaction of the outbox did not reach the ledger", zap.Error(err))
		w.complete(tx.ID, nil)
		return
	case !status.Valid:
		log.Info("recovered a transaction: the ledger did not take it", zap.Stringer("code", status.Code))
		w.complete(tx.ID, nil)
		return
	}
	log.Info("recovered a transaction: it is on the ledger", zap.Uint64("block", status.Block))
	w.complete(tx.ID, recovered(l.key, e, tx, status))
}

// recovered are the outcomes that callers of keyed calls will ask for.
func recovered(key lineKey, e store.Entry, tx *fabric.Transaction, status fabric.Status) []store.Known {
	if len(e.Places) == 0 {
		return nil
	}
	results, err := answered(key, tx, len(e.Places), e.Places[0].Alone)
	if err != nil {
		return nil
	}
	var known []store.Known
	for i, o := range outcomesOf(key, tx, status, results) {
		if k, ok := knownOf(e.Places[i], o); ok {
			known = append(known, k)
		}
	}
	return known
}
