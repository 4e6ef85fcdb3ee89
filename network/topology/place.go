package topology

import (
	"net"
	"slices"
	"strconv"
)

// Placement says where the parts of a network are, where that is not simply all
// of them on the addresses of their hosts.
type Placement struct {
	// Here is the host whose part of the network a state folder holds: its nodes,
	// and the keys of the organisations at home there. Empty: the whole network.
	Here string `json:"here,omitempty"`
	// Containers tells that every process is a container of its own, which the
	// others reach by its name.
	Containers bool `json:"containers,omitempty"`
	// Workshop tells that the keys of all hosts are being made on this machine:
	// the CA servers answer on its own loopback addresses, and nothing else runs.
	Workshop bool `json:"-"`
}

func (p Placement) String() string {
	switch {
	case p.Containers:
		return "a network in containers"
	case p.Here != "":
		return "the part of a network on the host " + p.Here
	}
	return "a whole network"
}

// anyAddress is where a process in a container listens: its own address changes
// when it is connected to its network again.
const anyAddress = "0.0.0.0"

// InContainers is the network with each process in a container of its own, named
// as the process, and each organisation at home on a host of its own.
func (n *Network) InContainers() *Network {
	out := *n
	out.Containers = true
	out.Hosts = nil
	out.Organisations = slices.Clone(n.Organisations)
	for i, o := range out.Organisations {
		out.Hosts = append(out.Hosts, Host{Name: o.Name, Address: o.Name})
		out.Organisations[i].Host = o.Name
		out.Organisations[i].Peers = contained(o.Peers)
	}
	out.Orderers = contained(n.Orderers)
	return &out
}

func contained(nodes []Node) []Node {
	out := slices.Clone(nodes)
	for i := range out {
		out[i].Host, out[i].Address, out[i].Bind = out[i].Organisation, out[i].Name, anyAddress
	}
	return out
}

// InWorkshop is the network as it is while the keys of all hosts are made on
// this machine.
func (n *Network) InWorkshop() *Network {
	out := *n
	out.Workshop = true
	return &out
}

// Part is the part of the network that a host holds: all organisations and
// orderers as others know them, the channels that its organisations are members
// of, and their business systems. A host of orderers alone holds no channel: who
// administers its orderers is at home elsewhere.
func (n *Network) Part(host string) *Network {
	out := *n
	out.Here = host
	out.Channels = slices.DeleteFunc(slices.Clone(n.Channels), func(ch Channel) bool {
		return !slices.ContainsFunc(slices.Concat(ch.Organisations, ch.Left), out.AtHome)
	})
	out.Applications = slices.DeleteFunc(slices.Clone(n.Applications), func(a Application) bool { return !out.AtHome(a.Organisation) })
	return &out
}

// IsHere tells whether a host's processes are those of this state folder.
func (n *Network) IsHere(host string) bool { return n.Here == "" || n.Here == host }

// Apart tells whether parts of the network can be cut off from others: a process
// is then well when it runs, whether or not all others answer.
func (n *Network) Apart() bool { return n.Here != "" || n.Containers }

// AtHome tells whether an organisation's CA, administrator and business systems
// are those of this state folder.
func (n *Network) AtHome(organisation string) bool {
	o, ok := n.Organisation(organisation)
	return ok && n.IsHere(o.Host)
}

// Owner is the organisation that answers for a host, and whose certificates the
// contracts' services and their callers there have: the province where it has
// anything there, else the first organisation that has.
func (n *Network) Owner(host string) *Organisation {
	there := func(o Organisation) bool {
		return o.Host == host || slices.ContainsFunc(n.Nodes(), func(nd Node) bool { return nd.Organisation == o.Name && nd.Host == host })
	}
	if p := n.Province(); there(*p) {
		return p
	}
	for i, o := range n.Organisations {
		if there(o) {
			return &n.Organisations[i]
		}
	}
	return n.Province()
}

// Sharers are the organisations that have a key on a host.
func (n *Network) Sharers(host string) []string {
	var out []string
	for _, o := range n.Organisations {
		if o.Host == host || slices.ContainsFunc(n.Nodes(), func(nd Node) bool { return nd.Organisation == o.Name && nd.Host == host }) {
			out = append(out, o.Name)
		}
	}
	return out
}

// HomeHosts are the hosts on which contracts' services run for this state folder.
func (n *Network) HomeHosts() []string {
	switch {
	case n.Here != "":
		return []string{n.Here}
	case n.Containers:
		var out []string
		for _, h := range n.Hosts {
			out = append(out, h.Name)
		}
		return out
	}
	return []string{n.Province().Host}
}

// GatewayHost is the host whose gateway this state folder runs.
func (n *Network) GatewayHost() string {
	if n.Here != "" {
		return n.Here
	}
	return n.Province().Host
}

// Names of the containers of a host that are no nodes, and of the one gateway.
func contractsContainer(host string) string { return "contracts." + host }

const gatewayContainer = "gateway"

// CAAddress is where a host's CA server answers.
func (n *Network) CAAddress(host string) string {
	switch {
	case n.Containers:
		return "ca." + host
	case n.Workshop:
		i := slices.IndexFunc(n.Hosts, func(h Host) bool { return h.Name == host })
		return "127.0.1." + strconv.Itoa(i+1)
	}
	return n.HostAddress(host)
}

// ContractsAddress is where a host's contracts' services answer.
func (n *Network) ContractsAddress(host string) string {
	if n.Containers {
		return contractsContainer(host)
	}
	return n.HostAddress(host)
}

// GatewayAddress is where a host's gateway answers.
func (n *Network) GatewayAddress(host string) string {
	address := n.HostAddress(host)
	if n.Containers {
		address = gatewayContainer
	}
	return net.JoinHostPort(address, strconv.Itoa(n.GatewayPort()))
}

// RelayAddress is where the carrier between the ledgers says how it is: only
// administrators of its own machine ask it.
func (n *Network) RelayAddress() string {
	address := "127.0.0.1"
	if n.Containers {
		address = gatewayContainer
	}
	return net.JoinHostPort(address, strconv.Itoa(n.RelayPort()))
}

// GatewayEncrypts tells whether a host's gateway speaks TLS: where it is reached
// over a network. In a container it is published on its machine alone.
func (n *Network) GatewayEncrypts(host string) bool {
	ip := net.ParseIP(n.HostAddress(host))
	return !n.Containers && n.HostAddress(host) != "localhost" && (ip == nil || !ip.IsLoopback())
}

// GatewayURL is how business systems call a host's gateway.
func (n *Network) GatewayURL(host string) string {
	if n.GatewayEncrypts(host) {
		return "https://" + n.GatewayAddress(host)
	}
	return "http://" + n.GatewayAddress(host)
}

// Listen is the address that a process takes which others reach at address.
func (n *Network) Listen(address string) string {
	if n.Containers {
		return anyAddress
	}
	return address
}

// ListenHost is the address that the node takes its ports on.
func (n Node) ListenHost() string {
	if n.Bind != "" {
		return n.Bind
	}
	return n.Address
}

// ListenOn is a port on the address that the node takes.
func (n Node) ListenOn(port int) string { return net.JoinHostPort(n.ListenHost(), strconv.Itoa(port)) }
