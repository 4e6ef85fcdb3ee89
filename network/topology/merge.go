package topology

import (
	"fmt"
	"reflect"
	"slices"
)

// Difference is one thing in which the topology file and what was made differ.
type Difference struct {
	Kind    string `json:"kind"`    // organisation, channel, node, contract, …
	Subject string `json:"subject"` // its name
	Detail  string `json:"detail"`
	// Up tells that `network up` makes it so; else Remedy says what does.
	Up     bool   `json:"up"`
	Remedy string `json:"remedy,omitempty"`
}

// Since are the changes of a running network, with those organisations that the
// file has beyond it, and the ones that are to join: all that were not there
// when it was made.
func (f *File) Since(was *Network, joining ...string) (Changes, error) {
	changes := was.Changes
	changes.Added, changes.Left = slices.Clone(was.Added), slices.Clone(was.Left)
	now, err := f.SelectChanged(was.Profile, was.PortBase, changes)
	if err != nil {
		return changes, err
	}
	for _, o := range append(now.organisationNames(), joining...) {
		if _, ok := was.Organisation(o); !ok && !slices.Contains(changes.Added, o) {
			changes.Added = append(changes.Added, o)
		}
	}
	changes.Left = slices.DeleteFunc(changes.Left, func(o string) bool { return slices.Contains(joining, o) })
	return changes, nil
}

// Merge takes the running network as far towards the wanted one as can be done
// to a network that runs. It returns what can be, and every difference between
// the two. Both are of one profile and one port base.
func Merge(was, wanted *Network) (*Network, []Difference) {
	m := &merge{was: was, wanted: wanted}
	n := *wanted
	n.OrderingType, n.Orderers = was.OrderingType, was.Orderers
	n.Organisations = m.organisations()
	n.Channels = m.channels(&n)
	n.Applications = m.applications()
	m.ordering()
	m.hosts(&n)
	return &n, m.found
}

type merge struct {
	was, wanted *Network
	found       []Difference
}

func (m *merge) up(kind, subject, format string, args ...any) {
	m.found = append(m.found, Difference{Kind: kind, Subject: subject, Detail: fmt.Sprintf(format, args...), Up: true})
}

func (m *merge) by(kind, subject, remedy, format string, args ...any) {
	m.found = append(m.found, Difference{Kind: kind, Subject: subject, Detail: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (m *merge) organisations() []Organisation {
	var out []Organisation
	for _, o := range m.wanted.Organisations {
		was, ok := m.was.Organisation(o.Name)
		switch {
		case !ok:
			m.up("organisation", o.Name, "is not part of the running network yet")
			out = append(out, o)
		case reflect.DeepEqual(*was, o):
			out = append(out, o)
		default:
			out = append(out, m.organisation(*was, o))
		}
	}
	for _, o := range m.was.Organisations {
		if _, ok := m.wanted.Organisation(o.Name); !ok {
			m.by("organisation", o.Name, "network city remove "+o.Name, "is not in the topology any more")
			out = append(out, o)
		}
	}
	return out
}

// organisation takes what may change of one: its title, and peers beside those
// that it has.
func (m *merge) organisation(was, wanted Organisation) Organisation {
	out := was
	out.Title = wanted.Title
	for _, p := range wanted.Peers {
		i := slices.IndexFunc(was.Peers, func(w Node) bool { return w.Name == p.Name })
		switch {
		case i < 0 && !slices.ContainsFunc(was.Peers, func(w Node) bool { return w.Port == p.Port }):
			m.up("node", p.Name, "does not exist yet")
			out.Peers = append(slices.Clone(out.Peers), p)
		case i < 0 || !reflect.DeepEqual(was.Peers[i], p):
			m.by("node", p.Name, "move it by hand: its certificate and its channels name its place", "has another place in the topology")
		}
	}
	for _, p := range was.Peers {
		if !slices.ContainsFunc(wanted.Peers, func(w Node) bool { return w.Name == p.Name }) {
			m.by("node", p.Name, "network stop "+p.Name, "is not in the topology any more")
		}
	}
	if was.MSP != wanted.MSP || was.Division != wanted.Division || was.Host != wanted.Host || was.Province != wanted.Province {
		m.by("organisation", was.Name, "none: these are for ever; add another organisation", "has another MSP, division, host or rank in the topology")
	}
	return out
}

func (m *merge) channels(n *Network) []Channel {
	var out []Channel
	for _, ch := range m.wanted.Channels {
		was, ok := m.was.Channel(ch.Name)
		if !ok {
			m.up("channel", ch.Name, "does not exist yet")
			out = append(out, ch)
			continue
		}
		for _, o := range ch.Organisations {
			if !slices.Contains(was.Organisations, o) {
				m.up("channel", ch.Name, "%s is not a member yet", o)
			}
		}
		for _, o := range was.Organisations {
			if !slices.Contains(ch.Organisations, o) && !slices.Contains(ch.Left, o) {
				m.by("channel", ch.Name, "network city remove "+o, "%s is a member and is not in the topology", o)
				ch.Organisations = append(slices.Clone(ch.Organisations), o)
			}
		}
		for _, c := range was.Contracts {
			if !slices.Contains(ch.Contracts, c) {
				m.by("contract", c, "none: what is committed on a channel stays", "is on %s and is not in the topology any more", ch.Name)
			}
		}
		out = append(out, ch)
	}
	for _, ch := range m.was.Channels {
		if _, ok := m.wanted.Channel(ch.Name); !ok {
			m.by("channel", ch.Name, "none: a ledger is for ever; its nodes can be stopped", "is not in the topology any more")
			out = append(out, ch)
		}
	}
	for _, ch := range out { // a contract's version is no other once its channel is kept
		for _, c := range ch.Contracts {
			if n.Version(c) == "" {
				n.Contracts = append(slices.Clone(n.Contracts), Contract{Name: c, Version: m.was.Version(c)})
			}
		}
	}
	return out
}

func (m *merge) applications() []Application {
	out := slices.Clone(m.wanted.Applications)
	for k, a := range m.wanted.Applications {
		i := slices.IndexFunc(m.was.Applications, func(w Application) bool { return w.Name == a.Name })
		if i < 0 {
			m.up("application", a.Name, "is not enrolled yet")
			continue
		}
		for _, c := range m.was.Applications[i].Cities { // channels that are kept
			if _, ok := m.wanted.Channel(c); !ok {
				a.Cities = append(slices.Clone(a.Cities), c)
			}
		}
		out[k].Cities = a.Cities
		if w := m.was.Applications[i]; w.Department != a.Department || !slices.Equal(w.Roles, a.Roles) || w.Organisation != a.Organisation {
			m.by("application", a.Name, "enrol it anew under another name", "has another department, organisation or other roles: its certificate names what it had")
		} else if !sameNames(w.Cities, a.Cities) {
			m.up("application", a.Name, "may call other channels")
		}
	}
	for _, a := range m.was.Applications {
		if !slices.ContainsFunc(out, func(w Application) bool { return w.Name == a.Name }) {
			m.up("application", a.Name, "is not in the topology any more: the gateway is to forget it")
		}
	}
	return out
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (m *merge) ordering() {
	if m.was.OrderingType != m.wanted.OrderingType {
		m.by("ordering", m.wanted.OrderingType, "none: save a backup and make a new network", "the network runs %s", m.was.OrderingType)
		return
	}
	for _, o := range m.wanted.Orderers {
		if i := slices.IndexFunc(m.was.Orderers, func(w Node) bool { return w.Name == o.Name }); i < 0 {
			m.by("node", o.Name, "network channel add-consenter all "+o.Name, "is not one of the orderers yet")
		} else if !reflect.DeepEqual(m.was.Orderers[i], o) {
			m.by("node", o.Name, "remove it with `network channel remove-consenter`, and add it again", "has another place in the topology")
		}
	}
	for _, o := range m.was.Orderers {
		if !slices.ContainsFunc(m.wanted.Orderers, func(w Node) bool { return w.Name == o.Name }) {
			m.by("node", o.Name, "network channel remove-consenter all "+o.Name, "is not in the topology any more")
		}
	}
}

// hosts keeps a machine's address for as long as nodes have certificates for it.
func (m *merge) hosts(n *Network) {
	for _, h := range m.was.Hosts {
		i := slices.IndexFunc(m.wanted.Hosts, func(w Host) bool { return w.Name == h.Name })
		if i >= 0 && m.wanted.Hosts[i] == h {
			continue
		}
		m.by("host", h.Name, "none: certificates and channels name its address", "has another address in the topology, or is not there")
		n.Hosts = slices.DeleteFunc(slices.Clone(n.Hosts), func(w Host) bool { return w.Name == h.Name })
		n.Hosts = append(n.Hosts, h)
	}
}

// WithOrganisation is the network with one organisation more, as the wanted
// network has it: its nodes, its channels, its business systems. All else stays.
func (n *Network) WithOrganisation(wanted *Network, name string) *Network {
	out := *n
	out.Left = without(n.Left, name)
	if _, ok := n.Organisation(name); !ok {
		out.Added = append(slices.Clone(n.Added), name)
		if org, ok := wanted.Organisation(name); ok {
			out.Organisations = append(slices.Clone(n.Organisations), *org)
			inOrder(out.Organisations, wanted.Organisations, func(o Organisation) string { return o.Name })
		}
	}
	out.Channels = nil
	for _, ch := range n.Channels {
		if w, ok := wanted.Channel(ch.Name); ok && slices.Contains(w.Organisations, name) && !slices.Contains(ch.Organisations, name) {
			ch.Organisations = append(slices.Clone(ch.Organisations), name)
			inOrder(ch.Organisations, w.Organisations, itself)
			ch.Left = without(ch.Left, name)
		}
		out.Channels = append(out.Channels, ch)
	}
	for _, ch := range wanted.Channels {
		if _, ok := n.Channel(ch.Name); !ok && slices.Contains(ch.Organisations, name) {
			// A contract that no channel runs yet comes with the next `up`.
			ch.Contracts = slices.DeleteFunc(slices.Clone(ch.Contracts), func(c string) bool { return n.Version(c) == "" })
			out.Channels = append(out.Channels, ch)
		}
	}
	inOrder(out.Channels, wanted.Channels, func(c Channel) string { return c.Name })
	out.Applications = nil
	for _, a := range wanted.Applications {
		i := slices.IndexFunc(n.Applications, func(w Application) bool { return w.Name == a.Name })
		switch {
		case i >= 0:
			cities := slices.Clone(a.Cities)
			a = n.Applications[i]
			a.Cities = slices.DeleteFunc(cities, func(c string) bool { _, ok := out.Channel(c); return !ok })
		case a.Organisation != name:
			continue
		}
		out.Applications = append(out.Applications, a)
	}
	for _, a := range n.Applications {
		if !slices.ContainsFunc(out.Applications, func(w Application) bool { return w.Name == a.Name }) {
			out.Applications = append(out.Applications, a)
		}
	}
	return &out
}

// inOrder sorts a list as another one is: an order that changes would be
// another endorsement policy.
func inOrder[T any](list, as []T, name func(T) string) {
	place := func(t T) int {
		i := slices.IndexFunc(as, func(x T) bool { return name(x) == name(t) })
		if i < 0 {
			return len(as)
		}
		return i
	}
	slices.SortStableFunc(list, func(a, b T) int { return place(a) - place(b) })
}

// without is a list without one name; nil where nothing is left.
func without(list []string, name string) []string {
	var out []string
	for _, n := range list {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}

func itself(name string) string { return name }

// WithoutMember is the network with a city taken out of its main channel.
func (n *Network) WithoutMember(name string) *Network {
	out := *n
	out.Left = append(without(n.Left, name), name)
	out.Channels = slices.Clone(n.Channels)
	main := out.Main()
	main.Organisations = without(main.Organisations, name)
	main.Left = append(without(main.Left, name), name)
	inOrder(main.Left, n.organisationNames(), itself)
	out.Applications = slices.Clone(n.Applications)
	for i, a := range out.Applications {
		if a.Organisation == name {
			out.Applications[i].Cities = slices.DeleteFunc(slices.Clone(a.Cities), func(c string) bool { return c == main.Name })
		}
	}
	return &out
}
