package channelconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// Need is a policy that a change has to satisfy.
type Need struct {
	Policy  string   `json:"policy"` // such as /Channel/Application/Admins
	Met     bool     `json:"met"`
	Missing []string `json:"missing,omitempty"` // MSP IDs whose administrators could still sign
	Lacks   int      `json:"lacks,omitempty"`   // how many of those it takes
}

func (n Need) String() string {
	if n.Met {
		return n.Policy + ": met"
	}
	return fmt.Sprintf("%s lacks the signature of %d of the administrators of %s", n.Policy, n.Lacks, strings.Join(n.Missing, ", "))
}

// needs are the policies that an update has to satisfy, judged by the
// configuration as it is: that of each element that it changes.
func needs(config *common.Config, update *common.ConfigUpdate, signed map[string]bool) []Need {
	found := map[string]bool{}
	root := config.GetChannelGroup()
	changed(root, update.GetWriteSet(), "/Channel", found)
	var out []Need
	for _, path := range slices.Sorted(maps.Keys(found)) {
		v := judge(root, path, signed)
		out = append(out, Need{Policy: path, Met: v.lacks == 0, Missing: v.missing, Lacks: v.lacks})
	}
	return out
}

// changed collects the policies over what a group's write set changes. An
// element that is new is decided on by the group that it is new in.
func changed(is, to *common.ConfigGroup, path string, found map[string]bool) {
	need := func(policy string) {
		if !strings.HasPrefix(policy, "/") {
			policy = path + "/" + policy
		}
		found[policy] = true
	}
	if to.GetVersion() > is.GetVersion() {
		need(is.GetModPolicy())
	}
	for name, v := range to.GetValues() {
		if was := is.GetValues()[name]; was != nil && v.GetVersion() > was.GetVersion() {
			need(was.GetModPolicy())
		}
	}
	for name, p := range to.GetPolicies() {
		if was := is.GetPolicies()[name]; was != nil && p.GetVersion() > was.GetVersion() {
			need(was.GetModPolicy())
		}
	}
	for name, g := range to.GetGroups() {
		if was := is.GetGroups()[name]; was != nil {
			changed(was, g, path+"/"+name, found)
		}
	}
}

// stale names an element that the update was computed against and that has
// changed since; empty where there is none.
func stale(is, read *common.ConfigGroup, path string) string {
	if read.GetVersion() != is.GetVersion() {
		return path
	}
	for name, v := range read.GetValues() {
		if v.GetVersion() != is.GetValues()[name].GetVersion() {
			return path + "/" + name
		}
	}
	for name, p := range read.GetPolicies() {
		if p.GetVersion() != is.GetPolicies()[name].GetVersion() {
			return path + "/" + name
		}
	}
	for name, g := range read.GetGroups() {
		if s := stale(is.GetGroups()[name], g, path+"/"+name); s != "" {
			return s
		}
	}
	return ""
}

// verdict is how far a policy is from being satisfied.
type verdict struct {
	lacks   int      // signatures, at least; 0 where it is satisfied
	missing []string // whose
}

// never is a policy that no administrator's signature can satisfy.
const never = 1 << 20

// judge evaluates a policy by its path where the administrators of the MSPs in
// signed have signed.
func judge(root *common.ConfigGroup, path string, signed map[string]bool) verdict {
	steps := strings.Split(strings.TrimPrefix(path, "/Channel/"), "/")
	group := root
	for _, s := range steps[:len(steps)-1] {
		group = group.GetGroups()[s]
	}
	return judgeIn(group, steps[len(steps)-1], signed)
}

func judgeIn(group *common.ConfigGroup, name string, signed map[string]bool) verdict {
	policy := group.GetPolicies()[name].GetPolicy()
	switch common.Policy_PolicyType(policy.GetType()) {
	case common.Policy_SIGNATURE:
		var e common.SignaturePolicyEnvelope
		if proto.Unmarshal(policy.GetValue(), &e) == nil {
			return judgeRule(e.GetRule(), e.GetIdentities(), signed)
		}
	case common.Policy_IMPLICIT_META:
		var m common.ImplicitMetaPolicy
		if proto.Unmarshal(policy.GetValue(), &m) == nil {
			return judgeMeta(group, &m, signed)
		}
	}
	return verdict{lacks: never}
}

func judgeMeta(group *common.ConfigGroup, m *common.ImplicitMetaPolicy, signed map[string]bool) verdict {
	var parts []verdict
	for _, name := range slices.Sorted(maps.Keys(group.GetGroups())) {
		parts = append(parts, judgeIn(group.GetGroups()[name], m.GetSubPolicy(), signed))
	}
	threshold := len(parts)
	switch m.GetRule() {
	case common.ImplicitMetaPolicy_ANY:
		threshold = min(1, len(parts))
	case common.ImplicitMetaPolicy_MAJORITY:
		threshold = len(parts)/2 + 1
	}
	return atLeast(threshold, parts)
}

func judgeRule(rule *common.SignaturePolicy, identities []*msp.MSPPrincipal, signed map[string]bool) verdict {
	if n := rule.GetNOutOf(); n != nil {
		var parts []verdict
		for _, r := range n.GetRules() {
			parts = append(parts, judgeRule(r, identities, signed))
		}
		return atLeast(int(n.GetN()), parts)
	}
	i := int(rule.GetSignedBy())
	if i >= len(identities) || identities[i].GetPrincipalClassification() != msp.MSPPrincipal_ROLE {
		return verdict{lacks: never}
	}
	var role msp.MSPRole
	if proto.Unmarshal(identities[i].GetPrincipal(), &role) != nil {
		return verdict{lacks: never}
	}
	switch {
	case role.GetRole() != msp.MSPRole_ADMIN && role.GetRole() != msp.MSPRole_MEMBER:
		return verdict{lacks: never}
	case signed[role.GetMspIdentifier()]:
		return verdict{}
	}
	return verdict{lacks: 1, missing: []string{role.GetMspIdentifier()}}
}

// atLeast asks for n of the parts: those that lack least.
func atLeast(n int, parts []verdict) verdict {
	slices.SortStableFunc(parts, func(a, b verdict) int { return a.lacks - b.lacks })
	if n > len(parts) {
		return verdict{lacks: never}
	}
	var out verdict
	for _, p := range parts[:n] {
		out.lacks = min(never, out.lacks+p.lacks)
	}
	if out.lacks == 0 {
		return out
	}
	for _, p := range parts {
		if p.lacks < never {
			out.missing = append(out.missing, p.missing...)
		}
	}
	slices.Sort(out.missing)
	out.missing = slices.Compact(out.missing)
	return out
}
