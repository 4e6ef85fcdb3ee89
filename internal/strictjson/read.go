package strictjson

import (
	"encoding/json"
	"errors"
	"slices"
)

// Parse reads exactly one JSON value: nil, bool, string, json.Number, []any or
// map[string]any.
func Parse(raw []byte) (any, error) {
	s, err := start(raw, MaxDepth)
	if err != nil {
		return nil, err
	}
	v, err := s.value(0)
	if err != nil {
		return nil, err
	}
	return v, s.end()
}

func (s *scanner) value(depth int) (any, error) {
	switch s.space() {
	case '{':
		object := map[string]any{}
		return object, s.members(depth, func(name string) (err error) {
			if _, there := object[name]; there {
				return twice(name)
			}
			object[name], err = s.value(depth + 1)
			return err
		})
	case '[':
		list := []any{}
		return list, s.elements(depth, func() error {
			v, err := s.value(depth + 1)
			list = append(list, v)
			return err
		})
	case '"':
		return s.string()
	default:
		return s.scalar()
	}
}

// partDepth bounds the nesting where values are taken apart that are checked on
// their own later: a part may be as deep as any value.
const partDepth = MaxDepth + 8

// Check holds a value to the grammar without reading it.
func Check(raw []byte) error {
	s, err := start(raw, partDepth)
	if err != nil {
		return err
	}
	if err := s.skip(0); err != nil {
		return err
	}
	return s.end()
}

// Member is one member of an object, its value as it stands in the text.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Members takes an object apart without looking into its values beyond their
// grammar: a member inside them may stand there twice. The values are parts of
// raw.
func Members(raw []byte) ([]Member, error) {
	s, err := start(raw, partDepth)
	if err != nil {
		return nil, err
	}
	if s.space() != '{' {
		return nil, s.unexpected("an object")
	}
	all := make([]Member, 0, 8)
	err = s.members(0, func(name string) error {
		for i := range all {
			if all[i].Name == name {
				return twice(name)
			}
		}
		from := s.at
		if err := s.skip(1); err != nil {
			return err
		}
		all = append(all, Member{name, raw[from:s.at:s.at]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, s.end()
}

// At finds the value under a path of members of an object; nil where there is
// none, as where something else than an object stands on the way.
func At(raw []byte, path ...string) (json.RawMessage, error) {
	for i, name := range path {
		if i > 0 && raw[0] != '{' {
			return nil, nil
		}
		all, err := Members(raw)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(m Member) bool { return m.Name == name })
		if at < 0 {
			return nil, nil
		}
		raw = all[at].Value
	}
	return raw, nil
}

// errFound ends a walk.
var errFound = errors.New("found")

// Find is At for a text that was checked before, as all that a ledger keeps is:
// what stands behind the value is not read.
func Find(checked []byte, path ...string) (json.RawMessage, error) {
	s := &scanner{text: string(checked), deepest: partDepth}
	for depth, name := range path {
		if s.space() != '{' {
			if depth > 0 {
				return nil, nil
			}
			return nil, s.unexpected("an object")
		}
		err := s.members(depth, func(member string) error {
			if member == name {
				return errFound
			}
			return s.skip(depth + 1)
		})
		if !errors.Is(err, errFound) {
			return nil, err
		}
	}
	from := s.at
	if err := s.skip(len(path)); err != nil {
		return nil, err
	}
	return checked[from:s.at:s.at], nil
}

// Elements takes a list apart as Members does an object.
func Elements(raw []byte) ([]json.RawMessage, error) {
	s, err := start(raw, partDepth)
	if err != nil {
		return nil, err
	}
	if s.space() != '[' {
		return nil, s.unexpected("a list")
	}
	var all []json.RawMessage
	err = s.elements(0, func() error {
		from := s.at
		err := s.skip(1)
		all = append(all, raw[from:s.at:s.at])
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, s.end()
}

// Text reads a value that is a text.
func Text(raw []byte) (string, bool) {
	s, err := start(raw, partDepth)
	if err != nil || s.space() != '"' {
		return "", false
	}
	text, err := s.string()
	return text, err == nil && s.end() == nil
}
