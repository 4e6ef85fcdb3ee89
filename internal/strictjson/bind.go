package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Bind puts a value of the kinds that Parse returns, and int64, into the Go
// value that into points to, as json.Unmarshal does with its text. Members that
// the Go value does not have are left out.
func Bind(v any, into any) error {
	return bind(v, reflect.ValueOf(into).Elem())
}

func bind(v any, into reflect.Value) error {
	t := into.Type()
	if v == nil || t == rawMessage || readsItself(t) {
		return unmarshal(v, into)
	}
	switch x := v.(type) {
	case string:
		if t.Kind() == reflect.String {
			into.SetString(x)
			return nil
		}
	case bool:
		if t.Kind() == reflect.Bool {
			into.SetBool(x)
			return nil
		}
	case int64:
		if into.CanInt() && !into.OverflowInt(x) {
			into.SetInt(x)
			return nil
		}
	case []any:
		if t.Kind() == reflect.Slice {
			return bindList(x, into)
		}
	case map[string]any:
		if t.Kind() == reflect.Struct {
			if p := planOf(t); p != nil {
				return bindStruct(x, into, p)
			}
		}
	}
	if t.Kind() == reflect.Pointer {
		if into.IsNil() {
			into.Set(reflect.New(t.Elem()))
		}
		return bind(v, into.Elem())
	}
	return unmarshal(v, into)
}

// unmarshal leaves a value to the standard library.
func unmarshal(v any, into reflect.Value) error {
	if err := json.Unmarshal(Append(nil, v), into.Addr().Interface()); err != nil {
		return fmt.Errorf("read %s: %w", into.Type(), err)
	}
	return nil
}

func bindList(list []any, into reflect.Value) error {
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i, v := range list {
		if err := bind(v, into.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func bindStruct(object map[string]any, into reflect.Value, p *structPlan) error {
	for i := range p.members { // in the plan's order, so that of several errors it is always the same
		v, ok := object[p.members[i].name]
		if !ok {
			continue
		}
		if err := bind(v, into.FieldByIndex(p.members[i].index)); err != nil {
			return err
		}
	}
	return nil
}
