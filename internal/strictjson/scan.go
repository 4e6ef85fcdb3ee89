// Package strictjson reads JSON as a ledger must: exactly one value, valid
// UTF-8, no member twice in an object, no deep nesting, no half of a surrogate
// pair. What two readers could read differently is refused. It writes JSON in
// the canonical form of RFC 8785.
//
// Contracts and the gateway read every record several times, so this is where
// much of a write's time would go: it reads in one pass over the bytes.
package strictjson

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// MaxDepth bounds the nesting of a value: deeper ones are an attack, not a record.
const MaxDepth = 16

// ErrNotJSON is wrapped by every error of this package.
var ErrNotJSON = errors.New("not a JSON value")

// scanner walks over a text. What it returns are parts of it, so that reading
// costs one copy.
type scanner struct {
	text    string
	at      int
	deepest int
}

// start begins with a text that is valid UTF-8.
func start(raw []byte, deepest int) (*scanner, error) {
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("%w: the text is not valid UTF-8", ErrNotJSON)
	}
	return &scanner{text: string(raw), deepest: deepest}, nil
}

func (s *scanner) fail(format string, args ...any) error {
	if s.at >= len(s.text) {
		return fmt.Errorf("%w: the text ends too early, at byte %d", ErrNotJSON, len(s.text))
	}
	return fmt.Errorf("%w: %s, at byte %d", ErrNotJSON, fmt.Sprintf(format, args...), s.at)
}

func (s *scanner) unexpected(wanted string) error {
	if s.at >= len(s.text) {
		return s.fail("")
	}
	return s.fail("%q where %s should be", rune(s.text[s.at]), wanted)
}

// space skips white space and returns the byte after it, 0 at the end.
func (s *scanner) space() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// end refuses whatever stands after the value.
func (s *scanner) end() error {
	s.space()
	if s.at < len(s.text) {
		return fmt.Errorf("%w: there is more text after the value, at byte %d", ErrNotJSON, s.at)
	}
	return nil
}

// members walks over an object and shows each member's name; member reads the
// value, which the scanner stands before.
func (s *scanner) members(depth int, member func(name string) error) error {
	if depth > s.deepest {
		return s.fail("nested deeper than %d", s.deepest)
	}
	s.at++ // the brace
	if s.space() == '}' {
		s.at++
		return nil
	}
	for {
		if s.space() != '"' {
			return s.unexpected("a member's name")
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if s.space() != ':' {
			return s.unexpected("a colon")
		}
		s.at++
		s.space()
		if err := member(name); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.at++
		case '}':
			s.at++
			return nil
		default:
			return s.unexpected("a comma or the object's end")
		}
	}
}

// elements walks over an array; element reads the value that the scanner
// stands before.
func (s *scanner) elements(depth int, element func() error) error {
	if depth > s.deepest {
		return s.fail("nested deeper than %d", s.deepest)
	}
	s.at++ // the bracket
	if s.space() == ']' {
		s.at++
		return nil
	}
	for {
		s.space()
		if err := element(); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.at++
		case ']':
			s.at++
			return nil
		default:
			return s.unexpected("a comma or the list's end")
		}
	}
}

// skip walks over a value and holds it to the grammar.
func (s *scanner) skip(depth int) error {
	switch s.space() {
	case '{':
		return s.members(depth, func(string) error { return s.skip(depth + 1) })
	case '[':
		return s.elements(depth, func() error { return s.skip(depth + 1) })
	case '"':
		_, err := s.string()
		return err
	default:
		_, err := s.literal()
		return err
	}
}

func twice(name string) error {
	return fmt.Errorf("%w: the member %s stands there twice", ErrNotJSON, strconv.Quote(name[:min(len(name), 64)]))
}
