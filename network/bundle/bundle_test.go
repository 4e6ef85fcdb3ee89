package bundle

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// prepared is a state folder with every kind of file that a network on three
// hosts has, and that network. Each file's content is its own name.
func prepared(t *testing.T) (state.Folder, *topology.Network) {
	t.Helper()
	data, err := os.ReadFile("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("  - {name: local, address: 127.0.0.1}\n", "  - {name: henan, address: 10.0.0.1}\n  - {name: zhengzhou, address: 10.0.0.2}\n  - {name: xinyang, address: 10.0.0.3}\n",
		"msp: ZhengzhouMSP,", "msp: ZhengzhouMSP, host: zhengzhou,", "msp: XinyangMSP,", "msp: XinyangMSP, host: xinyang,").Replace(string(data))
	file, err := topology.Parse("topology.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	st, err := state.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string) {
		path := st.Path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put("topology.yaml")
	if err := st.Open(n.Name); err == nil { // it holds a file already
		t.Fatal("a folder that is not ours was taken")
	}
	put("version.json")
	for _, o := range n.Organisations {
		put("organisations/" + o.Name + "/msp/cacerts/ca.pem")
		put("ca/" + o.Host + "/" + o.Name + "/msp/keystore/" + o.Name + "_sk")
		put("ca/" + o.Host + "/fabric-ca-server-config.yaml")
		for _, id := range []string{"registrar", "admin." + o.Name, "peer0." + o.Name, "contracts." + o.Host, "peers." + o.Host, "gateway." + o.Host} {
			put("organisations/" + o.Name + "/identities/" + id + "/msp/keystore/key.pem")
		}
	}
	put("organisations/henan/identities/orderer0.henan/tls/server.key")
	for _, a := range n.Applications {
		put("apps/" + a.Name + "/token")
	}
	for _, ch := range n.Channels {
		put("channels/" + ch.Name + "/genesis.block")
	}
	return st, n
}

// names lists a bundle.
func names(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	if err := each(file, func(name string, _ os.FileMode, _ io.Reader) error { out = append(out, name); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, st state.Folder, n *topology.Network, name string) string {
	t.Helper()
	host, err := HostOf(n, name)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".tar.gz")
	if err := Write(file, host, Source{State: st, Net: n, Topology: st.Path("topology.yaml")}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the bundle has mode %v (%v)", info.Mode(), err)
	}
	return file
}

func TestACitysBundleHasItsOwnKeysAndNobodyElses(t *testing.T) {
	st, n := prepared(t)
	got := names(t, write(t, st, n, "zhengzhou"))
	want := []string{
		"network.json", "version.json", "README.md", "topology.yaml",
		"organisations/henan/msp/cacerts/ca.pem", "organisations/zhengzhou/msp/cacerts/ca.pem", "organisations/xinyang/msp/cacerts/ca.pem",
		"channels/henan/genesis.block", "channels/zhengzhou/genesis.block",
		"ca/zhengzhou/zhengzhou/msp/keystore/zhengzhou_sk",
	}
	for _, id := range []string{"registrar", "admin.zhengzhou", "peer0.zhengzhou", "contracts.zhengzhou", "peers.zhengzhou", "gateway.zhengzhou"} {
		want = append(want, "organisations/zhengzhou/identities/"+id+"/msp/keystore/key.pem")
	}
	for _, a := range n.Applications {
		if a.Organisation == "zhengzhou" {
			want = append(want, "apps/"+a.Name+"/token")
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the bundle holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if all := names(t, write(t, st, n, "henan")); !slices.Contains(all, "organisations/henan/identities/orderer0.henan/tls/server.key") {
		t.Error("the province's bundle lacks its orderer's key")
	}
}

func TestAHostThatOrganisationsShareHasNoBundle(t *testing.T) {
	file, err := topology.Read("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, status := range map[string]int{"zhengzhou": failure.Topology, "local": failure.Topology, "atlantis": failure.NotThere} {
		if _, err := HostOf(n, name); failure.ExitStatus(err) != status {
			t.Errorf("%s: got %v, want exit status %d", name, err, status)
		}
	}
}

func TestUnpackingKeepsWhatTheHostHas(t *testing.T) {
	st, n := prepared(t)
	file := write(t, st, n, "zhengzhou")
	at, err := state.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := Unpack(file, at); err != nil {
		t.Fatal(err)
	}
	key := at.Path("organisations/zhengzhou/identities/peer0.zhengzhou/msp/keystore/key.pem")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v (%v)", info.Mode(), err)
	}
	if part, err := at.Network(); err != nil || part.Here != "zhengzhou" || len(part.Channels) != 2 {
		t.Errorf("the part is %+v (%v)", part, err)
	}
	for path, kept := range map[string]bool{key: true, at.Path("channels/henan/genesis.block"): true, at.Path("topology.yaml"): false} {
		if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Unpack(file, at); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(path); (string(data) == "changed") != kept {
			t.Errorf("%s: kept is %v, want %v", path, !kept, kept)
		}
	}
	if err := Unpack(write(t, st, n, "xinyang"), at); failure.ExitStatus(err) != failure.State {
		t.Errorf("another host's bundle: got %v, want a refusal", err)
	}
}

func TestAnOrganisationsPublicPartHoldsNoKey(t *testing.T) {
	st, n := prepared(t)
	cert := "organisations/henan/identities/orderer0.henan/tls/server.crt"
	for _, name := range []string{cert, "organisations/henan/identities/orderer0.henan/msp/signcerts/cert.pem"} {
		if err := state.WriteFile(st.Path(name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "henan.public.tar.gz")
	if err := WritePublic(file, st, n, "henan"); err != nil {
		t.Fatal(err)
	}
	got := names(t, file)
	if len(got) != 3 || !slices.Contains(got, cert) {
		t.Errorf("it holds %v", got)
	}
	at, err := state.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := Import(file, at); err != nil || !state.Exists(at.Path(cert)) {
		t.Errorf("it was not taken: %v", err)
	}
	if err := Import(write(t, st, n, "zhengzhou"), at); failure.ExitStatus(err) != failure.Usage {
		t.Errorf("a whole bundle: got %v, want a refusal", err)
	}
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	at, err := state.At(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	for what, header := range map[string]*tar.Header{
		"a way out":       {Typeflag: tar.TypeReg, Name: "../key.pem", Mode: 0o600},
		"an absolute way": {Typeflag: tar.TypeReg, Name: "/etc/key.pem", Mode: 0o600},
		"a link":          {Typeflag: tar.TypeSymlink, Name: "key.pem", Linkname: "/etc/passwd"},
		"a detour":        {Typeflag: tar.TypeReg, Name: "a/../b", Mode: 0o600},
	} {
		file := filepath.Join(t.TempDir(), "bundle.tar.gz")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		zip := gzip.NewWriter(out)
		tape := tar.NewWriter(zip)
		if err := errors.Join(tape.WriteHeader(header), tape.Close(), zip.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
		if err := Unpack(file, at); failure.ExitStatus(err) != failure.Usage {
			t.Errorf("%s: got %v, want a refusal", what, err)
		}
	}
	if state.Exists(at.Root) {
		t.Error("something was written")
	}
	if err := Unpack("bundle_test.go", at); failure.ExitStatus(err) != failure.Usage {
		t.Errorf("a file that is no archive: got %v, want a refusal", err)
	}
}
