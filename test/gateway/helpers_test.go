//go:build e2e

package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/operation"
	"henanchain/test/chain"
	"henanchain/test/journey"
)

// unique tells this run's records from those of other runs on the same network.
var unique = time.Now().Format("20060102150405.000000")

// call is one call of the gateway: a POST by the notary where nothing else is said.
type call struct {
	method, path, system string
	body                 any    // as JSON
	raw                  string // in place of body
	header               map[string]string
}

// nobody calls without a credential.
const nobody = "-"

// do makes a call, in any goroutine, and returns the answer whatever it is.
func do(t *testing.T, c call) (int, http.Header, []byte) {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.system == "" {
		c.system = journey.Notary
	}
	if c.body != nil {
		data, err := json.Marshal(c.body)
		if err != nil {
			t.Error(err)
			return 0, nil, nil
		}
		c.raw = string(data)
	}
	made, err := net.Call(strings.TrimPrefix(c.system, nobody), c.method, c.path)
	if err != nil {
		t.Error(err)
		return 0, nil, nil
	}
	if made.Body, made.Header = []byte(c.raw), c.header; c.raw != "" {
		made.Type = typeJSON
	}
	a, err := made.Do(t.Context())
	if err != nil {
		t.Error(err)
		return 0, nil, nil
	}
	return a.Status, a.Header, a.Body
}

// answer makes a call that must be answered with a status, and reads the answer.
func answer[T any](t *testing.T, c call, want int) T {
	t.Helper()
	var out T
	status, _, data := do(t, c)
	if status != want {
		t.Errorf("%s was answered %d %.500s, not %d", c.path, status, data, want)
		return out
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Errorf("%s was answered %.500s: %v", c.path, data, err)
	}
	return out
}

// ledgerOf opens the city's ledger at the peer of an organisation, the notary's
// own where mspID is empty.
func ledgerOf(t *testing.T, mspID string) *chain.Ledger {
	t.Helper()
	l, err := chain.Open(net.Connection, journey.City, journey.Notary, mspID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func height(t *testing.T, l *chain.Ledger) uint64 {
	t.Helper()
	h, err := l.Height(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func blockOf(t *testing.T, l *chain.Ledger, number uint64) []chain.Transaction {
	t.Helper()
	block, err := l.Block(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return block
}

// holdsTrue compares an acknowledgement and its receipt with the ledger.
func holdsTrue(t *testing.T, l *chain.Ledger, a *client.Acknowledgement) {
	t.Helper()
	if a == nil || a.Receipt == nil {
		t.Errorf("there is no receipt: %+v", a)
		return
	}
	holdsTrueIn(t, blockOf(t, l, a.Receipt.Block), a)
}

func holdsTrueIn(t *testing.T, block []chain.Transaction, a *client.Acknowledgement) {
	t.Helper()
	r := a.Receipt
	if r.Channel != journey.City || r.ID != a.ID || r.Version != a.Version || r.Digest != a.Digest || r.Status != a.Status || r.Type != a.Type {
		t.Errorf("the receipt %+v is of something else than %+v", r, a.Result)
	}
	for i := range block {
		tx := &block[i]
		if tx.ID != r.TxID {
			continue
		}
		if !tx.Valid() || tx.Contract != r.Contract || tx.Time.UTC().Format(time.RFC3339) != r.Time {
			t.Errorf("the transaction of %+v is %s, of %s, at %s", r, tx.Code, tx.Contract, tx.Time)
		}
		_, results, err := tx.Operations()
		if err != nil {
			t.Error(err)
			return
		}
		if r.Index >= len(results) || results[r.Index].ID != r.ID || results[r.Index].Version != r.Version || results[r.Index].Digest != r.Digest {
			t.Errorf("operation %d of the transaction is not that of %+v", r.Index, r)
			return
		}
		sameRecord(t, tx, a, results[r.Index+1:])
		return
	}
	t.Errorf("block %d does not hold transaction %s", r.Block, r.TxID)
}

// sameRecord compares what the transaction wrote with the acknowledgement.
// Where later operations of the transaction changed the record again, what it
// wrote is theirs.
func sameRecord(t *testing.T, tx *chain.Transaction, a *client.Acknowledgement, later []operation.Result) {
	t.Helper()
	record, err := tx.Record(a.Receipt.Contract, a.Type, a.ID)
	if err != nil || record == nil {
		t.Errorf("transaction %s did not write %s %s: %v", tx.ID, a.Type, a.ID, err)
		return
	}
	version, digest, status := a.Version, a.Digest, a.Status
	for _, r := range later {
		if r.Refusal == nil && !r.Existing && r.Type == a.Type && r.ID == a.ID {
			version, digest, status = r.Version, r.Digest, r.Status
		}
	}
	computed, err := record.ComputeDigest()
	if err != nil || record.Version != version || record.Digest != digest || computed != digest || record.Status != status {
		t.Errorf("transaction %s wrote %+v (digest %s, %v) and not version %d, %s, digest %s", tx.ID, record, computed, err, version, status, digest)
	}
}
