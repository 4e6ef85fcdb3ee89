package fabricca_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/build"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/operate"
	"henanchain/network/topology"
)

// What `source scripts/env.sh` sets makes the pinned configtxgen know every
// organisation and channel of the network.
func TestConfigtxgenKnowsTheWholeNetwork(t *testing.T) {
	_, _, st, n := genesisConfig(t, topology.Raft, 1)
	for _, org := range n.Organisations {
		a, err := identity.Open(context.Background(), st, n, org)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if err := a.Admin(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Open(n.Name); err != nil && !strings.Contains(err.Error(), "is not a network's state") {
		t.Fatal(err)
	}
	if err := st.SetNetwork(n); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	o := operate.New(st, node.Programs{Bin: build.Bin(root), Samples: build.Config(root)}, nil, io.Discard)
	e, err := o.Environment("zhengzhou")
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, v := range e.Variables {
		env = append(env, v.Name+"="+v.Value)
		if strings.HasSuffix(v.Name, "_FILE") || strings.HasSuffix(v.Name, "PATH") || v.Name == "ORDERER_CA" {
			if _, err := os.Stat(v.Value); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		}
	}
	for _, args := range [][]string{
		{"-printOrg", "ZhengzhouMSP"}, {"-printOrg", "HenanMSP"},
		{"-profile", "henan", "-channelID", "trial", "-outputBlock", filepath.Join(t.TempDir(), "block")},
		{"-profile", "xinyang", "-channelID", "trial", "-outputBlock", filepath.Join(t.TempDir(), "block")},
	} {
		cmd := exec.Command(filepath.Join(build.Bin(root), "configtxgen"), args...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("configtxgen %v: %v\n%s", args, err, out)
		}
	}
	if len(e.OSNAdmin) != 0 || len(e.Channels) != 2 {
		t.Errorf("a city without orderers: osnadmin %v, channels %v", e.OSNAdmin, e.Channels)
	}
	if e, err := o.Environment("henan"); err != nil || len(e.OSNAdmin) != 8 {
		t.Errorf("the province: %+v, %v", e, err)
	}
	if _, err := o.Environment("atlantis"); err == nil {
		t.Error("an organisation that is none has an environment")
	}
}
