package channelconfig

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/topology"
)

const (
	// An orderer that was cut off with a change in hand takes none until it sees
	// the next block: the others are asked soon.
	broadcastWithin = 6 * time.Second
	settleWithin    = 60 * time.Second
)

// Submit sends a change that enough have signed and waits until orderers and
// peers have it.
func (c *Network) Submit(ctx context.Context, ch *Change) error {
	if err := ch.Complete(); err != nil {
		return err
	}
	envelope, err := configtx.NewEnvelope(ch.raw, ch.signatures...)
	if err != nil {
		return err
	}
	if err := c.seal(envelope, ch); err != nil {
		return err
	}
	if err := c.broadcast(ctx, ch.Channel, envelope); err != nil {
		return err
	}
	return c.await(ctx, ch.Channel, ch.config.GetSequence()+1)
}

// Apply does all of it: computes a change, has the local administrators sign
// it, and submits it. It tells whether there was anything to change.
func (c *Network) Apply(ctx context.Context, name string, edit Edit) (bool, error) {
	ch, err := c.Prepare(ctx, name, edit)
	if err != nil || ch == nil {
		return false, err
	}
	if _, err := c.Sign(ch); err != nil {
		return false, err
	}
	if err := c.Submit(ctx, ch); err != nil {
		// One orderer may have taken it without saying so in time.
		if left, again := c.Prepare(ctx, name, edit); again == nil && left == nil {
			return true, nil
		}
		return false, err
	}
	return true, nil
}

// seal signs the envelope as one of the channel's writers.
func (c *Network) seal(e *common.Envelope, ch *Change) error {
	i := slices.IndexFunc(c.signers, func(s Signer) bool { return isMember(ch.config, s.MspID()) })
	if i < 0 {
		return failure.New(failure.Refused, "none of the administrators whose keys are here is a member of channel %s: submit the change elsewhere", ch.Channel)
	}
	signer := c.signers[i]
	var payload common.Payload
	if err := proto.Unmarshal(e.GetPayload(), &payload); err != nil {
		return err
	}
	header, err := signatureHeader(signer)
	if err != nil {
		return err
	}
	payload.Header.SignatureHeader = header
	if e.Payload, err = proto.Marshal(&payload); err != nil {
		return err
	}
	e.Signature, err = signer.Sign(e.Payload)
	return err
}

func isMember(config *common.Config, mspID string) bool {
	for _, part := range []string{"Application", "Orderer"} {
		if config.GetChannelGroup().GetGroups()[part].GetGroups()[mspID] != nil {
			return true
		}
	}
	return false
}

// broadcast hands the envelope to one orderer; with BFT to all, because any one
// of them could be faulty.
func (c *Network) broadcast(ctx context.Context, channel string, e *common.Envelope) error {
	errs := make([]error, len(c.orderers))
	if c.net.OrderingType == topology.BFT {
		var wg sync.WaitGroup
		for i, o := range c.orderers {
			wg.Go(func() { errs[i] = send(ctx, o, e) })
		}
		wg.Wait()
		if slices.Contains(errs, nil) {
			return nil
		}
	} else {
		for i, o := range c.orderers {
			if errs[i] = send(ctx, o, e); errs[i] == nil {
				return nil
			}
		}
	}
	return failure.Wrap(failure.Refused, errors.Join(errs...), "no orderer takes the change of channel %s", channel)
}

func send(ctx context.Context, o node, e *common.Envelope) error {
	ctx, cancel := context.WithTimeout(ctx, broadcastWithin)
	defer cancel()
	stream, err := orderer.NewAtomicBroadcastClient(o.conn).Broadcast(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	if err := stream.Send(e); err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	answer, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	if answer.GetStatus() != common.Status_SUCCESS {
		return fmt.Errorf("%s answers %s: %s", o.Name, answer.GetStatus(), answer.GetInfo())
	}
	return stream.CloseSend()
}

// await waits until one orderer, and every peer of the channel that answers,
// has a configuration of the sequence given or a later one.
func (c *Network) await(ctx context.Context, name string, sequence uint64) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	until := func(what string, get func() (*common.Config, error)) error {
		for {
			config, err := get()
			if err == nil && config.GetSequence() >= sequence {
				return nil
			}
			select {
			case <-ctx.Done():
				return failure.Wrap(failure.Unhealthy, err, "%s has not taken the change of channel %s", what, name)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if err := until("the ordering service", func() (*common.Config, error) { return c.Get(ctx, name) }); err != nil {
		return err
	}
	config, err := c.Get(ctx, name)
	if err != nil {
		return err
	}
	for _, p := range c.peers {
		if org, ok := c.net.Organisation(p.Organisation); !ok || !slices.Contains(Members(config), org.MSP) {
			continue // what takes a member out does not reach its peers any more
		}
		if _, err := c.atPeer(ctx, p, name); err != nil {
			continue // it is down, or not a member: it will take the block when it comes
		}
		if err := until(p.Name, func() (*common.Config, error) { return c.atPeer(ctx, p, name) }); err != nil {
			return err
		}
	}
	return nil
}
