package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
)

// document is an OpenAPI document, as far as requests are made from it.
type document struct {
	operations []operation
	components map[string]any
}

// operation is one method of one path.
type operation struct {
	id, method, path string
	parameters       []parameter
	bodies           []media
}

type parameter struct {
	name, in string
	schema   map[string]any
	example  any
}

type media struct {
	kind    string
	schema  map[string]any
	example any
}

// fetch reads a gateway's own document.
func fetch(gateway string) (*document, error) {
	resp, err := http.Get(gateway + "/openapi.json")
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	d := &document{components: object(raw["components"])}
	for path, methods := range object(raw["paths"]) {
		for method, o := range object(methods) {
			d.operations = append(d.operations, d.operation(path, method, object(o)))
		}
	}
	sort.Slice(d.operations, func(i, j int) bool { return d.operations[i].id < d.operations[j].id })
	return d, nil
}

func (d *document) operation(path, method string, o map[string]any) operation {
	out := operation{id: text(o["operationId"]), method: strings.ToUpper(method), path: path}
	for _, p := range list(o["parameters"]) {
		p := d.resolve(object(p))
		out.parameters = append(out.parameters, parameter{name: text(p["name"]), in: text(p["in"]), schema: d.resolve(object(p["schema"])), example: p["example"]})
	}
	for kind, m := range object(object(o["requestBody"])["content"]) {
		m := object(m)
		out.bodies = append(out.bodies, media{kind: kind, schema: d.resolve(object(m["schema"])), example: m["example"]})
	}
	return out
}

// resolve follows a reference to a component.
func (d *document) resolve(v map[string]any) map[string]any {
	for range 8 {
		ref := text(v["$ref"])
		if ref == "" {
			return v
		}
		var at any = d.components
		for _, step := range strings.Split(strings.TrimPrefix(ref, "#/components/"), "/") {
			at = object(at)[step]
		}
		v = object(at)
	}
	return v
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
