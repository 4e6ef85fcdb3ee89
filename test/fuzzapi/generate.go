package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
)

// generator makes requests. It is for one goroutine.
type generator struct {
	*rand.Rand
	doc    *document
	tokens []string
	cities []string
	ids    []string // of records that answers named
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

// junk are values that break programs.
var junk = []any{
	nil, true, false, 0, -1, 1, 1.5, 1e308, json.Number("1e999"), json.Number("-9223372036854775809"), json.Number("99999999999999999999999999"),
	"", " ", "null", "0", "\x00", "\u202e", "\ufeff", "’", "河南", "𠮷", "../../etc/passwd", "%00", "%2e%2e%2f", "' OR 1=1 --", `"; DROP TABLE records; --`, "{{7*7}}", "${jndi:ldap://x}",
	"<script>alert(1)</script>", "a\nb", "a\r\nSet-Cookie: x=y", strings.Repeat("a", 300), strings.Repeat("河", 5000), strings.Repeat("0", 64), strings.Repeat("f", 32),
	[]any{}, []any{nil}, []any{[]any{[]any{}}}, map[string]any{}, map[string]any{"": nil}, map[string]any{"$ref": "#"}, map[string]any{"__proto__": 1},
	"2026-03-01T02:00:00Z", "9999-12-31T23:59:59Z", "0000-00-00", "20260301", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
	map[string]any{"type": "111", "number": "410105190001010010"}, "AAAA", "=", "MEUCIQ==",
}

// value makes a value of a schema, or nearly.
func (g *generator) value(schema map[string]any, depth int) any {
	schema = g.doc.resolve(schema)
	if depth > 8 || g.chance(4) {
		return pick(g, junk)
	}
	if e, ok := schema["example"]; ok && g.chance(50) {
		return e
	}
	if all := list(schema["enum"]); len(all) > 0 && g.chance(90) {
		return pick(g, all)
	}
	for _, kind := range []string{"oneOf", "anyOf", "allOf"} {
		if all := list(schema[kind]); len(all) > 0 {
			return g.value(object(pick(g, all)), depth+1)
		}
	}
	switch kind := schema["type"]; {
	case kind == "object" || schema["properties"] != nil:
		return g.object(schema, depth)
	case kind == "array":
		out := []any{}
		for range g.IntN(4) {
			out = append(out, g.value(object(schema["items"]), depth+1))
		}
		return out
	case kind == "integer":
		return pick(g, []any{0, 1, 2, 100, -1, 1 << 31, int64(1) << 53, g.IntN(1000)})
	case kind == "number":
		return g.Float64() * 1000
	case kind == "boolean":
		return g.chance(50)
	case kind == "string":
		return g.word()
	}
	return pick(g, junk)
}

func (g *generator) object(schema map[string]any, depth int) any {
	out := map[string]any{}
	required := map[string]bool{}
	for _, r := range list(schema["required"]) {
		required[text(r)] = true
	}
	properties := object(schema["properties"])
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if required[name] && g.chance(95) || g.chance(40) {
			out[name] = g.value(object(properties[name]), depth+1)
		}
	}
	if g.chance(5) {
		out[g.word()] = pick(g, junk)
	}
	return out
}

func (g *generator) word() string {
	if len(g.ids) > 0 && g.chance(30) {
		return pick(g, g.ids)
	}
	const letters = "0123456789abcdefABCXYZ-_/.: 河南\x7f\t"
	runes := []rune(letters)
	var b strings.Builder
	for range 1 + g.IntN(pick(g, []int{4, 20, 70})) {
		b.WriteRune(runes[g.IntN(len(runes))])
	}
	return b.String()
}

// mutate changes something in a value.
func (g *generator) mutate(v any) any {
	if g.chance(15) {
		return pick(g, junk)
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		names := make([]string, 0, len(v))
		for k, e := range v {
			out[k] = e
			names = append(names, k)
		}
		sort.Strings(names)
		if len(names) > 0 {
			k := pick(g, names)
			if g.chance(15) {
				delete(out, k)
			} else {
				out[k] = g.mutate(out[k])
			}
		}
		if g.chance(10) {
			out[g.word()] = pick(g, junk)
		}
		return out
	case []any:
		out := append([]any(nil), v...)
		if len(out) > 0 {
			i := g.IntN(len(out))
			out[i] = g.mutate(out[i])
		}
		if g.chance(10) {
			out = append(out, out...)
		}
		return out
	case string:
		if r := []rune(v); len(r) > 0 && g.chance(70) {
			r[g.IntN(len(r))] = rune(g.IntN(0x3000))
			return string(r)
		}
		return v + v
	}
	return pick(g, junk)
}

// encode writes a value, and now and then spoils the bytes.
func (g *generator) encode(v any, media string) []byte {
	raw, err := json.Marshal(v)
	if err != nil { // a number that JSON has no room for
		raw = fmt.Append(nil, v)
	}
	if media == "application/x-ndjson" {
		if all, ok := v.([]any); ok {
			raw = nil
			for _, e := range all {
				line, _ := json.Marshal(e) //nolint:errcheck // an empty line will do
				raw = append(append(raw, line...), '\n')
			}
		}
	}
	if !g.chance(15) {
		return raw
	}
	switch g.IntN(7) {
	case 0:
		return raw[:g.IntN(len(raw)+1)]
	case 1:
		if len(raw) > 0 {
			raw[g.IntN(len(raw))] = byte(g.IntN(256))
		}
		return raw
	case 2:
		return []byte(strings.Repeat("[", 1+g.IntN(20000)))
	case 3:
		return []byte(strings.Repeat(`{"a":`, 1+g.IntN(5000)))
	case 4:
		out := make([]byte, g.IntN(2000))
		for i := range out {
			out[i] = byte(g.IntN(256))
		}
		return out
	case 5:
		return append(append([]byte(`{"a":1,"a":2,`), raw...), '}')
	}
	return append(raw, raw...)
}
