// Package indextest gives tests a read model of their own, in SQLite, and puts
// records into it as blocks would.
package indextest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/gateway/index"
	"henanchain/internal/block"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Model is a read model with channels that a test writes to.
type Model struct {
	*index.Index
	t        testing.TB
	next     map[string]uint64
	versions map[string]int
	at       time.Time
}

// New opens an empty read model of the contracts.
func New(t testing.TB, contracts []catalog.Contract) *Model {
	t.Helper()
	x, err := index.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "index.db"), index.Options{Contracts: contracts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return &Model{Index: x, t: t, next: map[string]uint64{}, versions: map[string]int{}, at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
}

// Put writes the next version of a record of a department, in a block of its own,
// and answers it as it stands there.
func (m *Model) Put(channel, contract, dept, recordType, id, status string, body any) *operation.Record {
	m.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	key := channel + "/" + contract + "/" + recordType + "/" + id
	m.versions[key]++
	r := operation.Record{Type: recordType, ID: id, Version: m.versions[key], Status: status, Org: "ZhengzhouMSP", Dept: dept, App: "office", Op: "Write", Time: m.at.Format(time.RFC3339), Body: raw}
	value := r.Seal()
	m.PutValue(channel, contract, recordType+"/"+id, value)
	return &r
}

// PutValue writes a key of a contract, in a block of its own.
func (m *Model) PutValue(channel, contract, key string, value []byte) {
	m.t.Helper()
	m.write(channel, contract, block.Write{Key: key, Value: value})
}

// Remove deletes a record, in a block of its own.
func (m *Model) Remove(channel, contract, recordType, id string) {
	m.t.Helper()
	m.write(channel, contract, block.Write{Key: recordType + "/" + id, Delete: true})
}

func (m *Model) write(channel, contract string, w block.Write) {
	m.t.Helper()
	m.at = m.at.Add(time.Second)
	if m.next[channel] == 0 {
		m.apply(channel, index.Block{Hash: []byte{0}, DataHash: []byte{0}, Config: &common.Block{Header: &common.BlockHeader{}},
			Transactions: []block.Transaction{{Type: common.HeaderType_CONFIG, Channel: channel}}})
	}
	m.apply(channel, index.Block{Hash: []byte(fmt.Sprint(m.at.UnixNano())), DataHash: []byte{1}, Transactions: []block.Transaction{{
		ID: fmt.Sprintf("tx-%s-%d", channel, m.at.Unix()), Type: common.HeaderType_ENDORSER_TRANSACTION, Channel: channel, Time: m.at, Code: peer.TxValidationCode_VALID,
		Contract: contract, Function: operation.Apply, Creator: block.Identity{MSP: "ZhengzhouMSP", App: "office"},
		Namespaces: []block.Namespace{{Contract: contract, Writes: []block.Write{w}}},
	}}})
}

func (m *Model) apply(channel string, b index.Block) {
	m.t.Helper()
	b.Number = m.next[channel]
	m.next[channel]++
	if err := m.Apply(m.t.Context(), channel, []index.Block{b}); err != nil {
		m.t.Fatal(err)
	}
}
