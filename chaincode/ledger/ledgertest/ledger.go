// Package ledgertest runs a contract as a peer would, without a network: every
// transaction executes against the committed state, does not see its own
// writes through the stub, and is committed or dropped whole. The end-to-end
// tests in test/ run the same contracts on a real network.
package ledgertest

import (
	"encoding/json"
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"google.golang.org/protobuf/types/known/timestamppb"

	"henanchain/chaincode/ledger"
	"henanchain/internal/operation"
)

// Departments for tests: valid USCCs (统一社会信用代码) of no real organisation.
const (
	DeptA = "91410100MA9YTT01X0"
	DeptB = "92410302MA9YTT0284"
	DeptC = "93411525MA9YTT036W"
)

// Salt is the salt of every private half in tests; the gateway draws a random one.
const Salt = "000102030405060708090a0b0c0d0e0f"

// Ledger is one channel with one contract on it.
type Ledger struct {
	Channel string
	// Now is the time of the next transaction; each takes one second.
	Now time.Time
	// Event is the last transaction's event, nil where it had none.
	Event *operation.Event
	// Policies are the key-level endorsement policies by key.
	Policies map[string][]byte
	// Reads counts the exchanges with the peer that read state.
	Reads int
	// Writes counts the keys that were written, private ones too.
	Writes int
	// Changed are the public keys that the last transaction wrote.
	Changed map[string]bool

	t         testing.TB
	contract  *ledger.Contract
	chaincode shim.Chaincode
	state     map[place][]byte
	history   map[string][]*queryresult.KeyModification
	codes     map[string]bool
	txs       int
}

// New puts the contract on an empty ledger of Zhengzhou's channel.
func New(t testing.TB, c *ledger.Contract) *Ledger {
	t.Helper()
	cc, err := c.Chaincode("test")
	must(t, err)
	l := &Ledger{
		Channel: "zhengzhou", Now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Policies: map[string][]byte{},
		t: t, contract: c, chaincode: cc, state: map[place][]byte{}, history: map[string][]*queryresult.KeyModification{}, codes: map[string]bool{},
	}
	for _, r := range c.Describe().Refusals {
		l.codes[r.Code] = true
	}
	return l
}

// App is a business system that calls the contract.
type App struct {
	l       *Ledger
	creator []byte
}

// App enrols a business system of an organisation and a department.
func (l *Ledger) App(mspID, name, dept string, roles ...string) *App {
	l.t.Helper()
	return &App{l, creator(l.t, mspID, name, dept, roles)}
}

// Invoke calls a contract function and commits what it wrote where it
// succeeded. It returns the payload or the error's text.
func (a *App) Invoke(transient map[string][]byte, args ...string) (payload []byte, failure string) {
	l := a.l
	l.txs++
	s := &stub{
		ledger: l, creator: a.creator, args: args, transient: transient,
		txID: fmt.Sprintf("%064x", l.txs), time: timestamppb.New(l.Now),
		writes: map[place]write{}, policies: map[string][]byte{},
	}
	l.Now = l.Now.Add(time.Second)
	response := l.chaincode.Invoke(s)
	if response.Status != shim.OK {
		return nil, response.Message
	}
	if s.batching {
		l.t.Fatal("the transaction left a write batch open: its writes would be lost")
	}
	l.commit(s)
	return response.Payload, ""
}

func (l *Ledger) commit(s *stub) {
	l.Writes += len(s.writes)
	l.Changed = map[string]bool{}
	for at, w := range s.writes {
		if w.delete {
			delete(l.state, at)
		} else {
			l.state[at] = w.value
		}
		if at.collection == "" {
			l.Changed[at.key] = true
			l.history[at.key] = append(l.history[at.key], &queryresult.KeyModification{
				TxId: s.txID, Value: w.value, Timestamp: s.time, IsDelete: w.delete,
			})
		}
	}
	for key, p := range s.policies {
		l.Policies[key] = p
	}
	l.Event = nil
	if s.event != nil {
		l.Event = &operation.Event{}
		must(l.t, json.Unmarshal(s.event, l.Event))
	}
}

// Op is a request whose input, and private half, are any Go values.
type Op struct {
	Name      string
	In        any
	Private   any
	IfVersion int
	Sig       *operation.Signature
}

// Apply runs operations in one transaction and fails the test where the
// transaction as a whole failed, or a refusal's code is not declared.
func (a *App) Apply(ops ...Op) []operation.Result {
	a.l.t.Helper()
	results, failure := a.TryApply(ops...)
	if failure != "" {
		a.l.t.Fatalf("Apply failed: %s", failure)
	}
	return results
}

// TryApply is Apply that hands a failed transaction's text back.
func (a *App) TryApply(ops ...Op) ([]operation.Result, string) {
	a.l.t.Helper()
	requests := make([]operation.Request, len(ops))
	private := make([]json.RawMessage, len(ops))
	transient := map[string][]byte{}
	for i, o := range ops {
		requests[i] = operation.Request{Op: o.Name, In: raw(a.l.t, o.In), IfVersion: o.IfVersion, Sig: o.Sig}
		private[i] = json.RawMessage("null")
		if o.Private != nil {
			private[i] = raw(a.l.t, operation.Private{Salt: Salt, Data: raw(a.l.t, o.Private)})
			transient[operation.TransientPrivate] = nil
		}
	}
	if len(transient) > 0 {
		transient[operation.TransientPrivate] = raw(a.l.t, private)
	}
	payload, failure := a.Invoke(transient, operation.Apply, string(raw(a.l.t, requests)))
	if failure != "" {
		return nil, failure
	}
	var results []operation.Result
	must(a.l.t, json.Unmarshal(payload, &results))
	for _, r := range results {
		if r.Refusal != nil && !a.l.codes[r.Refusal.Code] {
			a.l.t.Errorf("the refusal code %s is not declared by the contract", r.Refusal.Code)
		}
	}
	return results, ""
}

// Do runs one operation and returns its result, refused or not.
func (a *App) Do(name string, in any) operation.Result {
	a.l.t.Helper()
	return a.Apply(Op{Name: name, In: in})[0]
}

// Must runs one operation and fails the test where it is refused.
func (a *App) Must(name string, in any) operation.Result {
	a.l.t.Helper()
	r := a.Do(name, in)
	if r.Refusal != nil {
		a.l.t.Fatalf("%s was refused: %v", name, r.Refusal)
	}
	return r
}

// Refused runs one operation and fails the test where it is not refused with
// the code.
func (a *App) Refused(code, name string, in any) *operation.Refusal {
	a.l.t.Helper()
	r := a.Do(name, in)
	if r.Refusal == nil || r.Refusal.Code != code {
		a.l.t.Fatalf("%s should be refused with %s, and answered %+v", name, code, r)
	}
	return r.Refusal
}

// Ask runs a query or a read function into out; it returns the refusal where
// there was one.
func (a *App) Ask(out any, function string, args ...any) *operation.Refusal {
	a.l.t.Helper()
	texts := []string{function}
	for _, arg := range args {
		if s, ok := arg.(string); ok {
			texts = append(texts, s)
		} else {
			texts = append(texts, string(raw(a.l.t, arg)))
		}
	}
	payload, failure := a.Invoke(nil, texts...)
	if failure != "" {
		r := operation.ParseRefusal(failure)
		if r == nil {
			a.l.t.Fatalf("%s failed without a code: %s", function, failure)
		}
		return r
	}
	must(a.l.t, json.Unmarshal(payload, out))
	return nil
}

// Record reads a record from the committed state, nil where there is none.
func (l *Ledger) Record(recordType, id string) *operation.Record {
	l.t.Helper()
	data, ok := l.state[place{key: ledger.Key(recordType, id)}]
	if !ok {
		return nil
	}
	r, err := operation.DecodeRecord(data)
	must(l.t, err)
	return r
}

// Keys lists every committed public key, in order.
func (l *Ledger) Keys() []string {
	var keys []string
	for at := range l.state {
		if at.collection == "" {
			keys = append(keys, at.key)
		}
	}
	sort.Strings(keys)
	return keys
}

// Public returns every committed public value: what a stranger with a peer of
// the channel could read.
func (l *Ledger) Public() map[string][]byte {
	all := map[string][]byte{}
	for at, v := range l.state {
		if at.collection == "" {
			all[at.key] = v
		}
	}
	return all
}

// PrivateValue reads a committed value of a private data collection.
func (l *Ledger) PrivateValue(collection, key string) []byte { return l.state[place{collection, key}] }

// SetPrivate puts a private half where an earlier version of the contract left
// it, of which this one writes others.
func (l *Ledger) SetPrivate(collection, key string, data any) {
	l.t.Helper()
	l.state[place{collection, key}] = raw(l.t, operation.Private{Salt: Salt, Data: raw(l.t, data)})
}

func raw(t testing.TB, v any) json.RawMessage {
	t.Helper()
	switch v := v.(type) {
	case json.RawMessage:
		return v
	case string:
		return json.RawMessage(v)
	}
	out, err := json.Marshal(v)
	must(t, err)
	return out
}
