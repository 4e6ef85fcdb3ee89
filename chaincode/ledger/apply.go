package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/operation"
)

// apply runs a list of requests in one transaction and answers one result for
// each. Its own error means that the transaction failed as a whole: a list
// that cannot be read, a caller without a certificate, a peer that does not
// answer. What is wrong with a single request is in that request's result.
func (c *Contract) apply(stub shim.ChaincodeStubInterface, requests []operation.Request) ([]operation.Result, error) {
	if n := len(requests); n == 0 || n > operation.MaxPerTransaction {
		return nil, Refuse(BatchInvalid, "a transaction takes 1 to %d operations, not %d", operation.MaxPerTransaction, n)
	}
	private, err := privateHalves(stub, len(requests))
	if err != nil {
		return nil, err
	}
	tx, err := begin(stub, c)
	if err != nil {
		return nil, err
	}
	results := make([]operation.Result, len(requests))
	ready := make([]*prepared, len(requests))
	var keys []string
	for i, r := range requests {
		p, err := tx.prepare(&r, private[i])
		if err != nil {
			if results[i], err = refused(err); err != nil {
				return nil, err
			}
			continue
		}
		ready[i] = p
		keys = append(keys, p.keys...)
	}
	if err := tx.state.prefetch(keys); err != nil {
		return nil, err
	}
	b := &batch{tx: tx, requests: requests, private: private, ready: ready, results: results, met: map[string]bool{}}
	if err := b.run(); err != nil {
		return nil, err
	}
	return results, tx.commit()
}

// prepare checks what can be checked without the state: the operation's name,
// the caller's role, the input.
func (t *transaction) prepare(r *operation.Request, private json.RawMessage) (*prepared, error) {
	op := t.contract.ops[r.Op]
	if op == nil {
		return nil, Refuse(OperationUnknown, "the contract %s has no operation %.64q", t.contract.Name(), r.Op)
	}
	if !t.caller.hasAny(op.info.Roles) {
		return nil, Refuse(RoleRequired, "%s needs one of the roles %v; the certificate of %q carries %v", r.Op, op.info.Roles, t.caller.App, t.caller.Roles)
	}
	if t.caller.App == "" || t.caller.Dept == "" {
		return nil, Refuse(RoleRequired, "the certificate carries no %s or no %s: only an enrolled business system may write", operation.AttributeApp, operation.AttributeDept)
	}
	if len(private) > 0 && string(private) != "null" && op.info.Private == nil {
		return nil, RefuseField(InputInvalid, "private", "%s takes no private half", r.Op)
	}
	p, err := op.prepare(r.In, private)
	if err != nil {
		return nil, err
	}
	p.keys = append(p.keys, signingKeys(t, r)...)
	if p.of != nil {
		p.keys = append(p.keys, p.of(t.caller)...)
	}
	return p, nil
}

// run executes one operation between a savepoint and its end. A refusal, and a
// panic, take everything back that it wrote.
//
// A trial ends with an error at the first read that is not there yet, and
// checks no signature.
func (t *transaction) run(r *operation.Request, p *prepared, trial bool) (result operation.Result, err error) {
	call := &Call{tx: t, op: r.Op, about: t.contract.ops[r.Op].info.Record, ifVersion: r.IfVersion}
	savepoint, events := t.state.savepoint(), len(t.events)
	defer func() {
		crash := recover()
		if m, ok := crash.(missing); ok {
			result, err = operation.Result{}, &postponed{m.at}
		} else if crash != nil {
			result, err = operation.Result{Refusal: Refuse(InternalError, "%s failed: %v", r.Op, crash)}, nil
		}
		if err != nil || result.Refusal != nil {
			t.state.rollback(savepoint)
			t.events = t.events[:events]
		}
	}()
	if !trial {
		err = checkSignature(call, r)
	}
	if err == nil {
		err = p.run(call)
	}
	if err != nil {
		return refused(err)
	}
	return call.result, nil
}

// commit sends what the operations wrote to the peer, and the one event.
func (t *transaction) commit() error {
	if err := t.state.flush(t.keyPolicy()); err != nil {
		return err
	}
	if len(t.events) == 0 {
		return nil
	}
	event := operation.Event{Records: t.events}
	if err := t.stub.SetEvent(operation.EventName, event.Encode()); err != nil {
		return fmt.Errorf("set the event: %w", err)
	}
	return nil
}

// refused makes a result of a refusal, and passes every other error on.
func refused(err error) (operation.Result, error) {
	if r := operation.RefusalOf(err); r != nil {
		return operation.Result{Refusal: r}, nil
	}
	return operation.Result{}, err
}

// privateHalves reads the requests' private halves from the transient map.
func privateHalves(stub shim.ChaincodeStubInterface, n int) ([]json.RawMessage, error) {
	none := make([]json.RawMessage, n)
	transient, err := stub.GetTransient()
	if err != nil {
		return nil, fmt.Errorf("read the transient map: %w", err)
	}
	raw, ok := transient[operation.TransientPrivate]
	if !ok {
		return none, nil
	}
	var halves []json.RawMessage
	if err := json.Unmarshal(raw, &halves); err != nil || len(halves) != n {
		return nil, Refuse(BatchInvalid, "the transient field %s must be a JSON array with one entry for each of the %d requests", operation.TransientPrivate, n)
	}
	return halves, nil
}
