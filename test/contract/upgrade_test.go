//go:build e2e

package contract

import (
	"encoding/json"
	"os"
	"testing"

	"henanchain/network/contract"
	"henanchain/test/journey"
)

func TestUpgradesAndRollbacksUnderLoadFailNoRequest(t *testing.T) {
	l := work(t, net, 8, system{journey.City, journey.Notary}, system{"xinyang", provinceNotary}, system{journey.City, journey.Issuer}, system{"henan", journey.Issuer})
	l.until(t, 200)
	chaincode(t, "deploy", "evidence", "1.0")
	for _, step := range []struct {
		args []string
		is   string
	}{
		{[]string{"deploy", "evidence", "1.1"}, "1.1"},
		{[]string{"deploy", "evidence", "1.2", "--channels", journey.City}, ""},
		{[]string{"deploy", "evidence", "1.2", "--channels", "all"}, "1.2"},
		{[]string{"rollback", "evidence"}, ""},
		{[]string{"deploy", "elicense", "2.0"}, ""},
		{[]string{"deploy", "elicense", "1.0"}, ""},
		{[]string{"rollback", "evidence", "--to", "1.0"}, "1.0"},
	} {
		chaincode(t, step.args...)
		l.until(t, 100)
		if step.is != "" {
			wants(t, "evidence", step.is)
		}
	}
	l.end(t)
}

func TestTheNetworkComesUpWithWhatWasDeployedAndNotWithTheTopologys(t *testing.T) {
	chaincode(t, "deploy", "evidence", "1.7")
	before := wants(t, "evidence", "1.7")
	for _, args := range [][]string{{"up"}, {"down"}, {"up"}} {
		if err := net.Network(os.Stderr, args...); err != nil {
			t.Fatal(err)
		}
	}
	after := wants(t, "evidence", "1.7")
	for i, ch := range after.Channels {
		if ch.Sequence != before.Channels[i].Sequence || ch.By != contract.ByDeploy {
			t.Errorf("%s was at sequence %d and is %+v", ch.Name, before.Channels[i].Sequence, ch)
		}
	}
	chaincode(t, "rollback", "evidence")
	if err := net.Network(os.Stderr, "status"); err != nil {
		t.Error(err)
	}
}

// With HNC_TEST_PROFILE=province this is the province's upgrade: all 20 channels,
// a business system writing on each.
func TestAnUpgradeOfEveryChannelUnderLoadFailsNoRequest(t *testing.T) {
	systems := []system{{journey.City, journey.Notary}}
	for _, ch := range net.Connection.Channels {
		if ch.Name != net.Connection.MainChannel {
			systems = append(systems, system{ch.Name, provinceNotary})
		}
	}
	l := work(t, net, 1, systems...)
	l.until(t, int64(10*len(systems)))
	for _, version := range []string{"5.0", "5.1"} {
		before := l.wrote.Load()
		var report contract.Report
		if err := json.Unmarshal(chaincode(t, "deploy", "evidence", version, "--channels", "all", "--json"), &report); err != nil {
			t.Fatal(err)
		}
		t.Logf("evidence %s on %d channels in %.1f s, while %d records were written", version, len(report.Channels), report.Seconds, l.wrote.Load()-before)
		wants(t, "evidence", version)
	}
	l.until(t, int64(2*len(systems)))
	l.end(t)
}
