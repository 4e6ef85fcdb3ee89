package rest

import (
	"context"
	"time"

	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/internal/catalog"
)

// write serves one operation: 201 where it made a record, 200 where it changed
// one or found it there already.
func (x *exchange) write(op *catalog.Operation) error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	it, err := single(raw)
	if err != nil {
		return err
	}
	if it.ifVersion, err = x.ifMatch(); err != nil {
		return err
	}
	e, err := x.prepare(op, it, x.gin.Param("id"))
	if err != nil {
		return err
	}
	t := x.task()
	t.Entries = []entry{*e}
	return x.carryOut(t, raw)
}

// task is a task of this exchange, without its operations.
func (x *exchange) task() *task {
	return &task{App: x.caller.Name, Channel: x.channel.Name, Contract: x.route.contract.Name,
		Media: typeJSON, Chinese: problem.Chinese(x.request()), Request: x.id}
}

// carryOut does a task now, or accepts it as a job; at most once where the
// caller gave it a key.
func (x *exchange) carryOut(t *task, raw []byte) error {
	if err := x.meter(max(0, len(t.Entries)-1)); err != nil {
		return err
	}
	if t.Batch {
		x.count = len(t.Entries)
	}
	ticket, answer, err := x.beginOnce(t, raw)
	if err != nil {
		return err
	}
	if answer != nil {
		answer.Header = with(answer.Header, "Idempotency-Replayed", "true")
		x.reply(answer)
		return nil
	}
	defer func() { x.release(ticket) }() // unless it is settled: then it is nil
	if x.prefersAsync() {
		if err := x.accept(t, ticket); err != nil {
			return err
		}
		ticket = nil
		return nil
	}
	r, err := x.perform(x.ctx(), t, ticket)
	if err != nil {
		return err
	}
	if ticket != nil && !r.failed {
		x.settle(ticket, r)
		ticket = nil
	}
	x.problem, x.txID, x.record = r.problem, r.txID, r.record
	x.reply(&r.Answer)
	return nil
}

// lastWords is how long the store may take after a caller is gone.
const lastWords = 5 * time.Second

// settle remembers the answer for the next call with the same key. A batch of
// which some operations failed is not settled: sent again, it goes on where it
// was.
func (x *exchange) settle(ticket *store.Ticket, r *reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx()), lastWords)
	defer cancel()
	if err := ticket.Finish(ctx, r.Answer); err != nil {
		// What was done is on the ledger and in the store's outcomes: the same
		// key gets the same answer, only later.
		x.warn("the answer could not be stored", err)
	}
}

func (x *exchange) release(ticket *store.Ticket) {
	if ticket == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx()), lastWords)
	defer cancel()
	if err := ticket.Release(ctx); err != nil {
		x.warn("an idempotency key could not be released", err)
	}
}

// reply sends an answer as it was made, or as it was stored.
func (x *exchange) reply(a *store.Answer) {
	h := x.gin.Writer.Header()
	for name, value := range a.Header {
		if name != "Content-Type" {
			h.Set(name, value)
		}
	}
	x.send(a.Status, a.Header["Content-Type"], a.Body)
}

func with(header map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range header {
		out[k] = v
	}
	return out
}
