package operate

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/contract"
	"henanchain/network/failure"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// settle waits until a write would succeed: every channel has a leader among its
// orderers, and on those that this run changes every peer knows the peers that
// endorse with it. Another city may still be half way in, and wait for its own run.
func (u *up) settle(ctx context.Context, _ *progress.Task) (string, error) {
	if len(u.waiting) > 0 {
		return "comes when " + strings.Join(u.waiting, ", ") + " have approved, by `network up` on their machines", nil
	}
	book, err := contract.Open(u.State)
	if err != nil {
		return "", err
	}
	m, err := contract.OpenMembers(u.State, u.net)
	if err != nil {
		return "", err
	}
	defer m.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return u.awaitLeaders(ctx) })
	for _, ch := range u.touchedChannels() {
		for _, name := range book.OnChannel(ch) {
			g.Go(func() error { return m.Settle(ctx, name, []topology.Channel{ch}, book.OwnPolicy(name, ch.Name)) })
		}
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	return "channels are led, peers know who endorses", nil
}

// leadPatience is how long a channel may take to find a leader. BFT orderers miss
// the leader of an idle channel after 20 s, and give each attempt at the next view
// 3 s more than the one before.
const leadPatience = 3 * time.Minute

// awaitLeaders waits until every channel has a leader.
func (u *up) awaitLeaders(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, leadPatience)
	defer cancel()
	var admins []*channel.OrdererAdmin
	for _, nd := range u.net.Orderers {
		if !u.net.AtHome(nd.Organisation) {
			return nil // only their administrators see who leads
		}
		a, err := channel.NewOrdererAdmin(u.State, nd)
		if err != nil {
			return err
		}
		defer a.Close()
		admins = append(admins, a)
	}
	for {
		said := make([]map[string]channel.Leadership, len(admins))
		var last error
		for i, a := range admins {
			var err error
			if said[i], err = a.Leaderships(ctx); err != nil {
				last = err
			}
		}
		missing := slices.IndexFunc(u.net.Channels, func(ch topology.Channel) bool { return !channel.Led(ch.Name, said) })
		if missing < 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return failure.Wrap(failure.Other, last, "no orderer leads channel %s", u.net.Channels[missing].Name)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
