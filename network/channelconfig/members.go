package channelconfig

import (
	"maps"
	"slices"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/genesis"
)

// Members are the MSP IDs of the organisations of a channel, in order.
func Members(config *common.Config) []string {
	return slices.Sorted(maps.Keys(applicationGroup(config).GetGroups()))
}

// AddMember admits an organisation as another channel describes it: its roots,
// its policies, its anchor peers.
func AddMember(mspID string, group *common.ConfigGroup) Edit {
	return func(tx *configtx.ConfigTx) error {
		app := applicationGroup(tx.UpdatedConfig())
		if app.GetGroups()[mspID] != nil {
			return nil
		}
		return callers(tx.UpdatedConfig(), func() { app.Groups[mspID] = group })
	}
}

// RemoveMember takes an organisation out of a channel.
func RemoveMember(mspID string) Edit {
	return func(tx *configtx.ConfigTx) error {
		app := applicationGroup(tx.UpdatedConfig())
		if len(app.GetGroups()) == 1 && app.GetGroups()[mspID] != nil {
			return failure.New(failure.Refused, "%s is the last member", mspID)
		}
		return callers(tx.UpdatedConfig(), func() { delete(app.GetGroups(), mspID) })
	}
}

// callers has the rules that name every member (genesis.Callers) name those that
// there are after a change of them. A rule that somebody has set otherwise stays
// as it is.
func callers(config *common.Config, change func()) error {
	app := applicationGroup(config)
	before := genesis.Callers(Members(config))
	change()
	after := genesis.Callers(Members(config))
	for name, rule := range before {
		is := app.GetPolicies()[name]
		was, err := policyOf(name, configtx.Policy{Type: configtx.SignaturePolicyType, Rule: rule, ModPolicy: is.GetModPolicy()})
		if err != nil {
			return err
		}
		if !proto.Equal(was.GetPolicy(), is.GetPolicy()) {
			continue
		}
		to, err := policyOf(name, configtx.Policy{Type: configtx.SignaturePolicyType, Rule: after[name], ModPolicy: is.GetModPolicy()})
		if err != nil {
			return err
		}
		to.Version = is.GetVersion()
		app.Policies[name] = to
	}
	return nil
}

// MemberOf is how a channel's configuration describes one of its members.
func MemberOf(config *common.Config, mspID string) (*common.ConfigGroup, error) {
	group := applicationGroup(config).GetGroups()[mspID]
	if group == nil {
		return nil, failure.New(failure.State, "%s is not a member of its own channel", mspID)
	}
	return group, nil
}
