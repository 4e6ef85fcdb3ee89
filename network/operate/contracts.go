package operate

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"henanchain/network/contract"
	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// contracts starts the contracts' services and puts the contracts onto their
// channels, all at once.
func (u *up) contracts(ctx context.Context, task *progress.Task) (string, error) {
	program := u.bin("chaincode")
	if !state.Exists(program) {
		return "", failure.New(failure.Toolchain, "%s is missing: build the programs first", program)
	}
	var mu sync.Mutex
	done := 0
	net, err := u.touched(&program)
	if err != nil {
		return "", err
	}
	waiting := map[string]bool{}
	n, err := contract.New("", u.State, net, u.Out).Up(ctx, program, contract.Watch{Channel: func(o lifecycle.Outcome) {
		mu.Lock()
		defer mu.Unlock()
		done++
		task.Count(done, 0)
		for _, msp := range o.Waiting {
			waiting[msp] = true
		}
	}})
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "none in the topology", nil
	}
	said := fmt.Sprintf("%s on %s", count(n, "contract"), count(len(net.Channels), "channel"))
	if u.waiting = slices.Sorted(maps.Keys(waiting)); len(u.waiting) > 0 {
		said += "; approved here, waiting for " + strings.Join(u.waiting, ", ")
	}
	return said, nil
}

// touchedChannels are the channels that this run changes.
func (u *up) touchedChannels() []topology.Channel {
	if u.whole() {
		return u.net.Channels
	}
	return slices.DeleteFunc(slices.Clone(u.net.Channels), func(ch topology.Channel) bool {
		return ch.Name != u.channel && !slices.ContainsFunc(slices.Concat(ch.Organisations, ch.Left), u.concerns)
	})
}

// touched is the network with the channels that this run changes. Where an
// organisation joins, those are its own, and they get what the others have: the
// program that serves the topology's versions now, and not one built since.
func (u *up) touched(program *string) (*topology.Network, error) {
	if u.whole() {
		return u.net, nil
	}
	net := *u.net
	net.Channels = u.touchedChannels()
	book, err := contract.Open(u.State)
	if err != nil {
		return nil, err
	}
	for _, ch := range net.Channels {
		for _, name := range ch.Contracts {
			if book.Contracts[name] == nil {
				return &net, nil // the kept program may not have it
			}
		}
	}
	for _, c := range book.Contracts {
		for _, p := range c.Channels {
			if kept := u.programOf(book, p.Release.Package); p.By == contract.ByTopology && kept != "" {
				*program = kept
			}
		}
	}
	return &net, nil
}

// programOf is the program that was kept for a package; empty where there is none.
func (u *up) programOf(book *contract.Book, id string) string {
	for _, a := range book.Artefacts {
		if a.Package == id && a.Origin == contract.FromHere {
			if path := u.State.Path("contracts", "programs", a.Program[:16], "chaincode"); state.Exists(path) {
				return path
			}
		}
	}
	return ""
}

// gateway starts the REST gateway, where its program is built.
func (u *up) gateway(ctx context.Context, _ *progress.Task) (string, error) {
	program := u.bin("gateway")
	if !state.Exists(program) {
		return "not built", nil
	}
	address := u.net.GatewayAddress(u.net.GatewayHost())
	config := u.State.Path("gateway", "gateway.yaml")
	if !state.Exists(config) { // an administrator may change it
		if err := u.configureGateway(ctx, program, config); err != nil {
			return "", err
		}
	}
	s := supervise.Service{
		Name: "gateway", Role: "gateway", Stage: supervise.StageGateway, Dir: u.State.Path("gateway"),
		Command: []string{program, "serve", "--config", config},
		Listen:  []string{address},
		Health:  supervise.Health{URL: u.net.GatewayURL(u.net.GatewayHost()) + "/readyz"},
	}
	if u.net.Apart() { // ready is when every other machine answers as well
		s.Health.URL = u.net.GatewayURL(u.net.GatewayHost()) + "/healthz"
	}
	if u.net.GatewayEncrypts(u.net.GatewayHost()) {
		s.Health.CA = filepath.Join(u.gatewayTLS(), "ca.crt")
	}
	if err := u.client.Run(s); err != nil {
		return "", err
	}
	if u.net.Containers { // its container is started after this run
		return u.net.GatewayURL(u.net.GatewayHost()), nil
	}
	if err := u.waitHealthy(ctx, s, 30*time.Second); err != nil {
		return "", err
	}
	return u.net.GatewayURL(u.net.GatewayHost()), nil
}
