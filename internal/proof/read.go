package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// Fact is what a view says: who asked what of whom, when, and the answer.
type Fact struct {
	Channel  string    `json:"channel"`
	Contract string    `json:"contract"`
	Version  string    `json:"contractVersion"` // as the peers name it: the committed definition's version
	Function string    `json:"function"`
	Args     []string  `json:"args"`
	TxID     string    `json:"txId"`
	Time     time.Time `json:"time"`  // as the asker claims; the peers hold it to within 15 minutes of their clocks
	Nonce    string    `json:"nonce"` // hex
	Asker    string    `json:"asker"` // MSP of the organisation that asked
	Status   int32     `json:"status"`
	Answer   []byte    `json:"answer"`
	// Endorsers are the MSPs whose peers signed, in the order of the view.
	Endorsers []string `json:"endorsers"`
}

// reading is a view taken apart.
type reading struct {
	Fact
	nonce      []byte
	creator    []byte
	identities []*msp.SerializedIdentity
	actionName string // contract that the response names
	headerName string // contract that the header names
	hash       []byte // proposal hash that the peers signed
	wantHash   []byte // hash of the proposal in the view
}

// Fact is what the view says, whoever made it: nothing of it is verified.
func (v *View) Fact() (*Fact, error) {
	r, err := v.read()
	if err != nil {
		return nil, err
	}
	return &r.Fact, nil
}

// read takes the raw bytes apart. It checks their form and that the parts
// belong together, and trusts nothing.
func (v *View) read() (*reading, error) {
	r := &reading{}
	if err := r.header(v); err != nil {
		return nil, err
	}
	if err := r.question(v); err != nil {
		return nil, err
	}
	if err := r.answer(v); err != nil {
		return nil, err
	}
	for _, e := range v.Endorsements {
		id := &msp.SerializedIdentity{}
		if err := proto.Unmarshal(e.Endorser, id); err != nil {
			return nil, refuse(Malformed, "an endorser is no identity: %v", err)
		}
		r.identities = append(r.identities, id)
		r.Endorsers = append(r.Endorsers, id.Mspid)
	}
	return r, nil
}

func (r *reading) header(v *View) error {
	channel, signature, extension := &common.ChannelHeader{}, &common.SignatureHeader{}, &peer.ChaincodeHeaderExtension{}
	if err := proto.Unmarshal(v.ChannelHeader, channel); err != nil {
		return refuse(Malformed, "the channel header is not readable: %v", err)
	}
	if err := proto.Unmarshal(v.SignatureHeader, signature); err != nil {
		return refuse(Malformed, "the signature header is not readable: %v", err)
	}
	if err := proto.Unmarshal(channel.Extension, extension); err != nil {
		return refuse(Malformed, "the channel header's extension is not readable: %v", err)
	}
	if channel.Type != int32(common.HeaderType_ENDORSER_TRANSACTION) || channel.Timestamp.CheckValid() != nil {
		return refuse(Malformed, "the header is not that of a transaction with a time")
	}
	r.Channel, r.TxID, r.Time = channel.ChannelId, channel.TxId, channel.Timestamp.AsTime()
	r.headerName = extension.GetChaincodeId().GetName()
	r.nonce, r.creator, r.Nonce = signature.Nonce, signature.Creator, hex.EncodeToString(signature.Nonce)
	id := sha256.Sum256(append(bytes.Clone(signature.Nonce), signature.Creator...))
	if len(signature.Nonce) == 0 || hex.EncodeToString(id[:]) != r.TxID {
		return refuse(TransactionInvalid, "the transaction ID %.64s is not that of its nonce and creator", r.TxID)
	}
	asker := &msp.SerializedIdentity{}
	if err := proto.Unmarshal(signature.Creator, asker); err != nil {
		return refuse(Malformed, "the creator is no identity: %v", err)
	}
	r.Asker = asker.Mspid
	return nil
}

func (r *reading) question(v *View) error {
	payload, invocation := &peer.ChaincodeProposalPayload{}, &peer.ChaincodeInvocationSpec{}
	if err := proto.Unmarshal(v.ProposalPayload, payload); err != nil {
		return refuse(Malformed, "the proposal is not readable: %v", err)
	}
	if len(payload.TransientMap) > 0 { //nolint:staticcheck // the field exists to be left out
		return refuse(Malformed, "the view carries a transient map, which no peer signs")
	}
	if err := proto.Unmarshal(payload.Input, invocation); err != nil {
		return refuse(Malformed, "the proposal's input is not readable: %v", err)
	}
	args := invocation.GetChaincodeSpec().GetInput().GetArgs()
	if len(args) == 0 {
		return refuse(Malformed, "the proposal calls no function")
	}
	r.Contract = invocation.GetChaincodeSpec().GetChaincodeId().GetName()
	r.Function = string(args[0])
	for _, a := range args[1:] {
		r.Args = append(r.Args, string(a))
	}
	hash := sha256.New()
	hash.Write(v.ChannelHeader)
	hash.Write(v.SignatureHeader)
	hash.Write(v.ProposalPayload)
	r.wantHash = hash.Sum(nil)
	return nil
}

func (r *reading) answer(v *View) error {
	payload, action := &peer.ProposalResponsePayload{}, &peer.ChaincodeAction{}
	if err := proto.Unmarshal(v.ResponsePayload, payload); err != nil {
		return refuse(Malformed, "the response is not readable: %v", err)
	}
	if err := proto.Unmarshal(payload.Extension, action); err != nil {
		return refuse(Malformed, "the contract's answer is not readable: %v", err)
	}
	r.hash = payload.ProposalHash
	r.actionName, r.Version = action.GetChaincodeId().GetName(), action.GetChaincodeId().GetVersion()
	r.Status, r.Answer = action.GetResponse().GetStatus(), action.GetResponse().GetPayload()
	return nil
}
