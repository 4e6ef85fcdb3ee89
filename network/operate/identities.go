package operate

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"henanchain/network/identity"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// enrolled tells whether every identity is there that is to be here.
func (u *up) enrolled() bool {
	for _, org := range u.net.Organisations {
		if u.makes(org.Name) && !(state.Exists(u.State.OrgMSP(org.Name)) && state.Exists(u.State.Admin(org.Name))) {
			return false
		}
	}
	for _, nd := range u.net.Nodes() {
		if u.makes(nd.Organisation) && u.net.IsHere(nd.Host) && !state.Exists(u.State.Identity(nd.Organisation, nd.Name)) {
			return false
		}
	}
	for _, app := range u.net.Applications {
		if u.makes(app.Organisation) && !state.Exists(u.State.Application(app.Name)) {
			return false
		}
	}
	for _, h := range u.net.Hosts {
		owner := u.net.Owner(h.Name).Name
		if !u.makes(owner) || !u.net.IsHere(h.Name) {
			continue
		}
		for _, name := range identity.OfHost(u.net, h.Name) {
			if !state.Exists(u.State.Identity(owner, name)) {
				return false
			}
		}
	}
	return true
}

// identities enrols whoever is not enrolled yet, all organisations side by side.
func (u *up) identities(ctx context.Context, task *progress.Task) (string, error) {
	if u.enrolled() {
		return "all there", nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.NumCPU())
	for _, org := range u.net.Organisations {
		if u.concerns(org.Name) && u.makes(org.Name) {
			g.Go(func() error { return u.enrolOrganisation(gctx, org) })
		}
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	members := len(u.net.Nodes()) + len(u.net.Organisations)
	return count(members, "member") + " and " + count(len(u.net.Applications), "business system") + " enrolled", nil
}

func (u *up) enrolOrganisation(ctx context.Context, org topology.Organisation) error {
	ca, err := identity.Open(ctx, u.State, u.net, org)
	if err != nil {
		return err
	}
	defer ca.Close()
	if err := ca.Admin(ctx); err != nil {
		return err
	}
	for _, nd := range u.net.Nodes() {
		if nd.Organisation != org.Name || !u.net.IsHere(nd.Host) {
			continue
		}
		if err := ca.Node(ctx, nd); err != nil {
			return err
		}
	}
	for _, app := range u.net.Applications {
		if app.Organisation != org.Name {
			continue
		}
		if err := ca.Application(ctx, app); err != nil {
			return err
		}
	}
	for _, h := range u.net.Hosts {
		if u.net.Owner(h.Name).Name != org.Name || !u.net.IsHere(h.Name) {
			continue
		}
		if err := ca.Host(ctx, u.net, h); err != nil {
			return err
		}
	}
	return nil
}
