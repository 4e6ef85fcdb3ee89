package operate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/topology"
)

// members admits to running channels the organisations that joined since, and
// takes out those that left, by config updates that the members' administrators
// sign. It does nothing where all are members that should be.
func (u *up) members(ctx context.Context) error {
	if len(u.net.Added)+len(u.net.Left) == 0 {
		return nil
	}
	c, err := channelconfig.Open(u.State, u.net)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, ch := range u.net.Channels {
		touched := slices.ContainsFunc(u.net.Added, func(o string) bool { return slices.Contains(ch.Organisations, o) })
		if !touched && len(ch.Left) == 0 {
			continue
		}
		if err := u.memberships(ctx, c, ch); err != nil {
			return err
		}
	}
	return nil
}

func (u *up) memberships(ctx context.Context, c *channelconfig.Network, ch topology.Channel) error {
	config, err := c.Get(ctx, ch.Name)
	if err != nil {
		return err
	}
	has := channelconfig.Members(config)
	for _, name := range ch.Organisations {
		org, _ := u.net.Organisation(name)
		if slices.Contains(has, org.MSP) {
			continue
		}
		own, ok := u.net.OfCity(name)
		if !ok {
			return failure.New(failure.Topology, "%s has no channel of its own in the topology, whose genesis block would describe it", name)
		}
		// As its own channel describes it now, with what was revoked since.
		described, err := c.Get(ctx, own.Name)
		if err != nil {
			return fmt.Errorf("admit %s to channel %s: %w", name, ch.Name, err)
		}
		group, err := channelconfig.MemberOf(described, org.MSP)
		if err != nil {
			return fmt.Errorf("admit %s to channel %s: %w", name, ch.Name, err)
		}
		if err := u.change(ctx, c, ch.Name, channelconfig.AddMember(org.MSP, group)); err != nil {
			return fmt.Errorf("admit %s to channel %s: %w", name, ch.Name, err)
		}
	}
	for _, name := range ch.Left {
		org, ok := u.net.Organisation(name)
		if !ok || !slices.Contains(has, org.MSP) {
			continue
		}
		if err := u.change(ctx, c, ch.Name, channelconfig.RemoveMember(org.MSP)); err != nil {
			return fmt.Errorf("take %s out of channel %s: %w", name, ch.Name, err)
		}
	}
	return nil
}

// change applies an edit, again where orderers refuse it for a reason that may
// pass: somebody else changed the channel meanwhile, or a consenter that was
// just added is not connected to all yet.
func (u *up) change(ctx context.Context, c *channelconfig.Network, name string, edit channelconfig.Edit) error {
	for end := time.Now().Add(20 * time.Second); ; {
		ch, err := c.Prepare(ctx, name, edit)
		if err != nil || ch == nil { // nil: it is so already, as after a killed run
			return err
		}
		if _, err := c.Sign(ch); err != nil {
			return err
		}
		if err := ch.Complete(); err != nil {
			return err
		}
		if err = c.Submit(ctx, ch); err == nil || time.Now().After(end) {
			return err
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}
