package operate

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/failure"
	"henanchain/network/topology"
)

// catchUpPatience is how long a peer that joined a channel may bring no new block
// on its way to the one that admits its organisation.
const catchUpPatience = 2 * time.Minute

// awaitAdmission waits until the peers of organisations that joined running
// channels have read there that they are members. Before, they refuse their own
// administrators.
func (u *up) awaitAdmission(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, ch := range u.net.Channels {
		for _, name := range u.net.Added {
			if !slices.Contains(ch.Organisations, name) || !u.net.AtHome(name) {
				continue
			}
			org, _ := u.net.Organisation(name)
			for _, nd := range org.Peers {
				g.Go(func() error { return u.awaitMember(gctx, nd, ch.Name) })
			}
		}
	}
	return g.Wait()
}

// awaitMember waits until a peer knows its own organisation on a channel.
func (u *up) awaitMember(ctx context.Context, nd topology.Node, name string) error {
	p, err := channel.OpenPeer(u.State, u.net, nd)
	if err != nil {
		return err
	}
	defer p.Close()
	var height uint64
	for end := time.Now().Add(catchUpPatience); ; {
		_, err := p.Height(ctx, name)
		if err == nil {
			return nil
		}
		if now := u.heightForProvince(ctx, p, name); now > height {
			height, end = now, time.Now().Add(catchUpPatience)
		}
		if time.Now().After(end) {
			return failure.Wrap(failure.Other, err, "%s has not come to the block of %s that admits %s: see %s", nd.Name, name, nd.Organisation, u.logOf(nd.Name))
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// heightForProvince is a peer's height as it tells the province's administrator,
// whom it knows from the first block on; 0 where that one is not here.
func (u *up) heightForProvince(ctx context.Context, p *channel.Peer, name string) uint64 {
	signer, err := channel.Signer(u.State, u.net.Province())
	if err != nil {
		return 0
	}
	as := *p
	as.Signer = signer
	height, err := as.Height(ctx, name)
	if err != nil {
		return 0
	}
	return height
}
