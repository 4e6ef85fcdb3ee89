package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/topology"
)

// Watch is told how a rollout goes on, by several goroutines; its functions may
// be nil.
type Watch struct {
	Step    func(lifecycle.Event)
	Channel func(lifecycle.Outcome) // a channel has come to its end
}

// rollout brings channels of one contract to the releases that the book names.
type rollout struct {
	*Operator
	book    *Book
	members *Members
	watch   Watch
	// trusting leaves out to ask services that somebody else runs: those may be
	// started after this network.
	trusting bool
	mu       *sync.Mutex // over the book
}

func (o *Operator) rollout(b *Book, m *Members, w Watch) *rollout {
	return &rollout{Operator: o, book: b, members: m, watch: w, mu: &sync.Mutex{}}
}

// group are channels that take the same release.
type group struct {
	release  Release
	artefact *Artefact
	channels []topology.Channel
}

// groups sorts a contract's channels by their releases.
func (r *rollout) groups(contract string, channels []topology.Channel) ([]group, error) {
	var out []group
	for _, ch := range channels {
		p := r.book.placement(contract, ch.Name)
		i := slices.IndexFunc(out, func(g group) bool { return g.release.same(p.Release) })
		if i < 0 {
			a := r.book.artefact(p.Release.Package)
			if a == nil {
				return nil, failure.New(failure.State, "%s %s is to be on %s and its package is not in the state folder any more: deploy it again", contract, p.Release.Version, ch.Name)
			}
			i = len(out)
			out = append(out, group{release: p.Release, artefact: a})
		}
		out[i].channels = append(out[i].channels, ch)
	}
	return out, nil
}

// run starts the services and brings the channels to their releases. What has
// come to its end is noted in the book, which is saved.
func (r *rollout) run(ctx context.Context, contract string, channels []topology.Channel) ([]lifecycle.Outcome, error) {
	groups, err := r.groups(contract, channels)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.artefact.Program == "" && r.trusting {
			continue
		}
		if err := r.start(ctx, g.artefact); err != nil {
			return nil, err
		}
	}
	var outcomes []lifecycle.Outcome
	var errs []error
	for _, g := range groups {
		done, err := r.deploy(ctx, contract, g)
		outcomes = append(outcomes, done...)
		errs = append(errs, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return outcomes, errors.Join(append(errs, r.book.save())...)
}

func (r *rollout) deploy(ctx context.Context, contract string, g group) ([]lifecycle.Outcome, error) {
	p, err := r.store().load(g.release.Package)
	if err != nil {
		return nil, err
	}
	d := lifecycle.Deployment{Name: contract, Version: g.release.Version, Packages: map[string]*lifecycle.Package{"": p}, Progress: r.watch.Step}
	for _, ch := range g.channels {
		d.Channels = append(d.Channels, r.members.taking(ch, g.release, g.artefact.Origin))
	}
	outcomes, err := lifecycle.Deploy(ctx, d)
	if err != nil {
		err = fmt.Errorf("deploy %s %s: %w", contract, g.release.Version, err)
	}
	errs := []error{err}
	for i, o := range outcomes {
		done := o.Err == nil && len(o.Waiting) == 0
		if done && len(g.release.Init) > 0 {
			o.Err = lifecycle.Initialise(ctx, contract, d.Channels[i], bytesOf(g.release.Init))
			errs = append(errs, o.Err)
		}
		if done && o.Err == nil {
			r.mu.Lock()
			r.book.placement(contract, o.Channel).committed()
			r.mu.Unlock()
		}
		if r.watch.Channel != nil {
			r.watch.Channel(o)
		}
	}
	return outcomes, errors.Join(errs...)
}

func bytesOf(args []string) [][]byte {
	out := make([][]byte, len(args))
	for i, a := range args {
		out[i] = []byte(a)
	}
	return out
}

// Up brings every channel of the network to the contracts that it is to have:
// what was deployed, and else the topology's versions, served by the program
// given. It says how many contracts those are.
func (o *Operator) Up(ctx context.Context, program string, w Watch) (contracts int, err error) {
	b, err := Open(o.State)
	if err != nil {
		return 0, err
	}
	wanted, err := o.decide(b, program)
	if err != nil || len(wanted) == 0 {
		return 0, err
	}
	if err := b.save(); err != nil {
		return 0, err
	}
	m, err := OpenMembers(o.State, o.Net)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	r := o.rollout(b, m, w)
	r.trusting = true
	g, gctx := errgroup.WithContext(ctx)
	for name, channels := range wanted {
		g.Go(func() error {
			_, err := r.run(gctx, name, channels)
			if u := b.Contracts[name].Underway; err != nil && u != nil {
				err = fmt.Errorf("%w\na %s of %s that was begun at %s is not done yet: `chaincode rollback %s` takes it back", err, u.What, name, u.Since.Local().Format("15:04:05"), name)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	for name, channels := range wanted {
		if u := b.Contracts[name].Underway; u != nil && covers(channels, u.Channels) {
			b.Contracts[name].Underway = nil
		}
	}
	if _, err := o.retire(ctx, b); err != nil {
		return 0, err
	}
	return len(wanted), o.tidy(b)
}

// decide notes in the book what every channel is to have, and lists each
// contract's channels.
func (o *Operator) decide(b *Book, program string) (map[string][]topology.Channel, error) {
	wanted := map[string][]topology.Channel{}
	for _, ch := range o.Net.Channels {
		for _, name := range b.OnChannel(ch) {
			wanted[name] = append(wanted[name], ch)
			if b.kept(o.Net, ch, name) != nil {
				continue
			}
			version := o.Net.Version(name)
			release, by, err := o.topologyRelease(b, ch, name, version, program)
			if err != nil {
				return nil, err
			}
			b.place(name, ch.Name, *release, by, version)
		}
	}
	return wanted, nil
}

// topologyRelease is what a channel takes because the topology says so. A
// version that the channel has by a deployment is that one; a channel that is new
// takes what was deployed on all others; else the version is served by the
// program as it was built last.
func (o *Operator) topologyRelease(b *Book, ch topology.Channel, name, version, program string) (r *Release, by string, err error) {
	p := b.placement(name, ch.Name)
	if p == nil {
		p = o.everywhere(b, name)
	} else if p.By == ByTopology || p.Release.Version != version {
		p = nil
	}
	if p != nil {
		return &p.Release, p.By, nil
	}
	a, err := o.store().served(o.Net, b, Artefact{Contract: name, Version: version, Origin: FromHere}, program)
	if err != nil {
		return nil, "", err
	}
	return &Release{Version: version, Package: a.Package}, ByTopology, nil
}

// everywhere is the placement of a release that was deployed on every channel
// that has a contract; nil where they differ, or follow the topology.
func (o *Operator) everywhere(b *Book, name string) *Placement {
	c := b.Contracts[name]
	if c == nil {
		return nil
	}
	var first *Placement
	for _, channel := range slices.Sorted(maps.Keys(c.Channels)) {
		p := c.Channels[channel]
		if p.By == ByTopology || p.Topology != o.Net.Version(name) || first != nil && !first.Release.same(p.Release) {
			return nil
		}
		first = p
	}
	return first
}

// covers tells whether all the names are among the channels.
func covers(channels []topology.Channel, names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(channels, func(ch topology.Channel) bool { return ch.Name == name }) {
			return false
		}
	}
	return true
}

// channelsNamed picks channels of the network by a list such as "henan,zhengzhou",
// or all.
func (o *Operator) channelsNamed(list string) ([]topology.Channel, error) {
	if list == "all" {
		return o.Net.Channels, nil
	}
	var out []topology.Channel
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		ch, ok := o.Net.Channel(name)
		if !ok {
			return nil, failure.New(failure.NotThere, "there is no channel %q in this network: it has %s", name, strings.Join(channelNames(o.Net.Channels), ", "))
		}
		if !slices.ContainsFunc(out, func(c topology.Channel) bool { return c.Name == name }) {
			out = append(out, *ch)
		}
	}
	return out, nil
}

func channelNames(channels []topology.Channel) []string {
	out := make([]string, len(channels))
	for i, ch := range channels {
		out[i] = ch.Name
	}
	return out
}
