//go:build e2e

package lifecycle_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"

	"henanchain/network/lifecycle"
	"henanchain/test/testnet"
)

// contract reaches a contract through one organisation's first peer, as
// applications do.
func contract(t *testing.T, org lifecycle.Organisation, channel, name string) *client.Contract {
	t.Helper()
	gw, err := client.Connect(org.Signer, client.WithClientConnection(org.Peers[0].Conn), client.WithHash(hash.NONE), client.WithSign(org.Signer.Sign))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { gw.Close() })
	return gw.GetNetwork(channel).GetContract(name)
}

func deploy(t *testing.T, name, version string, pkg *lifecycle.Package, chs []lifecycle.Channel) []lifecycle.Outcome {
	t.Helper()
	outcomes, err := lifecycle.Deploy(context.Background(), lifecycle.Deployment{
		Name: name, Version: version, Packages: map[string]*lifecycle.Package{"": pkg}, Channels: chs,
		Progress: func(e lifecycle.Event) { t.Log(e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func TestAContractIsDeployedUpgradedAndRolledBackOnEveryChannel(t *testing.T) {
	chs := channels(t)
	for i, step := range []struct {
		version   string
		sequence  int64
		unchanged bool
	}{
		{"1.0", 1, false}, {"1.0", 1, true}, {"2.0", 2, false}, {"1.0", 3, false},
	} {
		services[step.version] = serviceFor(t, step.version)
		for _, o := range deploy(t, "probe", step.version, services[step.version].pkg, chs) {
			if o.Sequence != step.sequence || o.Unchanged != step.unchanged {
				t.Fatalf("step %d: %s is at sequence %d (unchanged %t), want %d (%t)", i+1, o.Channel, o.Sequence, o.Unchanged, step.sequence, step.unchanged)
			}
			t.Logf("%s took %s", o.Channel, o.Took.Round(time.Millisecond))
		}
		for _, ch := range chs {
			c := contract(t, ch.Organisations[0], ch.Name, "probe")
			testnet.Eventually(t, ch.Name+" writes with "+step.version, func() error {
				got, err := c.SubmitTransaction("put", "k", step.version)
				if err != nil {
					return err
				}
				if string(got) != step.version {
					return fmt.Errorf("version %s answered", got)
				}
				return nil
			})
		}
	}
	statuses, err := lifecycle.Status(context.Background(), chs, "probe")
	if err != nil {
		t.Fatal(err)
	}
	if len(statuses) != len(chs) {
		t.Fatalf("status has %d lines, want one for each of %d channels", len(statuses), len(chs))
	}
	for _, s := range statuses {
		if s.Version != "1.0" || s.Sequence != 3 || !s.Agreed() || s.Approvals[0].Package != services["1.0"].pkg.ID || len(s.Pending) > 0 {
			t.Errorf("status is %+v, want version 1.0 at sequence 3, agreed", s)
		}
	}
}

var services = map[string]*service{}

func serviceFor(t *testing.T, version string) *service {
	if s := services[version]; s != nil {
		return s
	}
	return serve(t, "probe", "probe", version)
}

// A run that ends after any step leaves what the next run goes on from.
func TestADeploymentThatEndsAfterAnyStepGoesOn(t *testing.T) {
	chs := channels(t)
	s := serve(t, "probe", "halted", "1.0")
	done := false
	for stopAfter := 1; !done; stopAfter++ {
		ctx, cancel := context.WithCancel(context.Background())
		var mu sync.Mutex
		did := 0
		_, err := lifecycle.Deploy(ctx, lifecycle.Deployment{
			Name: "halted", Version: "1.0", Packages: map[string]*lifecycle.Package{"": s.pkg}, Channels: chs,
			Progress: func(e lifecycle.Event) {
				mu.Lock()
				defer mu.Unlock()
				if !e.Already && e.Step != lifecycle.StepReady { // readiness changes nothing
					did++
					cancel()
				}
			},
		})
		cancel()
		done = err == nil && did == 0
		if stopAfter > 60 {
			t.Fatalf("after %d runs, each of which did a step, it is not done: %v", stopAfter, err)
		}
	}
	statuses, err := lifecycle.Status(context.Background(), chs, "halted")
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range statuses {
		if st.Sequence != 1 || !st.Agreed() {
			t.Errorf("status is %+v, want sequence 1, agreed", st)
		}
	}
}

func TestAFailureSaysChannelOrganisationAndStep(t *testing.T) {
	chs := channels(t)[:1]
	s := serve(t, "probe", "wrong", "1.0")
	stranger := channels(t)[1].Organisations[0]
	chs[0].Organisations = append([]lifecycle.Organisation{}, chs[0].Organisations...)
	chs[0].Organisations[0].Signer = stranger.Signer
	_, err := lifecycle.Deploy(context.Background(), lifecycle.Deployment{Name: "wrong", Version: "1.0", Packages: map[string]*lifecycle.Package{"": s.pkg}, Channels: chs})
	if err == nil {
		t.Fatal("an administrator of another organisation deployed")
	}
	for _, part := range []string{chs[0].Organisations[0].MSPID, "install", chs[0].Organisations[0].Peers[0].Name} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}
