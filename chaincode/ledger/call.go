package ledger

import (
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/operation"
	"henanchain/internal/strictjson"
)

// transaction is what all operations of one transaction share.
type transaction struct {
	stub     shim.ChaincodeStubInterface
	contract *Contract
	caller   *Caller
	time     time.Time
	timeText string
	state    *overlay
	looked   map[address]looked
	events   []operation.EventRecord
	once     map[string]any // see Once
}

func begin(stub shim.ChaincodeStubInterface, c *Contract) (*transaction, error) {
	caller, err := callerOf(stub)
	if err != nil {
		return nil, err
	}
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		return nil, fmt.Errorf("read the transaction time: %w", err)
	}
	now := stamp.AsTime().UTC().Truncate(time.Second)
	return &transaction{
		stub: stub, contract: c, caller: caller,
		time: now, timeText: now.Format(time.RFC3339), state: newOverlay(stub), looked: map[address]looked{},
	}, nil
}

func (t *transaction) changed(e operation.EventRecord) { t.events = append(t.events, e) }

// Call is one operation or query while it runs.
type Call struct {
	tx        *transaction
	op        string // its name
	about     string // the record type that it is about
	ifVersion int
	result    operation.Result
}

// Caller is the business system that asks.
func (c *Call) Caller() *Caller { return c.tx.caller }

// Now is the transaction's time in UTC, in whole seconds: the same on every
// peer, and a client's claim that the peers hold to within 15 minutes of their
// own clocks.
func (c *Call) Now() time.Time { return c.tx.time }

// Today is the transaction's date in China (UTC+8), as YYYYMMDD.
func (c *Call) Today() string { return c.tx.time.In(chinaTime).Format("20060102") }

var chinaTime = time.FixedZone("UTC+8", 8*60*60)

// Timestamp is Now as records carry it (RFC 3339).
func (c *Call) Timestamp() string { return c.tx.timeText }

// Channel is the ledger that the call is on.
func (c *Call) Channel() string { return c.tx.stub.GetChannelID() }

// TxID is the transaction's id.
func (c *Call) TxID() string { return c.tx.stub.GetTxID() }

// Data sets the operation's own answer beside the record that it changed.
func (c *Call) Data(v any) error {
	data, err := strictjson.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer of %s: %w", c.op, err)
	}
	c.result.Data = data
	return nil
}

func (c *Call) answer(r *operation.Record) {
	c.result.Type, c.result.ID, c.result.Version = r.Type, r.ID, r.Version
	c.result.Status, c.result.Digest = r.Status, r.Digest
}

// Guard reads a guard key: a small value that an operation must look up inside
// the transaction, such as the live contract on a unit. Guard keys cost as
// much as a record; what people search by belongs in the read model.
func (c *Call) Guard(kind, id string) (string, error) {
	v, err := c.tx.state.get(address{key: GuardKey(kind, id)})
	return string(v), err
}

// SetGuard writes a guard key; an empty value removes it.
func (c *Call) SetGuard(kind, id, value string) {
	var v []byte
	if value != "" {
		v = []byte(value)
	}
	c.tx.state.put(address{key: GuardKey(kind, id)}, v)
}

// Prefetch reads many state keys in one exchange with the peer, for a handler
// or a query that learns only on its way what it needs, such as the next level
// of a graph. What it reads is then found without a further exchange.
func (c *Call) Prefetch(keys ...string) error { return c.tx.state.prefetch(keys) }

// GuardKey is the state key of a guard, apart from every record's.
func GuardKey(kind, id string) string { return "~" + kind + "/" + id }
