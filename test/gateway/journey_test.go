//go:build e2e

package gateway

import (
	"testing"
	"time"

	"henanchain/test/journey"
	"henanchain/test/testnet"
)

var net *testnet.Net

func TestMain(m *testing.M) { testnet.Main(m, &net) }

func TestTheJourneyEndsWithEveryWriteOnTheLedger(t *testing.T) {
	steps, err := journey.Run(t.Context(), journey.Options{
		Client: net.Client, IssuerDept: net.Dept(journey.Issuer), Now: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if s.Note == "" && s.TxID == "" {
			t.Errorf("%s %s has no transaction", s.What, s.Subject)
		}
	}
}
