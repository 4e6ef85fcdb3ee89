//go:build e2e

package network

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/test/journey"
)

const issuerDept = "11410100MB0Y0001XD"

// licence is an e-licence with a private half, which only its issuer may read.
func licence(serial string) (map[string]any, error) {
	in, err := journey.Licence(issuerDept, serial, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
	if err != nil {
		return nil, err
	}
	in["holderIdType"], in["divisionCode"] = "111", "410100"
	in["private"] = map[string]any{"holders": []map[string]any{{"holderKey": in["holderKey"], "name": "王小明", "idType": "111", "idNumber": "410105190001010010"}}}
	return in, nil
}

func TestACitysOnlyPeerThatLosesItsDiskComesBackWithItsRecords(t *testing.T) {
	a := newAdmin(t)
	a.up()
	kept := a.written(3)
	issuer := a.caller("zhengzhou-elicense")
	input, err := licence("20260000001")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issuer.Create(context.Background(), "zhengzhou", "elicense", "licences", input); err != nil {
		t.Fatal(err)
	}
	face := func() error {
		var out map[string]any
		return issuer.Ask(context.Background(), "zhengzhou", "elicense", "face-data", map[string]any{"certId": input["certId"]}, &out)
	}
	if err := face(); err != nil {
		t.Fatalf("the private half, before: %v", err)
	}
	height, _ := a.channel("zhengzhou")

	a.must("stop", "peer0.zhengzhou")
	if err := os.RemoveAll(filepath.Join(a.state, "nodes", "peer0.zhengzhou", "data")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	a.up()
	t.Logf("`up` after the loss took %s, for %d blocks", time.Since(began).Round(time.Millisecond), height)
	a.isHealthy()
	a.same(kept)
	if err := deposit(context.Background(), a.caller("zhengzhou-notary"), "zhengzhou", "after the loss"); err != nil {
		t.Errorf("write after the loss: %v", err)
	}
	// The city's own peer gives the private half, with the province's away.
	a.eventually("the private half is there again", func() bool {
		a.must("stop", "peer0.henan")
		defer a.must("start", "peer0.henan")
		return face() == nil
	})
	t.Logf("complete again after %s", time.Since(began).Round(time.Millisecond))
	a.healthy()

	t.Run("contracts go on as before", func(t *testing.T) {
		a.must("chaincode", "status")
		a.must("chaincode", "deploy", "evidence", "7.0")
		a.must("chaincode", "rollback", "evidence")
		if err := deposit(context.Background(), a.caller("zhengzhou-notary"), "zhengzhou", "after the rollback"); err != nil {
			t.Error(err)
		}
	})
}

// actsByFabricsOwnPrograms uses what scripts/env.sh sets.
func (a *admin) actsByFabricsOwnPrograms(t *testing.T) {
	shell := func(city, commands string) (string, error) {
		script := `source "$1/scripts/env.sh" "$2" --state "$3" --bin "$4" || exit; ` + commands
		bin := filepath.Dir(a.command().Path)
		out, err := exec.Command("bash", "-c", script, "bash", a.root, city, a.state, bin).CombinedOutput()
		return string(out), err
	}
	for _, tc := range []struct{ what, city, commands, says string }{
		{"channels of a city's peer", "zhengzhou", "peer channel list", "\nzhengzhou\n"},
		{"a contract's answer", "zhengzhou", `peer chaincode query -C zhengzhou -n evidence -c '{"Args":["org.hyperledger.fabric:GetMetadata"]}'`, `"evidence"`},
		{"what is committed", "xinyang", "peer lifecycle chaincode querycommitted -C xinyang", "Name: evidence"},
		{"a channel's configuration", "zhengzhou", `d=$(mktemp -d) && peer channel fetch config $d/c.block -c zhengzhou -o $ORDERER_ADDRESS --tls --cafile $ORDERER_CA && configtxlator proto_decode --type common.Block --input $d/c.block; rm -r $d`, `"msp_identifier": "ZhengzhouMSP"`},
		{"the orderers' channels", "henan", "osnadmin channel list", `"name": "zhengzhou"`},
		{"one channel of the orderer", "henan", "osnadmin channel list --channelID xinyang", `"consensusRelation": "consenter"`},
		{"an organisation's definition", "zhengzhou", "configtxgen -printOrg ZhengzhouMSP", `"ZhengzhouMSP"`},
		{"a genesis block", "zhengzhou", `d=$(mktemp -d) && configtxgen -profile zhengzhou -channelID trial -outputBlock $d/g.block && configtxlator proto_decode --type common.Block --input $d/g.block; rm -r $d`, `"channel_id": "trial"`},
	} {
		if out, err := shell(tc.city, tc.commands); err != nil || !strings.Contains(out, tc.says) {
			t.Errorf("%s: %v\n%s", tc.what, err, out)
		}
	}
	if out, err := shell("xinyang", "osnadmin channel list"); err == nil || !strings.Contains(out, "xinyang has no orderer") {
		t.Errorf("osnadmin of a city without an orderer: %v\n%s", err, out)
	}
	if out, err := shell("atlantis", "true"); err == nil || !strings.Contains(out, "atlantis") {
		t.Errorf("a city that is none: %v\n%s", err, out)
	}
	// A city's administrator is refused where it is no member.
	if out, err := shell("zhengzhou", `peer channel fetch config /dev/null -c xinyang -o $ORDERER_ADDRESS --tls --cafile $ORDERER_CA`); err == nil {
		t.Errorf("zhengzhou reads xinyang's channel:\n%s", out)
	}
}

func (a *admin) writesUnitsForSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: systemd-analyze is not installed")
	}
	for _, args := range [][]string{{"units", "--user", "daemon"}, {"units", "--user", "daemon", "--whole"}} {
		dir := t.TempDir()
		files := strings.Fields(a.must(append(args, "--out", dir)...))
		if len(args) == 3 && len(files) < 10 {
			t.Errorf("units %v", files)
		}
		for _, file := range files {
			out, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput()
			if err != nil || strings.Contains(string(out), filepath.Base(file)) {
				t.Errorf("%s: %v\n%s", file, err, out)
			}
		}
	}
}
