package bundle

import (
	"fmt"
	"strings"

	"henanchain/network/topology"
)

// readme tells the administrator of a host what to do with its bundle.
func readme(part *topology.Network, programs bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: the part of the host %s (%s)\n\n", part.Name, part.Here, part.HostAddress(part.Here))
	b.WriteString("This folder belongs on that host and nowhere else: it may hold private keys. Two steps there:\n\n")
	if programs {
		b.WriteString("1. `mkdir -m 700 henan-chain && tar -xzf BUNDLE -C henan-chain`\n2. `henan-chain/programs/bin/network up`\n")
	} else {
		b.WriteString("1. `git clone` the repository and `scripts/network.sh build` there: this bundle holds no programs\n2. `scripts/network.sh up --bundle BUNDLE --state DIR`\n")
	}
	b.WriteString("\nThe province's host comes first, the others in any order. `up` again goes on where it was; `network status` tells\nhow the host's part is. What runs here:\n\n")
	for _, o := range part.Organisations {
		if o.Host == part.Here {
			fmt.Fprintf(&b, "* the CA of %s (%s)\n", o.Name, o.Title)
		}
	}
	for _, nd := range part.Nodes() {
		if nd.Host == part.Here {
			fmt.Fprintf(&b, "* %s, on port %d\n", nd.Name, nd.Port)
		}
	}
	first, last := part.ContractPorts()
	fmt.Fprintf(&b, "* the contracts' services, on ports from %d to %d, for this host's peers alone\n* the gateway, on port %d\n", first, last, part.GatewayPort())
	b.WriteString("\nOther hosts call the ports of nodes; business systems call the gateway. The others are\n\n")
	for _, h := range part.Hosts {
		if h.Name != part.Here {
			fmt.Fprintf(&b, "* %s at %s\n", h.Name, h.Address)
		}
	}
	return b.String()
}
