package block

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// Transaction is one transaction of a block, as far as the public reads it.
// Private data is not in a block; its hashes are left out.
type Transaction struct {
	Position int // in the block, from 0
	ID       string
	Type     common.HeaderType
	Code     peer.TxValidationCode
	Channel  string
	Time     time.Time // as its creator claims, UTC
	Creator  Identity
	Contract string
	Function string
	Args     [][]byte
	// Endorsers are the peers whose signatures it carries.
	Endorsers []Identity
	// Status and Answer are the contract's response.
	Status int32
	Answer []byte
	// Namespaces holds what it writes into the public state, of each contract.
	Namespaces []Namespace
	Event      *Event
}

// Valid tells whether the ledger took the transaction's writes.
func (t *Transaction) Valid() bool { return t.Code == peer.TxValidationCode_VALID }

// Identity is who signed.
type Identity struct {
	MSP  string
	Name string // common name of the certificate
	App  string // business system (hnc.app), where the certificate names one
	Dept string // department (hnc.dept), likewise
}

// Namespace is what a transaction writes into one contract's public state.
type Namespace struct {
	Contract string
	Writes   []Write
}

// Write is one key's new value.
type Write struct {
	Key    string
	Value  []byte
	Delete bool
}

// Event is a contract's event.
type Event struct {
	Contract, Name string
	Payload        []byte
}

// Reader reads blocks. It remembers certificates that it has read, and is not
// safe for concurrent use.
type Reader struct{ known map[string]Identity }

// NewReader makes a Reader.
func NewReader() *Reader { return &Reader{known: map[string]Identity{}} }

// Transactions reads all transactions of a block. One that was not valid, and
// cannot be read, is there with what could be read of it: anybody may send
// such a one to an orderer. A valid one that cannot be read is an error.
func (r *Reader) Transactions(b *common.Block) ([]Transaction, error) {
	flags := metadata(b, common.BlockMetadataIndex_TRANSACTIONS_FILTER)
	all := make([]Transaction, len(b.GetData().GetData()))
	for i, raw := range b.GetData().GetData() {
		t := &all[i]
		t.Position, t.Code = i, peer.TxValidationCode_NOT_VALIDATED
		switch {
		case i < len(flags):
			t.Code = peer.TxValidationCode(flags[i])
		case b.Header.Number == 0: // the peers validate no genesis block
			t.Code = peer.TxValidationCode_VALID
		}
		if err := r.read(t, raw); err != nil && t.Valid() {
			return nil, &Error{Code: Malformed, Channel: t.Channel, Number: b.Header.Number, Message: fmt.Sprintf("transaction %d is valid and cannot be read: %v", i, err)}
		}
	}
	return all, nil
}

func (r *Reader) read(t *Transaction, raw []byte) error {
	envelope, payload := &common.Envelope{}, &common.Payload{}
	header, by := &common.ChannelHeader{}, &common.SignatureHeader{}
	if err := proto.Unmarshal(raw, envelope); err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	if err := proto.Unmarshal(envelope.Payload, payload); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if err := proto.Unmarshal(payload.GetHeader().GetChannelHeader(), header); err != nil {
		return fmt.Errorf("channel header: %w", err)
	}
	t.ID, t.Type, t.Channel = header.TxId, common.HeaderType(header.Type), header.ChannelId
	t.Time = header.Timestamp.AsTime().UTC()
	if err := proto.Unmarshal(payload.GetHeader().GetSignatureHeader(), by); err != nil {
		return fmt.Errorf("signature header: %w", err)
	}
	t.Creator = r.identity(by.Creator)
	if t.Type != common.HeaderType_ENDORSER_TRANSACTION {
		return nil
	}
	tx, action := &peer.Transaction{}, &peer.ChaincodeActionPayload{}
	if err := proto.Unmarshal(payload.Data, tx); err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	if len(tx.Actions) != 1 { // Fabric's validation takes exactly one
		return fmt.Errorf("it has %d actions", len(tx.Actions))
	}
	if err := proto.Unmarshal(tx.Actions[0].Payload, action); err != nil {
		return fmt.Errorf("action: %w", err)
	}
	if err := r.call(t, action); err != nil {
		return err
	}
	return r.outcome(t, action.GetAction())
}

func (r *Reader) call(t *Transaction, action *peer.ChaincodeActionPayload) error {
	proposal, invocation := &peer.ChaincodeProposalPayload{}, &peer.ChaincodeInvocationSpec{}
	if err := proto.Unmarshal(action.ChaincodeProposalPayload, proposal); err != nil {
		return fmt.Errorf("proposal: %w", err)
	}
	if err := proto.Unmarshal(proposal.Input, invocation); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	spec := invocation.GetChaincodeSpec()
	t.Contract = spec.GetChaincodeId().GetName()
	if args := spec.GetInput().GetArgs(); len(args) > 0 {
		t.Function, t.Args = string(args[0]), args[1:]
	}
	return nil
}

func (r *Reader) outcome(t *Transaction, action *peer.ChaincodeEndorsedAction) error {
	for _, e := range action.GetEndorsements() {
		t.Endorsers = append(t.Endorsers, r.identity(e.Endorser))
	}
	response, result := &peer.ProposalResponsePayload{}, &peer.ChaincodeAction{}
	if err := proto.Unmarshal(action.GetProposalResponsePayload(), response); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	if err := proto.Unmarshal(response.Extension, result); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	t.Status, t.Answer = result.GetResponse().GetStatus(), result.GetResponse().GetPayload()
	if len(result.Events) > 0 {
		event := &peer.ChaincodeEvent{}
		if err := proto.Unmarshal(result.Events, event); err != nil {
			return fmt.Errorf("event: %w", err)
		}
		t.Event = &Event{Contract: event.ChaincodeId, Name: event.EventName, Payload: event.Payload}
	}
	sets := &rwset.TxReadWriteSet{}
	if err := proto.Unmarshal(result.Results, sets); err != nil {
		return fmt.Errorf("read-write set: %w", err)
	}
	for _, ns := range sets.NsRwset {
		kv := &kvrwset.KVRWSet{}
		if err := proto.Unmarshal(ns.Rwset, kv); err != nil {
			return fmt.Errorf("read-write set of %s: %w", ns.Namespace, err)
		}
		if len(kv.Writes) == 0 {
			continue
		}
		n := Namespace{Contract: ns.Namespace, Writes: make([]Write, len(kv.Writes))}
		for i, w := range kv.Writes {
			// An empty value deletes, as Fabric's state has none.
			n.Writes[i] = Write{Key: w.Key, Value: w.Value, Delete: w.IsDelete || len(w.Value) == 0}
		}
		t.Namespaces = append(t.Namespaces, n)
	}
	return nil
}

// maxKnown bounds the certificates that a Reader remembers.
const maxKnown = 4096

func (r *Reader) identity(raw []byte) Identity {
	if id, ok := r.known[string(raw)]; ok {
		return id
	}
	serialized := &msp.SerializedIdentity{}
	if proto.Unmarshal(raw, serialized) != nil {
		return Identity{}
	}
	id := Identity{MSP: serialized.Mspid}
	if c, err := certificate(serialized.IdBytes); err == nil {
		id.Name = c.Subject.CommonName
		attributes := Attributes(c)
		id.App, id.Dept = attributes["hnc.app"], attributes["hnc.dept"]
	}
	if len(r.known) >= maxKnown {
		clear(r.known)
	}
	r.known[string(raw)] = id
	return id
}

// Attributes reads the attributes that Fabric CA puts into a certificate
// (OID 1.2.3.4.5.6.7.8.1).
func Attributes(c *x509.Certificate) map[string]string {
	for _, e := range c.Extensions {
		if e.Id.String() != "1.2.3.4.5.6.7.8.1" {
			continue
		}
		var v struct {
			Attrs map[string]string `json:"attrs"`
		}
		if json.Unmarshal(e.Value, &v) == nil {
			return v.Attrs
		}
	}
	return nil
}
