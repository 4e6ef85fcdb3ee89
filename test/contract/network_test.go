//go:build e2e

// Package contract deploys, upgrades and rolls back contracts on a real network
// while business systems go on writing.
package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/contract"
	"henanchain/test/testnet"
)

var net *testnet.Net

const (
	caller = "zhengzhou-data" // calls contracts that were not written here
	// provinceNotary deposits evidence on every channel; the topology of these
	// tests has it beside the shipped ones.
	provinceNotary = "province-notary"
	systems        = `
  - {name: province-notary, organisation: henan, department: 11410000MB0H000149, roles: [evidence.depositor], cities: all}
`
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hnc-contract-")
	if err == nil {
		err = topology(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testnet.MainOf(m, profile(), &net)
}

// profile is the part of the topology that these tests run on: the pilot, or
// HNC_TEST_PROFILE=province for all 20 channels.
func profile() string {
	if name := os.Getenv("HNC_TEST_PROFILE"); name != "" {
		return name
	}
	return "pilot"
}

// topology writes the shipped topology with our business systems, for `up` to read.
func topology(dir string) error {
	shipped, err := os.ReadFile(filepath.Join("..", "..", "network", "topology.yaml"))
	if err != nil {
		return err
	}
	text := strings.Replace(string(shipped), "\napplications:\n", "\napplications:"+systems, 1)
	path := filepath.Join(dir, "topology.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Setenv("HNC_TOPOLOGY", path)
}

// chaincode runs `network chaincode` and fails the test where it fails.
func chaincode(t *testing.T, args ...string) []byte {
	t.Helper()
	out, said, err := tryChaincode(args...)
	if err != nil {
		t.Fatalf("chaincode %v: %v\n%s%s", args, err, said, out)
	}
	return out
}

func tryChaincode(args ...string) (out []byte, said string, err error) {
	cmd := net.Command(append([]string{"chaincode"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	return out, stderr.String(), err
}

// refused runs `network chaincode` and wants an exit status and a sentence.
func refused(t *testing.T, status int, says string, args ...string) {
	t.Helper()
	_, said, err := tryChaincode(args...)
	exit, ok := err.(*exec.ExitError)
	if !ok || exit.ExitCode() != status || !strings.Contains(said, says) {
		t.Errorf("chaincode %v ended with %v, not status %d and %q:\n%s", args, err, status, says, said)
	}
}

func status(t *testing.T, name string) contract.ContractStatus {
	t.Helper()
	out, said, _ := tryChaincode("status", name, "--json") // it also fails where not all is healthy
	var s contract.Status
	if err := json.Unmarshal(out, &s); err != nil || len(s.Contracts) != 1 {
		t.Fatalf("status of %s: %v\n%s%s", name, err, said, out)
	}
	return s.Contracts[0]
}

// wants checks that every channel of a contract has a version, healthy, by one
// service alone.
func wants(t *testing.T, name, version string) contract.ContractStatus {
	t.Helper()
	s := status(t, name)
	for _, ch := range s.Channels {
		if ch.Version != version || !ch.Healthy {
			t.Errorf("%s on %s is %+v, not %s and healthy", name, ch.Name, ch, version)
		}
	}
	if len(s.Services) != 1 || s.Services[0].Version != version || !s.Healthy || s.Underway != nil {
		t.Errorf("%s is served by %+v (underway %+v), not by %s alone", name, s.Services, s.Underway, version)
	}
	return s
}

// sequences are those of evidence on each channel, which has to have a version.
func sequences(t *testing.T, version string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, ch := range wants(t, "evidence", version).Channels {
		out[ch.Name] = ch.Sequence
	}
	return out
}

// standing says in short how far a deployment has come.
func standing(s contract.ContractStatus) string {
	out := ""
	for _, ch := range s.Channels {
		out += ch.Name + " " + ch.Version + " of " + ch.Wanted + ", "
	}
	for _, v := range s.Services {
		out += v.Name + " "
	}
	return out
}
