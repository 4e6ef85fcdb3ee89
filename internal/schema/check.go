package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/internal/strictjson"
)

// Codes of field errors.
const (
	Required  = "REQUIRED"  // a member is missing
	Unknown   = "UNKNOWN"   // a member that the object does not take
	Type      = "TYPE"      // another JSON type
	Length    = "LENGTH"    // too short or too long, in characters or items
	OutOf     = "RANGE"     // a number too small or too large
	Enum      = "ENUM"      // not one of the values
	Format    = "FORMAT"    // not of the identifier kind or the pattern
	Duplicate = "DUPLICATE" // an item or a member that stands there twice
)

// MaxInteger bounds every integer: what JSON's readers agree on (RFC 8785, IEEE 754).
const MaxInteger = 1<<53 - 1

// maxErrors ends a check: a caller who sent that many mistakes has enough to mend.
const maxErrors = 50

// Check reads raw as one JSON value of this schema. It answers the value
// normalised, as JSON with sorted members, or every field that is wrong. The
// error is for text that is not JSON at all.
func (s *Schema) Check(raw []byte) (json.RawMessage, []operation.FieldError, error) {
	return s.CheckResolving(raw, nil)
}

// Resolver turns what stands in place of a subject's keyed hash, an object that
// names the subject, into the keyed hash; or tells the object's wrong fields.
type Resolver func(subject map[string]any) (hash string, wrong []operation.FieldError)

// CheckResolving is Check, except that a field that holds a subject's keyed
// hash takes an object as well, which resolve turns into the hash.
func (s *Schema) CheckResolving(raw []byte, resolve Resolver) (json.RawMessage, []operation.FieldError, error) {
	v, wrong, err := s.read(raw, resolve)
	if err != nil || len(wrong) > 0 {
		return nil, wrong, err
	}
	return strictjson.Append(make([]byte, 0, len(raw)), v), nil, nil
}

// Read is Check into the Go value that the schema was made of, see For.
func Read[T any](s *Schema, raw []byte) (*T, []operation.FieldError, error) {
	v, wrong, err := s.read(raw, nil)
	if err != nil || len(wrong) > 0 {
		return nil, wrong, err
	}
	into := new(T)
	if err := strictjson.Bind(v, into); err != nil {
		return nil, nil, fmt.Errorf("read a checked value: %w", err)
	}
	return into, nil, nil
}

func (s *Schema) read(raw []byte, resolve Resolver) (any, []operation.FieldError, error) {
	v, err := strictjson.Parse(raw)
	if err != nil {
		return nil, nil, err
	}
	c := checker{resolve: resolve}
	v = c.value(s, v, "")
	return v, c.errs, nil
}

type checker struct {
	errs    []operation.FieldError
	resolve Resolver
}

func (c *checker) fail(path, code, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, operation.FieldError{Field: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) value(s *Schema, v any, path string) any {
	if s.Subject {
		return c.subject(s, v, path)
	}
	switch s.Type {
	case "":
		return v
	case "object":
		return c.object(s, v, path)
	case "array":
		return c.array(s, v, path)
	case "string":
		return c.text(s, v, path)
	case "integer":
		return c.integer(s, v, path)
	case "boolean":
		if _, ok := v.(bool); !ok {
			c.fail(path, Type, "must be true or false, not %s", describe(v))
		}
	}
	return v
}

func (c *checker) object(s *Schema, v any, path string) any {
	members, ok := v.(map[string]any)
	if !ok {
		c.fail(path, Type, "must be an object, not %s", describe(v))
		return v
	}
	for _, name := range s.Required {
		if m, ok := members[name]; !ok || m == nil {
			c.fail(join(path, name), Required, "is missing%s", hint(s, name))
		}
	}
	for _, name := range sortedNames(members) {
		p, known := s.Properties.Get(name)
		switch {
		case !known && s.Closed:
			c.fail(join(path, name), Unknown, "is not a field here; the fields are %s", fieldNames(s))
		case members[name] == nil:
			delete(members, name) // an explicit null is the same as leaving it out
		case known:
			members[name] = c.value(p, members[name], join(path, name))
		}
	}
	return members
}

func (c *checker) array(s *Schema, v any, path string) any {
	items, ok := v.([]any)
	if !ok {
		c.fail(path, Type, "must be a list, not %s", describe(v))
		return v
	}
	if n := len(items); n < s.MinItems {
		c.fail(path, Length, "has %d items and needs at least %d", n, s.MinItems)
	} else if s.MaxItems > 0 && n > s.MaxItems {
		c.fail(path, Length, "has %d items and may have at most %d", n, s.MaxItems)
		return v
	}
	seen := map[string]int{}
	for i := range items {
		at := path + "[" + strconv.Itoa(i) + "]"
		items[i] = c.value(s.Items, items[i], at)
		if !s.UniqueItems {
			continue
		}
		key := string(strictjson.Append(nil, items[i]))
		if first, twice := seen[key]; twice {
			c.fail(at, Duplicate, "is the same as item %d", first)
		}
		seen[key] = i
	}
	return items
}

func (c *checker) text(s *Schema, v any, path string) any {
	text, ok := v.(string)
	if !ok {
		c.fail(path, Type, "must be a text, not %s", describe(v))
		return v
	}
	if i := control(text); i >= 0 {
		c.fail(path, Format, "has a control character at byte %d", i)
		return v
	}
	if s.Kind != "" {
		return c.identifier(s, text, path)
	}
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case len(s.Enum) > 0 && !contains(s.Enum, text):
		c.fail(path, Enum, "is %q and must be one of %s", text, strings.Join(s.Enum, ", "))
	case n < s.MinLength || n == 0 && len(s.Enum) == 0:
		c.fail(path, Length, "has %d characters and needs at least %d", n, max(s.MinLength, 1))
	case s.MaxLength > 0 && n > s.MaxLength:
		c.fail(path, Length, "has %d characters and may have at most %d", n, s.MaxLength)
	case s.Pattern != "" && !compiled(s.Pattern).MatchString(text):
		c.fail(path, Format, "does not have the form %s", s.Pattern)
	}
	return text
}

// control finds the first control character but tab and newline; -1: none.
func control(text string) int {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return -1
}

// subject checks a keyed hash. Whatever stands in its place may name a person:
// no message repeats any of it.
func (c *checker) subject(s *Schema, v any, path string) any {
	if named, ok := v.(map[string]any); ok && c.resolve != nil {
		hash, wrong := c.resolve(named)
		for _, w := range wrong {
			at := path
			if w.Field != "" {
				at = join(path, w.Field)
			}
			c.fail(at, w.Code, "%s", w.Message)
		}
		return hash
	}
	text, ok := v.(string)
	text = strings.TrimSpace(text)
	switch {
	case ok && compiled(s.Pattern).MatchString(text):
	case c.resolve != nil:
		c.fail(path, Format, "must be a keyed hash of 64 small hexadecimal digits, or an object with type and number that the gateway hashes")
	default:
		c.fail(path, Format, "must be a keyed hash of 64 small hexadecimal digits")
	}
	return text
}

func (c *checker) identifier(s *Schema, text, path string) any {
	kind, ok := identifier.Lookup(s.Kind)
	if !ok {
		c.fail(path, Format, "is of the kind %s, which this program does not know", s.Kind)
		return text
	}
	normalised, err := kind.Parse(text)
	if err == nil {
		return normalised
	}
	message := err.Error()
	var ie *identifier.Error
	if errors.As(err, &ie) {
		message = ie.Message
	}
	c.fail(path, Format, "is not a valid %s: %s", kind.Title, message)
	return text
}

func (c *checker) integer(s *Schema, v any, path string) any {
	number, ok := v.(json.Number)
	if !ok {
		c.fail(path, Type, "must be a whole number, not %s", describe(v))
		return v
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		c.fail(path, Type, "must be a whole number in plain digits, not %.40s", string(number))
		return v
	}
	least, most := int64(-MaxInteger), int64(MaxInteger)
	if s.Minimum != nil {
		least = *s.Minimum
	}
	if s.Maximum != nil {
		most = *s.Maximum
	}
	if n < least || n > most {
		c.fail(path, OutOf, "is %d and must be from %d to %d", n, least, most)
	}
	return n
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "a text"
	case json.Number:
		return "the number " + string(v[:min(len(v), 40)])
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

func hint(s *Schema, name string) string {
	p, _ := s.Properties.Get(name)
	if p == nil || p.Description == "" && p.TitleZh == "" {
		return ""
	}
	return strings.TrimSuffix(": "+strings.TrimSpace(p.TitleZh+" "+p.Description), ".")
}

func fieldNames(s *Schema) string {
	names := make([]string, len(s.Properties))
	for i, p := range s.Properties {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

func join(path, name string) string {
	name = name[:min(len(name), 64)]
	if path == "" {
		return strings.ToValidUTF8(name, "")
	}
	return path + "." + strings.ToValidUTF8(name, "")
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func contains(list []string, text string) bool {
	for _, e := range list {
		if e == text {
			return true
		}
	}
	return false
}

// patterns caches compiled patterns; the same text always gives the same
// automaton, so the cache cannot make two peers differ.
var patterns sync.Map

func compiled(pattern string) *regexp.Regexp {
	if re, ok := patterns.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(pattern)
	patterns.Store(pattern, re)
	return re
}
