package operate

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"henanchain/network/channel"
	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// AddConsenter makes an orderer of the topology one of those that make the
// blocks of channels: a list such as "henan,zhengzhou", or all. The orderer is
// enrolled and started where it does not run yet, serves each channel as a
// follower until it has its blocks, and is a consenter only then: so a channel
// never waits for it.
func (o *Operator) AddConsenter(ctx context.Context, wanted *topology.Network, channels, name string) error {
	var names []string
	return o.consenter(ctx, channels, &names, func(was *topology.Network) (*topology.Network, topology.Node, error) {
		nd, ok := wanted.Orderer(name)
		if !ok {
			return nil, nd, failure.New(failure.NotThere, "there is no orderer %q in the topology: add it under ordering.orderers, at the end", name)
		}
		return was.WithOrderer(nd), nd, nil
	}, func(u *up, c *channelconfig.Network, nd topology.Node) error {
		if err := phase(u.board, "Orderer", func(*progress.Task) (string, error) { return u.startOrderer(ctx, nd) }); err != nil {
			return err
		}
		org, _ := u.net.Organisation(nd.Organisation)
		member, err := channelconfig.ConsenterFrom(u.State, org, nd)
		if err != nil {
			return err
		}
		for _, ch := range names {
			err := phase(u.board, ch, func(t *progress.Task) (string, error) {
				if err := u.follow(ctx, c, t, nd, ch); err != nil {
					return "", err
				}
				if err := u.change(ctx, c, ch, channelconfig.AddConsenter(member)); err != nil {
					return "", err
				}
				return nd.Name + " is a consenter", u.consents(ctx, nd, ch)
			})
			if err != nil {
				return err
			}
		}
		return phase(u.board, "Readiness", func(*progress.Task) (string, error) { return "channels are led", u.awaitLeaders(ctx) })
	})
}

// RemoveConsenter is the reverse: the orderer forgets the channel, whose blocks
// the others hold. One that is a consenter of no channel any more is stopped.
func (o *Operator) RemoveConsenter(ctx context.Context, channels, name string) error {
	var names []string
	return o.consenter(ctx, channels, &names, func(was *topology.Network) (*topology.Network, topology.Node, error) {
		nd, ok := was.Orderer(name)
		if !ok {
			return nil, nd, failure.New(failure.NotThere, "there is no orderer %q in the running network", name)
		}
		return was, nd, nil
	}, func(u *up, c *channelconfig.Network, nd topology.Node) error {
		org, _ := u.net.Organisation(nd.Organisation)
		member, err := channelconfig.ConsenterFrom(u.State, org, nd)
		if err != nil {
			return err
		}
		for _, ch := range names {
			err := phase(u.board, ch, func(*progress.Task) (string, error) {
				if err := u.change(ctx, c, ch, channelconfig.RemoveConsenter(member)); err != nil {
					return "", err
				}
				return nd.Name + " is no consenter", u.leave(ctx, nd, ch)
			})
			if err != nil {
				return err
			}
		}
		for _, ch := range u.net.Channels {
			s, err := c.Describe(ctx, ch.Name)
			if err != nil {
				return err
			}
			if s.Ordering.Has(member) {
				return nil // it is still needed there
			}
		}
		if err := u.State.SetNetwork(u.net.WithoutOrderer(name)); err != nil {
			return err
		}
		return u.client.Remove(name)
	})
}

// consents waits until an orderer knows that it is a consenter of a channel.
func (u *up) consents(ctx context.Context, nd topology.Node, name string) error {
	admin, err := channel.NewOrdererAdmin(u.State, nd)
	if err != nil {
		return err
	}
	defer admin.Close()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if p, err := admin.Channel(ctx, name); err == nil && p.ConsensusRelation == "consenter" && p.Status == "active" {
			return ctx.Err()
		}
	}
	return failure.New(failure.Unhealthy, "%s does not take up its part in channel %s, see %s", nd.Name, name, u.State.Log(nd.Name))
}

// leave makes an orderer forget a channel, where it answers.
func (u *up) leave(ctx context.Context, nd topology.Node, name string) error {
	admin, err := channel.NewOrdererAdmin(u.State, nd)
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.Channel(ctx, name); err != nil {
		return nil // it is down, or has forgotten it
	}
	if err := admin.Leave(ctx, name); err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := admin.Channel(ctx, name); err != nil {
			return ctx.Err()
		}
	}
	return failure.New(failure.Unhealthy, "%s does not let go of channel %s, see %s", nd.Name, name, u.State.Log(nd.Name))
}

// consenter is what adding and removing share.
func (o *Operator) consenter(ctx context.Context, channels string, names *[]string,
	change func(*topology.Network) (*topology.Network, topology.Node, error), do func(*up, *channelconfig.Network, topology.Node) error) error {
	probe, list, err := o.Configs(channels)
	if err != nil {
		return err
	}
	probe.Close()
	*names = list
	unlock, err := o.State.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	was, err := o.State.Network() // as it is under the lock
	if err != nil {
		return err
	}
	n, nd, err := change(was)
	if err != nil {
		return err
	}
	if err := o.State.SetNetwork(n); err != nil {
		return err
	}
	// Changes are sent to those that are consenters already.
	c, err := channelconfig.Open(o.State, was)
	if err != nil {
		return err
	}
	defer c.Close()
	u := &up{Operator: o, net: n, board: progress.New(o.Out)}
	defer u.board.Close()
	return do(u, c, nd)
}

// startOrderer enrols and runs an orderer.
func (u *up) startOrderer(ctx context.Context, nd topology.Node) (string, error) {
	org, ok := u.net.Organisation(nd.Organisation)
	if !ok {
		return "", failure.New(failure.NotThere, "%s, whose orderer %s is, is not in the running network", nd.Organisation, nd.Name)
	}
	ca, err := identity.Open(ctx, u.State, u.net, *org)
	if err != nil {
		return "", err
	}
	defer ca.Close()
	if err := ca.Node(ctx, nd); err != nil {
		return "", err
	}
	s, err := node.Orderer(u.State, u.net, nd, u.Programs)
	if err != nil {
		return "", err
	}
	if err := u.client.Run(s); err != nil {
		return "", err
	}
	return nd.Name + " is well", u.waitHealthy(ctx, s, patience)
}

// follow makes an orderer serve a channel and waits until it has its blocks.
func (u *up) follow(ctx context.Context, c *channelconfig.Network, t *progress.Task, nd topology.Node, name string) error {
	admin, err := channel.NewOrdererAdmin(u.State, nd)
	if err != nil {
		return err
	}
	defer admin.Close()
	block, err := c.Block(ctx, name)
	if err != nil {
		return err
	}
	is, err := admin.Channel(ctx, name)
	if err == nil && is.ConsensusRelation == "consenter" {
		s, err := c.Describe(ctx, name)
		if err != nil {
			return err
		}
		if s.Ordering.HasAddress(nd.Address, nd.Port) {
			return nil
		}
		// It was taken out while it was away and has not heard of it: what it
		// holds keeps it from fetching what came after.
		if err := u.leave(ctx, nd, name); err != nil {
			return err
		}
	}
	if err != nil || is.ConsensusRelation == "consenter" { // it does not serve it
		data, err := proto.Marshal(block)
		if err != nil {
			return err
		}
		if err := admin.Join(ctx, data); err != nil {
			return fmt.Errorf("make %s serve channel %s: %w", nd.Name, name, err)
		}
	}
	t.Phase("%s fetches the blocks", nd.Name)
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		p, err := admin.Channel(ctx, name)
		if err == nil && p.Status == "active" && p.Height > block.GetHeader().GetNumber() {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(end) {
			return failure.Wrap(failure.Unhealthy, err, "%s is %s on channel %s at height %d, see %s", nd.Name, p.Status, name, p.Height, u.State.Log(nd.Name))
		}
	}
}
