// Package testnet gives the end-to-end tests a real network: one that runs
// already (HNC_TEST_STATE names its state folder), or one that it starts for
// the test binary, with ports and a folder of its own, and stops after.
package testnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/connection"
)

// Net is a running network with its gateway.
type Net struct {
	State      string
	Connection *connection.Connection
	root       string
	portBase   int
	freePorts  func() // gives the ports back
	own        bool
}

// Main runs a package's tests on a network, and is its TestMain.
func Main(m *testing.M, use **Net) { MainOf(m, "pilot", use) }

// MainOf is Main on a network of another profile; more goes to `network up` as
// it is.
func MainOf(m *testing.M, profile string, use **Net, more ...string) {
	os.Exit(func() int {
		n, err := Start(profile, more...)
		if err != nil {
			fmt.Fprintln(os.Stderr, "testnet:", err)
			return 1
		}
		defer n.Stop()
		*use = n
		code := m.Run()
		if code != 0 {
			n.tell()
		}
		return code
	}())
}

// Start brings a network of the profile up; more goes to `network up` as it is.
func Start(profile string, more ...string) (*Net, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	n := &Net{root: root, State: os.Getenv("HNC_TEST_STATE")}
	if n.State == "" {
		if n.State, err = os.MkdirTemp("", "henanchain-test-"); err != nil {
			return nil, fmt.Errorf("make a state folder: %w", err)
		}
		n.own = true
		if n.portBase, n.freePorts, err = ReservePorts(); err != nil {
			return nil, errors.Join(err, os.Remove(n.State))
		}
		if os.Getenv("HNC_TEST_BUILT") != "" { // scripts/test.sh has just built everything
			more = append(more, "--no-build")
		}
		if err := n.Network(os.Stderr, append([]string{"up", "--profile", profile}, more...)...); err != nil {
			n.Stop()
			return nil, err
		}
	}
	if n.Connection, err = connection.Read(filepath.Join(n.State, connection.FileName)); err != nil {
		n.Stop()
		return nil, err
	}
	if err := n.ready(); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// Stop ends an own network and removes its folder.
func (n *Net) Stop() {
	if !n.own {
		return
	}
	if err := n.Network(os.Stderr, "clean", "--yes"); err != nil {
		fmt.Fprintln(os.Stderr, "testnet: stop:", err)
	}
	os.RemoveAll(n.State)
	n.freePorts()
}

// tell shows the ends of the logs that say most of why a test has failed.
func (n *Net) tell() {
	const most = 6000
	for _, name := range []string{"supervisor.log", "gateway.log", "relay.log"} {
		if text, err := os.ReadFile(filepath.Join(n.State, "logs", name)); err == nil {
			fmt.Fprintf(os.Stderr, "the end of %s:\n%s\n", name, text[max(0, len(text)-most):])
		}
	}
}

// Network runs the network program on this network, with its output to w.
func (n *Net) Network(w *os.File, args ...string) error {
	cmd := n.Command(args...)
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("network %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Command is the network program with this network's folder and ports.
func (n *Net) Command(args ...string) *exec.Cmd {
	args = append(args, "--state", n.State)
	if n.portBase != 0 {
		args = append(args, "--port-base", strconv.Itoa(n.portBase))
	}
	cmd := exec.Command(filepath.Join(n.root, "build", "bin", "network"), args...)
	cmd.Env = append(os.Environ(), "HNC_ROOT="+n.root)
	return cmd
}

// Gateway is the gateway program with this network's configuration, beside the
// gateway that runs.
func (n *Net) Gateway(args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(n.root, "build", "bin", "gateway"), append(args, "--config", filepath.Join(n.State, "gateway", "gateway.yaml"))...)
}

// Client calls the gateway as a business system; an empty name calls as nobody.
func (n *Net) Client(system string) (*client.Client, error) {
	if system == "" {
		return client.New(n.Connection.Gateway, "", nil), nil
	}
	token, err := n.Token(system)
	if err != nil {
		return nil, err
	}
	return client.New(n.Connection.Gateway, token, nil), nil
}

// Token reads a business system's bearer token.
func (n *Net) Token(system string) (string, error) {
	token, err := os.ReadFile(filepath.Join(n.State, "apps", system, "token"))
	if err != nil {
		return "", fmt.Errorf("read the token of %s: %w", system, err)
	}
	return strings.TrimSpace(string(token)), nil
}

// Dept is the USCC of a business system's department.
func (n *Net) Dept(system string) string {
	for _, a := range n.Connection.Applications {
		if a.Name == system {
			return a.Dept
		}
	}
	return ""
}

func (n *Net) ready() error {
	for end := time.Now().Add(Patience); ; time.Sleep(200 * time.Millisecond) {
		err := ready(context.Background(), n.Connection.Gateway)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// repository is the folder of the go.mod above this test.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(data), "module henanchain\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod of henanchain above the test")
		}
		dir = filepath.Dir(dir)
	}
}
