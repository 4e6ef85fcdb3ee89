package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// Revocation is an order to take certificates back.
type Revocation struct {
	Name         string
	Organisation string // may be empty for an identity that the network itself has
	Serial       string // one certificate; empty: the identity, with all that it has
	Reason       string // as RFC 5280 names them
}

// Revoked is what came of it. Its JSON form is stable.
type Revoked struct {
	Name         string   `json:"name"`
	Organisation string   `json:"organisation"`
	Serials      []string `json:"serials"`  // that are revoked now, of this identity
	Channels     []string `json:"channels"` // whose configuration has the list
	Nodes        []string `json:"nodes"`    // that know of it for their own administration after a restart
}

// reasons are those of RFC 5280 that an administrator has.
var reasons = []string{"unspecified", "keycompromise", "affiliationchanged", "superseded", "cessationofoperation", "privilegewithdrawn"}

// Revoke takes an identity's certificates back at the CA and puts the CA's
// revocation list into every channel of the organisation, so that peers and
// orderers refuse them from that block on. Ended at any point and run again, it
// goes on.
func (o *Operator) Revoke(ctx context.Context, r Revocation) (*Revoked, error) {
	if !slices.Contains(reasons, r.Reason) {
		return nil, failure.New(failure.Usage, "--reason %q: %s", r.Reason, strings.Join(reasons, ", "))
	}
	if _, err := o.Network(); err != nil {
		return nil, err
	}
	unlock, err := o.State.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	n, err := o.Network() // as it is under the lock
	if err != nil {
		return nil, err
	}
	if r.Organisation == "" {
		r.Organisation = owner(n, r.Name)
	}
	org, err := organisationNamed(n, r.Organisation)
	if err != nil {
		return nil, err
	}
	if err := lastAdministrator(n, r, org); err != nil {
		return nil, err
	}
	a, err := o.authority(ctx, n, org)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if _, err := a.Find(ctx, r.Name); err != nil {
		return nil, err
	}
	board := progress.New(o.Out)
	defer board.Close()
	out := &Revoked{Name: r.Name, Organisation: org.Name, Serials: []string{}, Channels: []string{}, Nodes: []string{}}
	err = phase(board, "Certificate authority", func(*progress.Task) (string, error) { return o.revokeAtCA(ctx, a, r, out) })
	if err != nil {
		return nil, err
	}
	if _, ok := n.Application(r.Name); ok && r.Serial == "" {
		err = phase(board, "Gateway", func(*progress.Task) (string, error) {
			n = n.WithoutSystem(r.Name)
			return "knows its token no more", errors.Join(o.handOver(ctx, n), o.removeSystem(r.Name))
		})
		if err != nil {
			return nil, err
		}
	}
	for _, nd := range n.Nodes() {
		if nd.Organisation == org.Name {
			out.Nodes = append(out.Nodes, nd.Name)
		}
	}
	return out, phase(board, "Channels", func(t *progress.Task) (string, error) { return o.publish(ctx, n, a, org, t, out) })
}

// lastAdministrator refuses to revoke what the network cannot do without: the
// administrator signs the very change that publishes the list.
func lastAdministrator(n *topology.Network, r Revocation, org *topology.Organisation) error {
	if r.Name == "admin."+org.Name && r.Serial == "" {
		return failure.New(failure.Refused, "%s signs what the organisation agrees to, and nobody could publish its revocation: `network identity renew %s --revoke-old` gives it a new certificate and revokes the old one", r.Name, r.Name)
	}
	return nil
}

func (o *Operator) revokeAtCA(ctx context.Context, a *identity.Authority, r Revocation, out *Revoked) (string, error) {
	if err := a.Revoke(ctx, r.Name, r.Serial, r.Reason); err != nil {
		return "", err
	}
	is, err := a.Find(ctx, r.Name)
	if err != nil {
		return "", err
	}
	for _, c := range is.Certificates {
		if c.Revoked {
			out.Serials = append(out.Serials, c.Serial)
		}
	}
	return count(len(out.Serials), "certificate") + " of " + r.Name + " revoked", nil
}

// publish puts the CA's revocation list into the configuration of every channel
// that names the organisation.
func (o *Operator) publish(ctx context.Context, n *topology.Network, a *identity.Authority, org *topology.Organisation, t *progress.Task, out *Revoked) (string, error) {
	crl, err := a.StoreCRL(ctx)
	if err != nil {
		return "", err
	}
	c, err := channelconfig.Open(o.State, n)
	if err != nil {
		return "", err
	}
	defer c.Close()
	u := &up{Operator: o, net: n}
	done := make([]bool, len(n.Channels))
	t.Phase("the revocation list of %s", org.Name)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, ch := range n.Channels {
		g.Go(func() error {
			config, err := c.Get(gctx, ch.Name)
			if err != nil || !channelconfig.Involves(config, org.MSP) {
				return err
			}
			if err := u.change(gctx, c, ch.Name, channelconfig.SetCRL(org.MSP, crl)); err != nil {
				return fmt.Errorf("publish the revocation on channel %s (the same command again goes on): %w", ch.Name, err)
			}
			done[i] = true
			return nil
		})
	}
	err = g.Wait()
	for i, ch := range n.Channels {
		if done[i] {
			out.Channels = append(out.Channels, ch.Name)
		}
	}
	if err != nil {
		return "", err
	}
	return "the list is in force on " + strings.Join(out.Channels, ", "), nil
}
