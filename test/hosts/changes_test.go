//go:build e2e

package hosts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"henanchain/test/testnet"
)

// changeOverHosts does on parts what one administrator alone does on a whole
// network: each host has its own keys only.
func (w *work) changeOverHosts() {
	w.t.Helper()
	w.same()
	w.changeChannel()
	w.upgrade()
}

// must runs the network program of a host's bundle.
func (w *work) must(host string, args ...string) string {
	w.t.Helper()
	return run(w.t, w.network(host, args...))
}

// same holds every host's plan to have nothing to do.
func (w *work) same() {
	w.t.Helper()
	for _, name := range order {
		if out, err := w.network(name, "plan").CombinedOutput(); err != nil {
			w.t.Errorf("the plan of %s: %v: %s", name, err, out)
		}
	}
}

// changeChannel carries a change of a city's channel, which takes both parties'
// signatures, from the province's host to the city's and back.
func (w *work) changeChannel() {
	w.t.Helper()
	const policy = "/Channel/Application/Endorsement"
	file := filepath.Join(w.dir, "change.pb")
	said := w.must("henan", "channel", "export-change", "zhengzhou", file, "--policy", policy+"=ALL Endorsement")
	if !strings.Contains(said, "ZhengzhouMSP") {
		w.t.Errorf("export-change does not say that ZhengzhouMSP has to sign: %s", said)
	}
	if out, err := w.network("henan", "channel", "submit", file).CombinedOutput(); err == nil {
		w.t.Errorf("a change was taken that one of two parties signed: %s", out)
	}
	w.must("zhengzhou", "channel", "sign", file)
	w.must("henan", "channel", "submit", file)
	for _, name := range []string{"henan", "zhengzhou"} {
		testnet.Eventually(w.t, name+" has the new policy", func() error {
			if out := w.must(name, "channel", "config", "zhengzhou", "--json"); !strings.Contains(out, `"`+policy+`": "ALL Endorsement"`) {
				return fmt.Errorf("it has %s", out)
			}
			return nil
		})
	}
	if err := os.Remove(file); err != nil {
		w.t.Error(err)
	}
}

// upgrade brings a contract to a new version, host by host, while a city writes.
// The one that completes a channel's majority commits.
func (w *work) upgrade() {
	w.t.Helper()
	err := testnet.Meanwhile(func(n int) error {
		return w.deposit("zhengzhou", "zhengzhou-notary", "zhengzhou", fmt.Sprintf("upgrade %d", n))
	}, func() error {
		for _, name := range order {
			said := w.must(name, "chaincode", "deploy", "evidence", "1.1")
			if waits := strings.Contains(said, "1.1 waits for"); waits != (name == "henan") {
				return fmt.Errorf("the first host alone has to wait for others; %s says\n%s", name, said)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	for _, name := range order {
		for _, ch := range w.status(name).Channels {
			for _, c := range ch.Contracts {
				if want := map[bool]string{true: "1.1", false: "1.0"}[c.Name == "evidence"]; c.Version != want {
					w.t.Errorf("%s sees %s %s on %s, not %s", name, c.Name, c.Version, ch.Name, want)
				}
			}
		}
	}
	w.healthy(order...)
	for _, name := range order[1:] {
		if err := w.deposit(name, name+"-notary", name, "with the new version"); err != nil {
			w.t.Errorf("%s after the upgrade: %v", name, err)
		}
	}
}
