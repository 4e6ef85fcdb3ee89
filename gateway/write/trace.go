package write

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"henanchain/gateway/fabric"
	"henanchain/gateway/tracing"
)

// traceCall begins the span of a call: its time in the queue, and in the
// transactions that it shares with others.
func traceCall(ctx context.Context, key lineKey, call *call) (context.Context, trace.Span) {
	if !tracing.On() {
		return ctx, trace.SpanFromContext(ctx)
	}
	ctx, span := tracing.Begin(ctx, "write", attribute.String("hnc.channel", key.channel), attribute.String("hnc.contract", key.contract),
		attribute.Int("hnc.operations", len(call.outcomes)))
	call.span = span.SpanContext()
	return ctx, span
}

// tracedCall ends it, with the transactions that hold its operations.
func tracedCall(span trace.Span, call *call, outcomes []Outcome, err error) {
	if !call.span.IsValid() {
		return
	}
	var ids []string
	for i := range outcomes {
		if r := outcomes[i].Receipt; r != nil && (len(ids) == 0 || ids[len(ids)-1] != r.TxID) {
			ids = append(ids, r.TxID)
		}
	}
	if len(ids) > 0 {
		span.SetAttributes(attribute.StringSlice("hnc.tx_ids", ids))
	}
	tracing.End(span, err)
}

// traceBatch begins the span of a transaction.
func (w *Writer) traceBatch(l *line, items []*item) (context.Context, trace.Span) {
	if !tracing.On() {
		return w.work, trace.SpanFromContext(w.work)
	}
	var callers []trace.SpanContext
	var last *call
	for _, it := range items {
		if it.call != last {
			callers, last = append(callers, it.call.span), it.call
		}
	}
	return tracing.BeginShared(w.work, "transaction", callers, attribute.String("hnc.channel", l.key.channel),
		attribute.String("hnc.contract", l.key.contract), attribute.Int("hnc.operations", len(items)))
}

func tracedTransaction(span trace.Span, tx *fabric.Transaction, status fabric.Status) {
	if !tracing.On() {
		return
	}
	span.SetAttributes(attribute.String("hnc.tx_id", tx.ID), attribute.Int64("hnc.block", int64(status.Block)), attribute.String("hnc.code", status.Code.String()))
}
