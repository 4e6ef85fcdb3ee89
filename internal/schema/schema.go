// Package schema describes the inputs and records of the ledgers once, from
// the Go structs that carry them: for the contract that checks an input, for
// the gateway's OpenAPI document, and for the pages in docs/ledgers.
//
// A Schema is a subset of JSON Schema 2020-12 and encodes as such. Beyond it,
// a string can be of an identifier kind (package identifier), which also
// normalises it: full-width letters become ASCII, a check digit is verified.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Schema describes one JSON value.
type Schema struct {
	Type        string `json:"type,omitempty"` // object, array, string, integer, boolean; empty is any value
	Title       string `json:"title,omitempty"`
	TitleZh     string `json:"x-title-zh,omitempty"` // the Chinese term (中文名)
	Description string `json:"description,omitempty"`

	// Kind is the identifier kind of a string, checked and normalised by package identifier.
	Kind string `json:"x-kind,omitempty"`
	// Subject marks a text that is the keyed hash of a person's or an
	// organisation's identifier (HMAC-SM3, 64 hex digits). Over REST the caller
	// may give the identifier instead; the gateway hashes it and forgets it.
	Subject   bool     `json:"x-subject,omitempty"`
	Pattern   string   `json:"pattern,omitempty"`
	Enum      []string `json:"enum,omitempty"`
	MinLength int      `json:"minLength,omitempty"` // in characters
	MaxLength int      `json:"maxLength,omitempty"`

	Minimum *int64 `json:"minimum,omitempty"`
	Maximum *int64 `json:"maximum,omitempty"`

	Items       *Schema `json:"items,omitempty"`
	MinItems    int     `json:"minItems,omitempty"`
	MaxItems    int     `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`

	Properties Properties `json:"properties,omitempty"`
	Required   []string   `json:"required,omitempty"`
	// Closed is true for an object that takes no other member.
	Closed bool `json:"-"`

	Example json.RawMessage `json:"-"`
}

// Property is one member of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are an object's members in the order of their declaration.
type Properties []Property

// Get finds a member by its name.
func (p Properties) Get(name string) (*Schema, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Schema, true
		}
	}
	return nil, false
}

// At is the schema of what stands at a path, whose members are divided by dots,
// and of each element where that is a list; nil where there is none.
func (s *Schema) At(path string) *Schema {
	for _, member := range strings.Split(path, ".") {
		if s == nil {
			return nil
		}
		s, _ = s.Properties.Get(member)
		for s != nil && s.Items != nil {
			s = s.Items
		}
	}
	return s
}

// MarshalJSON writes an object whose members keep their order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its members.
func (p *Properties) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("schema: properties must be an object")
	}
	*p = nil
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("schema: properties: %w", err)
		}
		m := Property{Name: t.(string), Schema: new(Schema)}
		if err := dec.Decode(m.Schema); err != nil {
			return fmt.Errorf("schema: property %s: %w", m.Name, err)
		}
		*p = append(*p, m)
	}
	return nil
}

type plain Schema

// MarshalJSON writes the schema as JSON Schema 2020-12.
func (s *Schema) MarshalJSON() ([]byte, error) {
	out := struct {
		*plain
		AdditionalProperties *bool             `json:"additionalProperties,omitempty"`
		Examples             []json.RawMessage `json:"examples,omitempty"`
	}{plain: (*plain)(s)}
	if s.Closed {
		out.AdditionalProperties = new(bool)
	}
	if s.Example != nil {
		out.Examples = []json.RawMessage{s.Example}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Schema) UnmarshalJSON(data []byte) error {
	in := struct {
		*plain
		AdditionalProperties *bool             `json:"additionalProperties"`
		Examples             []json.RawMessage `json:"examples"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	s.Closed = in.AdditionalProperties != nil && !*in.AdditionalProperties
	if len(in.Examples) > 0 {
		s.Example = in.Examples[0]
	}
	return nil
}
