package topology

import "slices"

// WithChannel is the network with one channel more, as the wanted network has
// it. All else stays; contracts that no channel runs yet come with it.
func (n *Network) WithChannel(wanted *Network, name string) *Network {
	out := *n
	ch, ok := wanted.Channel(name)
	if _, is := n.Channel(name); !ok || is {
		return &out
	}
	out.Channels = append(slices.Clone(n.Channels), *ch)
	inOrder(out.Channels, wanted.Channels, func(c Channel) string { return c.Name })
	for _, c := range ch.Contracts {
		if n.Version(c) == "" {
			out.Contracts = append(slices.Clone(out.Contracts), Contract{Name: c, Version: wanted.Version(c)})
		}
	}
	out.Applications = slices.Clone(n.Applications)
	for i, a := range out.Applications {
		j := slices.IndexFunc(wanted.Applications, func(w Application) bool { return w.Name == a.Name })
		if j >= 0 && slices.Contains(wanted.Applications[j].Cities, name) {
			out.Applications[i].Cities = append(slices.Clone(a.Cities), name)
		}
	}
	return &out
}

// WithOrderer is the network with one orderer more.
func (n *Network) WithOrderer(o Node) *Network {
	out := *n
	if !slices.ContainsFunc(n.Orderers, func(x Node) bool { return x.Name == o.Name }) {
		out.Orderers = append(slices.Clone(n.Orderers), o)
	}
	return &out
}

// WithoutOrderer is the network with one orderer less.
func (n *Network) WithoutOrderer(name string) *Network {
	out := *n
	out.Orderers = slices.DeleteFunc(slices.Clone(n.Orderers), func(x Node) bool { return x.Name == name })
	return &out
}

// Orderer finds an orderer by its full name.
func (n *Network) Orderer(name string) (Node, bool) {
	for _, o := range n.Orderers {
		if o.Name == name {
			return o, true
		}
	}
	return Node{}, false
}
