package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"sync"
)

// Marshal writes a Go value in canonical form (RFC 8785): what Canonical makes
// of json.Marshal, in one pass where the value's type is a plain one.
func Marshal(v any) ([]byte, error) {
	return marshal(make([]byte, 0, 512), reflect.ValueOf(v))
}

func marshal(out []byte, v reflect.Value) ([]byte, error) {
	if !v.IsValid() {
		return append(out, "null"...), nil
	}
	t := v.Type()
	if t == rawMessage {
		if v.Len() == 0 {
			return append(out, "null"...), nil
		}
		return general(out, v)
	}
	if writesItself(t) {
		return general(out, v)
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(out, "null"...), nil
		}
		return marshal(out, v.Elem())
	case reflect.String:
		return AppendText(out, v.String()), nil
	case reflect.Bool:
		return strconv.AppendBool(out, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n := v.Int(); -maxExact <= n && n <= maxExact {
			return strconv.AppendInt(out, n, 10), nil
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return marshalList(out, v)
		}
	case reflect.Struct:
		if p := planOf(t); p != nil {
			return marshalStruct(out, v, p)
		}
	}
	return general(out, v)
}

var writing sync.Map // reflect.Type to bool

// writesItself tells whether a type has a method of its own to be written with.
func writesItself(t reflect.Type) bool {
	if t.PkgPath() == "" && t.Kind() != reflect.Struct && t.Kind() != reflect.Pointer {
		return false // a type of the language, or a list of something
	}
	if own, ok := writing.Load(t); ok {
		return own.(bool)
	}
	own := t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
	writing.Store(t, own)
	return own
}

// general leaves a value to the standard library.
func general(out []byte, v reflect.Value) ([]byte, error) {
	raw, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", v.Type(), err)
	}
	if raw, err = Canonical(raw); err != nil {
		return nil, fmt.Errorf("write %s: %w", v.Type(), err)
	}
	return append(out, raw...), nil
}

func marshalList(out []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(out, "null"...), nil
	}
	out = append(out, '[')
	for i := range v.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = marshal(out, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func marshalStruct(out []byte, v reflect.Value, p *structPlan) (_ []byte, err error) {
	out = append(out, '{')
	first := true
	for i := range p.members {
		m := &p.members[i]
		f := v.FieldByIndex(m.index)
		if m.omitEmpty && isEmpty(f) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, m.quoted...)
		if out, err = marshal(out, f); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
