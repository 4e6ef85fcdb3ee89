package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/auth"
	"henanchain/gateway/store"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// operator types commands on a gateway's configuration.
type operator struct{ dir, config string }

func newOperator(t *testing.T) *operator {
	t.Helper()
	o := &operator{dir: t.TempDir()}
	c := &connection.Connection{Province: "HenanMSP", MainChannel: "henan",
		Channels: []connection.Channel{{Name: "henan", Division: "410000", Organisations: []string{"HenanMSP"},
			Peers: []connection.Peer{{Name: "peer0", MSPID: "HenanMSP", Address: "127.0.0.1:1"}}}},
		Applications: []connection.Application{{Name: "bank", MSPID: "HenanMSP", Cert: "cert", Key: "key"}},
	}
	if err := c.Write(filepath.Join(o.dir, "connection.json")); err != nil {
		t.Fatal(err)
	}
	o.config = o.write(t, "gateway.yaml", "connection: "+filepath.Join(o.dir, "connection.json")+"\nstore: {dsn: \"sqlite:"+filepath.Join(o.dir, "gateway.db")+"\"}\n")
	return o
}

func (o *operator) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (o *operator) run(args ...string) (string, error) {
	var out, ignored bytes.Buffer
	cmd := command()
	cmd.SetOut(&out)
	cmd.SetErr(&ignored)
	cmd.SetArgs(append(args, "--config", o.config))
	err := cmd.Execute()
	return strings.TrimSpace(out.String()), err
}

func (o *operator) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := o.run(args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestATokenIsIssuedListedAndRevokedBesideARunningGateway(t *testing.T) {
	o := newOperator(t)
	running, err := store.Open(t.Context(), filepath.Join(o.dir, "gateway.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	token := o.must(t, "tokens", "issue", "bank", "--expires", "90d", "--label", "counter 3")
	if !auth.IsToken(token) {
		t.Fatalf("issued %q", token)
	}
	id := gm.HexDigest([]byte(token))
	cr, err := running.Credential(t.Context(), id)
	if err != nil || cr.App != "bank" || cr.Expires.Sub(cr.Created) != 90*24*time.Hour {
		t.Fatalf("the gateway sees %+v, %v", cr, err)
	}
	o.must(t, "tokens", "revoke", id[:12])
	var all []listed
	if err := json.Unmarshal([]byte(o.must(t, "tokens", "list", "--json")), &all); err != nil || len(all) != 1 || all[0].State != "revoked" || all[0].Label != "counter 3" {
		t.Fatalf("listed %+v, %v", all, err)
	}
	if cr, err := running.Credential(t.Context(), id); err != nil || cr.Revoked.IsZero() {
		t.Fatalf("revoked, the gateway sees %+v, %v", cr, err)
	}
	for _, file := range []string{"gateway.db", "gateway.db-wal"} {
		if data, err := os.ReadFile(filepath.Join(o.dir, file)); err == nil && bytes.Contains(data, []byte(token)) {
			t.Errorf("%s holds the token itself", file)
		}
	}
}

func TestKeysAndCertificatesAreRegisteredOnce(t *testing.T) {
	o := newOperator(t)
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	pub := o.write(t, "pub.pem", string(key.Public().PEM()))
	if id := o.must(t, "credentials", "register", "bank", "--key", pub); id != key.Public().ID() {
		t.Errorf("the key's ID is %s and was printed as %s", key.Public().ID(), id)
	}
	if _, err := o.run("credentials", "register", "bank", "--key", pub); !errors.Is(err, store.ErrExists) {
		t.Errorf("again: %v", err)
	}
	ca, err := tlcp.NewAuthority("test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := ca.IssueClient(time.Hour, "bank, the")
	if err != nil {
		t.Fatal(err)
	}
	cert := o.write(t, "cert.pem", string(issued.SignCertificate))
	if id := o.must(t, "credentials", "register", "bank", "--certificate", cert); id != store.CertificateID(issued.SignKey.Public().ID()) {
		t.Errorf("the certificate is %s", id)
	}
	parsed, err := tlcp.ParseCertificatePEM(issued.SignCertificate)
	if err != nil {
		t.Fatal(err)
	}
	if id := o.must(t, "credentials", "register", "bank", "--subject", parsed.Subject.String()); id != auth.SubjectID(parsed.Subject) {
		t.Errorf("the subject %s is %s, want %s", parsed.Subject, id, auth.SubjectID(parsed.Subject))
	}
	if list := o.must(t, "credentials", "list", "bank"); strings.Count(list, "\n") != 3 || strings.Count(list, "good") != 3 {
		t.Errorf("listed\n%s", list)
	}
}

func TestASlipOfThePenRegistersNothing(t *testing.T) {
	o := newOperator(t)
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	secret := o.write(t, "key.pem", string(private))
	for want, args := range map[string][]string{
		"no application bnak":     {"tokens", "issue", "bnak"},
		"such as 90d":             {"tokens", "issue", "bank", "--expires", "soon"},
		"want [\"PUBLIC KEY\"]":   {"credentials", "register", "bank", "--key", secret},
		"TYPE=VALUE":              {"credentials", "register", "bank", "--subject", "bank"},
		"not one of CN":           {"credentials", "register", "bank", "--subject", "CN=a,X=b"},
		"nothing is registered":   {"credentials", "revoke", "ab"},
		"accepts 1 arg(s)":        {"tokens", "revoke"},
		"at least one of the fla": {"credentials", "register", "bank"},
	} {
		if _, err := o.run(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
	if list := o.must(t, "credentials", "list"); strings.Contains(list, "\n") {
		t.Errorf("registered\n%s", list)
	}
}
