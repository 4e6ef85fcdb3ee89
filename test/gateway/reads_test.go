//go:build e2e

package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"henanchain/gateway/client"
	"henanchain/internal/operation"
	"henanchain/test/journey"
)

// Reads of the ledger that come at once go to the contract together. Nobody is to
// get another's answer, and a record that is not there is nobody else's trouble.
func TestEveryoneWhoReadsTheLedgerAtOnceHasTheirOwnAnswer(t *testing.T) {
	const records, times = 20, 10
	made := make([]client.Acknowledgement, records)
	for i := range made {
		made[i] = answer[client.Acknowledgement](t, call{path: evidences, body: deposit(t, fmt.Sprint("read ", i))}, http.StatusCreated)
	}
	var all sync.WaitGroup
	for i := range records * times {
		want := made[i%records]
		path := evidences + "/" + want.ID + "?consistency=ledger"
		all.Go(func() {
			status, _, text := do(t, call{method: http.MethodGet, path: path})
			var record operation.Record
			if err := json.Unmarshal(text, &record); err != nil || status != http.StatusOK || record.ID != want.ID || record.Digest != want.Digest {
				t.Errorf("%s answered %d %s: %v", want.ID, status, text, err)
			}
		})
		all.Go(func() {
			status, _, text := do(t, call{method: http.MethodGet, path: evidences + "/nothing" + fmt.Sprint(i) + "?consistency=ledger"})
			var p problemDocument
			if err := json.Unmarshal(text, &p); err != nil || status != http.StatusNotFound || p.Code != "RECORD_NOT_FOUND" {
				t.Errorf("what is not there answered %d %s: %v", status, text, err)
			}
		})
		claimed := made[(i+i%2)%records].Digest // every second claim is of the wrong record
		all.Go(func() {
			status, _, text := do(t, call{path: evidences + ":verify?consistency=ledger", body: map[string]any{"id": want.ID, "digest": claimed},
				system: []string{journey.Notary, court}[i%2]})
			var v operation.Verdict
			if err := json.Unmarshal(text, &v); err != nil || status != http.StatusOK || v.ID != want.ID || v.Match != (claimed == want.Digest) {
				t.Errorf("%s verified as %d %s: %v", want.ID, status, text, err)
			}
		})
	}
	all.Wait()
}
