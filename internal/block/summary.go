package block

import (
	"sort"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"google.golang.org/protobuf/proto"
)

// Summary is what of a channel's configuration people look at.
type Summary struct {
	Organisations []string `json:"organisations"` // MSPs of the members
	Orderers      []string `json:"orderers"`      // MSPs that order
	Ordering      string   `json:"ordering"`      // etcdraft or BFT
	Consenters    []string `json:"consenters,omitempty"`
	BatchTimeout  string   `json:"batchTimeout"`
	// Limits of a block: transactions, and bytes.
	MaxTransactions   uint32   `json:"maxTransactions"`
	PreferredMaxBytes uint32   `json:"preferredMaxBytes"`
	AbsoluteMaxBytes  uint32   `json:"absoluteMaxBytes"`
	Capabilities      []string `json:"capabilities"`
	// Revoked is how many revocation lists the organisations have published.
	Revoked int `json:"revocationLists"`
}

// Summary tells what the configuration says. What cannot be read is left out.
func (c *Config) Summary() Summary {
	var s Summary
	root := c.Config.GetChannelGroup()
	s.Organisations, s.Orderers = mspsOf(root.GetGroups()["Application"]), mspsOf(root.GetGroups()["Orderer"])
	for _, o := range c.organisations {
		s.Revoked += len(o.crls)
	}
	values := root.GetGroups()["Orderer"].GetValues()
	kind, timeout, size, all := &orderer.ConsensusType{}, &orderer.BatchTimeout{}, &orderer.BatchSize{}, &common.Capabilities{}
	read := func(name string, into proto.Message) {
		if err := proto.Unmarshal(values[name].GetValue(), into); err != nil {
			proto.Reset(into)
		}
	}
	read("ConsensusType", kind)
	read("BatchTimeout", timeout)
	read("BatchSize", size)
	s.Ordering, s.BatchTimeout = kind.Type, timeout.Timeout
	s.MaxTransactions, s.PreferredMaxBytes, s.AbsoluteMaxBytes = size.MaxMessageCount, size.PreferredMaxBytes, size.AbsoluteMaxBytes
	for _, o := range c.consenters {
		s.Consenters = append(s.Consenters, o.MspId+" "+o.Host)
	}
	if proto.Unmarshal(root.GetValues()["Capabilities"].GetValue(), all) == nil {
		for name := range all.Capabilities {
			s.Capabilities = append(s.Capabilities, name)
		}
	}
	sort.Strings(s.Capabilities)
	return s
}

// mspsOf names the MSPs of a part of the configuration, sorted.
func mspsOf(part *common.ConfigGroup) []string {
	var all []string
	for _, group := range part.GetGroups() {
		if o, err := readOrganisation(group.GetValues()["MSP"].GetValue()); err == nil {
			all = append(all, o.id)
		}
	}
	sort.Strings(all)
	return all
}
