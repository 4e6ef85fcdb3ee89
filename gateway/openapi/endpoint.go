package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"henanchain/internal/catalog"
)

// Endpoint describes one route, for the document and for whoever registers it.
type Endpoint struct {
	Method string
	// Path is an OpenAPI template, such as /v1/{city}/evidence/records/{id}/{verb}.
	Path               string
	ID                 string // operationId
	Tag                string
	Summary, SummaryZh string
	Doc                string
	Public             bool     // no credential is needed
	Roles              []string // any of them suffices; empty: any caller of the city
	Parameters         []Parameter
	Body               *RequestBody
	Success            map[int]*Response // by status
	Refusals           []string          // codes that the contract may answer with
	Problems           []int             // statuses of problem documents beside those that every route has
}

// Info of the document, filled by Write.
var info = Info{
	Title:       "Henan Chain gateway (河南链网关)",
	Version:     "1",
	Summary:     "Write, query and verify records on the ledgers of Henan over REST.",
	Description: "Business systems write records, query them and verify them over REST, without knowing what a peer is. A write that is answered with 200 or 201 is committed and valid on the ledger; its receipt says where. 业务系统通过 REST 上链、查询、核验；返回 200 或 201 即表示已在账本提交并有效。",
	License:     License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
	Contact:     Contact{Name: "the operator of the gateway (网关运维方)"},
}

// Write makes the document of all endpoints.
func Write(endpoints []Endpoint, contracts []catalog.Contract) (*Document, error) {
	d := &Document{
		OpenAPI:    Version,
		Info:       info,
		Servers:    []Server{{URL: "/", Description: "this gateway (本网关)"}},
		Security:   []map[string][]string{{"bearer": {}}, {"signature": {}}, {"certificate": {}}},
		Tags:       tags(contracts, endpoints),
		Paths:      map[string]map[string]*Entry{},
		Components: components(contracts),
	}
	ids := map[string]string{}
	for _, e := range endpoints {
		methods := d.Paths[e.Path]
		if methods == nil {
			methods = map[string]*Entry{}
			d.Paths[e.Path] = methods
		}
		method := strings.ToLower(e.Method)
		if methods[method] != nil {
			return nil, fmt.Errorf("%s %s is described twice", e.Method, e.Path)
		}
		if other, taken := ids[e.ID]; taken {
			return nil, fmt.Errorf("%s %s and %s have the same operationId %s", e.Method, e.Path, other, e.ID)
		}
		ids[e.ID] = e.Method + " " + e.Path
		methods[method] = entry(e)
	}
	return d, nil
}

func entry(e Endpoint) *Entry {
	x := &Entry{
		OperationID: e.ID, Tags: []string{e.Tag}, Summary: e.Summary, SummaryZh: e.SummaryZh,
		Description: description(e), Roles: e.Roles, Refusals: e.Refusals,
		Parameters: append(pathParameters(e), e.Parameters...), RequestBody: e.Body,
		Responses: map[string]*Response{},
	}
	if e.Public {
		x.Security = &[]map[string][]string{}
	} else {
		x.Parameters = append(x.Parameters, Parameter{Ref: "#/components/parameters/Purpose"})
		e.Problems = append(e.Problems, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	}
	if e.Body != nil {
		e.Problems = append(e.Problems, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	e.Problems = append(e.Problems, http.StatusNotFound, http.StatusNotAcceptable, http.StatusServiceUnavailable)
	for _, status := range e.Problems {
		x.Responses[strconv.Itoa(status)] = &Response{Ref: "#/components/responses/" + problemName(status)}
	}
	for status, r := range e.Success {
		x.Responses[strconv.Itoa(status)] = r
	}
	return x
}

func description(e Endpoint) string {
	text := e.Doc
	if text == "" {
		text = e.Summary + "."
	}
	if len(e.Roles) > 0 {
		text += " Roles: " + strings.Join(e.Roles, ", ") + "."
	}
	return text
}

var pathParameter = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

func pathParameters(e Endpoint) []Parameter {
	var all []Parameter
	for _, m := range pathParameter.FindAllStringSubmatch(e.Path, -1) {
		name := m[1]
		if hasParameter(e.Parameters, name) {
			continue
		}
		all = append(all, Parameter{Ref: "#/components/parameters/" + name})
	}
	return all
}

func hasParameter(all []Parameter, name string) bool {
	for _, p := range all {
		if p.Name == name && p.In == "path" {
			return true
		}
	}
	return false
}

// Ref refers to a schema among the components.
func Ref(name string) map[string]string {
	return map[string]string{"$ref": "#/components/schemas/" + name}
}

// JSON is a required JSON body.
func JSON(schema any, example json.RawMessage) *RequestBody {
	return &RequestBody{Required: true, Content: map[string]MediaType{"application/json": {Schema: schema, Example: example}}}
}

// Optional has a body that may be left out.
func Optional(body *RequestBody) *RequestBody {
	body.Required = false
	return body
}

// Answer is a response with a JSON body.
func Answer(text string, schema any, headers ...string) *Response {
	r := &Response{Description: text, Content: map[string]MediaType{"application/json": {Schema: schema}}}
	for _, name := range headers {
		if r.Headers == nil {
			r.Headers = map[string]Header{}
		}
		r.Headers[name] = Header{Description: headerDocs[name], Schema: map[string]string{"type": "string"}}
	}
	return r
}

var headerDocs = map[string]string{
	"Location":     "Path of the record or the job.",
	"ETag":         "The record's version, in quotes.",
	"Retry-After":  "Seconds to wait before trying again.",
	"X-Request-ID": "The request's id, as sent or made up.",
}
