package topology

import (
	"fmt"
	"net"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// The table of ports, as offsets from the base: three for each orderer (clients,
// admin, operations), then each machine's CA and gateway, then three for each
// peer (clients, operations, and one that Fabric takes for contracts that
// connect to the peer, which here do the reverse), then the contracts' services,
// then the CAs of organisations that joined later.
const (
	PortSpan         = 1000
	offsetCA         = 48 // and its operations
	offsetGateway    = 50
	offsetRelay      = 51
	offsetPeers      = 60
	offsetContracts  = 600
	offsetOwnCA      = 960 // of organisations that joined a running network
	maxOrderers      = 16
	maxPeers         = 5
	portsOfPeer      = 3
	maxOrganisations = (offsetContracts - offsetPeers) / (portsOfPeer * maxPeers)
)

// Network is one profile of a topology with every default filled in. It is
// stored in the state folder, so that what runs is known where the file has
// changed since.
type Network struct {
	Name          string         `json:"name"`
	Profile       string         `json:"profile"`
	PortBase      int            `json:"portBase"`
	Hosts         []Host         `json:"hosts"`
	OrderingType  string         `json:"orderingType"`
	Batch         Batch          `json:"batch"`
	Organisations []Organisation `json:"organisations"`
	Orderers      []Node         `json:"orderers"`
	Channels      []Channel      `json:"channels"`
	Contracts     []Contract     `json:"contracts"`
	Applications  []Application  `json:"applications"`
	Changes
	Placement
}

// Changes are what was done to a running network beyond its profile.
type Changes struct {
	Added []string `json:"added,omitempty"` // organisations that joined it later
	Left  []string `json:"left,omitempty"`  // cities that were taken out of the main channel
	// Systems are business systems that were enrolled beside the topology's.
	Systems []Application `json:"systems,omitempty"`
	// Revoked are the names of business systems whose certificates were revoked:
	// the topology may still have them, the network has them no more.
	Revoked []string `json:"revoked,omitempty"`
}

// Organisation is the province or one city, with its nodes.
type Organisation struct {
	Name     string `json:"name"`
	MSP      string `json:"msp"`
	Title    string `json:"title"`
	Division string `json:"division"`
	Province bool   `json:"province,omitempty"`
	Host     string `json:"host"` // where its CA runs
	// CAPort is where a CA server of its own listens; 0 where the machine's has
	// its CA. That of one that joined a running network is its own, so that the
	// machine's goes on.
	CAPort int    `json:"caPort,omitempty"`
	Peers  []Node `json:"peers"`
}

// Roles of nodes.
const (
	RolePeer    = "peer"
	RoleOrderer = "orderer"
)

// Node is a peer or an orderer.
type Node struct {
	Name           string `json:"name"` // full name, such as peer0.zhengzhou
	Role           string `json:"role"`
	Organisation   string `json:"organisation"`
	Host           string `json:"host"`
	Address        string `json:"address"`        // of its host
	Bind           string `json:"bind,omitempty"` // that it listens on, where that is another
	Port           int    `json:"port"`
	AdminPort      int    `json:"adminPort,omitempty"` // orderers: channel participation API
	OperationsPort int    `json:"operationsPort"`
	ChaincodePort  int    `json:"chaincodePort,omitempty"` // peers: taken by Fabric, used by nobody
}

// Endpoint is where clients reach the node.
func (n Node) Endpoint() string { return net.JoinHostPort(n.Address, strconv.Itoa(n.Port)) }

// Operations is where the node's health and metrics are.
func (n Node) Operations() string { return net.JoinHostPort(n.Address, strconv.Itoa(n.OperationsPort)) }

// Admin is where an orderer's channel participation API is.
func (n Node) Admin() string { return net.JoinHostPort(n.Address, strconv.Itoa(n.AdminPort)) }

// Channel is one ledger and its members.
type Channel struct {
	Name          string   `json:"name"`
	Main          bool     `json:"main,omitempty"`
	Title         string   `json:"title"`
	Division      string   `json:"division"`
	Organisations []string `json:"organisations"`  // the owner first
	Left          []string `json:"left,omitempty"` // were members, and are no more
	Contracts     []string `json:"contracts"`
	Endorsement   string   `json:"endorsement"`
}

// Application is a business system.
type Application struct {
	Name         string   `json:"name"`
	Organisation string   `json:"organisation"`
	Department   string   `json:"department"`
	Roles        []string `json:"roles"`
	Cities       []string `json:"cities"`
}

// Select makes the network of one profile. A portBase of 0 takes the file's.
func (f *File) Select(profile string, portBase int) (*Network, error) {
	return f.SelectChanged(profile, portBase, Changes{})
}

// SelectChanged makes the network of one profile as it was changed since.
func (f *File) SelectChanged(profile string, portBase int, changes Changes) (*Network, error) {
	p, ok := f.Profiles[profile]
	if !ok {
		names := make([]string, 0, len(f.Profiles))
		for n := range f.Profiles {
			names = append(names, n)
		}
		sort.Strings(names)
		return nil, fmt.Errorf("there is no profile %q in the topology: it has %s", profile, strings.Join(names, ", "))
	}
	if portBase == 0 {
		portBase = f.Ports.Base
	}
	if portBase < 1024 || portBase+PortSpan > 32768 {
		return nil, fmt.Errorf("port base %d: choose one between 1024 and %d", portBase, 32768-PortSpan)
	}
	n := &Network{Name: f.Name, Profile: profile, PortBase: portBase, Hosts: f.Hosts, Contracts: f.Contracts, Changes: changes}
	n.addOrganisations(f, p)
	n.addOrdering(f, p)
	n.addChannels(f)
	n.addApplications(f)
	return n, nil
}

func (n *Network) addOrganisations(f *File, p Profile) {
	for slot, o := range f.Organisations {
		added := slices.Contains(n.Added, o.Name)
		if !p.Organisations.All && !added && !slices.Contains(p.Organisations.List, o.Name) {
			continue
		}
		org := Organisation{Name: o.Name, MSP: o.MSP, Title: o.Title, Division: o.Division, Province: o.Province, Host: o.Host}
		if org.Host == "" {
			org.Host = f.Hosts[0].Name
		}
		if added {
			org.CAPort = n.PortBase + offsetOwnCA + slot
		}
		peers := o.Peers
		if len(peers) == 0 {
			peers = []PeerSpec{{Name: "peer0"}}
		}
		for i, ps := range peers {
			node := Node{Name: ps.Name + "." + o.Name, Role: RolePeer, Organisation: o.Name, Host: ps.Host}
			if node.Host == "" {
				node.Host = org.Host
			}
			node.Address = n.hostAddress(node.Host)
			node.Port = n.PortBase + offsetPeers + portsOfPeer*(slot*maxPeers+i)
			node.OperationsPort, node.ChaincodePort = node.Port+1, node.Port+2
			org.Peers = append(org.Peers, node)
		}
		n.Organisations = append(n.Organisations, org)
	}
}

func (n *Network) addOrdering(f *File, p Profile) {
	spec := f.Ordering
	if p.Ordering != nil {
		spec.Type, spec.Orderers = p.Ordering.Type, p.Ordering.Orderers
		if p.Ordering.Batch != nil {
			spec.Batch = p.Ordering.Batch
		}
	}
	n.OrderingType, n.Batch = spec.Type, *spec.Batch
	for i, o := range spec.Orderers {
		node := Node{Name: o.Name + "." + o.Organisation, Role: RoleOrderer, Organisation: o.Organisation, Host: o.Host}
		if node.Host == "" {
			org, _ := n.Organisation(o.Organisation)
			node.Host = org.Host
		}
		node.Address = n.hostAddress(node.Host)
		node.Port = n.PortBase + 3*i
		node.AdminPort, node.OperationsPort = node.Port+1, node.Port+2
		n.Orderers = append(n.Orderers, node)
	}
}

func (n *Network) addChannels(f *File) {
	all := n.organisationNames()
	for _, c := range f.Channels {
		members := c.Organisations.Of(all)
		if !slices.Contains(all, members[0]) {
			continue // the owner of this ledger takes no part
		}
		ch := Channel{Name: c.Name, Main: c.Main, Title: c.Title, Division: c.Division, Contracts: c.Contracts, Endorsement: c.Endorsement}
		for _, m := range members {
			switch {
			case !slices.Contains(all, m):
			case c.Main && slices.Contains(n.Left, m):
				ch.Left = append(ch.Left, m)
			default:
				ch.Organisations = append(ch.Organisations, m)
			}
		}
		owner, _ := n.Organisation(ch.Organisations[0])
		if ch.Title == "" {
			ch.Title = owner.Title
		}
		if ch.Division == "" {
			ch.Division = owner.Division
		}
		if ch.Endorsement == "" {
			ch.Endorsement = EndorseAll
		}
		n.Channels = append(n.Channels, ch)
	}
}

func (n *Network) addApplications(f *File) {
	var channels []string
	for _, c := range n.Channels {
		channels = append(channels, c.Name)
	}
	for _, a := range f.Applications {
		if _, ok := n.Organisation(a.Organisation); !ok || slices.Contains(n.Revoked, a.Name) {
			continue
		}
		app := Application{Name: a.Name, Organisation: a.Organisation, Department: a.Department, Roles: a.Roles}
		for _, c := range a.Cities.Of(channels) {
			if ch, ok := n.Channel(c); ok && !slices.Contains(ch.Left, a.Organisation) {
				app.Cities = append(app.Cities, c)
			}
		}
		n.Applications = append(n.Applications, app)
	}
	for _, s := range n.Systems {
		if slices.ContainsFunc(n.Applications, func(a Application) bool { return a.Name == s.Name }) {
			continue
		}
		s.Cities = slices.DeleteFunc(slices.Clone(s.Cities), func(c string) bool {
			ch, ok := n.Channel(c)
			return !ok || !slices.Contains(ch.Organisations, s.Organisation)
		})
		n.Applications = append(n.Applications, s)
	}
}

func (n *Network) organisationNames() []string {
	names := make([]string, len(n.Organisations))
	for i, o := range n.Organisations {
		names[i] = o.Name
	}
	return names
}

func (n *Network) hostAddress(host string) string {
	for _, h := range n.Hosts {
		if h.Name == host {
			return h.Address
		}
	}
	return ""
}

// Organisation finds an organisation by its name.
func (n *Network) Organisation(name string) (*Organisation, bool) {
	for i := range n.Organisations {
		if n.Organisations[i].Name == name {
			return &n.Organisations[i], true
		}
	}
	return nil, false
}

// Province is the organisation that is a member of every channel.
func (n *Network) Province() *Organisation {
	for i := range n.Organisations {
		if n.Organisations[i].Province {
			return &n.Organisations[i]
		}
	}
	return nil
}

// Channel finds a channel by its name.
func (n *Network) Channel(name string) (*Channel, bool) {
	for i := range n.Channels {
		if n.Channels[i].Name == name {
			return &n.Channels[i], true
		}
	}
	return nil, false
}

// Main is the provincial main channel.
func (n *Network) Main() *Channel {
	for i := range n.Channels {
		if n.Channels[i].Main {
			return &n.Channels[i]
		}
	}
	return nil
}

// Peers are the peers of all organisations.
func (n *Network) Peers() []Node {
	var out []Node
	for _, o := range n.Organisations {
		out = append(out, o.Peers...)
	}
	return out
}

// Nodes are all orderers and peers.
func (n *Network) Nodes() []Node { return append(slices.Clone(n.Orderers), n.Peers()...) }

// Version is the version of a contract that channels run.
func (n *Network) Version(contract string) string {
	for _, c := range n.Contracts {
		if c.Name == contract {
			return c.Version
		}
	}
	return ""
}

// CAPort is where the CA server of a machine listens.
func (n *Network) CAPort() int { return n.PortBase + offsetCA }

// OfCity is the channel whose ledger is an organisation's own.
func (n *Network) OfCity(organisation string) (*Channel, bool) {
	for i := range n.Channels {
		if ch := &n.Channels[i]; !ch.Main && ch.Organisations[0] == organisation {
			return ch, true
		}
	}
	return nil, false
}

// CAOperationsPort is where the CA server's health is.
func (n *Network) CAOperationsPort() int { return n.PortBase + offsetCA + 1 }

// GatewayPort is where the REST gateway of a machine listens.
func (n *Network) GatewayPort() int { return n.PortBase + offsetGateway }

// RelayPort is where the carrier between the ledgers says how it is.
func (n *Network) RelayPort() int { return n.PortBase + offsetRelay }

// ContractPorts are the ports that contracts' services take, first and last.
func (n *Network) ContractPorts() (first, last int) {
	return n.PortBase + offsetContracts, n.PortBase + offsetOwnCA - 1
}

// HostAddress is the address of a machine.
func (n *Network) HostAddress(host string) string { return n.hostAddress(host) }
