package lifecycle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"henanchain/internal/ordering"
)

const (
	contractName = "_lifecycle" // Fabric's own contract, by which contracts are agreed on
	callTimeout  = 30 * time.Second
	commitWithin = 60 * time.Second
	// askFirst and askLongest are how long a transaction that the orderers seem
	// not to have taken is looked for before it is handed to them again.
	askFirst, askLongest = time.Second, 4 * time.Second
)

// call is one signed proposal, to the lifecycle contract where nothing else is said.
type call struct {
	channel string
	txID    string
	signer  identity.SigningIdentity
	header  []byte
	payload []byte
	signed  *peer.SignedProposal
}

func newCall(signer identity.SigningIdentity, channel, function string, args proto.Message) (*call, error) {
	arg, err := proto.Marshal(args)
	if err != nil {
		return nil, err
	}
	return newCallOf(signer, channel, contractName, &peer.ChaincodeInput{Args: [][]byte{[]byte(function), arg}})
}

// newCallOf is a call of any contract.
func newCallOf(signer identity.SigningIdentity, channel, contract string, in *peer.ChaincodeInput) (*call, error) {
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: signer.MspID(), IdBytes: signer.Credentials()})
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 24)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append(append([]byte{}, nonce...), creator...))
	c := &call{channel: channel, txID: hex.EncodeToString(sum[:]), signer: signer}
	id := &peer.ChaincodeID{Name: contract}
	if c.header, err = header(c.txID, channel, creator, nonce, id); err != nil {
		return nil, err
	}
	input, err := proto.Marshal(&peer.ChaincodeInvocationSpec{ChaincodeSpec: &peer.ChaincodeSpec{
		Type: peer.ChaincodeSpec_GOLANG, ChaincodeId: id, Input: in,
	}})
	if err != nil {
		return nil, err
	}
	if c.payload, err = proto.Marshal(&peer.ChaincodeProposalPayload{Input: input}); err != nil {
		return nil, err
	}
	proposal, err := proto.Marshal(&peer.Proposal{Header: c.header, Payload: c.payload})
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(proposal)
	if err != nil {
		return nil, fmt.Errorf("sign for %s: %w", signer.MspID(), err)
	}
	c.signed = &peer.SignedProposal{ProposalBytes: proposal, Signature: signature}
	return c, nil
}

func header(txID, channel string, creator, nonce []byte, id *peer.ChaincodeID) ([]byte, error) {
	extension, err := proto.Marshal(&peer.ChaincodeHeaderExtension{ChaincodeId: id})
	if err != nil {
		return nil, err
	}
	channelHeader, err := proto.Marshal(&common.ChannelHeader{
		Type: int32(common.HeaderType_ENDORSER_TRANSACTION), TxId: txID, ChannelId: channel,
		Timestamp: timestamppb.Now(), Extension: extension,
	})
	if err != nil {
		return nil, err
	}
	signatureHeader, err := proto.Marshal(&common.SignatureHeader{Creator: creator, Nonce: nonce})
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&common.Header{ChannelHeader: channelHeader, SignatureHeader: signatureHeader})
}

// endorse asks one peer; an answer that is no success is an error.
func (c *call) endorse(ctx context.Context, at Peer) (*peer.ProposalResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := peer.NewEndorserClient(at.Conn).ProcessProposal(ctx, c.signed)
	if err != nil {
		return nil, err
	}
	if r := response.GetResponse(); r.GetStatus() < 200 || r.GetStatus() >= 400 {
		return nil, &refused{status: r.GetStatus(), message: r.GetMessage()}
	}
	return response, nil
}

// ask evaluates a query at one peer and fills result with the answer.
func ask(ctx context.Context, at Peer, signer identity.SigningIdentity, channel, function string, args, result proto.Message) error {
	c, err := newCall(signer, channel, function, args)
	if err != nil {
		return err
	}
	response, err := c.endorse(ctx, at)
	if err != nil {
		return err
	}
	if err := proto.Unmarshal(response.GetResponse().GetPayload(), result); err != nil {
		return fmt.Errorf("answer to %s: %w", function, err)
	}
	return nil
}

// submit makes a transaction of the endorsements, hands it to the orderers
// through one peer, and waits until that peer has committed it.
func (c *call) submit(ctx context.Context, through Peer, endorsed []*peer.ProposalResponse) error {
	envelope, err := c.envelope(endorsed)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commitWithin)
	defer cancel()
	client := gateway.NewGatewayClient(through.Conn)
	request := &gateway.SubmitRequest{TransactionId: c.txID, ChannelId: c.channel, PreparedTransaction: envelope}
	for wait := askFirst; ; wait = min(2*wait, askLongest) {
		_, err := client.Submit(ctx, request)
		switch {
		case err == nil, ordering.Has(err):
			return c.committed(ctx, client)
		case status.Code(err) != codes.Unavailable:
			return err
		}
		// Some of the orderers may have taken it. The same bytes again are safe,
		// since Fabric takes a transaction ID once, and a waste where they have.
		ask, end := context.WithTimeout(ctx, wait)
		said := c.committed(ask, client)
		code := status.Code(said)
		known := code != codes.DeadlineExceeded && code != codes.Unavailable && code != codes.Aborted
		if !known {
			<-ask.Done()
		}
		end()
		switch {
		case known:
			return said
		case ctx.Err() != nil:
			return err
		}
	}
}

func (c *call) committed(ctx context.Context, client gateway.GatewayClient) error {
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: c.signer.MspID(), IdBytes: c.signer.Credentials()})
	if err != nil {
		return err
	}
	request, err := proto.Marshal(&gateway.CommitStatusRequest{TransactionId: c.txID, ChannelId: c.channel, Identity: creator})
	if err != nil {
		return err
	}
	signature, err := c.signer.Sign(request)
	if err != nil {
		return fmt.Errorf("sign for %s: %w", c.signer.MspID(), err)
	}
	answer, err := client.CommitStatus(ctx, &gateway.SignedCommitStatusRequest{Request: request, Signature: signature})
	if err != nil {
		return fmt.Errorf("wait for transaction %s: %w", c.txID, err)
	}
	if answer.GetResult() != peer.TxValidationCode_VALID {
		return &invalid{code: answer.GetResult().String()}
	}
	return nil
}

// envelope joins the endorsements, which must be of the same result.
func (c *call) envelope(endorsed []*peer.ProposalResponse) (*common.Envelope, error) {
	endorsements := make([]*peer.Endorsement, 0, len(endorsed))
	for _, response := range endorsed {
		if string(response.GetPayload()) != string(endorsed[0].GetPayload()) {
			return nil, &refused{status: 409, message: "the peers' results differ: one of them is behind the others"}
		}
		endorsements = append(endorsements, response.GetEndorsement())
	}
	action, err := proto.Marshal(&peer.ChaincodeActionPayload{
		ChaincodeProposalPayload: c.payload,
		Action:                   &peer.ChaincodeEndorsedAction{ProposalResponsePayload: endorsed[0].GetPayload(), Endorsements: endorsements},
	})
	if err != nil {
		return nil, err
	}
	head := &common.Header{}
	if err := proto.Unmarshal(c.header, head); err != nil {
		return nil, err
	}
	transaction, err := proto.Marshal(&peer.Transaction{Actions: []*peer.TransactionAction{{Header: head.GetSignatureHeader(), Payload: action}}})
	if err != nil {
		return nil, err
	}
	payload, err := proto.Marshal(&common.Payload{Header: head, Data: transaction})
	if err != nil {
		return nil, err
	}
	signature, err := c.signer.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("sign for %s: %w", c.signer.MspID(), err)
	}
	return &common.Envelope{Payload: payload, Signature: signature}, nil
}

// endorseAtOne asks an organisation's peers in turn until one answers.
func (c *call) endorseAtOne(ctx context.Context, org Organisation) (response *peer.ProposalResponse, at Peer, err error) {
	for _, at = range org.Peers {
		if response, err = c.endorse(ctx, at); status.Code(err) != codes.Unavailable {
			break
		}
	}
	return response, at, err
}
