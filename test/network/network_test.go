//go:build e2e

// Package network tests the network program as an administrator uses it: on
// real processes, in folders and on ports of its own.
package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"henanchain/internal/connection"
	"henanchain/network/failure"
	"henanchain/test/testnet"
)

// admin runs the network program on a state folder.
type admin struct {
	t     *testing.T
	root  string
	state string
	base  int
}

// newAdmin is an administrator with nothing yet. Each has ports and a folder of
// their own, so their tests run side by side.
func newAdmin(t *testing.T) *admin {
	t.Helper()
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	a := &admin{t: t, root: root, state: filepath.Join(t.TempDir(), "state"), base: testnet.Ports(t)}
	t.Cleanup(func() {
		if t.Failed() {
			status, _, _ := a.run("status")
			t.Logf("the network is\n%s", status)
			log, _ := os.ReadFile(filepath.Join(a.state, "logs", "supervisor.log"))
			t.Logf("the supervisor says\n%s", log)
			t.Logf("the gateway's errors are\n%s", a.gatewayErrors())
		}
		a.must("down")
		a.nothingRuns()
	})
	return a
}

// gatewayErrors are the gateway's log lines that tell of an error.
func (a *admin) gatewayErrors() string {
	log, _ := os.ReadFile(filepath.Join(a.state, "logs", "gateway.log"))
	var errs strings.Builder
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, `"error":`) {
			errs.WriteString(line)
		}
	}
	return errs.String()
}

func (a *admin) command(args ...string) *exec.Cmd {
	bin := os.Getenv("HNC_BIN") // the programs to test; build/bin where not given
	if bin == "" {
		bin = filepath.Join(a.root, "build", "bin")
	}
	return exec.Command(filepath.Join(bin, "network"), append(args, "--bin", bin, "--root", a.root, "--state", a.state, "--port-base", strconv.Itoa(a.base))...)
}

// run gives standard output, standard error and the exit status.
func (a *admin) run(args ...string) (stdout, stderr string, status int) {
	a.t.Helper()
	var out, errs bytes.Buffer
	cmd := a.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		a.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (a *admin) must(args ...string) string {
	a.t.Helper()
	out, errs, status := a.run(args...)
	if status != 0 {
		a.t.Fatalf("network %s ended with %d:\n%s", strings.Join(args, " "), status, errs)
	}
	return out
}

func (a *admin) up() { a.t.Helper(); a.must("up", "--no-build", "--profile", "pilot") }

type report struct {
	Healthy bool `json:"healthy"`
	Nodes   []struct {
		Name, Role, Org string
		Healthy         bool
		PID             int `json:"pid"`
		Restarts        int
	}
	Channels []struct {
		Name      string
		Healthy   bool
		Height    uint64
		Contracts []struct {
			Name, Version string
			Sequence      int64
		}
	}
}

func (a *admin) status() (r report, exit int) {
	a.t.Helper()
	out, errs, exit := a.run("status", "--json")
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		a.t.Fatalf("status --json ended with %d: %v\n%s%s", exit, err, out, errs)
	}
	return r, exit
}

func (a *admin) pid(name string) int {
	a.t.Helper()
	r, _ := a.status()
	for _, n := range r.Nodes {
		if n.Name == name {
			return n.PID
		}
	}
	a.t.Fatalf("no node %s", name)
	return 0
}

// nothingRuns looks at every process of the system for the state folder.
func (a *admin) nothingRuns() {
	a.t.Helper()
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		env, err := os.ReadFile(path)
		if err == nil && bytes.Contains(env, []byte("="+a.state+"\x00")) {
			cmd, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			a.t.Errorf("%s still runs: %s", filepath.Dir(path), bytes.ReplaceAll(cmd, []byte{0}, []byte{' '}))
		}
	}
}

func (a *admin) eventually(what string, ok func() bool) {
	a.t.Helper()
	testnet.Eventually(a.t, what, func() error {
		if !ok() {
			return errors.New("it has not")
		}
		return nil
	})
}

// healthy waits until the network calls itself so.
func (a *admin) healthy() {
	a.t.Helper()
	testnet.Eventually(a.t, "all is healthy", func() error {
		if out, errs, exit := a.run("status"); exit != 0 {
			return fmt.Errorf("status ended with %d: %s%s", exit, out, errs)
		}
		return nil
	})
}

// isHealthy holds a command to its word: when it has ended, all is well.
func (a *admin) isHealthy() {
	a.t.Helper()
	if out, errs, exit := a.run("status"); exit != 0 {
		a.t.Errorf("status ended with %d: %s%s", exit, out, errs)
	}
}

func TestANetworkLivesThroughWhatAnAdministratorDoesToIt(t *testing.T) {
	a := newAdmin(t)
	a.up()
	a.isHealthy()
	r, _ := a.status()
	heights := map[string]uint64{}
	for _, c := range r.Channels {
		heights[c.Name] = c.Height
		if !c.Healthy || len(c.Contracts) == 0 || c.Contracts[0].Sequence != 1 || c.Contracts[0].Version == "" {
			t.Errorf("channel %+v, want contracts with a version and sequence 1", c)
		}
	}
	if len(heights) != 3 {
		t.Errorf("channels %v, want henan, zhengzhou, xinyang", heights)
	}
	t.Run("up again changes nothing", func(t *testing.T) { a.upAgain(t, heights) })
	t.Run("a node that dies comes back", a.killsNodes)
	t.Run("a stopped node shows, and starts again", a.stopsANode)
	t.Run("a second network on the same ports is refused", a.refusesASecondNetwork)
	t.Run("another profile in the same folder is refused", func(t *testing.T) {
		if _, errs, exit := a.run("up", "--no-build", "--profile", "province"); exit != failure.State {
			t.Errorf("ended with %d: %s", exit, errs)
		}
	})
	t.Run("Fabric's own programs act as a city's administrator", a.actsByFabricsOwnPrograms)
	t.Run("units for systemd hold for what runs", a.writesUnitsForSystemd)
	t.Run("what systemd runs is left to it", a.leavesSystemdItsNodes)
	t.Run("the ledgers outlive down and up", func(t *testing.T) { a.downAndUp(t, heights) })
	t.Run("keys and tokens are for their owner alone", a.secretsArePrivate)
}

func (a *admin) upAgain(t *testing.T, heights map[string]uint64) {
	before := a.pid("peer0.zhengzhou")
	a.up()
	after, _ := a.status()
	for _, c := range after.Channels {
		if c.Height != heights[c.Name] {
			t.Errorf("channel %s went from %d to %d blocks", c.Name, heights[c.Name], c.Height)
		}
	}
	if pid := a.pid("peer0.zhengzhou"); pid != before {
		t.Errorf("the peer was restarted")
	}
}

func (a *admin) killsNodes(t *testing.T) {
	for _, name := range []string{"peer0.zhengzhou", "orderer0.henan", "ca.local"} {
		before := a.pid(name)
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		a.eventually(name+" runs again", func() bool { pid := a.pid(name); return pid != 0 && pid != before })
	}
	a.healthy()
}

func (a *admin) stopsANode(t *testing.T) {
	a.must("stop", "peer0.xinyang")
	if r, exit := a.status(); exit != failure.Unhealthy || r.Healthy {
		t.Errorf("status ended with %d and healthy %v, want %d and false", exit, r.Healthy, failure.Unhealthy)
	}
	a.must("start", "peer0.xinyang")
	r, _ := a.status()
	for _, n := range r.Nodes {
		if n.Name == "peer0.xinyang" && !n.Healthy {
			t.Errorf("`start` ended before the peer served: %+v", n)
		}
	}
	a.healthy()
	if _, errs, exit := a.run("restart", "peer9.nowhere"); exit != failure.NotThere || !strings.Contains(errs, "peer9.nowhere") {
		t.Errorf("restart of an unknown node ended with %d: %s", exit, errs)
	}
}

func (a *admin) refusesASecondNetwork(t *testing.T) {
	other := &admin{t: t, root: a.root, state: filepath.Join(t.TempDir(), "state"), base: a.base}
	_, errs, exit := other.run("up", "--no-build")
	if exit != failure.Port || !strings.Contains(errs, "is taken by process") {
		t.Errorf("ended with %d: %s", exit, errs)
	}
	other.nothingRuns()
	// Nothing was made: the folder is bound to no ports and no profile yet.
	if _, err := os.Stat(filepath.Join(other.state, "network.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused run recorded a network: %v", err)
	}
}

func (a *admin) downAndUp(t *testing.T, heights map[string]uint64) {
	a.must("down")
	a.nothingRuns()
	if _, _, exit := a.run("status"); exit != failure.Unhealthy {
		t.Errorf("status of a stopped network ended with %d, want %d", exit, failure.Unhealthy)
	}
	a.up()
	a.isHealthy()
	after, _ := a.status()
	for _, c := range after.Channels {
		if c.Height < heights[c.Name] {
			t.Errorf("channel %s lost blocks: %d of %d", c.Name, c.Height, heights[c.Name])
		}
	}
}

// secretsArePrivate walks the whole state folder.
func (a *admin) secretsArePrivate(t *testing.T) {
	c, err := connection.Read(filepath.Join(a.state, connection.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Applications) == 0 {
		t.Fatal("no application was enrolled")
	}
	var secrets [][]byte
	keys := 0
	err = filepath.WalkDir(a.state, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // the peers' databases tidy up meanwhile
			return nil
		}
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		if !bytes.Contains(data, []byte("PRIVATE KEY")) && name != "token" && !strings.HasSuffix(name, ".secret") {
			return nil
		}
		keys++
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if name == "token" || strings.HasSuffix(name, ".secret") {
			secrets = append(secrets, bytes.TrimSpace(data))
		}
		return err
	})
	if err != nil || keys < 10 {
		t.Fatalf("found %d keys: %v", keys, err)
	}
	logs, _ := filepath.Glob(filepath.Join(a.state, "logs", "*"))
	for _, path := range append(logs, filepath.Join(a.state, connection.FileName)) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("PRIVATE KEY")) {
			t.Errorf("%s holds a private key", path)
		}
		for _, s := range secrets {
			if bytes.Contains(data, s) {
				t.Errorf("%s holds a secret", path)
			}
		}
	}
}

func TestUpGoesOnFromWhereItWasKilled(t *testing.T) {
	a := newAdmin(t)
	delays := []time.Duration{100, 600, 1500, 2500, 3500, 5000}
	for _, d := range delays {
		cmd := a.command("up", "--no-build")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(d * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	a.up()
	a.isHealthy()
}

func TestCtrlCLeavesNothingThatTheNextRunTripsOver(t *testing.T) {
	a := newAdmin(t)
	cmd := a.command("up", "--no-build")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != failure.Interrupted && got != 0 {
		t.Errorf("ended with %d, want %d", got, failure.Interrupted)
	}
	a.must("down")
	a.nothingRuns()
	a.up()
	a.isHealthy()
}

func TestWhatCannotWorkIsSaidInASentence(t *testing.T) {
	a := newAdmin(t)
	broken := filepath.Join(t.TempDir(), "topology.yaml")
	data, err := os.ReadFile(filepath.Join(a.root, "network", "topology.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, bytes.Replace(data, []byte("msp: KaifengMSP"), []byte("msp: Kai-feng"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"broken topology": {[]string{"up", "--no-build", "--topology", broken}, failure.Topology, "organisations[2].msp"},
		"unknown profile": {[]string{"up", "--no-build", "--profile", "moon"}, failure.Usage, "pilot"},
		"unknown flag":    {[]string{"up", "--fast"}, failure.Usage, "--fast"},
		"nothing there":   {[]string{"status"}, failure.Unhealthy, "network up"},
		"no such log":     {[]string{"logs", "peer7.moon"}, failure.NotThere, "peer7.moon"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs, status := a.run(tc.args...); status != tc.status || !strings.Contains(errs, tc.says) || strings.Contains(errs, "goroutine ") {
				t.Errorf("ended with %d and said %q, want %d and %q", status, errs, tc.status, tc.says)
			}
		})
	}
}
