package fabric

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Blocks reads a channel's blocks at one peer, by its name, from the block
// start on, in their order, and hands each to take until ctx ends or take
// fails. With last it stops after that block; without (nil) it waits for new
// ones. Blocks come as the peer tells them: nothing of them is checked here.
// It returns an *Error where the peer does not answer or denies the blocks.
func (n *Network) Blocks(ctx context.Context, channel, app, peerName string, start uint64, last *uint64, take func(*common.Block) error) error {
	stop := position(math.MaxUint64)
	if last != nil {
		stop = position(*last)
	}
	return n.blocks(ctx, channel, app, peerName, fmt.Sprintf("read blocks of %s from %d at %s", channel, start, peerName), position(start), stop, take)
}

// Newest reads the last block that a peer has of a channel.
func (n *Network) Newest(ctx context.Context, channel, app, peerName string, take func(*common.Block) error) error {
	newest := &orderer.SeekPosition{Type: &orderer.SeekPosition_Newest{Newest: &orderer.SeekNewest{}}}
	return n.blocks(ctx, channel, app, peerName, fmt.Sprintf("read the last block of %s at %s", channel, peerName), newest, newest, take)
}

func (n *Network) blocks(ctx context.Context, channel, app, peerName, doing string, start, stop *orderer.SeekPosition, take func(*common.Block) error) error {
	a, links, err := n.route(channel, app)
	if err != nil {
		return classify(err, doing)
	}
	id, err := a.credential()
	if err != nil {
		return classify(err, doing)
	}
	for _, l := range links {
		if l.peer.Name == peerName {
			return n.deliver(ctx, l, id, channel, start, stop, doing, take)
		}
	}
	return &Error{Kind: Failed, Doing: doing, Err: errors.New("the channel has no such peer")}
}

// Peers names the peers of a channel that an application reads at, the best
// first; a second peer of an organisation comes after every organisation's first.
func (n *Network) Peers(channel, app string) ([]string, error) {
	_, links, err := n.route(channel, app)
	if err != nil {
		return nil, err
	}
	var first, further []string
	seen := map[string]bool{}
	for _, l := range links {
		if seen[l.peer.MSPID] {
			further = append(further, l.peer.Name)
			continue
		}
		seen[l.peer.MSPID] = true
		first = append(first, l.peer.Name)
	}
	return append(first, further...), nil
}

// ReaderOf names an application in whose name a channel can be read; empty
// where there is none.
func (n *Network) ReaderOf(channel string) string { return callerFor(n.Connection(), channel) }

func (n *Network) deliver(ctx context.Context, l *link, id *credential, channel string, start, stop *orderer.SeekPosition, doing string, take func(*common.Block) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := id.seek(channel, start, stop)
	if err != nil {
		return classify(err, doing)
	}
	stream, err := peer.NewDeliverClient(l.conn).Deliver(ctx)
	if err == nil {
		err = stream.Send(request)
	}
	if err == nil {
		err = stream.CloseSend()
	}
	if err != nil && !errors.Is(err, io.EOF) { // EOF: Recv tells why
		return classify(err, doing)
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return classify(err, doing)
		}
		switch t := response.Type.(type) {
		case *peer.DeliverResponse_Block:
			if err := take(t.Block); err != nil {
				return err
			}
		case *peer.DeliverResponse_Status:
			return delivered(t.Status, doing)
		default:
			return &Error{Kind: Failed, Doing: doing, Err: fmt.Errorf("the peer answered a %T", t)}
		}
	}
}

// delivered is what the end of a delivery means.
func delivered(status common.Status, doing string) error {
	switch status {
	case common.Status_SUCCESS:
		return nil
	case common.Status_FORBIDDEN:
		return &Error{Kind: Denied, Doing: doing, Err: errors.New("the peer does not let the application read the channel")}
	default:
		return &Error{Kind: Unavailable, Doing: doing, Err: fmt.Errorf("the peer ended the delivery: %s", status)}
	}
}

func position(number uint64) *orderer.SeekPosition {
	return &orderer.SeekPosition{Type: &orderer.SeekPosition_Specified{Specified: &orderer.SeekSpecified{Number: number}}}
}

// seek is the signed request for blocks.
func (c *credential) seek(channel string, start, stop *orderer.SeekPosition) (*common.Envelope, error) {
	data, err := proto.Marshal(&orderer.SeekInfo{Start: start, Stop: stop, Behavior: orderer.SeekInfo_BLOCK_UNTIL_READY})
	if err != nil {
		return nil, fmt.Errorf("encode the request for blocks: %w", err)
	}
	header, err := proto.Marshal(&common.ChannelHeader{Type: int32(common.HeaderType_DELIVER_SEEK_INFO), ChannelId: channel, Timestamp: timestamppb.New(time.Now())})
	if err != nil {
		return nil, fmt.Errorf("encode the request for blocks: %w", err)
	}
	creator, err := proto.Marshal(&common.SignatureHeader{Creator: c.creator})
	if err != nil {
		return nil, fmt.Errorf("encode the request for blocks: %w", err)
	}
	payload, err := proto.Marshal(&common.Payload{Header: &common.Header{ChannelHeader: header, SignatureHeader: creator}, Data: data})
	if err != nil {
		return nil, fmt.Errorf("encode the request for blocks: %w", err)
	}
	signature, err := c.sign(hash.SHA256(payload))
	if err != nil {
		return nil, fmt.Errorf("sign the request for blocks: %w", err)
	}
	return &common.Envelope{Payload: payload, Signature: signature}, nil
}

// Channels names the channels of the network, sorted.
func (n *Network) Channels() []string {
	var names []string
	for _, ch := range n.Connection().Channels {
		names = append(names, ch.Name)
	}
	sort.Strings(names)
	return names
}
