//go:build e2e

package network

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"

	"henanchain/gateway/client"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/test/chain"
	"henanchain/test/testnet"
)

const archiveDept = "11410100MB0H000014"

// identities is what `identity list` says of an organisation.
func (a *admin) identities(org string) map[string]identity.Record {
	a.t.Helper()
	var list []identity.Record
	if err := json.Unmarshal([]byte(a.must("identity", "list", "--org", org, "--json")), &list); err != nil {
		a.t.Fatal(err)
	}
	out := map[string]identity.Record{}
	for _, r := range list {
		out[r.Name] = r
	}
	return out
}

// enrolled registers and enrols a business system of Zhengzhou for the gateway.
func (a *admin) enrolled(name string) {
	a.t.Helper()
	secret := filepath.Join(a.t.TempDir(), name+".secret")
	a.must("identity", "register", name, "--org", "zhengzhou", "--dept", archiveDept, "--roles", "evidence.depositor", "--secret-file", secret)
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o600 {
		a.t.Errorf("the secret's file: %v, %v", info, err)
	}
	a.must("identity", "enroll", name, "--org", "zhengzhou", "--secret-file", secret, "--channels", "zhengzhou,henan")
	if _, errs, exit := a.run("identity", "enroll", name, "--org", "zhengzhou", "--secret-file", secret, "--out", filepath.Join(a.t.TempDir(), "again")); exit != failure.Refused {
		a.t.Errorf("a secret that is used up ended with %d: %s", exit, errs)
	}
}

// submit has evidence endorsed and ordered by fabric-gateway alone, with no
// gateway of ours, in the name of an identity.
func (a *admin) submit(app connection.Application, channel, what string) error {
	a.t.Helper()
	c, err := connection.Read(filepath.Join(a.state, connection.FileName))
	if err != nil {
		a.t.Fatal(err)
	}
	ch, ok := c.Channel(channel)
	if !ok {
		a.t.Fatalf("no channel %s", channel)
	}
	for _, p := range ch.Peers {
		if p.MSPID != app.MSPID {
			continue
		}
		conn, err := chain.Dial(p)
		if err != nil {
			a.t.Fatal(err)
		}
		defer conn.Close()
		gw, err := chain.Connect(conn, app)
		if err != nil {
			a.t.Fatal(err)
		}
		defer gw.Close()
		in, _ := json.Marshal(evidenceOf(what)) // plain texts
		requests, _ := json.Marshal([]operation.Request{{Op: "Deposit", In: in}})
		ctx, cancel := context.WithTimeout(context.Background(), testnet.Patience)
		defer cancel()
		_, err = gw.GetNetwork(channel).GetContract("evidence").SubmitWithContext(ctx, operation.Apply, fabric.WithArguments(string(requests)))
		return err
	}
	a.t.Fatalf("%s has no peer on %s", app.MSPID, channel)
	return nil
}

// stolen is an identity's certificate and key as somebody else holds them.
func (a *admin) stolen(name, msp string) connection.Application {
	a.t.Helper()
	dir := a.t.TempDir()
	for _, file := range []string{"cert.pem", "key.pem"} {
		copyTree(a.t, filepath.Join(a.state, "apps", name, file), filepath.Join(dir, file))
	}
	return connection.Application{Name: name, MSPID: msp, Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func TestARevokedIdentityIsRefusedByPeers(t *testing.T) {
	a := newAdmin(t)
	a.up()
	a.enrolled("zhengzhou-archive")
	is := a.identities("zhengzhou")["zhengzhou-archive"]
	if is.Attributes["hnc.dept"] != archiveDept || is.Attributes["hnc.app"] != "zhengzhou-archive" || is.Attributes["hnc.roles"] != "evidence.depositor" || len(is.Certificates) != 1 {
		t.Fatalf("the CA knows %+v", is)
	}
	ctx := context.Background()
	a.eventually("the gateway takes what it writes", func() bool {
		return deposit(ctx, a.caller("zhengzhou-archive"), "zhengzhou", "archive") == nil
	})
	c := a.caller("zhengzhou-archive")
	stolen := a.stolen("zhengzhou-archive", "ZhengzhouMSP")
	if err := a.submit(stolen, "zhengzhou", "by itself"); err != nil {
		t.Fatalf("before it is revoked: %v", err)
	}
	w := a.write(2, "zhengzhou-notary", "zhengzhou")
	other := a.settings("xinyang").Sequence
	a.must("identity", "revoke", "zhengzhou-archive", "--reason", "keycompromise")

	for _, channel := range []string{"zhengzhou", "henan"} {
		err := a.submit(stolen, channel, "after")
		if err == nil || !strings.Contains(err.Error(), "access denied") && !strings.Contains(err.Error(), "PermissionDenied") {
			t.Errorf("a peer answers a revoked identity on %s: %v", channel, err)
		}
	}
	a.eventually("the gateway knows it no more", func() bool {
		err := deposit(ctx, c, "zhengzhou", "archive again")
		p, ok := err.(*client.Problem)
		return ok && p.Status == 401
	})
	if certs := a.identities("zhengzhou")["zhengzhou-archive"].Certificates; len(certs) != 1 || !certs[0].Revoked {
		t.Errorf("the CA lists %+v", certs)
	}
	if now := a.settings("xinyang").Sequence; now != other {
		t.Error("the channel of a city that has nothing to do with it was changed")
	}
	w.more(t, 10)
	w.end(t)

	t.Run("again changes nothing for the worse, and up does not bring it back", func(t *testing.T) {
		a.must("identity", "revoke", "zhengzhou-archive", "--org", "zhengzhou")
		a.up()
		if err := a.submit(stolen, "zhengzhou", "after up"); err == nil {
			t.Error("it writes again")
		}
		a.healthy()
	})
	t.Run("one of the topology stays away as well", a.revokesOneOfTheTopology)
	t.Run("what cannot be done is said", a.refusesIdentities)
}

func (a *admin) revokesOneOfTheTopology(t *testing.T) {
	a.must("identity", "revoke", "zhengzhou-tax")
	a.up()
	if _, err := os.Stat(filepath.Join(a.state, "apps", "zhengzhou-tax")); err == nil {
		t.Error("it was enrolled again")
	}
	if out, _, exit := a.run("plan"); exit != 0 {
		t.Errorf("plan ended with %d:\n%s", exit, out)
	}
}

// refusesIdentities tries what is to be refused.
func (a *admin) refusesIdentities(t *testing.T) {
	for _, tc := range []struct {
		exit int
		says string
		args []string
	}{
		{failure.NotThere, "nobody", []string{"revoke", "nobody", "--org", "zhengzhou"}},
		{failure.Usage, "--org", []string{"revoke", "nobody"}},
		{failure.Refused, "renew admin.zhengzhou", []string{"revoke", "admin.zhengzhou"}},
		{failure.Usage, "keycompromise", []string{"revoke", "zhengzhou-bank", "--reason", "bored"}},
		{failure.Usage, "--dept", []string{"register", "x", "--org", "zhengzhou", "--dept", "12", "--roles", "a"}},
		{failure.Usage, "together", []string{"register", "x", "--org", "zhengzhou", "--roles", "a"}},
		{failure.Usage, "hnc.", []string{"register", "x", "--org", "zhengzhou", "--attr", "hnc.roles=all"}},
		{failure.NotThere, "atlantis", []string{"register", "x", "--org", "atlantis"}},
		{failure.Usage, "choose another", []string{"register", "peer0.zhengzhou", "--org", "zhengzhou"}},
		{failure.Refused, "registered", []string{"register", "zhengzhou-archive", "--org", "zhengzhou"}},
		{failure.NotThere, "renewed where its key is", []string{"renew", "zhang.wei"}},
	} {
		_, errs, exit := a.run(append([]string{"identity"}, tc.args...)...)
		if exit != tc.exit || !strings.Contains(errs, tc.says) {
			t.Errorf("%v ended with %d, want %d and %q: %s", tc.args, exit, tc.exit, tc.says, errs)
		}
	}
}

func TestCertificatesAreRenewedWhileWritesGoOn(t *testing.T) {
	a := newAdmin(t)
	a.up()
	w := a.writeBy(again, 2, "zhengzhou-notary", "zhengzhou")
	w.more(t, 10)
	before := a.serials()
	stolen := a.stolen("zhengzhou-bank", "ZhengzhouMSP")
	a.renews(t, w, "peer0.zhengzhou", "orderer0.henan", "peer0.henan", "admin.zhengzhou", "zhengzhou-notary", "contracts.local", "peers.local")
	after := a.serials()
	for _, name := range []string{"peer0.zhengzhou", "orderer0.henan", "peer0.henan", "admin.zhengzhou", "zhengzhou-notary", "contracts.local", "peers.local"} {
		if before[name] == after[name] || after[name] == "" {
			t.Errorf("%s has the certificate %s and had %s", name, after[name], before[name])
		}
	}
	w.end(t)
	// What was renewed works: the administrator signs, a new contract version goes on.
	a.must("channel", "config", "zhengzhou", "--batch-timeout", "250ms")
	a.must("chaincode", "deploy", "evidence", "9.0")
	a.healthy()
	t.Run("what was stolen is refused once it is renewed so", func(t *testing.T) {
		if err := a.submit(stolen, "zhengzhou", "x"); err != nil { // the contract refuses its role, in its answer
			t.Fatalf("before: %v", err)
		}
		a.must("identity", "renew", "zhengzhou-bank", "--revoke-old")
		if err := a.submit(stolen, "zhengzhou", "x"); err == nil || !strings.Contains(err.Error(), "access denied") {
			t.Errorf("after: %v", err)
		}
		if err := a.submit(a.stolen("zhengzhou-bank", "ZhengzhouMSP"), "zhengzhou", "x"); err != nil {
			t.Errorf("with the new one: %v", err)
		}
	})
	t.Run("nothing is near its end", func(t *testing.T) {
		if out := a.must("identity", "renew", "all", "--within", "30", "--json"); strings.TrimSpace(out) != "[]" {
			t.Errorf("renewed %s", out)
		}
	})
}

// renews renews one identity after another and sees writes go on after each.
func (a *admin) renews(t *testing.T, w *writers, names ...string) {
	t.Helper()
	for _, name := range names {
		began := time.Now()
		a.must("identity", "renew", name)
		t.Logf("%s was renewed in %s", name, time.Since(began).Round(time.Millisecond))
		w.more(t, 10)
	}
}

// serials are the serial numbers of the certificates in the state folder.
func (a *admin) serials() map[string]string {
	a.t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"organisations/*/identities/*/msp/signcerts/cert.pem", "apps/*/cert.pem"} {
		paths, err := filepath.Glob(filepath.Join(a.state, pattern))
		if err != nil {
			a.t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				a.t.Fatal(err)
			}
			name := filepath.Base(filepath.Dir(path))
			if strings.HasPrefix(pattern, "organisations") {
				name = filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))
			}
			out[name] = gm.HexDigest(data)
		}
	}
	return out
}

func TestOrderersAreRenewedOneAfterAnother(t *testing.T) {
	for kind, names := range map[string][]string{
		"BFT": {"orderer0", "orderer1", "orderer2", "orderer3"}, "raft": {"orderer0", "orderer1", "orderer2"},
	} {
		t.Run(kind, func(t *testing.T) {
			a := newAdmin(t)
			file := a.with(oneOrderer, orderers(kind, names...))
			a.must("up", "--no-build", "--profile", "pilot", "--topology", file)
			w := a.writeBy(again, 2, "zhengzhou-notary", "zhengzhou")
			w.more(t, 10)
			for _, name := range names {
				a.renews(t, w, name+".henan")
			}
			w.end(t)
			a.healthy()
			a.must("restart", "orderer0.henan")
			a.healthy()
			if c := a.settings("zhengzhou").Ordering; len(c.Consenters) != len(names) {
				t.Errorf("ordering %+v", c)
			}
			if !slices.Contains(a.members("henan"), "HenanMSP") {
				t.Error("the main channel has lost its province")
			}
		})
	}
}
