//go:build e2e

package network

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"henanchain/network/failure"
	"henanchain/test/testnet"
)

// luoyangNotary is a business system of a city that is in no pilot.
const luoyangNotary = `applications:
  - name: luoyang-notary
    organisation: luoyang
    department: 91410100MA9YTT01X0
    roles: [evidence.depositor]
    cities: [luoyang, henan]
`

// channel tells how far a channel is.
func (a *admin) channel(name string) (height uint64, contracts int) {
	a.t.Helper()
	r, _ := a.status()
	for _, c := range r.Channels {
		if c.Name == name {
			return c.Height, len(c.Contracts)
		}
	}
	return 0, 0
}

// pids are the processes by their names.
func (a *admin) pids() map[string]int {
	a.t.Helper()
	r, _ := a.status()
	out := map[string]int{}
	for _, n := range r.Nodes {
		out[n.Name] = n.PID
	}
	return out
}

func TestACityJoinsAndLeavesWhileOthersWrite(t *testing.T) {
	a := newAdmin(t)
	a.up()
	before := a.pids()
	city := a.write(4, "zhengzhou-notary", "zhengzhou")
	city.more(t, 20)

	file := a.with("applications:\n", luoyangNotary)
	gateway := a.caller("zhengzhou-notary")
	if err := testnet.Meanwhile(func(int) error {
		time.Sleep(100 * time.Millisecond)
		return gateway.Ready(t.Context())
	}, func() error {
		a.must("city", "add", "luoyang", "--topology", file)
		return nil
	}); err != nil {
		t.Errorf("while it joined, who balances load would have left the gateway out: %v", err)
	}
	a.isHealthy()
	city.more(t, 20)
	after := a.pids()
	for name, pid := range before {
		if after[name] != pid {
			t.Errorf("%s was restarted: process %d is %d", name, pid, after[name])
		}
	}
	if after["peer0.luoyang"] == 0 || after["ca.local.luoyang"] == 0 {
		t.Errorf("the city's own nodes do not run: %v", after)
	}
	if _, contracts := a.channel("luoyang"); contracts == 0 {
		t.Error("the city's channel has no contracts")
	}
	// The gateway has read the new connection file by itself.
	a.eventually("the city's own system writes on both its channels", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		c := a.caller("luoyang-notary")
		return deposit(ctx, c, "luoyang", "first") == nil && deposit(ctx, c, "henan", "first") == nil
	})
	heights := func() (uint64, uint64) { m, _ := a.channel("henan"); c, _ := a.channel("luoyang"); return m, c }
	main, own := heights()
	a.must("city", "add", "luoyang", "--topology", file)
	a.must("up", "--no-build", "--topology", file)
	if m, c := heights(); m != main || c != own {
		t.Errorf("adding it again wrote blocks: henan %d to %d, luoyang %d to %d", main, m, own, c)
	}
	if _, errs, exit := a.run("plan", "--topology", file); exit != 0 {
		t.Errorf("plan ended with %d: %s", exit, errs)
	}

	a.must("city", "remove", "luoyang")
	city.more(t, 20)
	if !strings.Contains(a.must("channel", "list"), "left: luoyang") {
		t.Error("the list of channels does not say that it left")
	}
	if slices.Contains(a.members("henan"), "LuoyangMSP") || !slices.Contains(a.members("luoyang"), "LuoyangMSP") {
		t.Errorf("members of henan are %v, of luoyang %v", a.members("henan"), a.members("luoyang"))
	}
	a.must("up", "--no-build", "--topology", file)
	if slices.Contains(a.members("henan"), "LuoyangMSP") {
		t.Error("`up` took it in again")
	}
	a.healthy()
	if a.must("city", "add", "luoyang", "--topology", file); !slices.Contains(a.members("henan"), "LuoyangMSP") {
		t.Error("it was not taken in again")
	}
	city.end(t)
	a.refusesCities(t)
}

// refusesCities tries what can be no city.
func (a *admin) refusesCities(t *testing.T) {
	t.Helper()
	for _, tc := range []struct {
		args []string
		exit int
	}{{[]string{"city", "add", "atlantis"}, failure.NotThere}, {[]string{"city", "remove", "atlantis"}, failure.NotThere}, {[]string{"city", "remove", "henan"}, failure.Refused}} {
		if _, errs, exit := a.run(tc.args...); exit != tc.exit || strings.Contains(errs, "goroutine ") {
			t.Errorf("%v ended with %d, want %d: %s", tc.args, exit, tc.exit, errs)
		}
	}
}
