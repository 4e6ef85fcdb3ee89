// Package topology reads topology.yaml: which organisations, machines, nodes,
// channels, contracts and business systems make up the network. A File is what
// the administrator wrote; a Network is one profile of it, with every default
// filled in and every port known.
package topology

// Ordering services that Fabric 3 has.
const (
	Raft = "raft" // crash fault tolerant: (n-1)/2 orderers may fail
	BFT  = "BFT"  // SmartBFT, byzantine fault tolerant: (n-1)/3 orderers may fail or lie
)

// Endorsement rules of a channel.
const (
	// EndorseAll asks every member for its signature: a city channel's rule.
	EndorseAll = "all"
	// EndorseProvinceAndOwner asks for the province and any one other member;
	// contracts narrow that one to the record's owner, key by key.
	EndorseProvinceAndOwner = "province-and-owner"
)

// Version is the version of the file format that this program reads.
const Version = 1

// File is the topology as the administrator wrote it.
type File struct {
	Version       int                `yaml:"version"`
	Name          string             `yaml:"name"`
	Ports         PortsSpec          `yaml:"ports"`
	Hosts         []Host             `yaml:"hosts"`
	Ordering      OrderingSpec       `yaml:"ordering"`
	Organisations []OrganisationSpec `yaml:"organisations"`
	Contracts     []Contract         `yaml:"contracts"`
	Channels      []ChannelSpec      `yaml:"channels"`
	Applications  []ApplicationSpec  `yaml:"applications"`
	Profiles      map[string]Profile `yaml:"profiles"`
}

// PortsSpec places the network's ports.
type PortsSpec struct {
	Base int `yaml:"base"`
}

// Host is one machine.
type Host struct {
	Name    string `yaml:"name" json:"name"`
	Address string `yaml:"address" json:"address"` // IP or DNS name by which the others reach it
}

// OrderingSpec says how blocks are made, and by which orderers.
type OrderingSpec struct {
	Type     string        `yaml:"type"`
	Orderers []OrdererSpec `yaml:"orderers"`
	Batch    *Batch        `yaml:"batch"`
}

// OrdererSpec is one orderer. Its full name is name.organisation.
type OrdererSpec struct {
	Name         string `yaml:"name"`
	Organisation string `yaml:"organisation"`
	Host         string `yaml:"host"`
}

// Batch says when a block is cut.
type Batch struct {
	Timeout           string `yaml:"timeout" json:"timeout"`                     // Go duration
	MaxMessages       int    `yaml:"maxMessages" json:"maxMessages"`             // transactions in a block
	PreferredMaxBytes string `yaml:"preferredMaxBytes" json:"preferredMaxBytes"` // such as 2MB
	AbsoluteMaxBytes  string `yaml:"absoluteMaxBytes" json:"absoluteMaxBytes"`
}

// OrganisationSpec is the province or one city.
type OrganisationSpec struct {
	Name     string     `yaml:"name"`
	MSP      string     `yaml:"msp"`
	Title    string     `yaml:"title"`
	Division string     `yaml:"division"` // 行政区划代码, six digits
	Province bool       `yaml:"province"`
	Host     string     `yaml:"host"`
	Peers    []PeerSpec `yaml:"peers"`
}

// PeerSpec is one peer of an organisation. Its full name is name.organisation.
type PeerSpec struct {
	Name string `yaml:"name"`
	Host string `yaml:"host"`
}

// Contract is a chaincode written here, and the version that channels run.
type Contract struct {
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
}

// ChannelSpec is one ledger.
type ChannelSpec struct {
	Name          string   `yaml:"name"`
	Main          bool     `yaml:"main"`
	Title         string   `yaml:"title"`
	Division      string   `yaml:"division"`
	Organisations Names    `yaml:"organisations"`
	Contracts     []string `yaml:"contracts"`
	Endorsement   string   `yaml:"endorsement"`
}

// ApplicationSpec is a business system to be enrolled.
type ApplicationSpec struct {
	Name         string   `yaml:"name"`
	Organisation string   `yaml:"organisation"`
	Department   string   `yaml:"department"` // USCC
	Roles        []string `yaml:"roles"`
	Cities       Names    `yaml:"cities"`
}

// Profile selects a part of the file.
type Profile struct {
	Organisations Names         `yaml:"organisations"`
	Ordering      *OrderingSpec `yaml:"ordering"`
}

// Names is a list of names, or the word "all".
type Names struct {
	All  bool
	List []string
}

// Of returns the names that are meant where all is the whole.
func (n Names) Of(all []string) []string {
	if n.All {
		return all
	}
	return n.List
}
