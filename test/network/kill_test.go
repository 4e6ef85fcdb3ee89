//go:build e2e

package network

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"henanchain/test/testnet"
)

// killed starts a command and kills it after a moment of the time given. It tells
// whether the command was still at work; one that was not has ended well.
func (a *admin) killed(within time.Duration, args ...string) (after time.Duration, atWork bool) {
	a.t.Helper()
	cmd := a.command(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	after = rand.N(within)
	time.Sleep(after)
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err != nil && cmd.ProcessState.Exited() {
		a.t.Fatalf("%v ended by itself with %d:\n%s", args, cmd.ProcessState.ExitCode(), said.Bytes())
	}
	return after, !cmd.ProcessState.Exited()
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
		after, _ := a.killed(whole, "up", "--no-build", "--profile", "pilot")
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

// A city that joins, killed at any moment and run again until it ends, is in the
// network as if it had never been killed.
func TestCityAddThatWasKilledAtAnyMomentEndsTheSame(t *testing.T) {
	testnet.Long(t)
	a := newAdmin(t)
	a.up()
	began := time.Now()
	a.must("city", "add", "luoyang")
	whole := time.Since(began)
	want := a.contracts("luoyang")
	cities := []string{"kaifeng", "pingdingshan", "anyang", "hebi", "xinxiang", "jiaozuo", "puyang", "xuchang", "luohe", "sanmenxia", "nanyang", "shangqiu", "zhoukou", "zhumadian", "jiyuan"}
	kills, joined := testnet.Kills(t, 20), 0
	for kills > 0 && joined < len(cities) {
		city := cities[joined]
		joined++
		for atWork := true; atWork; {
			var after time.Duration
			if after, atWork = a.killed(whole, "city", "add", city); atWork {
				t.Logf("%s was killed after %s of %s", city, after.Round(time.Millisecond), whole.Round(time.Millisecond))
				kills--
			}
		}
		a.isHealthy()
		if got := a.contracts(city); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", city, got, want)
		}
		if out, _, exit := a.run("plan"); exit != 0 {
			t.Errorf("after %s joined, plan ended with %d:\n%s", city, exit, out)
		}
	}
	if kills > 0 {
		t.Errorf("%d kills are missing: no city is left", kills)
	}
}

// contracts are the contracts of a channel, with versions and sequences.
func (a *admin) contracts(channel string) (all []string) {
	a.t.Helper()
	r, _ := a.status()
	for _, c := range r.Channels {
		for _, k := range c.Contracts {
			if c.Name == channel {
				all = append(all, fmt.Sprintf("%s %s (%d)", k.Name, k.Version, k.Sequence))
			}
		}
	}
	return all
}
