package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"henanchain/gateway/fabric"
	"henanchain/internal/operation"
)

// input is the operation of the ledger below: it appends N to the entity's list.
type input struct {
	Entity string `json:"entity"`
	N      int    `json:"n"`
	Refuse bool   `json:"refuse,omitempty"` // the contract says no
	Poison bool   `json:"poison,omitempty"` // the contract fails on the whole transaction
}

// faults are the chances, in a thousand, of what goes wrong.
type faults struct {
	EndorseAway, EndorseMismatch      int
	EndorseUnsettled                  int
	SubmitLost, SubmitTakenUnsaid     int
	StatusSilent, StatusAway          int
	Rival                             int // another gateway writes an entity between endorsement and commit
	MaxOperations                     int // more are too much for one transaction; 0 is no limit
	CommitDelay, EndorseDelay, Jitter time.Duration
}

// ledger stands where Fabric does, for tests of the scheduling alone: it
// executes against committed state, orders, and validates what was read, as
// Fabric does. What the real one does is tested against the real one.
type ledger struct {
	faults faults

	mu        sync.Mutex
	rand      *rand.Rand
	lists     map[string][]int
	versions  map[string]int
	endorsed  map[string]*endorsement
	status    map[string]fabric.Status
	changed   chan struct{} // closed and made anew at each commit
	block     uint64
	calls     int   // endorsements
	sizes     []int // operations of each committed transaction
	conflicts int
	inFlight  map[string]string // entity to the submitted, uncommitted transaction
	overlaps  int
}

type endorsement struct {
	reads  map[string]int
	writes map[string][]int
	n      int
	taken  bool
}

func newLedger(seed uint64, f faults) *ledger {
	return &ledger{faults: f, rand: rand.New(rand.NewPCG(seed, 1)), lists: map[string][]int{}, versions: map[string]int{},
		endorsed: map[string]*endorsement{}, status: map[string]fabric.Status{}, changed: make(chan struct{}), inFlight: map[string]string{}}
}

func (f *ledger) chance(thousandth int) bool { return f.rand.IntN(1000) < thousandth }

func (f *ledger) sleep(ctx context.Context, d time.Duration) error {
	if j := f.faults.Jitter; j > 0 {
		f.mu.Lock()
		d += time.Duration(f.rand.Int64N(int64(j)))
		f.mu.Unlock()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return &fabric.Error{Kind: fabric.Deadline, Err: ctx.Err()}
	}
}

func (f *ledger) Endorse(ctx context.Context, p fabric.Proposal) (*fabric.Transaction, error) {
	if err := f.sleep(ctx, f.faults.EndorseDelay); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	var requests []operation.Request
	alone := p.Function == appendAlone
	if alone {
		requests = []operation.Request{{Op: "Add", In: p.Args[0]}}
	} else if err := json.Unmarshal(p.Args[0], &requests); err != nil {
		return nil, err
	}
	switch {
	case f.chance(f.faults.EndorseAway):
		return nil, &fabric.Error{Kind: fabric.Unavailable, Err: errors.New("away")}
	case f.chance(f.faults.EndorseMismatch):
		return nil, &fabric.Error{Kind: fabric.Mismatch, Err: errors.New("ProposalResponsePayloads do not match")}
	case f.chance(f.faults.EndorseUnsettled):
		return nil, &fabric.Error{Kind: fabric.Unsettled, Err: errors.New("chaincode definition changed during invoke")}
	case f.faults.MaxOperations > 0 && len(requests) > f.faults.MaxOperations:
		return nil, &fabric.Error{Kind: fabric.TooMuch, Err: errors.New("too large")}
	}
	e := &endorsement{reads: map[string]int{}, writes: map[string][]int{}, n: len(requests)}
	results := make([]operation.Result, len(requests))
	for i, r := range requests {
		var in input
		if err := json.Unmarshal(r.In, &in); err != nil {
			return nil, err
		}
		if in.Poison {
			return nil, &fabric.Error{Kind: fabric.Failed, Answered: true, Err: errors.New("chaincode response 500, no such luck")}
		}
		results[i] = f.execute(e, in)
	}
	id := fmt.Sprintf("tx%d", len(f.endorsed))
	f.endorsed[id] = e
	if alone { // a contract of others: its no is an error, its answer any text
		if results[0].Refusal != nil {
			return nil, &fabric.Error{Kind: fabric.Failed, Answered: true, Err: errors.New("chaincode response 500, no such asset")}
		}
		return f.transaction(id, p, fmt.Sprint("version ", results[0].Version))
	}
	return f.transaction(id, p, results)
}

// appendAlone is the ledger's operation as a function that takes one input.
const appendAlone = "Append"

func (f *ledger) execute(e *endorsement, in input) operation.Result {
	list, ok := e.writes[in.Entity]
	if !ok {
		list = f.lists[in.Entity]
		e.reads[in.Entity] = f.versions[in.Entity]
	}
	if in.Refuse {
		return operation.Result{Refusal: operation.Refuse("BOX_FULL", "no")}
	}
	for _, n := range list {
		if n == in.N {
			return operation.Result{Type: "list", ID: in.Entity, Existing: true}
		}
	}
	list = append(append([]int(nil), list...), in.N)
	e.writes[in.Entity] = list
	return operation.Result{Type: "list", ID: in.Entity, Version: len(list)}
}

// transaction encodes what Restore decodes.
func (f *ledger) transaction(id string, p fabric.Proposal, results any) (*fabric.Transaction, error) {
	payload, err := json.Marshal(results)
	if err != nil {
		return nil, err
	}
	b := func(m proto.Message) []byte {
		out, err := proto.Marshal(m)
		if err != nil {
			panic(err)
		}
		return out
	}
	action := b(&peer.ChaincodeActionPayload{Action: &peer.ChaincodeEndorsedAction{ProposalResponsePayload: b(&peer.ProposalResponsePayload{
		Extension: b(&peer.ChaincodeAction{Response: &peer.Response{Status: 200, Payload: payload}})})}})
	prepared := b(&gateway.PreparedTransaction{TransactionId: id, Envelope: &common.Envelope{Payload: b(&common.Payload{
		Header: &common.Header{ChannelHeader: b(&common.ChannelHeader{ChannelId: p.Channel, TxId: id, Timestamp: timestamppb.Now()})},
		Data:   b(&peer.Transaction{Actions: []*peer.TransactionAction{{Payload: action}}}),
	})}})
	return fabric.Restore(p.App, prepared, []byte("signature"))
}

func (f *ledger) Submit(ctx context.Context, tx *fabric.Transaction) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.endorsed[tx.ID]
	if f.chance(f.faults.SubmitLost) {
		return &fabric.Error{Kind: fabric.Unavailable, Err: errors.New("lost on the way there")}
	}
	if !e.taken {
		e.taken = true
		for entity := range e.writes {
			if other := f.inFlight[entity]; other != "" && other != tx.ID {
				f.overlaps++
			}
			f.inFlight[entity] = tx.ID
		}
		delay := f.faults.CommitDelay
		if j := f.faults.Jitter; j > 0 {
			delay += time.Duration(f.rand.Int64N(int64(j)))
		}
		time.AfterFunc(delay, func() { f.commit(tx.ID, e) })
	}
	if f.chance(f.faults.SubmitTakenUnsaid) {
		return &fabric.Error{Kind: fabric.Deadline, Err: errors.New("lost on the way back")}
	}
	return nil
}

func (f *ledger) commit(id string, e *endorsement) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.block++
	if f.chance(f.faults.Rival) {
		for entity := range e.writes {
			f.versions[entity]++
			break
		}
	}
	status := fabric.Status{Valid: true, Code: peer.TxValidationCode_VALID, Block: f.block}
	for entity, version := range e.reads {
		if f.versions[entity] != version {
			status = fabric.Status{Code: peer.TxValidationCode_MVCC_READ_CONFLICT, Block: f.block}
			f.conflicts++
		}
	}
	for entity, list := range e.writes {
		if status.Valid {
			f.lists[entity] = list
			f.versions[entity]++
		}
		if f.inFlight[entity] == id {
			delete(f.inFlight, entity)
		}
	}
	if status.Valid {
		f.sizes = append(f.sizes, e.n)
	}
	f.status[id] = status
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *ledger) Status(ctx context.Context, tx *fabric.Transaction) (fabric.Status, error) {
	f.mu.Lock()
	silent, away := f.chance(f.faults.StatusSilent), f.chance(f.faults.StatusAway)
	f.mu.Unlock()
	if away {
		return fabric.Status{}, &fabric.Error{Kind: fabric.Unavailable, Err: errors.New("away")}
	}
	for {
		f.mu.Lock()
		status, ok := f.status[tx.ID]
		changed := f.changed
		f.mu.Unlock()
		if ok && !silent {
			return status, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fabric.Status{}, &fabric.Error{Kind: fabric.Deadline, Err: ctx.Err()}
		}
	}
}

// applied is how often n stands in the entity's list.
func (f *ledger) applied(entity string, n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	count := 0
	for _, m := range f.lists[entity] {
		if m == n {
			count++
		}
	}
	return count
}

func add(entity string, n int) operation.Request { return request(input{Entity: entity, N: n}) }

func request(in input) operation.Request {
	text, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	return operation.Request{Op: "Add", In: text}
}
