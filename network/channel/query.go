package channel

import (
	"context"
	"fmt"
	"sort"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// Peer is a connection to one peer, as its organisation's administrator. Signer
// is nil where that one's key is on another machine.
type Peer struct {
	Node   topology.Node
	Conn   *grpc.ClientConn
	Signer identity.SigningIdentity
}

// OpenPeer makes a connection to a peer; it connects when it is used.
func OpenPeer(st state.Folder, n *topology.Network, node topology.Node) (*Peer, error) {
	org, ok := n.Organisation(node.Organisation)
	if !ok {
		return nil, fmt.Errorf("%s belongs to no organisation of the network", node.Name)
	}
	var signer identity.SigningIdentity
	if state.Exists(st.Admin(org.Name)) {
		s, err := Signer(st, org)
		if err != nil {
			return nil, err
		}
		signer = s
	}
	conn, err := Dial(st, node)
	if err != nil {
		return nil, err
	}
	return &Peer{Node: node, Conn: conn, Signer: signer}, nil
}

// Close ends the connection.
func (p *Peer) Close() { p.Conn.Close() }

// Height is how many blocks the peer holds of a channel.
func (p *Peer) Height(ctx context.Context, name string) (uint64, error) {
	info, err := adminchannel.GetBlockChainInfo(ctx, p.Conn, p.Signer, name)
	if err != nil {
		return 0, fmt.Errorf("height of %s at %s: %w", name, p.Node.Name, err)
	}
	return info.GetHeight(), nil
}

// Definition is a contract that is committed on a channel.
type Definition struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Sequence int64  `json:"sequence"`
}

// Contracts lists what is committed on a channel, in the order of names.
func (p *Peer) Contracts(ctx context.Context, name string) ([]Definition, error) {
	result, err := chaincode.NewGateway(p.Conn, p.Signer).QueryCommitted(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("contracts of %s at %s: %w", name, p.Node.Name, err)
	}
	out := []Definition{}
	for _, d := range result.GetChaincodeDefinitions() {
		out = append(out, Definition{Name: d.GetName(), Version: d.GetVersion(), Sequence: d.GetSequence()})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}
