package strictjson

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// structPlan is how a struct is read and written: its members, those of
// embedded structs among them, by name and in canonical order.
type structPlan struct{ members []memberPlan }

type memberPlan struct {
	name      string
	quoted    string // name and colon, as they are written
	index     []int
	omitEmpty bool
}

var plans sync.Map // reflect.Type to *structPlan: made once, the same for ever

var (
	rawMessage  = reflect.TypeFor[json.RawMessage]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// planOf makes the plan of a struct; nil where its tags ask for something that
// only encoding/json does.
func planOf(t reflect.Type) *structPlan {
	if p, ok := plans.Load(t); ok {
		return p.(*structPlan)
	}
	p := &structPlan{}
	ok := p.add(t, nil)
	slices.SortFunc(p.members, func(a, b memberPlan) int { return compare(a.name, b.name) })
	for i := 1; i < len(p.members); i++ {
		ok = ok && p.members[i].name != p.members[i-1].name // one would hide the other
	}
	if !ok {
		p = nil
	}
	plans.Store(t, p)
	return p
}

func (p *structPlan) add(t reflect.Type, at []int) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := append(slices.Clone(at), i)
		if f.Anonymous && name == "" {
			if f.Type.Kind() != reflect.Struct || !p.add(f.Type, index) {
				return false
			}
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if options != "" && options != "omitempty" {
			return false
		}
		name = cmp.Or(name, f.Name)
		p.members = append(p.members, memberPlan{name, string(AppendText(nil, name)) + ":", index, options == "omitempty"})
	}
	return true
}
