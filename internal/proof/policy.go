package proof

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Policy says whose peers must have signed: at least N of the rules, each of
// which is an organisation's MSP or a policy again.
type Policy struct {
	N  int    `json:"n"`
	Of []Rule `json:"of"`
}

// Rule is an organisation, or a policy inside a policy.
type Rule struct {
	MSP    string
	Policy *Policy
}

// All is the policy that every one of the organisations must have signed.
func All(msps ...string) Policy { return outOf(len(msps), msps) }

// Any is the policy that one of the organisations must have signed.
func Any(msps ...string) Policy { return outOf(1, msps) }

// WithOneOf is the policy of a channel on which all organisations meet: the
// first must have signed, and one of the others.
func WithOneOf(first string, others ...string) Policy {
	one := Any(others...)
	return Policy{N: 2, Of: []Rule{{MSP: first}, {Policy: &one}}}
}

func outOf(n int, msps []string) Policy {
	p := Policy{N: n}
	for _, m := range msps {
		p.Of = append(p.Of, Rule{MSP: m})
	}
	return p
}

// maxPolicyDepth bounds policies inside policies.
const maxPolicyDepth = 4

// Check refuses a policy that can be satisfied by nobody's signature, or by
// nobody at all.
func (p *Policy) Check() error { return p.check(0) }

func (p *Policy) check(depth int) error {
	switch {
	case p == nil || len(p.Of) == 0 || p.N < 1:
		return refuse(PolicyEmpty, "the policy asks for nobody's signature; it must name at least one organisation")
	case p.N > len(p.Of):
		return refuse(AnchorInvalid, "the policy asks for %d of %d rules", p.N, len(p.Of))
	case depth > maxPolicyDepth || len(p.Of) > 100:
		return refuse(AnchorInvalid, "the policy is larger than %d levels of 100 rules", maxPolicyDepth)
	}
	for _, r := range p.Of {
		if r.Policy != nil {
			if err := r.Policy.check(depth + 1); err != nil {
				return err
			}
		} else if r.MSP == "" {
			return refuse(PolicyEmpty, "a rule of the policy names no organisation")
		}
	}
	return nil
}

// satisfied tells whether the organisations suffice.
func (p *Policy) satisfied(signed map[string]bool) bool {
	n := 0
	for _, r := range p.Of {
		if r.Policy != nil && r.Policy.satisfied(signed) || r.Policy == nil && signed[r.MSP] {
			n++
		}
	}
	return n >= p.N
}

// Choose names organisations that would satisfy the policy, as few as it asks
// for: those that are preferred where there is a choice, else the first ones.
func (p *Policy) Choose(preferred ...string) []string {
	set := map[string]bool{}
	for _, msp := range preferred {
		set[msp] = true
	}
	var chosen []string
	p.choose(set, func(msp string) {
		if !slices.Contains(chosen, msp) {
			chosen = append(chosen, msp)
		}
	})
	return chosen
}

func (p *Policy) choose(preferred map[string]bool, take func(msp string)) {
	rules := slices.Clone(p.Of)
	slices.SortStableFunc(rules, func(a, b Rule) int { return b.liking(preferred) - a.liking(preferred) })
	for _, r := range rules[:min(p.N, len(rules))] {
		if r.Policy != nil {
			r.Policy.choose(preferred, take)
		} else {
			take(r.MSP)
		}
	}
}

// liking is 1 where the preferred organisations have a part in the rule.
func (r Rule) liking(preferred map[string]bool) int {
	inside := Policy{Of: []Rule{r}}
	for _, msp := range inside.MSPs() {
		if preferred[msp] {
			return 1
		}
	}
	return 0
}

// String writes the policy for people, such as "2 of (HenanMSP, ZhengzhouMSP)".
func (p *Policy) String() string {
	parts := make([]string, len(p.Of))
	for i, r := range p.Of {
		if parts[i] = r.MSP; r.Policy != nil {
			parts[i] = r.Policy.String()
		}
	}
	return fmt.Sprintf("%d of (%s)", p.N, strings.Join(parts, ", "))
}

// MSPs names every organisation in the policy, sorted.
func (p *Policy) MSPs() []string {
	set := map[string]bool{}
	p.collect(set)
	list := make([]string, 0, len(set))
	for m := range set {
		list = append(list, m)
	}
	sort.Strings(list)
	return list
}

func (p *Policy) collect(set map[string]bool) {
	for _, r := range p.Of {
		if r.Policy != nil {
			r.Policy.collect(set)
		} else {
			set[r.MSP] = true
		}
	}
}

// MarshalJSON writes an organisation as a string, a policy as an object.
func (r Rule) MarshalJSON() ([]byte, error) {
	if r.Policy != nil {
		return json.Marshal(r.Policy)
	}
	return json.Marshal(r.MSP)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Rule) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &r.MSP)
	}
	r.Policy = &Policy{}
	return json.Unmarshal(data, r.Policy)
}
