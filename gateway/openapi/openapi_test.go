package openapi

import (
	"encoding/json"
	"reflect"
	"sort"
	"strings"
	"testing"

	"henanchain/gateway/problem"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// membersOf lists the JSON members of a struct, those of embedded ones too.
func membersOf(t reflect.Type) []string {
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			all = append(all, membersOf(f.Type)...)
			continue
		}
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// The shared schemas are written by hand; these are the Go types that they
// must describe whole.
func TestSharedSchemasDescribeTheirTypes(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"Problem": reflect.TypeFor[problem.Document](), "FieldError": reflect.TypeFor[operation.FieldError](), "Signature": reflect.TypeFor[operation.Signature](),
		"Receipt": reflect.TypeFor[operation.Receipt](), "Record": reflect.TypeFor[operation.Record](), "Change": reflect.TypeFor[operation.Change](),
		"Verdict": reflect.TypeFor[operation.Verdict](),
	} {
		raw, err := json.Marshal(sharedSchemas()[name])
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Properties map[string]json.RawMessage `json:"properties"`
			Required   []string                   `json:"required"`
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		var got []string
		for p := range s.Properties {
			got = append(got, p)
		}
		sort.Strings(got)
		if want := membersOf(typ); !reflect.DeepEqual(got, want) {
			t.Errorf("%s describes %v, and %s has %v", name, got, typ, want)
		}
		for _, r := range s.Required {
			if _, ok := s.Properties[r]; !ok {
				t.Errorf("%s requires %s and does not describe it", name, r)
			}
		}
	}
}

func TestTwoEndpointsOnOnePathOrWithOneIDAreRefused(t *testing.T) {
	a := Endpoint{Method: "GET", Path: "/a", ID: "a", Success: map[int]*Response{200: Answer("x", struct{}{})}}
	b := a
	if _, err := Write([]Endpoint{a, b}, nil); err == nil {
		t.Error("one path twice")
	}
	b.Path = "/b"
	if _, err := Write([]Endpoint{a, b}, nil); err == nil {
		t.Error("one operationId twice")
	}
}

func TestAnInputTakesAnIdentifierWhereARecordHoldsTheHash(t *testing.T) {
	type owner struct {
		Key string `json:"key" is:"subject" doc:"whose"`
	}
	type input struct {
		ID     string  `json:"id" is:"maxLen=9"`
		Owners []owner `json:"owners,omitempty" is:"maxItems=3"`
	}
	s := schema.For[input]()
	var got, want any
	if err := json.Unmarshal(Input(s), &got); err != nil {
		t.Fatalf("%s: %v", Input(s), err)
	}
	if err := json.Unmarshal([]byte(`{"type":"object","additionalProperties":false,"required":["id"],"properties":{"id":{"type":"string","maxLength":9},
		"owners":{"type":"array","maxItems":3,"items":{"type":"object","additionalProperties":false,"required":["key"],"properties":{"key":
		{"description":"whose","x-subject":true,"oneOf":[{"type":"string","pattern":"^[0-9a-f]{64}$","description":"The keyed hash."},{"$ref":"#/components/schemas/Subject"}]}}}}}}`), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %s", Input(s))
	}
	plain, err := json.Marshal(s)
	if err != nil || strings.Contains(string(plain), "oneOf") {
		t.Errorf("the record's schema is %s (%v)", plain, err)
	}
}
