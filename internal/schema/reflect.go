package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"henanchain/internal/identifier"
)

// Of derives the schema of a Go struct from its field tags:
//
//	json:"fileHash"            the member's name; a member is required unless it says omitempty
//	is:"sm3"                   the identifier kind, or rules: min=1 max=9 minLen=1 maxLen=64
//	                           minItems=1 maxItems=9 unique enum=A|B pattern=… (last);
//	                           subject: the keyed hash of somebody's identifier
//	doc:"…" zh:"…" eg:"…"      what it means, its Chinese term, an example
//
// A slice's rules other than minItems, maxItems and unique are its items'.
// Of panics on a tag that it does not know: schemas are made when a program
// starts, and a wrong tag must not get further than that.
func Of(t reflect.Type) *Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("schema: %s is not a struct", t))
	}
	s := &Schema{Type: "object", Closed: true}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			inner := Of(f.Type)
			s.Properties = append(s.Properties, inner.Properties...)
			s.Required = append(s.Required, inner.Required...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("schema: %s.%s has no json tag", t, f.Name))
		}
		s.Properties = append(s.Properties, Property{name, field(t, f)})
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			s.Required = append(s.Required, name)
		}
	}
	return s
}

// For is Of for a type parameter.
func For[T any]() *Schema { return Of(reflect.TypeFor[T]()) }

var rawMessage = reflect.TypeFor[json.RawMessage]()

func field(t reflect.Type, f reflect.StructField) *Schema {
	s := value(f.Type)
	where := t.Name() + "." + f.Name
	applyRules(s, f.Tag.Get("is"), where)
	s.Description = f.Tag.Get("doc")
	s.TitleZh = f.Tag.Get("zh")
	if eg := f.Tag.Get("eg"); eg != "" {
		s.Example = example(s, eg)
	}
	return s
}

func value(t reflect.Type) *Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == rawMessage {
		return &Schema{}
	}
	switch t.Kind() {
	case reflect.String:
		return &Schema{Type: "string", MaxLength: defaultMaxLength}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint8:
		return &Schema{Type: "integer"}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Slice:
		return &Schema{Type: "array", Items: value(t.Elem()), MaxItems: defaultMaxItems}
	case reflect.Struct:
		return Of(t)
	default:
		panic(fmt.Sprintf("schema: a field of type %s cannot be described", t))
	}
}

// What a field takes that says nothing of its own: enough for a name or a
// remark, and too little to make a record a store of files.
const (
	defaultMaxLength = 512
	defaultMaxItems  = 100
)

func applyRules(s *Schema, rules, where string) {
	for rules != "" {
		var rule string
		if strings.HasPrefix(rules, "pattern=") {
			rule, rules = rules, ""
		} else {
			rule, rules, _ = strings.Cut(rules, ",")
		}
		target := s
		if s.Type == "array" && !strings.HasSuffix(strings.SplitN(rule, "=", 2)[0], "Items") && rule != "unique" {
			target = s.Items
		}
		if err := target.rule(rule); err != nil {
			panic(fmt.Sprintf("schema: %s: %v", where, err))
		}
	}
}

func (s *Schema) rule(rule string) error {
	name, arg, _ := strings.Cut(rule, "=")
	number := func() int64 {
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("schema: rule %s needs a whole number", rule))
		}
		return n
	}
	switch name {
	case "min":
		n := number()
		s.Minimum = &n
	case "max":
		n := number()
		s.Maximum = &n
	case "minLen":
		s.MinLength = int(number())
	case "maxLen":
		s.MaxLength = int(number())
	case "minItems":
		s.MinItems = int(number())
	case "maxItems":
		s.MaxItems = int(number())
	case "unique":
		s.UniqueItems = true
	case "subject":
		s.Subject, s.Pattern, s.MaxLength = true, "^[0-9a-f]{64}$", 64
	case "enum":
		s.Enum, s.MaxLength = strings.Split(arg, "|"), 0
	case "pattern":
		s.Pattern = arg
	default:
		kind, ok := identifier.Lookup(rule)
		if !ok {
			return fmt.Errorf("%q is neither a rule nor an identifier kind", rule)
		}
		s.Kind, s.Pattern, s.MaxLength = kind.Name, kind.Pattern, kind.MaxLength
		if s.Example == nil && kind.Example != "" {
			s.Example = example(s, kind.Example)
		}
	}
	return nil
}

func example(s *Schema, text string) json.RawMessage {
	if s.Type == "string" {
		quoted, err := json.Marshal(text)
		if err != nil {
			panic(err)
		}
		return quoted
	}
	if !json.Valid([]byte(text)) {
		panic(fmt.Sprintf("schema: example %s is not JSON", text))
	}
	return json.RawMessage(text)
}
