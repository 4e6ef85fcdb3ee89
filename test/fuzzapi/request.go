package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// request is one request as bytes on the wire: nothing between here and the
// gateway puts it in order.
type request struct {
	operation string
	line      string // method and path, for the report
	bytes     []byte
	damaged   bool // perhaps no HTTP any more
}

// request makes one for an operation.
func (g *generator) request(o *operation) *request {
	path := o.path
	query := url.Values{}
	headers := map[string]string{"Host": "gateway"}
	for _, p := range o.parameters {
		value := fmt.Sprint(g.parameter(&p))
		switch p.in {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.name+"}", g.segment(p.name, value))
		case "query":
			if g.chance(40) {
				query.Add(p.name, value)
			}
		case "header":
			if g.chance(25) {
				headers[p.name] = value
			}
		}
	}
	if g.chance(3) {
		query.Add(g.word(), g.word())
	}
	g.headers(headers)
	body := g.body(o, headers)
	method := o.method
	if g.chance(2) {
		method = pick(g, []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO"})
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r := &request{operation: o.id, line: method + " " + path}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, path)
	for name, value := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(body))
	b.Write(body)
	r.bytes = b.Bytes()
	if r.damaged = g.chance(2); r.damaged {
		for range 1 + g.IntN(4) {
			r.bytes[g.IntN(min(len(r.bytes), 400))] = byte(g.IntN(256))
		}
	}
	return r
}

func (g *generator) parameter(p *parameter) any {
	switch {
	case p.name == "city" && g.chance(92):
		return pick(g, g.cities)
	case p.name == "id" && len(g.ids) > 0 && g.chance(60):
		return pick(g, g.ids)
	case p.example != nil && g.chance(60):
		return p.example
	case g.chance(15):
		return pick(g, junk)
	}
	return g.value(p.schema, 6)
}

// segment is a value in a path: escaped, mostly.
func (g *generator) segment(name, value string) string {
	if name == "name" && g.chance(80) {
		value = pick(g, []string{"evidence", "elicense", "finance", "qscc", "_lifecycle", "nothing"})
	}
	if g.chance(3) {
		return strings.Map(func(r rune) rune {
			if r <= ' ' || r == '?' || r == '#' || r == 0x7f {
				return -1
			}
			return r
		}, value)
	}
	return url.PathEscape(value)
}

// headers adds who calls, and what callers say beside.
func (g *generator) headers(h map[string]string) {
	switch {
	case g.chance(88):
		h["Authorization"] = "Bearer " + pick(g, g.tokens)
	case g.chance(50):
		h["Authorization"] = pick(g, []string{"Bearer", "Bearer x", "Basic YTpi", "Bearer " + strings.Repeat("a", 600), "\x01"})
	case g.chance(50):
		h["Signature-Input"] = `sig1=("@method" "@target-uri" "content-digest");created=1;expires=2;nonce="` + g.line() + `";keyid="` + g.line() + `";alg="sm2-sm3"`
		h["Signature"] = "sig1=:AAAA:"
		h["Content-Digest"] = "sm3=:AAAA:"
	}
	for name, values := range map[string][]string{
		"Idempotency-Key": {g.line(), strings.Repeat("k", 300), "a"}, "Prefer": {"respond-async", "respond-async", g.line()}, "If-Match": {`"1"`, `W/"2"`, "*", g.line()},
		"If-None-Match": {`"1"`, "*", g.line()}, "Accept": {"*/*", "text/html", "application/json;q=0", g.line()}, "Accept-Language": {"zh-CN", "zh;q=x", g.line()},
		"X-Purpose": {"%E5%8A%9E", "%zz", g.line()}, "X-Request-ID": {"r-1", g.line()}, "Content-Encoding": {"gzip", "identity"}, "Range": {"bytes=0-1"}, "Expect": {"100-continue"},
		"Last-Event-ID": {"1", g.line()}, "X-Forwarded-For": {"10.0.0.1"}, "Connection": {"close", "Upgrade"},
	} {
		if g.chance(6) {
			h[name] = pick(g, values)
		}
	}
}

// line is a word that stays on its line.
func (g *generator) line() string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(g.word())
}

func (g *generator) body(o *operation, headers map[string]string) []byte {
	if len(o.bodies) == 0 {
		if g.chance(5) {
			return g.encode(pick(g, junk), "")
		}
		return nil
	}
	m := pick(g, o.bodies)
	headers["Content-Type"] = m.kind
	if g.chance(4) {
		headers["Content-Type"] = pick(g, []string{"", "text/plain", "application/json; charset=gbk", "multipart/form-data", "multipart/form-data; boundary=x", "application/json;", "\xff"})
	}
	var v any
	switch {
	case m.example != nil && g.chance(25):
		v = m.example
	case m.example != nil && g.chance(60):
		v = g.mutate(m.example)
	default:
		v = g.value(m.schema, 0)
	}
	return g.encode(v, m.kind)
}
