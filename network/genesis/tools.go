package genesis

import (
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Configtx is a configtx.yaml of the whole network, for people who call
// configtxgen themselves: every organisation, and a profile for each channel
// under its name.
func Configtx(st state.Folder, n *topology.Network) map[string]any {
	var organisations []any
	for _, o := range n.Organisations {
		organisations = append(organisations, member(st, o))
	}
	profiles := object{}
	for _, ch := range n.Channels {
		profiles[ch.Name] = Config(st, n, ch)["Profiles"].(object)[profile]
	}
	return object{"Organizations": organisations, "Profiles": profiles}
}
