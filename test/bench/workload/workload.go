// Package workload makes the operations that every ledger is measured with: a
// thousand of one kind for one transaction, and whatever must stand on the
// ledger before. The same operations run on a network (scripts/bench.sh
// --ledgers) and in a contract alone (this package's benchmarks).
package workload

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// Step is a list of operations that one business system has run, a transaction
// for each thousand of them.
type Step struct {
	System   string // as topology.yaml names it
	Contract string
	Requests []operation.Request
	Private  []json.RawMessage // one for each request, or nil
	Once     bool              // it may stand on the ledger from another run: RECORD_EXISTS is no failure
}

// Load is one kind of operation to measure.
type Load struct {
	Contract string
	Op       string
	// Keys is how many keys one operation writes, private ones included.
	Keys int
	// First tells that it is the ledger's everyday operation, which the bar is for.
	First bool
	// Setup makes what stands on the ledger before the nth transaction, or
	// before the first alone.
	Setup func(r *Run, n int) []Step
	// Batch is the nth transaction that is measured.
	Batch func(r *Run, n int) Step
}

// Run makes the operations of one run: none of them stands on the ledger from
// another run.
type Run struct {
	ID   string                     // 14 digits, such as a time
	Size int                        // operations in a transaction
	Dept func(system string) string // USCC of a business system's department
}

// All are the loads, the everyday operation of each ledger before its others.
func All() []Load {
	return []Load{
		{Contract: "agritrace", Op: "RegisterBatch", Keys: 1, First: true, Setup: farmOnce, Batch: registerBatches},
		{Contract: "agritrace", Op: "ScanCode", Keys: 1, Setup: coded, Batch: scans},
		{Contract: "elicense", Op: "Issue", Keys: 1, First: true, Batch: issues},
		{Contract: "elicense", Op: "Use", Keys: 1, Setup: issued, Batch: uses},
		{Contract: "evidence", Op: "Deposit", Keys: 1, First: true, Batch: deposits},
		{Contract: "evidence", Op: "RecordCustody", Keys: 2, Setup: deposited, Batch: custody},
		{Contract: "finance", Op: "ProvideFact", Keys: 2, First: true, Setup: publishOnce, Batch: facts},
		{Contract: "finance", Op: "Repay", Keys: 4, Setup: lent, Batch: repayments},
		{Contract: "medical", Op: "RegisterDocument", Keys: 1, First: true, Setup: patientsOnce, Batch: documents},
		{Contract: "medical", Op: "Access", Keys: 3, Setup: consented, Batch: accesses},
		{Contract: "medical", Op: "Dispense", Keys: 2, Setup: stocked, Batch: dispensings},
		{Contract: "realestate", Op: "RegisterUnit", Keys: 1, First: true, Batch: units},
		{Contract: "realestate", Op: "IssueTaxVoucher", Keys: 2, Setup: registered, Batch: vouchers},
	}
}

// fields is an input.
type fields = map[string]any

// each makes a step of as many operations as a transaction has.
func (r *Run) each(system, contract, op string, in func(i int) fields) Step {
	return r.some(r.Size, system, contract, op, in)
}

func (r *Run) some(n int, system, contract, op string, in func(i int) fields) Step {
	s := Step{System: system, Contract: contract, Requests: make([]operation.Request, n)}
	for i := range n {
		s.Requests[i] = operation.Request{Op: op, In: encode(in(i))}
	}
	return s
}

// with adds private halves.
func (s Step) with(half func(i int) fields) Step {
	s.Private = make([]json.RawMessage, len(s.Requests))
	for i := range s.Private {
		salt := gm.Digest(fmt.Appendf(nil, "%s/%d", s.Requests[i].In, i))
		s.Private[i] = encode(operation.Private{Salt: hex.EncodeToString(salt[:16]), Data: encode(half(i))})
	}
	return s
}

// once allows the step to be refused because another run did it.
func (s Step) once() Step {
	s.Once = true
	return s
}

func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return raw
}

// hash makes up a digest.
func (r *Run) hash(of ...any) string { return gm.HexDigest([]byte(r.ID + fmt.Sprint(of...))) }

// no is a number that stands for the ith operation of the nth transaction.
func (r *Run) no(n, i int) string { return fmt.Sprintf("%s%03d%04d", r.ID, n, i) }

// subject is the keyed hash of somebody made up.
func (r *Run) subject(n, i int) string {
	return hex.EncodeToString(gm.HMAC([]byte("a key for measurements"), []byte(r.no(n, i))))
}
