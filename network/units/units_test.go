package units

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/supervise"
)

func services(t *testing.T, dir string) []supervise.Service {
	t.Helper()
	program := filepath.Join(dir, "bin", "peer")
	for _, d := range []string{"bin", "nodes/peer0.zhengzhou", "nodes/orderer0.henan"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return []supervise.Service{
		{Name: "orderer0.henan", Stage: supervise.StageOrderer, Command: []string{program}, Dir: filepath.Join(dir, "nodes/orderer0.henan")},
		{Name: "peer0.zhengzhou", Stage: supervise.StagePeer, Command: []string{program, "node", "start", "--text", `a "b" $c 100% d\e`},
			Dir: filepath.Join(dir, "nodes/peer0.zhengzhou"), Env: []string{`CONFIG={"key":"-----BEGIN\nEND-----\n"}`}},
		{Name: "evidence-1.0", Stage: supervise.StageChaincode, Command: []string{program, "serve"}, Dir: dir},
	}
}

func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := Write(services(t, dir), Options{Network: "henan-chain", State: dir, User: "daemon", Out: filepath.Join(dir, "units")})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, u := range list {
		data, err := os.ReadFile(u.File)
		if err != nil {
			t.Fatal(err)
		}
		out[u.Name] = string(data)
	}
	return out
}

func TestEachNodeHasAUnitThatMayWriteItsOwnFolderAlone(t *testing.T) {
	dir := t.TempDir()
	got := written(t, dir)
	if len(got) != 4 || got["henan-chain.target"] == "" {
		t.Fatalf("units %v", got)
	}
	peer := got["henan-chain-peer0.zhengzhou.service"]
	for _, want := range []string{
		"\nReadWritePaths=" + dir + "/nodes/peer0.zhengzhou\n", "\nProtectSystem=strict\n", "\nNoNewPrivileges=yes\n", "\nUser=daemon\n",
		"After=network-online.target henan-chain-orderer0.henan.service\n", `--text "a \"b\" $$c 100%% d\\e"`,
	} {
		if !strings.Contains(peer, want) {
			t.Errorf("the peer's unit lacks %q:\n%s", want, peer)
		}
	}
	for _, s := range services(t, dir) {
		if want := "\nWants=henan-chain-" + s.Name + ".service\n"; !strings.Contains(got["henan-chain.target"], want) {
			t.Errorf("to enable the target starts no %s: it lacks %q:\n%s", s.Name, want, got["henan-chain.target"])
		}
	}
	if strings.Contains(peer, "BEGIN") {
		t.Error("the unit, which everybody may read, holds a key")
	}
	if strings.Contains(got["henan-chain-evidence-1.0.service"], "ReadWritePaths") {
		t.Error("a contract's service may write somewhere")
	}
	info, err := os.Stat(filepath.Join(dir, "units", "henan-chain-peer0.zhengzhou.env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("environment file: %v, %v", info, err)
	}
}

// What units run is asked for its health where no supervisor tells of it.
func TestWhatUnitsRunIsRememberedWithoutKeys(t *testing.T) {
	dir := t.TempDir()
	written(t, dir)
	got, err := Services(dir)
	if err != nil || len(got) != 3 || got[1].Name != "peer0.zhengzhou" || !got[1].Elsewhere {
		t.Fatalf("services are %+v, %v", got, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "units.json"))
	if err != nil || strings.Contains(string(data), "BEGIN") {
		t.Errorf("a key is in it, or it cannot be read: %v", err)
	}
	if _, err := Whole("network", Options{Network: "henan-chain", State: dir, User: "daemon", Out: filepath.Join(dir, "units")}); err != nil {
		t.Fatal(err)
	}
	if got, err := Services(dir); err != nil || len(got) != 0 {
		t.Errorf("with one unit for all, services are %+v, %v", got, err)
	}
}

func TestSystemdTakesTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: systemd-analyze is not installed")
	}
	dir := t.TempDir()
	list, err := Write(services(t, dir), Options{Network: "henan-chain", State: dir, User: "daemon", Out: filepath.Join(dir, "units")})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Whole(filepath.Join(dir, "bin", "peer"), Options{Network: "henan-chain", State: dir, User: "daemon", Out: filepath.Join(dir, "units")})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range append(list, whole...) {
		cmd := exec.Command(analyze, "verify", "--man=no", u.File)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), u.File) {
			t.Errorf("%s: %v\n%s", u.Name, err, out)
		}
	}
}

func TestPathsThatSystemdWouldMisreadAreRefused(t *testing.T) {
	if _, err := Write(nil, Options{Network: "henan-chain", State: "/srv/henan chain", Out: t.TempDir()}); err == nil {
		t.Error("a path with a space was taken")
	}
}
