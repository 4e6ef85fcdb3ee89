//go:build e2e

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"henanchain/gateway/store/storetest"
	"henanchain/test/testnet"
)

var net *testnet.Net

func TestMain(m *testing.M) {
	topology, err := filepath.Abs("topology.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	testnet.MainOf(m, "pilot", &net, "--topology", topology)
}

// One kill of each kind; scripts/chaos.sh kills twenty.
func TestNothingIsLostOrDoneTwiceWhateverIsKilled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	killed := slices.Clone(kinds)
	if !storetest.Installed() {
		t.Log("PostgreSQL is not installed, and is not killed")
		killed = slices.DeleteFunc(killed, func(k string) bool { return k == kPostgres })
	}
	report, err := chaos(ctx, options{state: net.State, kinds: killed, kills: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range report.Lines {
		t.Logf("%+v", l)
		if l.Lost+l.Twice+l.Unanswered+l.Refused+l.Untrue > 0 {
			t.Errorf("after %s was killed: %+v", l.Kind, l)
		}
		if l.Acknowledged == 0 {
			t.Errorf("after %s was killed, nothing was acknowledged", l.Kind)
		}
	}
	if len(report.Lines) != len(killed) {
		t.Errorf("%d of %d kinds were killed", len(report.Lines), len(killed))
	}
}
