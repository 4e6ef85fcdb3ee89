//go:build e2e

// Package hosts tests a network over several machines, each with its own address
// and folder, made from bundles alone.
package hosts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// places are the hosts of the test and their addresses; each is named as the
// organisation that is at home there.
var places = map[string]string{"henan": "10.203.0.11", "zhengzhou": "10.203.0.12", "xinyang": "10.203.0.13"}

var order = []string{"henan", "zhengzhou", "xinyang"} // the province first

const portBase = "21000" // every host has all its ports to itself

// programs is the folder of the programs that are put into bundles.
func programs(t *testing.T) (root, bin string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if bin = os.Getenv("HNC_BIN"); bin == "" {
		bin = filepath.Join(root, "build", "bin")
	}
	if _, err := os.Stat(filepath.Join(bin, "peer")); err != nil {
		t.Fatalf("the programs are not built: run scripts/network.sh build (%v)", err)
	}
	return root, bin
}

// topologyFile is the shipped topology with the pilot's organisations on hosts of
// their own.
func topologyFile(t *testing.T, root, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "network", "topology.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	replace := func(old, new string) {
		if strings.Count(text, old) != 1 {
			t.Fatalf("the topology has %q %d times", old, strings.Count(text, old))
		}
		text = strings.Replace(text, old, new, 1)
	}
	hosts := "hosts:\n"
	for _, name := range order {
		hosts += "  - {name: " + name + ", address: " + places[name] + "}\n"
	}
	replace("hosts:\n  - {name: local, address: 127.0.0.1}\n", hosts)
	replace("msp: ZhengzhouMSP,", "msp: ZhengzhouMSP, host: zhengzhou,")
	replace("msp: XinyangMSP,", "msp: XinyangMSP, host: xinyang,")
	file := filepath.Join(dir, "topology.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, errs.String())
	}
	return out.String()
}

// held are the digests of the secrets in a bundle, with their names.
func held(t *testing.T, bundle string) map[string]string {
	t.Helper()
	f, err := os.Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for tape := tar.NewReader(zip); ; {
		h, err := tape.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(h.Name, "programs/") {
			continue
		}
		data, err := io.ReadAll(tape)
		if err != nil {
			t.Fatal(err)
		}
		if digest, is := secret(h.Name, data); is {
			out[digest] = h.Name
			if h.Mode != 0o600 {
				t.Errorf("%s in %s has mode %o, want 600", h.Name, filepath.Base(bundle), h.Mode)
			}
		}
	}
}

// secret tells whether a file is one that only its owner may have: by what it
// holds or, where that is not text, by its name.
func secret(name string, data []byte) (digest string, is bool) {
	base := filepath.Base(name)
	is = bytes.Contains(data, []byte("PRIVATE KEY")) || strings.Contains(name, "keystore") || strings.HasSuffix(base, ".db") ||
		base == "registrar.secret" || base == "token" || base == "ca.yaml"
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), is
}

// TestThreeHostsFromBundlesAlone prepares a network, brings each host's part up
// from its bundle, and cuts one host off.
func TestThreeHostsFromBundlesAlone(t *testing.T) {
	root, bin := programs(t)
	h := newHub(t)
	dir := t.TempDir()
	// By another name the programs are used as they are: a host of the test has no
	// way to modules, to build them anew.
	if err := os.Symlink(filepath.Dir(bin), filepath.Join(dir, "programs")); err != nil {
		t.Fatal(err)
	}
	bin = filepath.Join(dir, "programs", filepath.Base(bin))
	w := &work{t: t, root: root, bin: bin, dir: dir, topology: topologyFile(t, root, dir), machines: map[string]*machine{}}
	for _, name := range order {
		w.machines[name] = h.machine(name, places[name])
	}
	w.ownKeys("xinyang")
	w.bundles()
	w.checkKeys()
	for _, name := range order {
		w.up(name)
	}
	w.healthy(order...)
	w.journey()
	w.changeOverHosts()
	w.cutOff()
}

type work struct {
	t              *testing.T
	root, bin, dir string
	topology       string
	public         []string // public parts of those who made their own keys
	machines       map[string]*machine
	workshop       string
}

func (w *work) bundle(name string) string { return filepath.Join(w.dir, name+".bundle.tar.gz") }
func (w *work) state(name string) string  { return filepath.Join(w.dir, "at-"+name) }

// ownKeys has a city make its keys on its own host: only what others may know
// travels.
func (w *work) ownKeys(name string) {
	w.t.Helper()
	public := filepath.Join(w.dir, name+".public.tar.gz")
	run(w.t, w.machines[name].command(filepath.Join(w.bin, "network"), "keys", name, "--out", public, "--topology", w.topology,
		"--state", w.state(name), "--bin", w.bin, "--root", w.root, "--port-base", portBase, "--profile", "pilot"))
	if keys := held(w.t, public); len(keys) > 0 {
		w.t.Errorf("the public part of %s holds %v", name, keys)
	}
	w.public = append(w.public, public)
}

// bundles are made where the province's administrator works, off the network.
func (w *work) bundles() {
	w.t.Helper()
	w.workshop = filepath.Join(w.dir, "workshop")
	for _, name := range order {
		cmd := w.machines["henan"].command(filepath.Join(w.bin, "network"), "bundle", name, "--out", w.bundle(name), "--topology", w.topology,
			"--state", w.workshop, "--bin", w.bin, "--root", w.root, "--port-base", portBase, "--profile", "pilot", "--public", strings.Join(w.public, ","))
		run(w.t, cmd)
	}
	if keys := held(w.t, w.bundle("xinyang")); len(keys) > 0 {
		w.t.Errorf("the bundle of a city that has its keys already holds %v", keys)
	}
}

// checkKeys holds every secret of the whole network to be in one bundle: its
// owner's.
func (w *work) checkKeys() {
	w.t.Helper()
	where := map[string]string{}
	for _, name := range order {
		for digest, file := range held(w.t, w.bundle(name)) {
			if other, is := where[digest]; is {
				w.t.Errorf("%s is in the bundle of %s and in that of %s", file, name, other)
			}
			where[digest] = name
			for _, other := range order {
				if other != name && (strings.HasPrefix(file, "organisations/"+other+"/") || strings.HasPrefix(file, "ca/"+other) || strings.HasPrefix(file, "apps/"+other+"-")) {
					w.t.Errorf("the bundle of %s holds %s", name, file)
				}
			}
		}
	}
	all := 0
	err := filepath.WalkDir(w.workshop, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(w.workshop, path)
		digest, is := secret(rel, data)
		if is && where[digest] == "" {
			w.t.Errorf("%s is in nobody's bundle", rel)
		}
		if is {
			all++
		}
		return nil
	})
	if err != nil || all < 50 {
		w.t.Errorf("%d secrets were looked at in the workshop: %v", all, err)
	}
	if err := os.RemoveAll(w.workshop); err != nil { // from here on there are the bundles alone
		w.t.Fatal(err)
	}
}

// up does on a host what the bundle's README says.
func (w *work) up(name string) {
	w.t.Helper()
	at, m := w.state(name), w.machines[name]
	w.t.Cleanup(func() {
		if w.t.Failed() {
			for _, log := range []string{"supervisor", "peer0." + name, "gateway"} {
				data, _ := os.ReadFile(filepath.Join(at, "logs", log+".log"))
				w.t.Logf("%s of %s:\n%s", log, name, data[max(0, len(data)-3000):])
			}
		}
		if out, err := w.network(name, "down").CombinedOutput(); err != nil {
			w.t.Errorf("stop the host %s: %v: %s", name, err, out)
		}
	})
	start := time.Now()
	if name == "xinyang" { // has its keys already; the repository's own program unpacks the rest beside them
		run(w.t, m.command(filepath.Join(w.bin, "network"), "up", "--bundle", w.bundle(name), "--state", at))
	} else {
		if err := os.Mkdir(at, 0o700); err != nil {
			w.t.Fatal(err)
		}
		run(w.t, m.command("tar", "-xzf", w.bundle(name), "-C", at))
		run(w.t, w.network(name, "up"))
	}
	w.t.Logf("%s is up after %.1f s", name, time.Since(start).Seconds())
}

// network is the program of a host's own bundle, which finds its folder by itself.
func (w *work) network(name string, args ...string) *exec.Cmd {
	cmd := w.machines[name].command(filepath.Join(w.state(name), "programs", "bin", "network"), args...)
	cmd.Dir = w.dir
	return cmd
}

type report struct {
	Healthy  bool
	Channels []struct {
		Name      string
		Height    uint64
		Healthy   bool
		Detail    string
		Contracts []struct{ Name, Version string }
	}
	Nodes []struct {
		Name    string
		Healthy bool
		Detail  string
	}
}

func (w *work) status(name string) report {
	w.t.Helper()
	out, _ := w.network(name, "status", "--json").Output() // an exit status says what the report says
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		w.t.Fatalf("status of %s: %v: %s", name, err, out)
	}
	return r
}

func (w *work) healthy(names ...string) {
	w.t.Helper()
	for _, name := range names {
		testnet.Eventually(w.t, name+" is well", func() error {
			if r := w.status(name); !r.Healthy {
				return fmt.Errorf("it is %+v", r)
			}
			return nil
		})
	}
	if n := len(w.status("zhengzhou").Channels); n != 2 {
		w.t.Errorf("the city's host sees %d channels, want its own and the main one", n)
	}
}

// client calls the gateway of a host from that host.
func (w *work) client(host, system string) (*client.Client, error) {
	token, err := os.ReadFile(filepath.Join(w.state(host), "apps", system, "token"))
	if err != nil {
		return nil, err
	}
	root, err := os.ReadFile(filepath.Join(w.state(host), "organisations", host, "msp", "tlscacerts", "tlsca.pem"))
	if err != nil {
		return nil, err
	}
	return client.New("https://"+places[host]+":21050", strings.TrimSpace(string(token)), w.machines[host].client(root)), nil
}

func (w *work) journey() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testnet.Patience)
	defer cancel()
	steps, err := journey.Run(ctx, journey.Options{
		Client:     func(system string) (*client.Client, error) { return w.client("zhengzhou", system) },
		IssuerDept: "11410100MB0Y0001XD", Now: time.Now(),
	})
	if err != nil {
		w.t.Fatalf("after %d steps: %v", len(steps), err)
	}
}

func (w *work) deposit(host, system, city, what string) error {
	c, err := w.client(host, system)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = c.Create(ctx, city, "evidence", "evidences", journey.Evidence(what, gm.HexDigest([]byte(what+time.Now().String()))))
	return err
}

// cutOff pulls one city's cable: the others go on, and it comes back.
func (w *work) cutOff() {
	w.t.Helper()
	if err := w.deposit("xinyang", "xinyang-notary", "xinyang", "before"); err != nil {
		w.t.Fatalf("before the cut: %v", err)
	}
	w.machines["xinyang"].cable("down")
	for range 3 {
		if err := w.deposit("zhengzhou", "zhengzhou-notary", "zhengzhou", "meanwhile"); err != nil {
			w.t.Errorf("zhengzhou could not write while xinyang was cut off: %v", err)
		}
	}
	if err := w.deposit("xinyang", "xinyang-notary", "xinyang", "cut off"); err == nil {
		w.t.Error("a host that is cut off wrote on the ledger")
	}
	main := func(name string) uint64 {
		for _, ch := range w.status(name).Channels {
			if ch.Name == "henan" {
				return ch.Height
			}
		}
		return 0
	}
	w.machines["xinyang"].cable("up")
	testnet.Eventually(w.t, "xinyang writes again", func() error { return w.deposit("xinyang", "xinyang-notary", "xinyang", "after") })
	testnet.Eventually(w.t, "xinyang has the main channel's blocks", func() error {
		if its, all := main("xinyang"), main("henan"); its != all {
			return fmt.Errorf("it has %d of %d", its, all)
		}
		return nil
	})
	w.healthy(order...)
}
