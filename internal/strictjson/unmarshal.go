package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"sync"
)

// Unmarshal reads a text into the Go value that into points to, in one pass:
// what json.Unmarshal makes of it, except that names must be spelled exactly.
// It is for what this program wrote itself, such as the records of a ledger,
// and looks for no member that stands there twice.
func Unmarshal(raw []byte, into any) error {
	s, err := start(raw, partDepth)
	if err != nil {
		return err
	}
	if err := s.into(reflect.ValueOf(into).Elem(), 0); err != nil {
		return err
	}
	return s.end()
}

// into reads the value that the scanner stands before.
func (s *scanner) into(v reflect.Value, depth int) error {
	t := v.Type()
	c := s.space()
	if t == rawMessage {
		text, err := s.part(depth)
		v.SetBytes([]byte(text))
		return err
	}
	if readsItself(t) {
		return s.general(v, depth)
	}
	switch {
	case t.Kind() == reflect.Pointer && c != 'n':
		v.Set(reflect.New(t.Elem()))
		return s.into(v.Elem(), depth)
	case t.Kind() == reflect.String && c == '"':
		text, err := s.string()
		v.SetString(text)
		return err
	case t.Kind() == reflect.Slice && c == '[' && t.Elem().Kind() != reflect.Uint8:
		return s.intoList(v, depth)
	case t.Kind() == reflect.Struct && c == '{':
		if p := planOf(t); p != nil {
			return s.intoStruct(v, p, depth)
		}
	case v.CanInt() && (c == '-' || '0' <= c && c <= '9'):
		text, err := s.part(depth)
		if err != nil {
			return err
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && !v.OverflowInt(n) {
			v.SetInt(n)
			return nil
		}
		return fmt.Errorf("%w: %.32s is no whole number of the type %s", ErrNotJSON, text, t)
	}
	return s.general(v, depth)
}

// part is the text of the value that the scanner stands before.
func (s *scanner) part(depth int) (string, error) {
	from := s.at
	err := s.skip(depth)
	return s.text[from:s.at], err
}

// general leaves a value to the standard library.
func (s *scanner) general(v reflect.Value, depth int) error {
	text, err := s.part(depth)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
		return fmt.Errorf("read %s: %w", v.Type(), err)
	}
	return nil
}

func (s *scanner) intoList(v reflect.Value, depth int) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 4))
	n := 0
	err := s.elements(depth, func() error {
		if n == v.Cap() {
			v.Grow(n)
		}
		v.SetLen(n + 1)
		n++
		e := v.Index(n - 1)
		e.SetZero()
		return s.into(e, depth+1)
	})
	if err == nil && n < v.Cap() {
		v.Set(v.Slice3(0, n, n)) // whoever appends writes into memory of his own
	}
	return err
}

func (s *scanner) intoStruct(v reflect.Value, p *structPlan, depth int) error {
	next := 0 // canonical texts have their members in the plan's order
	return s.members(depth, func(name string) error {
		for i := range p.members {
			m := &p.members[(next+i)%len(p.members)]
			if m.name != name {
				continue
			}
			next = (next + i + 1) % len(p.members)
			return s.into(v.FieldByIndex(m.index), depth+1)
		}
		return s.skip(depth + 1)
	})
}

var reading sync.Map // reflect.Type to bool

// readsItself tells whether a type has a method of its own to be read with.
func readsItself(t reflect.Type) bool {
	if t.PkgPath() == "" && t.Kind() != reflect.Struct && t.Kind() != reflect.Pointer {
		return false // a type of the language, or a list of something
	}
	if own, ok := reading.Load(t); ok {
		return own.(bool)
	}
	own := t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshaler)
	reading.Store(t, own)
	return own
}
