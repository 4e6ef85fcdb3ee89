package operate

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/failure"
	"henanchain/network/genesis"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/ports"
	"henanchain/network/progress"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// patience is how long a process may take until it is well.
const patience = 60 * time.Second

// Up brings the network up from wherever it is: nothing at all, half made by a
// killed run, stopped, or running. What the topology has and a network that runs
// cannot take is named in an error, after all else is done.
func (o *Operator) Up(ctx context.Context, wanted *topology.Network) error {
	unlock, err := o.State.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := o.State.Open(wanted.Name); err != nil {
		return err
	}
	if wanted.Containers {
		o.client = supervise.For(o.State.Root, true)
	}
	if err := o.notSystemds(ctx); err != nil {
		return err
	}
	if err := o.State.Sweep(); err != nil {
		return err
	}
	n, found, err := o.merge(wanted)
	if err != nil {
		return err
	}
	u := &up{Operator: o, net: n, board: progress.New(o.Out)}
	defer u.board.Close()
	if err := u.run(ctx); err != nil {
		return err
	}
	return notApplied(found)
}

// merge takes what the folder was made for as far towards the wanted network as
// can be, and refuses one of another profile or on other ports.
func (o *Operator) merge(wanted *topology.Network) (*topology.Network, []topology.Difference, error) {
	was, err := o.State.Network()
	if errors.Is(err, fs.ErrNotExist) {
		return wanted, nil, nil
	}
	if err != nil {
		return nil, nil, failure.Wrap(failure.State, err, "cannot tell what the state folder was made for")
	}
	if was.Here != wanted.Here || was.Containers != wanted.Containers {
		return nil, nil, failure.New(failure.State, "%s holds %s, not %s: choose another folder with --state", o.State.Root, was.Placement, wanted.Placement)
	}
	if was.PortBase != wanted.PortBase || was.Profile != wanted.Profile {
		return nil, nil, failure.New(failure.State, "the network in %s has profile %s and port base %d, asked for are %s and %d: choose another folder with --state, or `network clean` first", o.State.Root, was.Profile, was.PortBase, wanted.Profile, wanted.PortBase)
	}
	n, found := topology.Merge(was, wanted)
	return n, found, nil
}

// notApplied names what `up` has left as it was.
func notApplied(found []topology.Difference) error {
	var lines []string
	for _, d := range found {
		if !d.Up {
			lines = append(lines, "  "+d.Kind+" "+d.Subject+" "+d.Detail+" ("+d.Remedy+")")
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return failure.New(failure.Differs, "the network runs; in this it is not as the topology says, and `up` cannot make it so:\n%s", strings.Join(lines, "\n"))
}

// up is one run of Up.
type up struct {
	*Operator
	net   *topology.Network
	board *progress.Board
	// joining narrows the run to organisations that join a running network:
	// nothing of the others' is started, restarted or configured. Empty: all.
	joining []string
	// channel narrows the run to one channel among organisations that run.
	channel  string
	joinOnly bool // its nodes are to serve it, and no more
	// waiting are the members on other machines whose approval of contracts is
	// still to come.
	waiting []string
	// away tells of organisations that make their keys elsewhere; nil: none does.
	away func(organisation string) bool
}

// whole tells whether the run acts on the whole network.
func (u *up) whole() bool { return len(u.joining) == 0 && u.channel == "" }

// concerns tells whether the run acts on an organisation's processes.
func (u *up) concerns(organisation string) bool {
	return u.whole() || slices.Contains(u.joining, organisation)
}

// runs tells whether the run acts on a node's process.
func (u *up) runs(nd topology.Node) bool {
	return u.concerns(nd.Organisation) && u.net.IsHere(nd.Host)
}

// step is a part of a run, as people see it.
type step struct {
	title string
	do    func(context.Context, *progress.Task) (string, error)
}

func (u *up) run(ctx context.Context) error {
	steps := []step{
		{"Ports", u.checkPorts},
		{"Certificate authorities", u.authorities},
		{"Identities", u.identities},
		{"Genesis blocks and nodes", u.nodes},
		{"Renewals", u.renewals},
		{"Channels", u.join},
		{"Contracts", u.contracts},
		{"Readiness", u.settle},
		{"Connection file", u.connection},
	}
	if u.whole() {
		steps = append(steps, step{"Gateway", u.gateway}, step{"Relay", u.relay})
	} else {
		steps = append(steps, step{"Gateway", u.gatewayServes})
	}
	steps = slices.DeleteFunc(steps, func(s step) bool { return s.title == "Renewals" && (!u.whole() || len(u.unfinished(u.net)) == 0) })
	return u.do(ctx, steps)
}

// authorityServers are the CA servers that this run acts on.
func (u *up) authorityServers() []identity.CAServer {
	return slices.DeleteFunc(u.servers(), func(s identity.CAServer) bool {
		return !u.whole() && !slices.ContainsFunc(s.Organisations, func(o topology.Organisation) bool { return u.concerns(o.Name) && o.CAPort != 0 })
	})
}

// checkPorts looks at the ports of all that does not run yet.
func (u *up) checkPorts(_ context.Context, _ *progress.Task) (string, error) {
	if u.net.Containers { // theirs are all their own
		return "each container's own", u.State.SetNetwork(u.net)
	}
	running := map[string]bool{}
	if all, err := u.client.Services(); err == nil {
		for _, s := range all {
			for _, a := range s.Listen {
				running[a] = s.PID != 0
			}
		}
	} else if _, err := u.client.Down(); err != nil {
		// Processes without a supervisor: a new one would take over those that
		// are as they should be, but their ports could not be told from others'.
		return "", err
	}
	var wanted []ports.Wanted
	add := func(address, what string) {
		if !running[address] {
			wanted = append(wanted, ports.Wanted{Address: address, For: what})
		}
	}
	for _, ca := range u.authorityServers() {
		add(ca.Address(u.net), "the CA server "+ca.Name)
		add(ca.Operations(), "the health of the CA server "+ca.Name)
	}
	if u.whole() {
		add(u.net.GatewayAddress(u.net.GatewayHost()), "the gateway")
		if u.carriesNot() == "" {
			add(u.net.RelayAddress(), "the relay")
		}
	}
	for _, nd := range u.net.Nodes() {
		if !u.runs(nd) {
			continue
		}
		add(nd.Endpoint(), nd.Name)
		add(nd.Operations(), "the health of "+nd.Name)
		if nd.Role == topology.RoleOrderer {
			add(nd.Admin(), "the administration of "+nd.Name)
		} else {
			add("127.0.0.1:"+strconv.Itoa(nd.ChaincodePort), nd.Name)
		}
	}
	if err := ports.Check(wanted); err != nil {
		return "", err
	}
	// Recorded only now: a folder in which nothing was made is bound to nothing.
	if err := u.State.SetNetwork(u.net); err != nil {
		return "", err
	}
	return "free", u.client.Ensure(u.Supervisor)
}

// authorities starts the CA servers. Where every identity is there already,
// nobody waits for them.
func (u *up) authorities(ctx context.Context, _ *progress.Task) (string, error) {
	servers := u.authorityServers()
	for _, ca := range servers {
		s, err := ca.Service(u.State, u.net, u.bin("fabric-ca-server"))
		if err != nil {
			return "", err
		}
		if err := u.client.Run(s); err != nil {
			return "", err
		}
		if u.enrolled() {
			continue
		}
		if err := u.waitHealthy(ctx, s, patience); err != nil {
			return "", err
		}
	}
	cas := 0
	for _, ca := range servers {
		cas += len(ca.Organisations)
	}
	return count(cas, "CA") + " in " + count(len(servers), "server"), nil
}

// nodes makes the genesis blocks while orderers and peers start.
func (u *up) nodes(ctx context.Context, _ *progress.Task) (string, error) {
	started := 0
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		blocks, bctx := errgroup.WithContext(gctx)
		blocks.SetLimit(runtime.NumCPU())
		for _, ch := range u.net.Channels {
			blocks.Go(func() error { return genesis.Block(bctx, u.State, u.net, ch, u.bin("configtxgen")) })
		}
		return blocks.Wait()
	})
	for _, nd := range u.net.Nodes() {
		if !u.runs(nd) {
			continue
		}
		started++
		configure := node.Peer
		if nd.Role == topology.RoleOrderer {
			configure = node.Orderer
		}
		s, err := configure(u.State, u.net, nd, u.Programs)
		if err != nil {
			return "", errors.Join(err, g.Wait())
		}
		g.Go(func() error {
			if err := u.client.Run(s); err != nil {
				return err
			}
			return u.waitHealthy(gctx, s, patience)
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	return count(started, "node") + " well", nil
}

// join makes orderers, then peers, members of their channels.
func (u *up) join(ctx context.Context, _ *progress.Task) (string, error) {
	if err := u.joinOrderers(ctx); err != nil {
		return "", err
	}
	if err := u.members(ctx); err != nil {
		return "", err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4 * runtime.NumCPU())
	for _, nd := range u.net.Peers() {
		if !u.net.AtHome(nd.Organisation) {
			continue // its own administrator makes it join
		}
		g.Go(func() error { return channel.JoinPeer(gctx, u.State, u.net, nd) })
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	if err := u.awaitAdmission(ctx); err != nil {
		return "", err
	}
	return count(len(u.net.Channels), "channel") + " joined", nil
}
