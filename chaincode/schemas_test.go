package main

import (
	"strings"
	"testing"

	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

func TestABodyThatChangesIsAnotherVersion(t *testing.T) {
	type first struct {
		A string `json:"a" zh:"甲"`
	}
	type said struct {
		A string `json:"a" zh:"乙" doc:"told otherwise"`
	}
	type more struct {
		A string `json:"a" zh:"甲"`
		B int    `json:"b,omitempty"`
	}
	of := func(body *schema.Schema, version int) []catalog.Contract {
		return []catalog.Contract{{Name: "c", Records: []catalog.Record{{Type: "r", Body: body, Schema: version}}}}
	}
	lock, err := lockSchemas("", of(schema.For[first](), 0))
	if err != nil || !strings.HasPrefix(string(lock), "c r 1 ") {
		t.Fatalf("%q, %v", lock, err)
	}
	if again, err := lockSchemas(string(lock), of(schema.For[said](), 0)); err != nil || string(again) != string(lock) {
		t.Errorf("told otherwise: %q, %v", again, err)
	}
	if _, err := lockSchemas(string(lock), of(schema.For[more](), 0)); err == nil || !strings.Contains(err.Error(), "to 2") {
		t.Errorf("another body under the same version: %v", err)
	}
	next, err := lockSchemas(string(lock), of(schema.For[more](), 2))
	if err != nil || !strings.HasPrefix(string(next), string(lock)+"c r 2 ") {
		t.Errorf("the next version: %q, %v", next, err)
	}
}
