package channel

import (
	"context"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/discovery"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// Endorsers tells which organisations' peers this peer would ask to endorse a
// call of a contract: those that gossip has told it are alive, members of the
// channel, and have the contract. Right after a start it knows itself only, and
// its gateway service refuses writes.
func (p *Peer) Endorsers(ctx context.Context, name, contract string) (map[string]bool, error) {
	identity, err := proto.Marshal(&msp.SerializedIdentity{Mspid: p.Signer.MspID(), IdBytes: p.Signer.Credentials()})
	if err != nil {
		return nil, err
	}
	query := &discovery.ChaincodeQuery{Interests: []*peer.ChaincodeInterest{{Chaincodes: []*peer.ChaincodeCall{{Name: contract}}}}}
	payload, err := proto.Marshal(&discovery.Request{
		Authentication: &discovery.AuthInfo{ClientIdentity: identity},
		Queries:        []*discovery.Query{{Channel: name, Query: &discovery.Query_CcQuery{CcQuery: query}}},
	})
	if err != nil {
		return nil, err
	}
	signature, err := p.Signer.Sign(payload)
	if err != nil {
		return nil, err
	}
	answer, err := discovery.NewDiscoveryClient(p.Conn).Discover(ctx, &discovery.SignedRequest{Payload: payload, Signature: signature})
	if err == nil && len(answer.GetResults()) != 1 {
		err = errors.New("no answer")
	} else if err == nil && answer.Results[0].GetError() != nil {
		err = errors.New(answer.Results[0].GetError().GetContent())
	}
	if err != nil {
		return nil, fmt.Errorf("endorsers of %s on %s at %s: %w", contract, name, p.Node.Name, err)
	}
	out := map[string]bool{}
	for _, descriptor := range answer.Results[0].GetCcQueryRes().GetContent() {
		for _, group := range descriptor.GetEndorsersByGroups() {
			for _, endorser := range group.GetPeers() {
				var id msp.SerializedIdentity
				if proto.Unmarshal(endorser.GetIdentity(), &id) == nil {
					out[id.GetMspid()] = true
				}
			}
		}
	}
	return out, nil
}
