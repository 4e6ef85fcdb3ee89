package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"text/tabwriter"
	"time"

	"henanchain/network/channel"
	"henanchain/network/channelconfig"
	"henanchain/network/contract"
	"henanchain/network/topology"
)

// Plan is what differs between the topology and what runs. Its JSON form is
// stable.
type Plan struct {
	Same        bool                  `json:"same"`
	Profile     string                `json:"profile"`
	Differences []topology.Difference `json:"differences"`
}

// Plan compares the wanted network with what was made and with what answers. It
// changes nothing.
func (o *Operator) Plan(ctx context.Context, wanted *topology.Network) (*Plan, error) {
	p := &planner{Operator: o, plan: &Plan{Profile: wanted.Profile, Differences: []topology.Difference{}}}
	_, err := o.State.Network()
	if errors.Is(err, fs.ErrNotExist) {
		p.up("network", wanted.Name, "nothing is made yet: %s on %s", count(len(wanted.Nodes()), "node"), count(len(wanted.Channels), "channel"))
		return p.plan, nil
	}
	n, found, err := o.merge(wanted)
	if err != nil {
		return nil, err
	}
	p.plan.Differences = append(p.plan.Differences, found...)
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	report, err := o.Status(ctx)
	if err != nil {
		return nil, err
	}
	p.nodes(report)
	if o.client.Alive() {
		if err := p.channels(ctx, n, report); err != nil {
			return nil, err
		}
		if err := p.configs(ctx, n, report); err != nil {
			return nil, err
		}
	}
	p.plan.Same = len(p.plan.Differences) == 0
	return p.plan, nil
}

type planner struct {
	*Operator
	plan *Plan
}

func (p *planner) up(kind, subject, format string, args ...any) {
	p.plan.Differences = append(p.plan.Differences, topology.Difference{Kind: kind, Subject: subject, Detail: fmt.Sprintf(format, args...), Up: true})
}

func (p *planner) by(kind, subject, remedy, format string, args ...any) {
	p.plan.Differences = append(p.plan.Differences, topology.Difference{Kind: kind, Subject: subject, Detail: fmt.Sprintf(format, args...), Remedy: remedy})
}

// nodes names what should run and does not.
func (p *planner) nodes(r *Report) {
	for _, n := range r.Nodes {
		switch {
		case n.Healthy:
		case n.PID == 0:
			p.up(n.Role, n.Name, "%s", n.Detail)
		default:
			p.by(n.Role, n.Name, "network logs "+n.Name, "%s", n.Detail)
		}
	}
}

// channels compares who serves each channel, and which contracts it has.
func (p *planner) channels(ctx context.Context, n *topology.Network, r *Report) error {
	book, err := contract.Open(p.State)
	if err != nil {
		return err
	}
	for _, o := range n.Orderers {
		if !n.AtHome(o.Organisation) {
			continue // its own administrator sees what it serves
		}
		admin, err := channel.NewOrdererAdmin(p.State, o)
		if err != nil {
			return err
		}
		serves, err := admin.Channels(ctx)
		admin.Close()
		if err != nil {
			continue // it is among the nodes that do not answer
		}
		for _, ch := range r.Channels {
			if !slices.Contains(serves, ch.Name) {
				p.up("channel", ch.Name, "%s does not serve it", o.Name)
			}
		}
	}
	for _, is := range r.Channels {
		ch, _ := n.Channel(is.Name)
		for _, peer := range is.Peers {
			if peer.Height == 0 && slices.ContainsFunc(r.Nodes, func(x NodeReport) bool { return x.Name == peer.Name && x.Healthy }) {
				p.up("channel", is.Name, "%s has not joined it", peer.Name)
			}
		}
		if is.Height == 0 {
			continue // nobody could say what is committed
		}
		for _, name := range book.OnChannel(*ch) {
			wanted := book.Wanted(n, *ch, name)
			i := slices.IndexFunc(is.Contracts, func(d channel.Definition) bool { return d.Name == name })
			if i < 0 {
				p.up("contract", name, "is not on %s; wanted is %s", is.Name, wanted)
			} else if has := is.Contracts[i].Version; has != wanted {
				p.up("contract", name, "is %s on %s; wanted is %s", has, is.Name, wanted)
			}
		}
	}
	return nil
}

// configs compares what channels' own configuration says.
func (p *planner) configs(ctx context.Context, n *topology.Network, r *Report) error {
	wanted, err := channelconfig.BatchFrom(n.Batch)
	if err != nil {
		return err
	}
	was, err := p.State.Network()
	if err != nil {
		return err
	}
	c, err := channelconfig.Open(p.State, was)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, ch := range r.Channels {
		config, err := c.Get(ctx, ch.Name)
		if err != nil {
			p.by("channel", ch.Name, "network status", "%s", err)
			continue
		}
		p.batch(ch.Name, config, wanted)
		p.members(n, ch.Name, channelconfig.Members(config))
		p.consenters(was, ch.Name, config)
	}
	return nil
}

func (p *planner) members(n *topology.Network, name string, has []string) {
	ch, _ := n.Channel(name)
	was, err := p.State.Network()
	if err != nil {
		return
	}
	for _, o := range ch.Organisations {
		org, _ := n.Organisation(o)
		if _, known := was.Organisation(o); known && !slices.Contains(has, org.MSP) {
			p.up("channel", name, "%s is not a member in its configuration", o)
		}
	}
	for _, o := range ch.Left {
		if org, ok := n.Organisation(o); ok && slices.Contains(has, org.MSP) {
			p.up("channel", name, "%s is still a member in its configuration", o)
		}
	}
}

// Print writes the plan for people.
func (p *Plan) Print(out io.Writer) {
	if p.Same {
		fmt.Fprintln(out, "nothing differs: what runs is what the topology says")
		return
	}
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "WHAT\tNAME\tDIFFERS\tDONE BY")
	for _, d := range p.Differences {
		by := "network up"
		if !d.Up {
			by = d.Remedy
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.Kind, d.Subject, d.Detail, by)
	}
	w.Flush()
}
