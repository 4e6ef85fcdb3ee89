package relay_test

import (
	"fmt"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/relay"
)

const thousand = 1000

// attestations asks a thousand questions and gives the operations that bring
// their proven answers, each signed by two organisations.
func (w *world) attestations() []ledgertest.Op {
	w.t.Helper()
	var asks, attests []ledgertest.Op
	for i := range thousand {
		asks = append(asks, ledgertest.Op{Name: "Ask", In: question(fmt.Sprint(i))})
	}
	for _, r := range w.asker.Apply(asks...) {
		body, _ := ledgertest.Body[relay.Request](w.henan, "request", r.ID)
		attests = append(attests, ledgertest.Op{Name: "Attest", In: object{"id": r.ID}, Private: proven(w.t, w.answer(body))})
	}
	return attests
}

// attest brings them all in one transaction.
func (w *world) attest(attests []ledgertest.Op) {
	w.t.Helper()
	for i, r := range w.carrier.Apply(attests...) {
		if r.Status != relay.Attested {
			w.t.Fatalf("proof %d: %+v", i, r)
		}
	}
}

func TestAThousandProofsAreAcceptedInOneTransaction(t *testing.T) {
	w := newWorld(t)
	w.attest(w.attestations())
}

// BenchmarkAThousandProofs is one transaction with a thousand proofs of two
// endorsements each, without a network.
func BenchmarkAThousandProofs(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		b.StopTimer()
		w = w.anew()
		attests := w.attestations()
		b.StartTimer()
		w.attest(attests)
	}
}
