package operate

import (
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/network/channelconfig"
	"henanchain/network/topology"
)

// batch names the batch settings in which a channel is not as the topology says.
func (p *planner) batch(name string, config *common.Config, wanted channelconfig.Batch) {
	has, err := channelconfig.BatchOf(config)
	if err != nil {
		p.by("channel", name, "network channel inspect "+name, "%s", err)
		return
	}
	var differs, flags []string
	compare := func(what, flag string, has, wanted any) {
		if has != wanted {
			differs = append(differs, fmt.Sprintf("%s is %v, wanted is %v", what, has, wanted))
			flags = append(flags, fmt.Sprintf("--%s %v", flag, wanted))
		}
	}
	compare("batch timeout", "batch-timeout", has.Timeout, wanted.Timeout)
	compare("most transactions in a block", "max-messages", has.MaxMessages, wanted.MaxMessages)
	compare("preferred size of a block", "preferred-bytes", has.PreferredMaxBytes, wanted.PreferredMaxBytes)
	compare("absolute size of a block", "absolute-bytes", has.AbsoluteMaxBytes, wanted.AbsoluteMaxBytes)
	if len(differs) > 0 {
		p.by("channel", name, "network channel config "+name+" "+strings.Join(flags, " "), "%s", strings.Join(differs, "; "))
	}
}

// consenters names the orderers that run and do not make a channel's blocks.
func (p *planner) consenters(was *topology.Network, name string, config *common.Config) {
	ordering, err := channelconfig.OrderingOf(config)
	if err != nil {
		p.by("channel", name, "network channel inspect "+name, "%s", err)
		return
	}
	for _, o := range was.Orderers {
		if !ordering.HasAddress(o.Address, o.Port) {
			p.by("channel", name, "network channel add-consenter "+name+" "+o.Name, "%s is not one of its consenters", o.Name)
		}
	}
}
