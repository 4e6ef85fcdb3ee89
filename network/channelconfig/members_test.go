package channelconfig

import (
	"maps"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/network/genesis"
)

// withMembers is a channel of members whose callers the rules name.
func withMembers(t *testing.T, rules map[string]string, mspIDs ...string) *common.Config {
	t.Helper()
	app := &common.ConfigGroup{Groups: map[string]*common.ConfigGroup{}, Policies: map[string]*common.ConfigPolicy{}, ModPolicy: "Admins"}
	for _, id := range mspIDs {
		app.Groups[id] = &common.ConfigGroup{ModPolicy: "Admins"}
	}
	for name, rule := range rules {
		p := configtx.Policy{Type: configtx.SignaturePolicyType, Rule: rule, ModPolicy: "Admins"}
		if rule == "ANY "+name {
			p.Type = configtx.ImplicitMetaPolicyType
		}
		var err error
		if app.Policies[name], err = policyOf(name, p); err != nil {
			t.Fatal(err)
		}
		app.Policies[name].Version = 3
	}
	return &common.Config{ChannelGroup: &common.ConfigGroup{Groups: map[string]*common.ConfigGroup{"Application": app}}}
}

func TestTheRulesThatNameEveryMemberNameANewOneAndForgetOneWhoLeft(t *testing.T) {
	named := genesis.Callers
	own := map[string]string{"Readers": "OR('AMSP.admin')", "Writers": "ANY Writers"}
	for _, c := range []struct {
		name         string
		rules, after map[string]string
		edit         Edit
		members      []string
	}{
		{"one comes", named([]string{"AMSP", "CMSP"}), named([]string{"AMSP", "BMSP", "CMSP"}), AddMember("BMSP", &common.ConfigGroup{}), []string{"AMSP", "BMSP", "CMSP"}},
		{"one who is there comes", named([]string{"AMSP", "CMSP"}), named([]string{"AMSP", "CMSP"}), AddMember("CMSP", &common.ConfigGroup{}), []string{"AMSP", "CMSP"}},
		{"one goes", named([]string{"AMSP", "CMSP"}), named([]string{"AMSP"}), RemoveMember("CMSP"), []string{"AMSP"}},
		{"rules of one's own stay", own, own, AddMember("BMSP", &common.ConfigGroup{}), []string{"AMSP", "BMSP", "CMSP"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tx := configtx.New(withMembers(t, c.rules, "AMSP", "CMSP"))
			if err := c.edit(&tx); err != nil {
				t.Fatal(err)
			}
			if is := Members(tx.UpdatedConfig()); !slices.Equal(is, c.members) {
				t.Errorf("the members are %v", is)
			}
			is, err := tx.Application().Policies()
			if err != nil {
				t.Fatal(err)
			}
			for name := range maps.Keys(c.after) {
				want, err := policyOf(name, configtx.Policy{Type: is[name].Type, Rule: c.after[name], ModPolicy: "Admins"})
				got := applicationGroup(tx.UpdatedConfig()).GetPolicies()[name]
				if err != nil || got.GetPolicy().String() != want.GetPolicy().String() || got.GetVersion() != 3 || got.GetModPolicy() != "Admins" {
					t.Errorf("%s is %s, want %s", name, is[name].Rule, c.after[name])
				}
			}
		})
	}
}
