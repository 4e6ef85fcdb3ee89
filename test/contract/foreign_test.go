//go:build e2e

package contract

import (
	"encoding/json"
	"fmt"
	stdnet "net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// invoke calls any function of any contract through the gateway's door for
// contracts that were not written here.
func invoke(t *testing.T, city, name, function string, args ...string) string {
	t.Helper()
	c, err := net.Call(caller, http.MethodPost, fmt.Sprintf("/v1/%s/contracts/%s/%s", city, name, function))
	if err != nil {
		t.Fatal(err)
	}
	c.Type = "application/json"
	if c.Body, err = json.Marshal(map[string]any{"args": args}); err != nil {
		t.Fatal(err)
	}
	var a *testnet.Answer
	testnet.Eventually(t, "the gateway, which looks at the network's description every few seconds, knows the contract", func() error {
		if a, err = c.Do(t.Context()); err == nil && a.Status == http.StatusNotFound {
			err = fmt.Errorf("it answers %s", a.Body)
		}
		return err
	})
	var answer struct{ Result json.RawMessage }
	if a.Status != http.StatusOK || json.Unmarshal(a.Body, &answer) != nil {
		t.Fatalf("%s of %s on %s answers %d: %s", function, name, city, a.Status, a.Body)
	}
	return string(answer.Result)
}

func TestContractsThatWereNotWrittenHereAreDeployedFromTheirSource(t *testing.T) {
	for name, tc := range map[string]struct{ program, add string }{
		"by-start":  {"start", "add"},
		"by-server": {"server", "add"},
		"by-api":    {"api", "Add"},
	} {
		t.Run(name, func(t *testing.T) {
			source := filepath.Join("testdata", "tally", tc.program)
			chaincode(t, "deploy", name, "1.0", "--path", source, "--channels", journey.City)
			if got := invoke(t, journey.City, name, tc.add, "apples", "7"); got != "7" {
				t.Errorf("the first count is %s", got)
			}
			wants(t, name, "1.0")
		})
	}
	chaincode(t, "deploy", "by-api", "1.1", "--path", "testdata/tally/api")
	invoke(t, journey.City, "by-api", "Add", "apples", "5")
	chaincode(t, "rollback", "by-api")
	if got := invoke(t, journey.City, "by-api", "Get", "apples"); got != "12" {
		t.Errorf("the count is %s", got)
	}
	wants(t, "by-api", "1.0")
	if out, err := exec.Command("git", "status", "--short", "testdata").Output(); err != nil || len(out) > 0 {
		t.Errorf("the contracts' source was changed: %s %v", out, err)
	}
}

func TestAForeignContractTakesItsOwnPolicyCollectionsAndFirstCall(t *testing.T) {
	collections := filepath.Join(t.TempDir(), "collections.json")
	text := `[{"name":"notes","policy":"OR('ZhengzhouMSP.member','HenanMSP.member')","requiredPeerCount":0,"maxPeerCount":1,"blockToLive":0,"memberOnlyRead":true,"memberOnlyWrite":true}]`
	if err := os.WriteFile(collections, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"deploy", "tally", "1.0", "--path", "testdata/tally/start", "--channels", journey.City,
		"--policy", "OR('ZhengzhouMSP.peer')", "--collections", collections, "--init", `{"Args":["Begin","40"]}`}
	chaincode(t, args...)
	if got := invoke(t, journey.City, "tally", "add", "start", "2"); got != "42" {
		t.Errorf("after the first call the count is %s", got)
	}
	invoke(t, journey.City, "tally", "note", "a", "b")
	first := status(t, "tally").Channels[0]
	if first.Policy != "AND('ZhengzhouMSP.peer')" { // of one principal, OR and AND are the same
		t.Errorf("the policy is %s", first.Policy)
	}
	chaincode(t, args...) // again: nothing to do
	if again := status(t, "tally").Channels[0]; again.Sequence != first.Sequence {
		t.Errorf("the same order took sequence %d after %d", again.Sequence, first.Sequence)
	}
}

func TestAPackageWhoseServiceRunsElsewhereIsDeployed(t *testing.T) {
	dir := t.TempDir()
	address := testnet.Address(t)
	pkg, err := lifecycle.NewPackage("elsewhere_1.0", lifecycle.Service{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "elsewhere.tar.gz")
	if err := os.WriteFile(file, pkg.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	order := []string{"deploy", "elsewhere", "1.0", "--package", file, "--channels", journey.City}
	refused(t, failure.Unhealthy, "CHAINCODE_ID="+pkg.ID, order...)

	build := exec.Command("go", "build", "-o", filepath.Join(dir, "server"), "./server")
	build.Dir, build.Env = filepath.Join("testdata", "tally"), append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(id string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(dir, "server"))
		cmd.Env = append(os.Environ(), "CHAINCODE_ID="+id, "CHAINCODE_SERVER_ADDRESS="+address)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		testnet.Eventually(t, "the service listens", func() error {
			conn, err := stdnet.Dial("tcp", address)
			if err == nil {
				err = conn.Close()
			}
			return err
		})
		return cmd
	}
	wrong := run("elsewhere_1.0:00")
	refused(t, failure.Unhealthy, "answers for the package elsewhere_1.0:00", order...)
	wrong.Process.Kill()
	wrong.Wait()

	right := run(pkg.ID)
	defer func() { right.Process.Kill(); right.Wait() }()
	chaincode(t, order...)
	if got := invoke(t, journey.City, "elsewhere", "add", "pears", "3"); got != "3" {
		t.Errorf("the count is %s", got)
	}
}

func TestAnOrderThatCannotBeCarriedOutSaysWhyAndChangesNothing(t *testing.T) {
	before := status(t, "evidence")
	old := filepath.Join(t.TempDir(), "go.tar.gz")
	if err := os.WriteFile(old, []byte("no package"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		status int
		says   string
		args   []string
	}{
		"no version":                 {failure.Usage, "NAME and VERSION", []string{"deploy", "evidence"}},
		"an unknown channel":         {failure.NotThere, "zhengzhou", []string{"deploy", "evidence", "1.1", "--channels", "beijing"}},
		"an unknown contract":        {failure.NotThere, "evidence", []string{"deploy", "poetry", "1.0", "--channels", "all"}},
		"nowhere to go":              {failure.Usage, "--channels", []string{"deploy", "poetry", "1.0", "--path", "testdata/tally/start"}},
		"a folder that is not there": {failure.Usage, "no folder", []string{"deploy", "poetry", "1.0", "--path", "testdata/none", "--channels", "all"}},
		"a folder without a program": {failure.Usage, "main package", []string{"deploy", "poetry", "1.0", "--path", "testdata/tally", "--channels", "all"}},
		"a file that is no package":  {failure.Usage, "read the package", []string{"deploy", "poetry", "1.0", "--package", old, "--channels", "all"}},
		"a policy of strangers":      {failure.Usage, "policy", []string{"deploy", "evidence", "1.1", "--policy", "AND("}},
		"no way back":                {failure.NotThere, "no version 9.9", []string{"rollback", "evidence", "--to", "9.9"}},
		"nothing to go back from":    {failure.NotThere, "poetry", []string{"rollback", "poetry"}},
		"no such status":             {failure.NotThere, "poetry", []string{"status", "poetry"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, tc.status, tc.says, tc.args...) })
	}
	if now := status(t, "evidence"); !reflect.DeepEqual(now.Channels, before.Channels) || !now.Healthy {
		t.Errorf("evidence was %+v and is %+v", before, now)
	}
}
