package channel

import (
	"context"
	"fmt"
	"os"

	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// JoinOrderer makes an orderer serve all channels of the network that it does
// not serve yet.
func JoinOrderer(ctx context.Context, st state.Folder, n *topology.Network, node topology.Node) error {
	admin, err := NewOrdererAdmin(st, node)
	if err != nil {
		return err
	}
	defer admin.Close()
	has, err := admin.Channels(ctx)
	if err != nil {
		return err
	}
	joined := set(has)
	for _, ch := range n.Channels {
		if joined[ch.Name] {
			continue
		}
		block, err := os.ReadFile(st.Genesis(ch.Name))
		if err != nil {
			return fmt.Errorf("join %s to channel %s: %w", node.Name, ch.Name, err)
		}
		if err := admin.Join(ctx, block); err != nil {
			return fmt.Errorf("join %s to channel %s: %w", node.Name, ch.Name, err)
		}
	}
	return nil
}

// JoinPeer makes a peer a member of all channels of its organisation of which
// it is none yet.
func JoinPeer(ctx context.Context, st state.Folder, n *topology.Network, node topology.Node) error {
	peer, err := OpenPeer(st, n, node)
	if err != nil {
		return err
	}
	defer peer.Close()
	has, err := adminchannel.ListChannelOnPeer(ctx, peer.Conn, peer.Signer)
	if err != nil {
		return fmt.Errorf("list the channels of %s: %w", node.Name, err)
	}
	joined := map[string]bool{}
	for _, c := range has {
		joined[c.GetChannelId()] = true
	}
	for _, ch := range n.Channels {
		if joined[ch.Name] || !set(ch.Organisations)[node.Organisation] {
			continue
		}
		data, err := os.ReadFile(st.Genesis(ch.Name))
		if err != nil {
			return fmt.Errorf("join %s to channel %s: %w", node.Name, ch.Name, err)
		}
		var block common.Block
		if err := proto.Unmarshal(data, &block); err != nil {
			return fmt.Errorf("genesis block of channel %s: %w", ch.Name, err)
		}
		if err := adminchannel.JoinChannel(ctx, peer.Conn, peer.Signer, &block); err != nil {
			return fmt.Errorf("join %s to channel %s: %w", node.Name, ch.Name, err)
		}
	}
	return nil
}

func set(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}
