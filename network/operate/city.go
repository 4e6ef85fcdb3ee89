package operate

import (
	"context"
	"slices"

	"henanchain/network/failure"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// AddCity makes an organisation of the topology join the running network: a CA
// of its own, its nodes, its channel with the province, admission to the main
// channel, the contracts. Nothing that runs is restarted. Ended at any point and
// run again, it goes on; `up` goes on with it just as well.
func (o *Operator) AddCity(ctx context.Context, wanted *topology.Network, city string) error {
	return o.city(ctx, city, func(was *topology.Network) (*topology.Network, error) {
		org, ok := wanted.Organisation(city)
		if !ok {
			return nil, failure.New(failure.NotThere, "there is no organisation %q in the topology: add it there, at the end, with its channel", city)
		}
		if _, ok := wanted.OfCity(org.Name); !ok {
			return nil, failure.New(failure.Topology, "%s has no channel of its own in the topology: add one under channels, such as {name: %s, organisations: [%s, %s], contracts: …}", city, city, city, wanted.Province().Name)
		}
		return was.WithOrganisation(wanted, city), nil
	})
}

// RemoveCity takes a city out of the main channel. Its own channel stays as it
// is, and so do its nodes.
func (o *Operator) RemoveCity(ctx context.Context, city string) error {
	return o.city(ctx, city, func(was *topology.Network) (*topology.Network, error) {
		org, ok := was.Organisation(city)
		switch {
		case !ok:
			return nil, failure.New(failure.NotThere, "there is no organisation %q in the running network", city)
		case org.Province:
			return nil, failure.New(failure.Refused, "%s is the province: it is a member of every channel", city)
		}
		for _, od := range was.Orderers {
			if od.Organisation == city {
				return nil, failure.New(failure.Refused, "%s is the orderer of %s: take it out first with `network channel remove-consenter all %s`", od.Name, city, od.Name)
			}
		}
		return was.WithoutMember(city), nil
	})
}

func (o *Operator) city(ctx context.Context, city string, change func(*topology.Network) (*topology.Network, error)) error {
	return o.changed(ctx, func(was *topology.Network) (*up, error) {
		if err := whole(was); err != nil {
			return nil, err
		}
		n, err := change(was)
		if err != nil {
			return nil, err
		}
		half, err := o.halfJoined(n)
		return &up{net: n, joining: append(half, city)}, err
	})
}

// halfJoined are the organisations that were to join and whose nodes were never
// started, because the run that was to do it was ended: the main channel cannot
// agree on anything without them.
func (o *Operator) halfJoined(n *topology.Network) ([]string, error) {
	services, err := o.client.Services()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range n.Added {
		org, ok := n.Organisation(name)
		if !ok {
			continue
		}
		for _, p := range org.Peers {
			if !slices.ContainsFunc(services, func(s supervise.Status) bool { return s.Name == p.Name }) {
				out = append(out, name)
				break
			}
		}
	}
	return out, nil
}
