package topology

import "slices"

// WithSystem is the network with a business system more, beside the topology's.
// One that it has already is replaced.
func (n *Network) WithSystem(s Application) *Network {
	out := n.withoutSystem(s.Name)
	out.Systems = append(out.Systems, s)
	out.Applications = append(out.Applications, s)
	return out
}

// WithoutSystem is the network without a business system, and with the memory
// that its certificates were revoked.
func (n *Network) WithoutSystem(name string) *Network {
	out := n.withoutSystem(name)
	out.Revoked = append(without(n.Revoked, name), name)
	return out
}

func (n *Network) withoutSystem(name string) *Network {
	out := *n
	is := func(a Application) bool { return a.Name == name }
	out.Systems = slices.DeleteFunc(slices.Clone(n.Systems), is)
	out.Applications = slices.DeleteFunc(slices.Clone(n.Applications), is)
	return &out
}

// Application finds a business system by its name.
func (n *Network) Application(name string) (*Application, bool) {
	for i := range n.Applications {
		if n.Applications[i].Name == name {
			return &n.Applications[i], true
		}
	}
	return nil, false
}
