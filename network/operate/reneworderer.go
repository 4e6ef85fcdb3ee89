package operate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/progress"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// renewOrderer replaces an orderer's certificates. Every channel that it serves
// names them, so the order is: the new ones are on the disk; each channel is
// told of them; the orderer starts with them. Between the second and the third
// step the other orderers do not hear it, and go on without it. The other way
// round it would not find itself among the consenters.
//
// A BFT orderer is stopped before its channels are told. One that leads would go
// on: with its old key it proposes and signs a block after the one that names the
// new key, which it alone believes to be decided; others cannot take part in
// another view with it until it is away.
//
// A Raft orderer that is alone cannot be told of another TLS key: Fabric wants to
// hand its leadership over first, and drops the change where nobody takes it. It
// keeps that key, and Fabric takes a new certificate for the key that channels
// know without being told.
func (u *up) renewOrderer(ctx context.Context, t *progress.Task, r renewable, goesOn bool) (string, error) {
	dir := r.dir(u.State)
	member, err := channelconfig.ConsenterIn(identity.Next(dir), &r.org, r.node)
	if err != nil {
		return "", err
	}
	if err := u.othersServe(ctx, r.node); err != nil {
		return "", err
	}
	_, runs, err := u.running(r.name)
	if err != nil {
		return "", err
	}
	if runs && u.net.OrderingType == topology.BFT {
		t.Phase("stopping %s", r.name)
		if err := u.client.Stop(r.name); err != nil {
			return "", err
		}
	}
	if err := u.tellAll(ctx, t, r, member); err != nil {
		if runs {
			err = errors.Join(err, u.client.Start(r.name))
		}
		return "", err
	}
	if err := identity.Take(dir); err != nil {
		return "", err
	}
	if !runs && !goesOn { // stopped by its administrator: it takes the new ones when it is started
		return fmt.Sprintf("renewed on %s", count(len(u.net.Channels), "channel")), nil
	}
	t.Phase("restarting %s", r.name)
	s, err := u.configured(r.node)
	if err != nil {
		return "", err
	}
	if err := u.restart(ctx, s); err != nil {
		return "", err
	}
	for _, ch := range u.net.Channels {
		if err := u.consents(ctx, r.node, ch.Name); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("renewed on %s, and serves again", count(len(u.net.Channels), "channel")), u.awaitLeaders(ctx)
}

// tellAll tells every channel of an orderer's new certificates.
func (u *up) tellAll(ctx context.Context, t *progress.Task, r renewable, member channelconfig.Consenter) error {
	c, err := channelconfig.Open(u.State, u.net)
	if err != nil {
		return err
	}
	defer c.Close()
	t.Phase("telling %s", count(len(u.net.Channels), "channel"))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, ch := range u.net.Channels {
		g.Go(func() error {
			config, err := c.Get(gctx, ch.Name)
			if err != nil {
				return err
			}
			if knows, err := channelconfig.Knows(config, member); err != nil || knows {
				return err
			}
			if err := u.tell(gctx, c, ch.Name, member); err != nil {
				return fmt.Errorf("tell channel %s of the new certificate of %s (the same command again goes on): %w", ch.Name, r.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// tell tells a channel of an orderer's new certificates, again where the change is
// dropped without a word: a Raft leader drops the change of its own certificate
// where it finds nobody to hand its leadership to at that moment.
func (u *up) tell(ctx context.Context, c *channelconfig.Network, name string, member channelconfig.Consenter) error {
	for end := time.Now().Add(2 * patience); ; {
		try, cancel := context.WithTimeout(ctx, patience/5)
		err := u.change(try, c, name, channelconfig.RenewConsenter(member))
		cancel()
		if err == nil || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
	}
}

// alone tells whether an orderer is the only one of a Raft ordering service.
func (u *up) alone(r renewable) bool {
	return r.role == topology.RoleOrderer && len(u.net.Orderers) == 1 && u.net.OrderingType != topology.BFT
}

// othersServe refuses to take an orderer out of the circle for a moment while
// another one is missing: together they could be the quorum.
func (u *up) othersServe(ctx context.Context, nd topology.Node) error {
	for _, od := range u.net.Orderers {
		if od.Name == nd.Name {
			continue
		}
		admin, err := channel.NewOrdererAdmin(u.State, od)
		if err != nil {
			return err
		}
		asked, cancel := context.WithTimeout(ctx, 5*time.Second)
		_, err = admin.Channels(asked)
		cancel()
		admin.Close()
		if err != nil {
			return failure.Wrap(failure.Unhealthy, err, "%s does not answer: with %s away as well channels could stop. Bring it up first (`network start %s`)", od.Name, nd.Name, od.Name)
		}
	}
	return nil
}

// renewMachine brings into use what contracts' services and peers of a machine
// show each other. Peers keep theirs with what they have built of each contract,
// so that is built anew.
func (u *up) renewMachine(ctx context.Context, t *progress.Task, r renewable) (string, error) {
	switch r.name {
	case identity.ContractServer(r.host.Name):
		n, err := u.restartStage(ctx, t, supervise.StageChaincode)
		return "renewed; " + count(n, "contract service") + " restarted", err
	case identity.GatewayServer(r.host.Name):
		_, err := u.restartStage(ctx, t, supervise.StageGateway)
		return "renewed; the gateway has it", err
	}
	restarted := 0
	for _, nd := range u.net.Peers() {
		_, runs, err := u.running(nd.Name)
		if err != nil {
			return "", err
		}
		if nd.Host != r.host.Name {
			continue
		}
		t.Phase("restarting %s", nd.Name)
		if err := u.rebuild(ctx, nd, runs); err != nil {
			return "", err
		}
		restarted++
	}
	return "renewed; " + count(restarted, "peer") + " restarted", nil
}

// restartStage restarts the services of a stage, one after another, each when
// the one before is well.
func (u *up) restartStage(ctx context.Context, t *progress.Task, stage int) (restarted int, err error) {
	all, err := u.client.Services()
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		if s.Stage != stage || s.PID == 0 {
			continue
		}
		t.Phase("restarting %s", s.Name)
		if err := u.restart(ctx, s.Service); err != nil {
			return restarted, err
		}
		restarted++
	}
	return restarted, nil
}

// rebuild makes a peer build its contracts anew, with the certificate that it
// shows to them now.
func (u *up) rebuild(ctx context.Context, nd topology.Node, runs bool) error {
	if runs {
		if err := u.client.Stop(nd.Name); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(u.State.Node(nd.Name), "data", "externalbuilder", "builds")); err != nil {
		return err
	}
	s, err := node.Peer(u.State, u.net, nd, u.Programs)
	if err != nil || !runs {
		return err
	}
	if err := u.client.Run(s); err != nil {
		return err
	}
	return u.waitHealthy(ctx, s, patience)
}
