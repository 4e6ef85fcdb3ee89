package operate

import (
	"context"
	"slices"

	"henanchain/network/failure"
	"henanchain/network/genesis"
	"henanchain/network/identity"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Prepare makes the identities and genesis blocks of a network on several
// hosts, on this machine and without starting any of its nodes, for bundles to
// be made of. Organisations whose public part is here already and whose CA is
// not make their keys on their own hosts: theirs are left alone. It goes on
// where it was ended.
func (o *Operator) Prepare(ctx context.Context, wanted *topology.Network) error {
	return o.prepared(ctx, wanted, func(u *up) []step {
		u.away = func(org string) bool {
			h, _ := u.net.Organisation(org)
			return state.Exists(u.State.OrgMSP(org)) && !state.Exists(u.State.Path("ca", h.Host))
		}
		return []step{
			{"Certificate authorities", u.authorities},
			{"Identities", u.identities},
			{"Genesis blocks", u.blocks},
		}
	})
}

// PrepareKeys makes the identities of a host's part alone, where that host is
// this machine.
func (o *Operator) PrepareKeys(ctx context.Context, part *topology.Network) error {
	return o.prepared(ctx, part, func(u *up) []step {
		return []step{
			{"Certificate authorities", u.authorities},
			{"Identities", u.identities},
		}
	})
}

func (o *Operator) prepared(ctx context.Context, wanted *topology.Network, steps func(*up) []step) error {
	unlock, err := o.State.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := o.State.Open(wanted.Name); err != nil {
		return err
	}
	if err := o.State.Sweep(); err != nil {
		return err
	}
	n, _, err := o.merge(wanted)
	if err != nil {
		return err
	}
	if err := o.State.SetNetwork(n); err != nil {
		return err
	}
	u := &up{Operator: o, net: n.InWorkshop(), board: progress.New(o.Out)}
	defer u.board.Close()
	todo := steps(u)
	if u.enrolled() { // no CA is needed
		todo = slices.DeleteFunc(todo, func(s step) bool { return s.title != "Genesis blocks" })
	} else {
		if err := o.client.Ensure(o.Supervisor); err != nil {
			return err
		}
		defer func() { _, _ = o.client.Down() }() // only CAs: a next run would end them as well
	}
	return u.do(ctx, todo)
}

// blocks makes the genesis blocks.
func (u *up) blocks(ctx context.Context, _ *progress.Task) (string, error) {
	for _, ch := range u.net.Channels {
		for _, name := range ch.Organisations {
			if !state.Exists(u.State.OrgMSP(name)) {
				return "", failure.New(failure.State, "the public part of %s, a member of %s, is not here: give its file with --public", name, ch.Name)
			}
		}
		if err := genesis.Block(ctx, u.State, u.net, ch, u.bin("configtxgen")); err != nil {
			return "", err
		}
	}
	return count(len(u.net.Channels), "channel"), nil
}

// makes tells whether an organisation's identities are made in this folder.
func (u *up) makes(org string) bool {
	return u.net.AtHome(org) && (u.away == nil || !u.away(org))
}

// servers are the CA servers of organisations whose identities are made here.
func (u *up) servers() []identity.CAServer {
	return slices.DeleteFunc(identity.Servers(u.net), func(s identity.CAServer) bool {
		return !slices.ContainsFunc(s.Organisations, func(o topology.Organisation) bool { return u.makes(o.Name) })
	})
}

// do runs steps, each shown with how long it took.
func (u *up) do(ctx context.Context, steps []step) error {
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := phase(u.board, s.title, func(t *progress.Task) (string, error) { return s.do(ctx, t) }); err != nil {
			return err
		}
	}
	return nil
}
