//go:build e2e

package network

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/failure"
)

type settings struct {
	Sequence uint64
	Batch    struct {
		Timeout     string
		MaxMessages int
	}
	Ordering struct {
		Consenters []struct{ Port int }
		Tolerates  int
	}
	Members  []string
	Policies map[string]string
}

func (a *admin) settings(channel string) (s settings) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.must("channel", "config", channel, "--json")), &s); err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *admin) members(channel string) []string { a.t.Helper(); return a.settings(channel).Members }

func TestAChannelsConfigurationChangesWhenEnoughSign(t *testing.T) {
	a := newAdmin(t)
	a.up()
	w := a.write(2, "zhengzhou-notary", "zhengzhou")
	before := a.settings("zhengzhou")
	a.must("channel", "config", "zhengzhou", "--batch-timeout", "300ms", "--max-messages", "123")
	after := a.settings("zhengzhou")
	if after.Batch.Timeout != "300ms" || after.Batch.MaxMessages != 123 || after.Sequence != before.Sequence+1 {
		t.Errorf("the batch settings are %+v", after)
	}
	if other := a.settings("xinyang"); other.Batch.Timeout != before.Batch.Timeout {
		t.Errorf("another channel changed as well: %+v", other)
	}
	out, _, exit := a.run("plan")
	if exit != failure.Differs || !strings.Contains(out, "batch timeout is 300ms") {
		t.Errorf("plan ended with %d:\n%s", exit, out)
	}

	t.Run("a change goes to another machine to be signed", func(t *testing.T) { a.signElsewhere(t) })

	w.more(t, 10)
	w.end(t)
	for name, tc := range map[string]struct {
		args []string
		exit int
		says string
	}{
		"unknown channel":    {[]string{"channel", "config", "moon"}, failure.NotThere, "moon"},
		"unknown policy":     {[]string{"channel", "config", "zhengzhou", "--policy", "/Channel/Moon=ANY Admins"}, failure.NotThere, "/Channel/Moon"},
		"malformed policy":   {[]string{"channel", "config", "zhengzhou", "--policy", "/Channel/Admins=SOME Admins"}, failure.Usage, "MAJORITY Admins"},
		"timeout out of use": {[]string{"channel", "config", "zhengzhou", "--batch-timeout", "1h"}, failure.Usage, "1h"},
		"sizes swapped":      {[]string{"channel", "config", "zhengzhou", "--preferred-bytes", "20MB"}, failure.Usage, "preferred"},
		"no such file":       {[]string{"channel", "sign", "/nowhere/change.pb"}, failure.Usage, "/nowhere/change.pb"},
		"last consenter":     {[]string{"channel", "remove-consenter", "all", "orderer0.henan"}, failure.Refused, "no fewer consenters than 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs, exit := a.run(tc.args...); exit != tc.exit || !strings.Contains(errs, tc.says) {
				t.Errorf("ended with %d, want %d: %s", exit, tc.exit, errs)
			}
		})
	}
}

// signElsewhere makes a state folder that holds the province's key alone, as on
// the province's own machine, and has the city sign on the first.
func (a *admin) signElsewhere(t *testing.T) {
	province := &admin{t: t, root: a.root, state: filepath.Join(t.TempDir(), "state"), base: a.base}
	for _, part := range []string{"version.json", "network.json", "organisations/henan/identities/admin.henan"} {
		copyTree(t, filepath.Join(a.state, part), filepath.Join(province.state, part))
	}
	for _, org := range []string{"henan", "zhengzhou", "xinyang"} {
		copyTree(t, filepath.Join(a.state, "organisations", org, "msp"), filepath.Join(province.state, "organisations", org, "msp"))
	}
	policy := "/Channel/Application/Endorsement"
	if _, errs, exit := province.run("channel", "config", "zhengzhou", "--policy", policy+"=ANY Endorsement"); exit != failure.Refused ||
		!strings.Contains(errs, "/Channel/Application/Admins") || !strings.Contains(errs, "ZhengzhouMSP") {
		t.Errorf("one of two signatures ended with %d: %s", exit, errs)
	}
	file := filepath.Join(t.TempDir(), "change.pb")
	var progress struct {
		Signed   []string
		Complete bool
	}
	out := province.must("channel", "export-change", "zhengzhou", file, "--policy", policy+"=ANY Endorsement", "--json")
	if err := json.Unmarshal([]byte(out), &progress); err != nil || progress.Complete || len(progress.Signed) != 1 {
		t.Fatalf("exported %s: %v", out, err)
	}
	if _, errs, exit := province.run("channel", "submit", file); exit != failure.Refused {
		t.Errorf("a change that lacks a signature ended with %d: %s", exit, errs)
	}
	a.must("channel", "sign", file)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tampered := filepath.Join(t.TempDir(), "tampered.pb")
	if err := os.WriteFile(tampered, []byte(strings.Replace(string(good), "Endorsement", "Endorsemenu", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, exit := province.run("channel", "submit", tampered); exit == 0 {
		t.Errorf("a tampered change was taken: %s", errs)
	}
	province.must("channel", "submit", file)
	if got := a.settings("zhengzhou").Policies[policy]; got != "ANY Endorsement" {
		t.Errorf("the policy is %q", got)
	}
	if _, errs, exit := province.run("channel", "submit", file); exit != failure.Refused {
		t.Errorf("a change that was made already ended with %d: %s", exit, errs)
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else {
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
