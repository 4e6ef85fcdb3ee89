package operate

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// ChannelEntry is one channel of a list. Its JSON form is stable.
type ChannelEntry struct {
	Name      string   `json:"name"`
	Main      bool     `json:"main"`
	Title     string   `json:"title"`
	Members   []string `json:"members"`  // organisations
	Left      []string `json:"left"`     // organisations that were members
	Orderers  []string `json:"orderers"` // that serve it
	Sequence  uint64   `json:"sequence"` // of the configuration
	Height    uint64   `json:"height"`
	Contracts []string `json:"contracts"`
}

// ChannelList lists the channels of the network as they are.
func (o *Operator) ChannelList(ctx context.Context) ([]ChannelEntry, error) {
	n, c, err := o.configs()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	report, err := o.Status(ctx)
	if err != nil {
		return nil, err
	}
	serving := map[string][]string{}
	for _, od := range n.Orderers {
		if !n.AtHome(od.Organisation) {
			continue // its own administrator sees what it serves
		}
		admin, err := channel.NewOrdererAdmin(o.State, od)
		if err != nil {
			return nil, err
		}
		names, err := admin.Channels(ctx)
		admin.Close()
		if err != nil {
			continue // `network status` tells why
		}
		for _, name := range names {
			serving[name] = append(serving[name], od.Name)
		}
	}
	out := []ChannelEntry{}
	for i, ch := range n.Channels {
		e := ChannelEntry{Name: ch.Name, Main: ch.Main, Title: ch.Title, Members: ch.Organisations, Left: append([]string{}, ch.Left...), Orderers: append([]string{}, serving[ch.Name]...), Height: report.Channels[i].Height, Contracts: []string{}}
		if config, err := c.Get(ctx, ch.Name); err == nil {
			e.Sequence = config.GetSequence()
		}
		for _, d := range report.Channels[i].Contracts {
			e.Contracts = append(e.Contracts, d.Name+" "+d.Version)
		}
		out = append(out, e)
	}
	return out, nil
}

// PrintChannels writes a list of channels for people.
func PrintChannels(out io.Writer, list []ChannelEntry) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "CHANNEL\tTITLE\tHEIGHT\tCONFIGURATION\tMEMBERS\tORDERERS\tCONTRACTS")
	for _, c := range list {
		members := strings.Join(c.Members, ", ")
		if len(c.Left) > 0 {
			members += " (left: " + strings.Join(c.Left, ", ") + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", c.Name, c.Title, c.Height, c.Sequence, members, orDash(strings.Join(c.Orderers, ", ")), orDash(strings.Join(c.Contracts, ", ")))
	}
	w.Flush()
}

// configs opens the configuration of the network's channels.
func (o *Operator) configs() (*topology.Network, *channelconfig.Network, error) {
	n, err := o.Network()
	if err != nil {
		return nil, nil, err
	}
	c, err := channelconfig.Open(o.State, n)
	return n, c, err
}

// Configs opens the configuration of the network's channels; the names are those
// of a list such as "henan,zhengzhou", or all.
func (o *Operator) Configs(list string) (*channelconfig.Network, []string, error) {
	n, c, err := o.configs()
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, ch := range n.Channels {
		names = append(names, ch.Name)
	}
	if list != "all" {
		asked := strings.Split(list, ",")
		for _, name := range asked {
			if _, ok := n.Channel(name); !ok {
				c.Close()
				return nil, nil, failure.New(failure.NotThere, "there is no channel %q in this network: it has %s", name, strings.Join(names, ", "))
			}
		}
		names = asked
	}
	return c, names, nil
}

// CreateChannel makes a channel of the topology that does not exist yet, among
// organisations that do: its genesis block, its orderers and peers, its
// contracts. It goes on where it was ended.
func (o *Operator) CreateChannel(ctx context.Context, wanted *topology.Network, name string) error {
	return o.changed(ctx, func(was *topology.Network) (*up, error) {
		if err := whole(was); err != nil {
			return nil, err
		}
		ch, ok := wanted.Channel(name)
		if !ok {
			return nil, failure.New(failure.NotThere, "there is no channel %q in the topology for this profile: add it under channels", name)
		}
		for _, org := range ch.Organisations {
			if _, ok := was.Organisation(org); !ok {
				return nil, failure.New(failure.NotThere, "%s is not in the running network: `network city add %s` makes it join, with its channel", org, org)
			}
		}
		return &up{net: was.WithChannel(wanted, name), channel: name}, nil
	})
}

// JoinChannel makes every orderer and every member's peer serve a channel.
func (o *Operator) JoinChannel(ctx context.Context, name string) error {
	return o.changed(ctx, func(was *topology.Network) (*up, error) {
		if _, ok := was.Channel(name); !ok {
			return nil, failure.New(failure.NotThere, "there is no channel %q in the running network: `network channel create %s` makes it", name, name)
		}
		return &up{net: was, channel: name, joinOnly: true}, nil
	})
}

// whole refuses a host's part of a network for what needs the keys of others.
func whole(n *topology.Network) error {
	if n.Here == "" {
		return nil
	}
	return failure.New(failure.Refused, "this is %s alone, and that needs the keys of other members as well: it is not to be had here", n.Placement)
}

// changed does a part of what `up` does, on a network that runs.
func (o *Operator) changed(ctx context.Context, change func(*topology.Network) (*up, error)) error {
	if _, err := o.Network(); err != nil {
		return err
	}
	unlock, err := o.State.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := o.Supervised(ctx); err != nil {
		return err
	}
	if err := o.State.Sweep(); err != nil {
		return err
	}
	was, err := o.State.Network() // as it is under the lock
	if err != nil {
		return err
	}
	u, err := change(was)
	if err != nil {
		return err
	}
	u.Operator, u.board = o, progress.New(o.Out)
	defer u.board.Close()
	if u.joinOnly {
		only := *u.net
		ch, _ := only.Channel(u.channel)
		only.Channels = []topology.Channel{*ch}
		u.net = &only
		return phase(u.board, "Nodes", func(t *progress.Task) (string, error) { return u.join(ctx, t) })
	}
	return u.run(ctx)
}

// joinOrderers makes all orderers serve the network's channels.
func (u *up) joinOrderers(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, nd := range u.net.Orderers {
		if !u.net.AtHome(nd.Organisation) {
			continue // its own administrator makes it join
		}
		g.Go(func() error { return channel.JoinOrderer(gctx, u.State, u.net, nd) })
	}
	return g.Wait()
}
