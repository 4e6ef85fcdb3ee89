package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func sample(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "core.yaml")
	if err := os.WriteFile(path, []byte("peer:\n  id: jdoe\n  gossip:\n    pullInterval: 4s\n  limits: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSettingsReplaceValuesOfTheSample(t *testing.T) {
	data, err := apply(sample(t), settings{"peer.id": "peer0.luohe", "peer.gossip.pullInterval": "60s", "+peer.chaincodeListenAddress": "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Peer struct {
			ID                     string
			Limits                 int
			ChaincodeListenAddress string `yaml:"chaincodeListenAddress"`
			Gossip                 struct {
				PullInterval string `yaml:"pullInterval"`
			}
		}
	}
	if err := yaml.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Peer.ID != "peer0.luohe" || got.Peer.Gossip.PullInterval != "60s" || got.Peer.Limits != 3 || got.Peer.ChaincodeListenAddress != "127.0.0.1:1" {
		t.Fatalf("got %+v", got)
	}
}

func TestASettingThatFabricDoesNotHaveIsRefused(t *testing.T) {
	for _, path := range []string{"peer.gossip.pulInterval", "peer.gosip.pullInterval", "peer.id.name"} {
		if _, err := apply(sample(t), settings{path: 1}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want a refusal that names it", path, err)
		}
	}
}
