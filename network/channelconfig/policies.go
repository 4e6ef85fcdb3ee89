package channelconfig

import (
	"strings"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/network/failure"
)

// PolicyList is a channel's policies by their paths, such as
// /Channel/Application/Endorsement, as text.
type PolicyList map[string]string

// PoliciesOf lists the policies of a channel and of its parts. Those of
// organisations are their own matter and are left out.
func PoliciesOf(config *common.Config) PolicyList {
	out := PolicyList{}
	tx := configtx.New(config)
	for path, list := range map[string]func() (map[string]configtx.Policy, error){
		"/Channel/":             tx.Channel().Policies,
		"/Channel/Application/": tx.Application().Policies,
		"/Channel/Orderer/":     tx.Orderer().Policies,
	} {
		policies, err := list()
		if err != nil {
			// BFT's block validation names identities, which has no text form.
			policies = textless(config, path)
		}
		for name, p := range policies {
			out[path+name] = strings.TrimSpace(p.Rule)
		}
	}
	return out
}

// textless lists the policies of a part one by one, leaving out the text of
// those that have none.
func textless(config *common.Config, path string) map[string]configtx.Policy {
	out := map[string]configtx.Policy{}
	group := groupAt(config, path)
	for name, p := range group.GetPolicies() {
		one := &common.Config{ChannelGroup: &common.ConfigGroup{Groups: map[string]*common.ConfigGroup{
			"Application": {Policies: map[string]*common.ConfigPolicy{name: p}},
		}}}
		tx := configtx.New(one)
		text, err := tx.Application().Policies()
		out[name] = configtx.Policy{Rule: "a quorum of the consenters"}
		if err == nil {
			out[name] = text[name]
		}
	}
	return out
}

func groupAt(config *common.Config, path string) *common.ConfigGroup {
	group := config.GetChannelGroup()
	for _, step := range strings.Split(strings.Trim(strings.TrimPrefix(path, "/Channel"), "/"), "/") {
		if step != "" {
			group = group.GetGroups()[step]
		}
	}
	return group
}

// SetPolicy changes one policy: path is such as /Channel/Application/Endorsement,
// rule such as "MAJORITY Endorsement" or "OR('HenanMSP.admin')".
func SetPolicy(path, rule string) Edit {
	return func(tx *configtx.ConfigTx) error {
		part, name := "", path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			part, name = path[:i+1], path[i+1:]
		}
		group := groupAt(tx.UpdatedConfig(), part)
		is := group.GetPolicies()[name]
		if !strings.HasPrefix(path, "/Channel/") || is == nil {
			return failure.New(failure.NotThere, "there is no policy %q on this channel: `network channel config` lists them by their paths", path)
		}
		p := configtx.Policy{Type: configtx.ImplicitMetaPolicyType, Rule: rule, ModPolicy: is.GetModPolicy()}
		if strings.ContainsAny(rule, "('") {
			p.Type = configtx.SignaturePolicyType
		}
		to, err := policyOf(name, p)
		if err != nil {
			return failure.Wrap(failure.Usage, err, `policy %s: write such as "MAJORITY Admins" or "OR('HenanMSP.admin')"`, path)
		}
		to.Version = is.GetVersion()
		group.Policies[name] = to
		return nil
	}
}

// policyOf reads a policy's text. fabric-config sets policies of known parts only:
// the text is read into a part of its own and taken over from there.
func policyOf(name string, p configtx.Policy) (*common.ConfigPolicy, error) {
	scratch := configtx.New(&common.Config{ChannelGroup: &common.ConfigGroup{Groups: map[string]*common.ConfigGroup{"Application": {}}}})
	if err := scratch.Application().SetPolicy(name, p); err != nil {
		return nil, err
	}
	return applicationGroup(scratch.UpdatedConfig()).Policies[name], nil
}
