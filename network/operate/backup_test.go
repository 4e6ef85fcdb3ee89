package operate

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/failure"
	"henanchain/network/node"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// stopped is an operator of a state folder whose network is down.
func stopped(t *testing.T) *Operator {
	t.Helper()
	file, err := topology.Read(filepath.Join("..", "topology.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	st, err := state.At(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Open(n.Name); err != nil {
		t.Fatal(err)
	}
	if err := st.SetNetwork(n); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"nodes/peer0.henan/data/block": "blocks", "nodes/orderer0.henan/data/wal": "log", "ca/local/fabric-ca-server.db": "database",
		"organisations/henan/identities/.next-peer0.henan/new": "", "apps/bank/token": "secret", "logs/peer0.henan.log": "said", "run/services/x.json": "{}",
		"gateway/gateway.yaml": "connection: \"" + st.Root + "/connection.json\"\n", "apps/.tmp-1/half": "made",
	} {
		if err := state.WriteFile(st.Path(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return New(st, node.Programs{}, nil, io.Discard)
}

func TestANetworkThatIsDownIsSavedAndRestored(t *testing.T) {
	o := stopped(t)
	file := filepath.Join(t.TempDir(), "backup.hnc")
	saved, err := o.Save(context.Background(), file, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Away) != 0 || saved.Sealed || saved.Files == 0 {
		t.Errorf("saved %+v", saved)
	}
	if _, err := o.Restore(file, ""); failure.ExitStatus(err) != failure.State {
		t.Errorf("restored over a network: %v", err)
	}
	elsewhere, err := state.At(filepath.Join(t.TempDir(), "deep", "er"))
	if err != nil {
		t.Fatal(err)
	}
	again := New(elsewhere, node.Programs{}, nil, io.Discard)
	if _, err := again.Restore(file, ""); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"version.json", "network.json", "nodes/peer0.henan/data/block", "nodes/orderer0.henan/data/wal", "ca/local/fabric-ca-server.db", "organisations/henan/identities/.next-peer0.henan/new", "apps/bank/token"} {
		was, _ := os.ReadFile(o.State.Path(path))
		if is, err := os.ReadFile(elsewhere.Path(path)); err != nil || string(is) != string(was) {
			t.Errorf("%s: %q, %v", path, is, err)
		}
	}
	for _, path := range []string{"logs", "run", "lock", "apps/.tmp-1"} {
		if state.Exists(elsewhere.Path(path)) {
			t.Errorf("%s was restored", path)
		}
	}
	config, err := os.ReadFile(elsewhere.Path("gateway", "gateway.yaml"))
	if err != nil || !strings.Contains(string(config), elsewhere.Root+"/connection.json") || strings.Contains(string(config), o.State.Root) {
		t.Errorf("the gateway is configured for another place: %s, %v", config, err)
	}
	if n, err := again.Network(); err != nil || n.Profile != "pilot" {
		t.Errorf("the network is %+v: %v", n, err)
	}
}
