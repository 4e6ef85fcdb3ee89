// Package predicate answers questions about private values with yes or no
// (可用不可见): at least, equal, one of. A ledger that keeps a department's values in
// its private half (Holding) asks them of these values, which stay where they are,
// and keeps who asked (UsesOf).
package predicate

import (
	"slices"
	"strconv"
	"strings"

	"henanchain/chaincode/ledger"
)

// Refusal codes of questions and values. A contract that asks declares them.
const (
	Invalid       = "PREDICATE_INVALID" // the question does not fit the field
	ValueInvalid  = "FACT_INVALID"      // a value is not the field's
	FieldsInvalid = "FIELDS_INVALID"    // the fields themselves are wrong
)

// Field is one field of a catalogue item.
type Field struct {
	Name    string   `json:"name" is:"pattern=^[a-z][0-9A-Za-z]{0,31}$" zh:"数据项" eg:"taxGrade"`
	TitleZh string   `json:"titleZh" is:"maxLen=32" zh:"中文名" eg:"纳税信用等级"`
	Type    string   `json:"type" is:"enum=INTEGER|TEXT|GRADE" zh:"类型"`
	Grades  []string `json:"grades,omitempty" is:"maxItems=20,unique,maxLen=16" zh:"等级" doc:"Of a GRADE: all grades, the best first"`
}

// Values is the private half of what a department holds of a subject.
type Values struct {
	Values []Value `json:"values" is:"minItems=1,maxItems=50" zh:"数据值"`
}

// Value is one field's value.
type Value struct {
	Field string `json:"field" is:"pattern=^[a-z][0-9A-Za-z]{0,31}$" zh:"数据项"`
	Value string `json:"value" is:"maxLen=64" zh:"值"`
}

// Predicate is a question about one field that is answered with yes or no, such
// as: is taxGrade at least B.
type Predicate struct {
	Field  string   `json:"field" is:"pattern=^[a-z][0-9A-Za-z]{0,31}$" zh:"数据项"`
	Op     string   `json:"op" is:"enum=GE|GT|LE|LT|EQ|IN" zh:"比较" doc:"Of grades, GE means at least as good as"`
	Values []string `json:"values" is:"minItems=1,maxItems=20,unique,maxLen=64" zh:"比较值" doc:"One value; several with IN"`
}

// CheckFields refuses fields of one name, and graded fields without grades.
func CheckFields(fields []Field) error {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] {
			return ledger.RefuseField(FieldsInvalid, "fields", "the field %s stands twice", f.Name)
		}
		seen[f.Name] = true
		if (f.Type == "GRADE") != (len(f.Grades) >= 2) {
			return ledger.RefuseField(FieldsInvalid, "fields", "a field of the type GRADE lists two grades or more, the best first, and no other field does: %s", f.Name)
		}
	}
	return nil
}

// Find finds a field by its name; nil where there is none.
func Find(fields []Field, name string) *Field {
	at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	return &fields[at]
}

// CheckValues refuses values that are not of the fields. A refusal stands in
// the block, so it never repeats a value.
func CheckValues(fields []Field, values []Value) error {
	seen := map[string]bool{}
	for _, v := range values {
		f := Find(fields, v.Field)
		switch {
		case f == nil:
			return ledger.RefuseField(ValueInvalid, "private.values", "the item has no field %s", v.Field)
		case seen[v.Field]:
			return ledger.RefuseField(ValueInvalid, "private.values", "the field %s stands twice", v.Field)
		case !f.takes(v.Value):
			return ledger.RefuseField(ValueInvalid, "private.values", "the value of %s is not of the type %s%s", v.Field, f.Type, f.listed())
		}
		seen[v.Field] = true
	}
	return nil
}

// Of finds a field's value.
func (v *Values) Of(field string) (value string, found bool) {
	for _, each := range v.Values {
		if each.Field == field {
			return each.Value, true
		}
	}
	return "", false
}

// takes tells whether a value is of the field's type.
func (f *Field) takes(value string) bool {
	switch f.Type {
	case "INTEGER":
		_, ok := integer(value)
		return ok
	case "GRADE":
		return slices.Contains(f.Grades, value)
	}
	return true
}

func (f *Field) listed() string {
	if f.Type != "GRADE" {
		return ""
	}
	return " (" + strings.Join(f.Grades, ", ") + ")"
}

// Check refuses a question that the fields cannot answer, and finds the field
// that it is about.
func (p *Predicate) Check(fields []Field) (*Field, error) {
	f := Find(fields, p.Field)
	if f == nil {
		return nil, ledger.RefuseField(Invalid, "predicate.field", "the item has no field %s", p.Field)
	}
	if f.Type == "TEXT" && p.Op != "EQ" && p.Op != "IN" {
		return nil, ledger.RefuseField(Invalid, "predicate.op", "a text has no order: ask EQ or IN, not %s", p.Op)
	}
	if p.Op != "IN" && len(p.Values) != 1 {
		return nil, ledger.RefuseField(Invalid, "predicate.values", "%s compares with one value, not %d", p.Op, len(p.Values))
	}
	for _, v := range p.Values {
		if !f.takes(v) {
			return nil, ledger.RefuseField(Invalid, "predicate.values", "%q is not of the type %s%s", v, f.Type, f.listed())
		}
	}
	return f, nil
}

// Holds answers the question for a value. Both are of the field's type.
func (p *Predicate) Holds(f *Field, value string) bool {
	switch p.Op {
	case "EQ", "IN":
		return slices.Contains(p.Values, value)
	}
	order := f.compare(value, p.Values[0])
	switch p.Op {
	case "GE":
		return order >= 0
	case "GT":
		return order > 0
	case "LE":
		return order <= 0
	}
	return order < 0
}

// compare is positive where a is more, or better, than b.
func (f *Field) compare(a, b string) int {
	if f.Type == "GRADE" {
		return slices.Index(f.Grades, b) - slices.Index(f.Grades, a)
	}
	x, _ := integer(a)
	y, _ := integer(b)
	switch {
	case x > y:
		return 1
	case x < y:
		return -1
	}
	return 0
}

func integer(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == text
}
