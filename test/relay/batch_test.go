//go:build e2e

package relay

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/operation"
	"henanchain/test/testnet"
)

// TestAThousandProofsAreAcceptedInOneBatch puts a thousand answers, each signed
// by the source's peers, into one transaction of the main channel, and lets the
// network's own carrier bring them to their end.
func TestAThousandProofsAreAcceptedInOneBatch(t *testing.T) {
	ready(t)
	const n = 1000
	resume := paused(t)
	ids := askMany(t, n, deposited(t))
	proofs := make([][]byte, n)
	began := time.Now()
	each(16, n, func(i int) { proofs[i] = answer(t, read(t, ids[i]), source, "HenanMSP", "ZhengzhouMSP") })
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d views of two organisations made in %s", n, time.Since(began).Round(time.Millisecond))
	requests, halves := make([]operation.Request, n), make([]json.RawMessage, n)
	for i, id := range ids {
		in, err := json.Marshal(object{"id": id})
		if err != nil {
			t.Fatal(err)
		}
		requests[i], halves[i] = operation.Request{Op: "Attest", In: in}, half(t, proofs[i])
	}
	began = time.Now()
	for i, r := range applied(t, requests, halves) {
		if r.Status != "ATTESTED" {
			t.Fatalf("proof %d: %+v", i, r)
		}
	}
	t.Logf("%d proofs accepted in one transaction in %s", n, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	resume()
	each(16, n, func(i int) {
		if status := ends(t, ids[i]); status != "ACCEPTED" {
			t.Errorf("%s ended as %s", ids[i], status)
		}
	})
	t.Logf("accepted by the asking city and concluded, all %d of them, in %s", n, time.Since(began).Round(time.Millisecond))
}

// askMany asks for a thing many times, a transaction for as many as the gateway
// puts together.
func askMany(t *testing.T, n int, evidence string) []string {
	t.Helper()
	ids, questions := make([]string, n), many(n, evidence)
	each(64, n, func(i int) {
		a, err := caller(t, asker).WithIdempotencyKey(questions[i]["reference"].(string)).WithRetries(5).Create(t.Context(), from, "relay", "requests", questions[i])
		if err != nil {
			t.Error(err)
			return
		}
		ids[i] = a.ID
	})
	if t.Failed() {
		t.FailNow()
	}
	return ids
}

// many are n questions about the same thing.
func many(n int, evidence string) []object {
	all := make([]object, n)
	for i := range all {
		all[i] = question(evidence)
		all[i]["deadline"] = in(amply)
	}
	return all
}

// each does n things, some at a time.
func each(parallel, n int, do func(i int)) {
	var running sync.WaitGroup
	next := make(chan int)
	for range parallel {
		running.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	running.Wait()
}

// applied does operations of the province's carrier in one transaction.
func applied(t *testing.T, requests []operation.Request, halves []json.RawMessage) []operation.Result {
	t.Helper()
	argument, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	private, err := json.Marshal(halves)
	if err != nil {
		t.Fatal(err)
	}
	p := fabric.Proposal{Channel: "henan", Contract: "relay", App: carrier, Function: operation.Apply, Args: [][]byte{argument}, Transient: map[string][]byte{operation.TransientPrivate: private}}
	var tx *fabric.Transaction
	testnet.Eventually(t, "the peers, of which one may be a block behind the other, answer alike", func() error {
		tx, err = ledger.Endorse(within(t, testnet.Patience), p)
		if err != nil && fabric.KindOf(err) == fabric.Mismatch {
			return err
		}
		return nil
	})
	if err == nil {
		err = ledger.Submit(t.Context(), tx)
	}
	var status fabric.Status
	if err == nil {
		status, err = ledger.Status(within(t, testnet.Patience), tx)
	}
	if err != nil || !status.Valid {
		t.Fatalf("%v %s", err, status.Code)
	}
	var results []operation.Result
	if err := json.Unmarshal(tx.Result, &results); err != nil {
		t.Fatal(err)
	}
	return results
}
