package openapi

import (
	"bytes"
	"encoding/json"
	"strings"

	"henanchain/internal/schema"
)

// Input encodes the schema of what callers send: as the schema itself, except
// that a field that holds a subject's keyed hash takes the identifier as well.
// A record's schema stays as it is: records hold the hash only.
func Input(s *schema.Schema) json.RawMessage { return input(s, nil) }

// input adds further properties, as text that starts with a comma.
func input(s *schema.Schema, further []byte) json.RawMessage {
	if s.Subject {
		return subjectInput(s)
	}
	shallow := *s
	shallow.Properties, shallow.Items = nil, nil
	raw, err := json.Marshal(&shallow)
	if err != nil { // texts, numbers and examples that were JSON: cannot happen
		panic("openapi: " + err.Error())
	}
	b := bytes.NewBuffer(raw[:len(raw)-1])
	member := func(name string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + name + `":`)
	}
	if len(s.Properties) > 0 || len(further) > 0 {
		member("properties")
		var inner bytes.Buffer
		for _, p := range s.Properties {
			inner.WriteString("," + quoted(p.Name) + ":")
			inner.Write(Input(p.Schema))
		}
		inner.Write(further)
		b.WriteString("{" + strings.TrimPrefix(inner.String(), ",") + "}")
	}
	if s.Items != nil {
		member("items")
		b.Write(Input(s.Items))
	}
	b.WriteByte('}')
	return b.Bytes()
}

func subjectInput(s *schema.Schema) json.RawMessage {
	out := struct {
		Description string `json:"description,omitempty"`
		TitleZh     string `json:"x-title-zh,omitempty"`
		Subject     bool   `json:"x-subject"`
		OneOf       []any  `json:"oneOf"`
	}{s.Description, s.TitleZh, true, []any{
		map[string]string{"type": "string", "pattern": s.Pattern, "description": "The keyed hash."}, Ref("Subject"),
	}}
	raw, err := json.Marshal(out)
	if err != nil { // texts only: cannot happen
		panic("openapi: " + err.Error())
	}
	return raw
}

func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil { // a text always encodes
		panic("openapi: " + err.Error())
	}
	return string(raw)
}
