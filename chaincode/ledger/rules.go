package ledger

import "henanchain/internal/catalog"

// Rules are what an authority may change of a ledger's rules (规则参数): a record of
// the type RulesType, whose body is an S. Without it the defaults hold, which the
// ledger documents.
type Rules[S any] struct {
	records  *Records[S]
	defaults S
}

// RulesID is the id of the rules of a ledger that keeps them in one record.
const RulesID = "rules"

// RulesType is the record type of rules.
const RulesType = "setting"

const rulesStand = "IN_FORCE"

// RulesKey is the state key of rules, for inputs whose operations go by them.
func RulesKey(id string) string { return Key(RulesType, id) }

// DefineRules registers the rules' record type, which the operations set. Of the
// description it takes the titles and what is said of the record.
func DefineRules[S any](c *Contract, info catalog.Record, defaults S, operations ...string) *Rules[S] {
	info.Type, info.Collection = RulesType, "settings"
	info.Statuses = []catalog.Status{{Code: rulesStand, TitleZh: "生效"}}
	for _, op := range operations {
		info.Transitions = append(info.Transitions, Steps(op, rulesStand, "", rulesStand)...)
	}
	return &Rules[S]{Define[S](c, info), defaults}
}

// InForce are the rules in force.
func (r *Rules[S]) InForce(c *Call) (S, error) { return r.InForceOf(c, RulesID) }

// InForceOf is InForce for a ledger with several sets of rules.
func (r *Rules[S]) InForceOf(c *Call, id string) (S, error) {
	e, err := r.records.Look(c, id)
	if err != nil || e == nil {
		return r.defaults, err
	}
	return e.Body, nil
}

// Set puts rules in the place of those in force.
func (r *Rules[S]) Set(c *Call, rules S) error { return r.SetOf(c, RulesID, rules) }

// SetOf is Set for a ledger with several sets of rules.
func (r *Rules[S]) SetOf(c *Call, id string, rules S) error {
	_, err := r.records.Put(c, id, rulesStand, rules)
	return err
}
