package operate

import (
	"context"
	"net"
	"slices"
	"time"

	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

// relayContract is the contract that a carrier serves.
const relayContract = "relay"

// relay starts a carrier between the ledgers (跨链中继) beside the gateway, where
// the main channel has the contract for it. It carries in the names of the
// applications that have the role; registering the chains is the parties' own
// decision (`scripts/relay.sh register`).
func (u *up) relay(ctx context.Context, _ *progress.Task) (string, error) {
	program, config := u.bin("gateway"), u.State.Path("gateway", "gateway.yaml")
	if !state.Exists(program) || !state.Exists(config) {
		return "not built", nil
	}
	if why := u.carriesNot(); why != "" {
		return why, nil
	}
	address := u.net.RelayAddress()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	listen := net.JoinHostPort(u.net.Listen(host), port)
	s := supervise.Service{
		Name: "relay", Role: "relay", Stage: supervise.StageGateway, Dir: u.State.Path("gateway"),
		Command: []string{program, "relay", "--config", config, "--listen", listen},
		Listen:  []string{listen},
		Health:  supervise.Health{URL: "http://" + address + "/readyz"},
	}
	if u.net.Apart() {
		s.Health = supervise.Health{TCP: address}
	}
	if err := u.client.Run(s); err != nil {
		return "", err
	}
	if u.net.Containers { // the gateway's container runs it, after this run
		return "with the gateway", nil
	}
	if err := u.waitHealthy(ctx, s, 30*time.Second); err != nil {
		return "", err
	}
	return "carries between " + count(len(u.net.Channels), "channel"), nil
}

// carriesNot says why no carrier runs here; empty where one does.
func (u *up) carriesNot() string {
	switch {
	case !slices.Contains(u.net.Main().Contracts, relayContract):
		return "the main channel has no contract " + relayContract
	case !u.net.AtHome(u.net.Province().Name):
		return "is the province's"
	}
	return ""
}
