// Package channelconfig reads and changes the configuration of a channel: its
// members, its orderers, when blocks are cut, and by which policies all that may
// change.
//
// A change is computed against the configuration that orderers hold, signed by
// whoever its policies ask for, sent to an orderer, and waited for. Where a
// signature is another machine's to give, the change travels as a file: the same
// that Fabric's own `peer channel signconfigtx` and `peer channel update` take.
package channelconfig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"henanchain/network/channel"
	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// askWithin is how long one node may take to answer.
const askWithin = 5 * time.Second

// Network reads and changes channels as the administrators whose keys are in
// the state folder.
type Network struct {
	st       state.Folder
	net      *topology.Network
	signers  []Signer // whose keys are here, in the order of organisations
	orderers []node
	peers    []node
}

// Signer is an administrator whose key is on this machine.
type Signer struct {
	Organisation string
	identity.SigningIdentity
}

type node struct {
	topology.Node
	conn *grpc.ClientConn
}

// Open makes connections to all nodes; they connect when they are used.
func Open(st state.Folder, n *topology.Network) (*Network, error) {
	c := &Network{st: st, net: n}
	for i := range n.Organisations {
		org := &n.Organisations[i]
		if !state.Exists(st.Admin(org.Name)) {
			continue
		}
		s, err := channel.Signer(st, org)
		if err != nil {
			return nil, err
		}
		c.signers = append(c.signers, Signer{Organisation: org.Name, SigningIdentity: s})
	}
	if len(c.signers) == 0 {
		return nil, failure.New(failure.State, "no administrator's key is in %s", st.Root)
	}
	for _, nd := range n.Nodes() {
		conn, err := channel.Dial(st, nd)
		if err != nil {
			c.Close()
			return nil, err
		}
		if nd.Role == topology.RoleOrderer {
			c.orderers = append(c.orderers, node{nd, conn})
		} else {
			c.peers = append(c.peers, node{nd, conn})
		}
	}
	return c, nil
}

// Close ends the connections.
func (c *Network) Close() {
	for _, n := range append(c.orderers, c.peers...) {
		n.conn.Close()
	}
}

// signerOf is the local administrator of an organisation, else any.
func (c *Network) signerOf(org string) Signer {
	for _, s := range c.signers {
		if s.Organisation == org {
			return s
		}
	}
	return c.signers[0]
}

// Block asks all orderers for a channel's latest configuration block and takes
// the latest of their answers: one that was taken out, or was away, has an
// older one.
func (c *Network) Block(ctx context.Context, name string) (*common.Block, error) {
	if _, ok := c.net.Channel(name); !ok {
		return nil, failure.New(failure.NotThere, "there is no channel %q in this network: `network channel list` lists them", name)
	}
	blocks, errs := make([]*common.Block, len(c.orderers)), make([]error, len(c.orderers))
	var wg sync.WaitGroup
	for i, o := range c.orderers {
		wg.Go(func() {
			if blocks[i], errs[i] = c.blockAt(ctx, o, name); errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", o.Name, errs[i])
			}
		})
	}
	wg.Wait()
	var latest *common.Block
	for i, b := range blocks {
		if errs[i] == nil && (latest == nil || b.GetHeader().GetNumber() > latest.GetHeader().GetNumber()) {
			latest = b
		}
	}
	if latest == nil {
		return nil, failure.Wrap(failure.Unhealthy, errors.Join(errs...), "no orderer gives the configuration of channel %s", name)
	}
	return latest, nil
}

func (c *Network) blockAt(ctx context.Context, o node, name string) (*common.Block, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	// The certificate binds the request to a TLS client certificate; orderers
	// here ask clients for none.
	return adminchannel.GetConfigBlockFromOrderer(ctx, o.conn, c.signerOf(o.Organisation), name, tls.Certificate{Certificate: [][]byte{nil}})
}

// Get is a channel's configuration as orderers hold it.
func (c *Network) Get(ctx context.Context, name string) (*common.Config, error) {
	b, err := c.Block(ctx, name)
	if err != nil {
		return nil, err
	}
	return OfBlock(b)
}

// atPeer is a channel's configuration as a peer holds it.
func (c *Network) atPeer(ctx context.Context, p node, name string) (*common.Config, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	b, err := adminchannel.GetConfigBlock(ctx, p.conn, c.signerOf(p.Organisation), name)
	if err != nil {
		return nil, err
	}
	return OfBlock(b)
}

// OfBlock reads the configuration in a genesis or configuration block.
func OfBlock(b *common.Block) (*common.Config, error) {
	var (
		envelope common.Envelope
		payload  common.Payload
		config   common.ConfigEnvelope
	)
	if len(b.GetData().GetData()) == 0 {
		return nil, errors.New("the block is empty")
	}
	for _, step := range []struct {
		data func() []byte
		into proto.Message
	}{
		{func() []byte { return b.Data.Data[0] }, &envelope},
		{func() []byte { return envelope.Payload }, &payload},
		{func() []byte { return payload.Data }, &config},
	} {
		if err := proto.Unmarshal(step.data(), step.into); err != nil {
			return nil, fmt.Errorf("block %d is no configuration block: %w", b.GetHeader().GetNumber(), err)
		}
	}
	if config.GetConfig().GetChannelGroup() == nil {
		return nil, fmt.Errorf("block %d is no configuration block", b.GetHeader().GetNumber())
	}
	return config.Config, nil
}
