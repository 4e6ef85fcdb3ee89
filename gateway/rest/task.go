package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// task is one write, of one operation or of a batch, with all that its answer
// needs: it is done now, or stored and done later as a job. Identifiers in it
// are hashed already, and its private halves salted.
type task struct {
	App      string  `json:"app"`
	Channel  string  `json:"channel"`
	Contract string  `json:"contract"`
	Batch    bool    `json:"batch,omitempty"`
	Media    string  `json:"media"` // of a batch's answer
	Chinese  bool    `json:"chinese,omitempty"`
	Request  string  `json:"request"` // its ID, for the operator
	Entries  []entry `json:"entries,omitempty"`
	// Call is a call of one function, in place of entries.
	Call *Invocation `json:"call,omitempty"`
	// Signed is a transaction that was signed outside, in place of entries.
	Signed *signedBody `json:"signed,omitempty"`
}

// entry is one operation of a task.
type entry struct {
	Op      string            `json:"op"`
	Request operation.Request `json:"req"`
	Private json.RawMessage   `json:"private,omitempty"`
	Lane    string            `json:"lane,omitempty"`
	// Problem is set where the operation is refused before it comes to the ledger.
	Problem *problem.Document `json:"problem,omitempty"`
}

// reply is what became of a task.
type reply struct {
	store.Answer
	problem *problem.Problem // of a task of one operation that was refused
	txID    string
	record  string
	// failed tells that an operation was neither done nor refused; again that
	// the same is worth trying again.
	failed, again bool
}

// perform does a task. Its error means that nothing is known of any operation.
func (s *Server) perform(ctx context.Context, t *task, ticket *store.Ticket) (*reply, error) {
	switch {
	case t.Call != nil:
		return s.invoke(ctx, t, ticket)
	case t.Signed != nil:
		return s.submitSigned(ctx, t, ticket)
	}
	call := write.Call{Channel: t.Channel, Contract: t.Contract, App: t.App, Ticket: ticket}
	for _, e := range t.Entries {
		if e.Problem == nil {
			call.Requests = append(call.Requests, e.Request)
			call.Private = append(call.Private, e.Private)
			call.Lanes = append(call.Lanes, e.Lane)
		}
	}
	var done []write.Outcome
	if len(call.Requests) > 0 {
		var err error
		if done, err = s.Writer.Submit(ctx, call); err != nil {
			return nil, err
		}
		if len(done) != len(call.Requests) {
			return nil, problem.New(problem.InternalError, "The ledger answered %d of %d operations.", len(done), len(call.Requests))
		}
		for i := range done {
			if done[i].Receipt != nil {
				s.seen.note(t.App, t.Channel, done[i].Receipt.Block)
			}
		}
	}
	if t.Batch {
		return s.batchReply(t, done)
	}
	return s.singleReply(t, &done[0])
}

// singleReply answers an operation that came alone.
func (s *Server) singleReply(t *task, o *write.Outcome) (*reply, error) {
	if o.Err != nil {
		return nil, o.Err
	}
	op := s.operation(t, &t.Entries[0])
	if o.Result.Refusal != nil {
		p := s.refusal(t, &t.Entries[0], o.Result.Refusal)
		return &reply{Answer: problemAnswer(p, t), problem: p}, nil
	}
	body, err := o.Result.AppendAcknowledged(nil, o.Receipt)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	r := &reply{Answer: store.Answer{Status: statusOf(op, &o.Result), Header: map[string]string{"Content-Type": typeJSON}, Body: body}}
	if location := s.recordPath(t, o.Result.Type, o.Result.ID); location != "" {
		r.Header["Location"], r.Header["ETag"] = location, tag(o.Result.Version)
	}
	r.record = o.Result.ID
	if o.Receipt != nil {
		r.txID = o.Receipt.TxID
	}
	return r, nil
}

// batchReply writes one result for each request, in the form that the requests had.
func (s *Server) batchReply(t *task, done []write.Outcome) (*reply, error) {
	r := &reply{}
	answer := outcomes{Results: make([]outcome, len(t.Entries))}
	next := 0
	for i := range t.Entries {
		e := &t.Entries[i]
		doc := e.Problem
		if doc == nil {
			o := &done[next]
			next++
			if o.Err == nil && o.Result.Refusal == nil {
				answer.Results[i] = outcome{Status: statusOf(s.operation(t, e), &o.Result), Result: &acknowledgement{o.Result, o.Receipt}}
				answer.Succeeded++
				continue
			}
			doc = s.refusedItem(t, e, o, r)
		}
		answer.Results[i] = outcome{Status: doc.Status, Problem: doc}
		answer.Refused++
	}
	body, err := answer.encode(t.Media)
	r.Answer = store.Answer{Status: http.StatusOK, Header: map[string]string{"Content-Type": t.Media}, Body: body}
	return r, err
}

// refusedItem explains why an operation of a batch was not done.
func (s *Server) refusedItem(t *task, e *entry, o *write.Outcome, r *reply) *problem.Document {
	var p *problem.Problem
	if o.Err != nil {
		r.failed, r.again = true, r.again || isTransient(o.Err)
		p = s.explain(t.Contract, o.Err)
	} else {
		p = s.refusal(t, e, o.Result.Refusal)
	}
	doc := p.Document(t.Chinese, "")
	return &doc
}

func problemAnswer(p *problem.Problem, t *task) store.Answer {
	status, header, body := p.Render(t.Chinese, t.Request)
	return store.Answer{Status: status, Header: header, Body: body}
}

// operation is an entry's operation. A job may be older than the catalogue;
// what is unknown by then is treated as a change.
func (s *Server) operation(t *task, e *entry) *catalog.Operation {
	if c := s.contracts[t.Contract]; c != nil {
		if op, ok := c.Operation(e.Op); ok {
			return op
		}
	}
	return &catalog.Operation{Name: e.Op}
}

// refusal explains a contract's no; the record that stands in the way is located.
func (s *Server) refusal(t *task, e *entry, r *operation.Refusal) *problem.Problem {
	p := s.book.Refusal(t.Contract, r)
	op := s.operation(t, e)
	switch {
	case p.Status != http.StatusConflict:
	case r.Type != "" && r.ID != "":
		p.Location = s.recordPath(t, r.Type, r.ID)
	case op.ID != "":
		p.Location = s.recordPath(t, op.Record, fieldText(e.Request.In, op.ID))
	}
	return p
}

// statusOf is 201 for a new record, 200 for everything else that was done.
func statusOf(op *catalog.Operation, r *operation.Result) int {
	if op.Creates && !r.Existing {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (s *Server) recordPath(t *task, recordType, id string) string {
	c := s.contracts[t.Contract]
	if c == nil || id == "" {
		return ""
	}
	record, ok := c.Record(recordType)
	if !ok {
		return ""
	}
	return "/v1/" + t.Channel + "/" + t.Contract + "/" + record.Collection + "/" + url.PathEscape(id)
}
