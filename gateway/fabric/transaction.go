package fabric

import (
	"context"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Transaction is an endorsed and signed transaction. Its Bytes and Signature
// are all that it takes to submit it again after a crash, see Restore.
type Transaction struct {
	ID      string
	Channel string
	App     string
	// Time is the transaction time (UTC, whole seconds), as contracts see it.
	Time time.Time
	// Result is what the contract answered.
	Result []byte
	// Bytes is the prepared transaction (gateway.PreparedTransaction) without
	// the envelope's signature.
	Bytes []byte
	// Signature is the application's over the envelope's payload.
	Signature []byte

	link *link // the peer that endorsed it, and that knows of its commit first
}

// Status tells how a transaction ended on the ledger.
type Status struct {
	// Valid is true where the ledger took its writes.
	Valid bool
	// Code is Fabric's validation code, such as MVCC_READ_CONFLICT.
	Code peer.TxValidationCode
	// Block is the number of the block that holds it.
	Block uint64
}

// Restore makes a transaction of what was kept of one.
func Restore(app string, bytes, signature []byte) (*Transaction, error) {
	tx := &Transaction{App: app, Bytes: bytes, Signature: signature}
	var prepared gateway.PreparedTransaction
	if err := proto.Unmarshal(bytes, &prepared); err != nil {
		return nil, fmt.Errorf("decode prepared transaction: %w", err)
	}
	tx.ID = prepared.GetTransactionId()
	var payload common.Payload
	if err := proto.Unmarshal(prepared.GetEnvelope().GetPayload(), &payload); err != nil {
		return nil, fmt.Errorf("decode payload of transaction %s: %w", tx.ID, err)
	}
	if err := tx.readHeader(payload.GetHeader().GetChannelHeader()); err != nil {
		return nil, fmt.Errorf("transaction %s: %w", tx.ID, err)
	}
	result, err := resultOf(&payload)
	if err != nil {
		return nil, fmt.Errorf("transaction %s: %w", tx.ID, err)
	}
	tx.Result = result
	return tx, nil
}

func (tx *Transaction) readHeader(bytes []byte) error {
	var header common.ChannelHeader
	if err := proto.Unmarshal(bytes, &header); err != nil {
		return fmt.Errorf("decode channel header: %w", err)
	}
	if header.GetChannelId() == "" || header.GetTxId() != tx.ID || tx.ID == "" {
		return fmt.Errorf("the channel header names channel %q and transaction %q", header.GetChannelId(), header.GetTxId())
	}
	tx.Channel = header.GetChannelId()
	tx.Time = header.GetTimestamp().AsTime().Truncate(time.Second)
	return nil
}

func resultOf(payload *common.Payload) ([]byte, error) {
	var (
		tx       peer.Transaction
		action   peer.ChaincodeActionPayload
		response peer.ProposalResponsePayload
		outcome  peer.ChaincodeAction
	)
	if err := proto.Unmarshal(payload.GetData(), &tx); err != nil {
		return nil, fmt.Errorf("decode transaction: %w", err)
	}
	if len(tx.GetActions()) != 1 {
		return nil, fmt.Errorf("it has %d actions instead of one", len(tx.GetActions()))
	}
	if err := proto.Unmarshal(tx.GetActions()[0].GetPayload(), &action); err != nil {
		return nil, fmt.Errorf("decode action: %w", err)
	}
	if err := proto.Unmarshal(action.GetAction().GetProposalResponsePayload(), &response); err != nil {
		return nil, fmt.Errorf("decode proposal response: %w", err)
	}
	if err := proto.Unmarshal(response.GetExtension(), &outcome); err != nil {
		return nil, fmt.Errorf("decode chaincode action: %w", err)
	}
	return outcome.GetResponse().GetPayload(), nil
}

// sign signs an endorsed transaction before it is submitted, so that the very
// bytes can be kept first. A full batch has megabytes: only what is needed is
// taken out of them, without decoding the rest.
func (v visit) sign(p Proposal, endorsed *client.Transaction) (*Transaction, error) {
	bytes, err := endorsed.Bytes()
	if err != nil {
		return nil, err
	}
	signature, err := v.id.sign(endorsed.Digest())
	if err != nil {
		return nil, fmt.Errorf("sign transaction: %w", err)
	}
	tx := &Transaction{ID: endorsed.TransactionID(), App: p.App, Result: endorsed.Result(), Bytes: bytes, Signature: signature, link: v.link}
	header := part(tx.payload(), payloadHeader, headerChannelHeader)
	if err := tx.readHeader(header); err != nil {
		return nil, fmt.Errorf("transaction %s: %w", tx.ID, err)
	}
	return tx, nil
}

// Numbers of the fields on the way to what is needed.
const (
	preparedEnvelope    protowire.Number = 2 // of gateway.PreparedTransaction
	envelopePayload     protowire.Number = 1
	payloadHeader       protowire.Number = 1
	headerChannelHeader protowire.Number = 1
)

// payload is what the application signed.
func (tx *Transaction) payload() []byte { return part(tx.Bytes, preparedEnvelope, envelopePayload) }

// part finds a field inside messages, as a part of the bytes; nil where it is
// not there.
func part(message []byte, path ...protowire.Number) []byte {
	for _, wanted := range path {
		var found []byte
		for len(message) > 0 && found == nil {
			number, kind, n := protowire.ConsumeTag(message)
			if n < 0 {
				return nil
			}
			message = message[n:]
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return nil
			}
			if number == wanted && kind == protowire.BytesType {
				found, _ = protowire.ConsumeBytes(message)
			}
			message = message[n:]
		}
		message = found
	}
	return message
}

// status waits until one peer has the transaction, and tells how it ended.
func (tx *Transaction) status(ctx context.Context, at visit) (Status, error) {
	commit, err := tx.commit(at)
	if err != nil {
		return Status{}, err
	}
	s, err := commit.StatusWithContext(ctx)
	if err != nil {
		return Status{}, err
	}
	at.link.reached(tx.Channel, s.BlockNumber)
	return Status{Valid: s.Successful, Code: s.Code, Block: s.BlockNumber}, nil
}

// commit makes the question for the transaction's status at one peer.
func (tx *Transaction) commit(v visit) (*client.Commit, error) {
	request, err := proto.Marshal(&gateway.CommitStatusRequest{ChannelId: tx.Channel, TransactionId: tx.ID, Identity: v.id.creator})
	if err != nil {
		return nil, fmt.Errorf("encode status request: %w", err)
	}
	bytes, err := proto.Marshal(&gateway.SignedCommitStatusRequest{Request: request})
	if err != nil {
		return nil, fmt.Errorf("encode status request: %w", err)
	}
	return v.client.NewCommit(bytes)
}
