//go:build e2e

package network

import (
	"math/rand/v2"
	"testing"
	"time"

	"henanchain/test/testnet"
)

// killed starts a command and kills it after a moment of the time given.
func (a *admin) killed(within time.Duration, args ...string) time.Duration {
	a.t.Helper()
	cmd := a.command(args...)
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	after := rand.N(within)
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return after
}

// A network that is brought up for the first time, killed at any moment and
// brought up again, is the one that it would have been.
func TestUpThatWasKilledAtAnyMomentEndsTheSame(t *testing.T) {
	testnet.Long(t)
	a := newAdmin(t)
	began := time.Now()
	a.up()
	whole := time.Since(began)
	want, exit := a.status()
	if exit != 0 {
		t.Fatalf("status ended with %d", exit)
	}
	for range testnet.Kills(t, 20) {
		a.must("clean", "--yes")
		after := a.killed(whole, "up", "--no-build", "--profile", "pilot")
		began := time.Now()
		a.up()
		t.Logf("killed after %s of %s, up again in %s", after.Round(time.Millisecond), whole.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
		got, exit := a.status()
		if exit != 0 {
			t.Fatalf("status ended with %d: %+v", exit, got)
		}
		if len(got.Nodes) != len(want.Nodes) || len(got.Channels) != len(want.Channels) {
			t.Errorf("%d nodes and %d channels, want %d and %d", len(got.Nodes), len(got.Channels), len(want.Nodes), len(want.Channels))
		}
		for i, c := range got.Channels {
			if len(c.Contracts) != len(want.Channels[i].Contracts) {
				t.Errorf("channel %s has %v", c.Name, c.Contracts)
			}
			for _, k := range c.Contracts {
				if k.Sequence != 1 {
					t.Errorf("%s on %s is at sequence %d", k.Name, c.Name, k.Sequence)
				}
			}
		}
		if out, _, exit := a.run("plan"); exit != 0 {
			t.Errorf("plan ended with %d:\n%s", exit, out)
		}
	}
}
