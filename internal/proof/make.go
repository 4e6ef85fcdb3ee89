package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Question is what is to be attested.
type Question struct {
	Channel, Contract, Function string
	Args                        []string
	// Nonce is the verifier's; it becomes the proposal's own, so that every
	// peer signs it.
	Nonce []byte
	Time  time.Time
	// Endorsers are the MSPs whose peers are to sign.
	Endorsers []string
}

// Propose makes the proposal of a question for the identity creator
// (msp.SerializedIdentity), as the bytes that fabric-gateway's NewProposal
// takes. It is signed and endorsed there as any other.
func (q Question) Propose(creator []byte) ([]byte, error) {
	args := [][]byte{[]byte(q.Function)}
	for _, a := range q.Args {
		args = append(args, []byte(a))
	}
	name := &peer.ChaincodeID{Name: q.Contract}
	id := sha256.Sum256(append(append([]byte{}, q.Nonce...), creator...))
	txID := hex.EncodeToString(id[:])
	var failed error
	pack := func(m proto.Message) []byte {
		out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil && failed == nil {
			failed = err
		}
		return out
	}
	header := &common.Header{
		ChannelHeader: pack(&common.ChannelHeader{
			Type: int32(common.HeaderType_ENDORSER_TRANSACTION), ChannelId: q.Channel, TxId: txID, Timestamp: timestamppb.New(q.Time),
			Extension: pack(&peer.ChaincodeHeaderExtension{ChaincodeId: name}),
		}),
		SignatureHeader: pack(&common.SignatureHeader{Creator: creator, Nonce: q.Nonce}),
	}
	proposal := &peer.Proposal{Header: pack(header), Payload: pack(&peer.ChaincodeProposalPayload{
		Input: pack(&peer.ChaincodeInvocationSpec{ChaincodeSpec: &peer.ChaincodeSpec{
			Type: peer.ChaincodeSpec_GOLANG, ChaincodeId: name, Input: &peer.ChaincodeInput{Args: args},
		}}),
	})}
	out := pack(&gateway.ProposedTransaction{
		TransactionId: txID, Proposal: &peer.SignedProposal{ProposalBytes: pack(proposal)}, EndorsingOrganizations: q.Endorsers,
	})
	if failed != nil {
		return nil, refuse(Malformed, "the proposal cannot be encoded: %v", failed)
	}
	return out, nil
}

// FromEnvelope takes the view out of an endorsed transaction's envelope, as it
// would go to the orderers, or as it stands in a block.
func FromEnvelope(raw []byte) (*View, error) {
	envelope, payload, tx := &common.Envelope{}, &common.Payload{}, &peer.Transaction{}
	action := &peer.ChaincodeActionPayload{}
	if err := proto.Unmarshal(raw, envelope); err != nil {
		return nil, refuse(Malformed, "not an envelope: %v", err)
	}
	if err := proto.Unmarshal(envelope.Payload, payload); err != nil {
		return nil, refuse(Malformed, "the envelope's payload is not readable: %v", err)
	}
	if err := proto.Unmarshal(payload.Data, tx); err != nil || len(tx.Actions) != 1 {
		return nil, refuse(Malformed, "the envelope holds no transaction with one action")
	}
	if err := proto.Unmarshal(tx.Actions[0].Payload, action); err != nil {
		return nil, refuse(Malformed, "the transaction's action is not readable: %v", err)
	}
	v := &View{
		ChannelHeader: payload.GetHeader().GetChannelHeader(), SignatureHeader: payload.GetHeader().GetSignatureHeader(),
		ProposalPayload: action.ChaincodeProposalPayload, ResponsePayload: action.GetAction().GetProposalResponsePayload(),
	}
	seen := map[string]bool{}
	for _, e := range action.GetAction().GetEndorsements() {
		id := &msp.SerializedIdentity{}
		if err := proto.Unmarshal(e.Endorser, id); err != nil {
			return nil, refuse(Malformed, "an endorser is no identity: %v", err)
		}
		if !seen[id.Mspid] { // a second peer of an organisation adds nothing to a view
			seen[id.Mspid] = true
			v.Endorsements = append(v.Endorsements, Endorsement{e.Endorser, e.Signature})
		}
	}
	return v, nil
}

// FromPrepared takes the view out of what fabric-gateway's Transaction.Bytes
// gives after endorsement.
func FromPrepared(raw []byte) (*View, error) {
	prepared := &gateway.PreparedTransaction{}
	if err := proto.Unmarshal(raw, prepared); err != nil {
		return nil, refuse(Malformed, "not a prepared transaction: %v", err)
	}
	envelope, err := proto.Marshal(prepared.Envelope)
	if err != nil {
		return nil, refuse(Malformed, "the envelope cannot be encoded: %v", err)
	}
	return FromEnvelope(envelope)
}
