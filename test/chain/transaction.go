package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/operation"
)

// Transaction is one transaction of a block. Of what is no contract call only
// the first fields are set.
type Transaction struct {
	ID    string
	Block uint64
	Place int // in the block, from 0
	Code  peer.TxValidationCode
	Time  time.Time

	Contract, Function string
	Args               [][]byte
	Answer             []byte // what the contract answered
	Writes             []Write
	Bytes              int // of the envelope

	requests []operation.Request // once Operations was asked
	results  []operation.Result
}

// Write is one key that a transaction wrote.
type Write struct {
	Contract, Key string
	Value         []byte // nil where it was deleted
}

// Valid tells whether the ledger took the transaction's writes.
func (t *Transaction) Valid() bool { return t.Code == peer.TxValidationCode_VALID }

// Operations are the requests of a call of Apply and their results; nil for
// any other call.
func (t *Transaction) Operations() ([]operation.Request, []operation.Result, error) {
	if t.results != nil || t.Function != operation.Apply || len(t.Args) != 1 {
		return t.requests, t.results, nil
	}
	if err := json.Unmarshal(t.Args[0], &t.requests); err != nil {
		return nil, nil, fmt.Errorf("transaction %s: its requests: %w", t.ID, err)
	}
	if err := json.Unmarshal(t.Answer, &t.results); err != nil {
		return nil, nil, fmt.Errorf("transaction %s: its results: %w", t.ID, err)
	}
	if len(t.requests) != len(t.results) {
		return nil, nil, fmt.Errorf("transaction %s: %d requests and %d results", t.ID, len(t.requests), len(t.results))
	}
	return t.requests, t.results, nil
}

// Record is what the transaction wrote of a record, nil where it did not.
func (t *Transaction) Record(contract, recordType, id string) (*operation.Record, error) {
	for _, w := range t.Writes {
		if w.Contract == contract && w.Key == recordType+"/"+id && w.Value != nil {
			var r operation.Record
			if err := json.Unmarshal(w.Value, &r); err != nil {
				return nil, fmt.Errorf("transaction %s: the record %s: %w", t.ID, w.Key, err)
			}
			return &r, nil
		}
	}
	return nil, nil
}

// Transactions are those of a block.
func Transactions(block *common.Block) ([]Transaction, error) {
	codes := block.GetMetadata().GetMetadata()[common.BlockMetadataIndex_TRANSACTIONS_FILTER]
	all := make([]Transaction, len(block.GetData().GetData()))
	for i, data := range block.GetData().GetData() {
		t := &all[i]
		t.Block, t.Place, t.Code, t.Bytes = block.GetHeader().GetNumber(), i, peer.TxValidationCode(codes[i]), len(data)
		if err := t.read(data); err != nil {
			return nil, fmt.Errorf("block %d, transaction %d: %w", t.Block, i, err)
		}
	}
	return all, nil
}

func (t *Transaction) read(data []byte) error {
	var (
		envelope common.Envelope
		payload  common.Payload
		header   common.ChannelHeader
	)
	if err := errors.Join(proto.Unmarshal(data, &envelope), proto.Unmarshal(envelope.GetPayload(), &payload),
		proto.Unmarshal(payload.GetHeader().GetChannelHeader(), &header)); err != nil {
		return err
	}
	t.ID, t.Time = header.GetTxId(), header.GetTimestamp().AsTime()
	if common.HeaderType(header.GetType()) != common.HeaderType_ENDORSER_TRANSACTION {
		return nil
	}
	var tx peer.Transaction
	if err := proto.Unmarshal(payload.GetData(), &tx); err != nil {
		return err
	}
	if n := len(tx.GetActions()); n != 1 {
		return fmt.Errorf("it has %d actions", n)
	}
	var action peer.ChaincodeActionPayload
	if err := proto.Unmarshal(tx.GetActions()[0].GetPayload(), &action); err != nil {
		return err
	}
	if err := t.readCall(action.GetChaincodeProposalPayload()); err != nil {
		return err
	}
	return t.readOutcome(action.GetAction().GetProposalResponsePayload())
}

func (t *Transaction) readCall(data []byte) error {
	var (
		proposal peer.ChaincodeProposalPayload
		spec     peer.ChaincodeInvocationSpec
	)
	if err := errors.Join(proto.Unmarshal(data, &proposal), proto.Unmarshal(proposal.GetInput(), &spec)); err != nil {
		return err
	}
	t.Contract = spec.GetChaincodeSpec().GetChaincodeId().GetName()
	if args := spec.GetChaincodeSpec().GetInput().GetArgs(); len(args) > 0 {
		t.Function, t.Args = string(args[0]), args[1:]
	}
	return nil
}

func (t *Transaction) readOutcome(data []byte) error {
	var (
		response peer.ProposalResponsePayload
		outcome  peer.ChaincodeAction
		sets     rwset.TxReadWriteSet
	)
	if err := errors.Join(proto.Unmarshal(data, &response), proto.Unmarshal(response.GetExtension(), &outcome),
		proto.Unmarshal(outcome.GetResults(), &sets)); err != nil {
		return err
	}
	t.Answer = outcome.GetResponse().GetPayload()
	for _, ns := range sets.GetNsRwset() {
		var kv kvrwset.KVRWSet
		if err := proto.Unmarshal(ns.GetRwset(), &kv); err != nil {
			return err
		}
		for _, w := range kv.GetWrites() {
			value := w.GetValue()
			if w.GetIsDelete() {
				value = nil
			}
			t.Writes = append(t.Writes, Write{ns.GetNamespace(), w.GetKey(), value})
		}
	}
	return nil
}
