//go:build e2e

package network

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/network/failure"
)

// leavesSystemdItsNodes has one node run from its unit, as systemd runs it, and asks for
// each thing that must not be done behind systemd's back.
func (a *admin) leavesSystemdItsNodes(t *testing.T) {
	out := t.TempDir()
	a.must("units", "--out", out)
	a.must("down")
	orderer := unit(t, filepath.Join(out, "henan-chain-orderer0.henan.service"))
	if err := orderer.Start(); err != nil {
		t.Fatal(err)
	}
	ended := func() {
		orderer.Process.Kill() //nolint:errcheck // ended already
		orderer.Wait()         //nolint:errcheck // killed
	}
	defer ended()
	a.eventually("status shows the node that systemd runs", func() bool {
		r, _ := a.status()
		for _, n := range r.Nodes {
			if n.Name == "orderer0.henan" {
				return n.Healthy
			}
		}
		return false
	})
	for _, args := range [][]string{
		{"up", "--no-build", "--profile", "pilot"}, {"down"}, {"clean", "--yes"}, {"restart", "orderer0.henan"}, {"city", "add", "luoyang"},
		{"chaincode", "deploy", "evidence", "1.9"}, {"backup", "save", filepath.Join(out, "backup")},
	} {
		began := time.Now()
		_, errs, exit := a.run(args...)
		if exit != failure.Refused || !strings.Contains(errs, "systemd runs orderer0.henan") {
			t.Errorf("%s ended with %d after %s: %s", strings.Join(args, " "), exit, time.Since(began).Round(time.Millisecond), errs)
		}
	}
	ended()
	a.up()
	a.healthy()
}

// unit is what a unit for systemd starts.
func unit(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	says := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			says[name] = value
		}
	}
	command := strings.Fields(says["ExecStart"])
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = says["WorkingDirectory"], os.Environ()
	env, err := os.ReadFile(says["EnvironmentFile"])
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(env)) {
		cmd.Env = append(cmd.Env, strings.ReplaceAll(strings.TrimSpace(line), "'", ""))
	}
	return cmd
}
