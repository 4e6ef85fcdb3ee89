// Package openapi writes the REST door's OpenAPI 3.1 document from the same
// table that registers its routes.
//
// The document's types stand here, not in a library, for one reason: package
// schema's values encode as JSON Schema 2020-12, which is OpenAPI 3.1's own
// schema language, with members in the order in which people declared them;
// the libraries tried (huma, kin-openapi) bring schema types of their own,
// which lose that order. What is written is checked by a library in the tests.
package openapi

import "encoding/json"

// Version is the version of OpenAPI that the document is written in.
const Version = "3.1.0"

// Document is an OpenAPI document.
type Document struct {
	OpenAPI    string                       `json:"openapi"`
	Info       Info                         `json:"info"`
	Servers    []Server                     `json:"servers"`
	Security   []map[string][]string        `json:"security"`
	Tags       []Tag                        `json:"tags"`
	Paths      map[string]map[string]*Entry `json:"paths"`
	Components Components                   `json:"components"`
}

// Info names the document.
type Info struct {
	Title       string  `json:"title"`
	Version     string  `json:"version"`
	Summary     string  `json:"summary,omitempty"`
	Description string  `json:"description"`
	License     License `json:"license"`
	Contact     Contact `json:"contact"`
}

// License is the licence of the interface.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier,omitempty"` // SPDX
}

// Contact is whom to ask.
type Contact struct {
	Name string `json:"name"`
}

// Server is where the paths start.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Tag groups operations: one for each ledger, and some for the gateway itself.
type Tag struct {
	Name        string `json:"name"`
	Title       string `json:"x-title"`
	TitleZh     string `json:"x-title-zh"`
	Description string `json:"description"`
}

// Entry is one method of one path.
type Entry struct {
	OperationID string                 `json:"operationId"`
	Tags        []string               `json:"tags"`
	Summary     string                 `json:"summary"`
	SummaryZh   string                 `json:"x-summary-zh,omitempty"`
	Description string                 `json:"description"`
	Roles       []string               `json:"x-roles,omitempty"`    // any of them suffices
	Refusals    []string               `json:"x-refusals,omitempty"` // codes that the contract may answer with
	Parameters  []Parameter            `json:"parameters,omitempty"`
	RequestBody *RequestBody           `json:"requestBody,omitempty"`
	Responses   map[string]*Response   `json:"responses"`
	Security    *[]map[string][]string `json:"security,omitempty"`
}

// Parameter is a value in the path, the query or a header.
type Parameter struct {
	Ref         string `json:"$ref,omitempty"`
	Name        string `json:"name,omitempty"`
	In          string `json:"in,omitempty"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Schema      any    `json:"schema,omitempty"`
	Example     any    `json:"example,omitempty"`
}

// RequestBody is what a request carries, by media type.
type RequestBody struct {
	Description string               `json:"description,omitempty"`
	Required    bool                 `json:"required"`
	Content     map[string]MediaType `json:"content"`
}

// MediaType is one form of a body.
type MediaType struct {
	Schema  any             `json:"schema"`
	Example json.RawMessage `json:"example,omitempty"`
}

// Response is what a status means.
type Response struct {
	Ref         string               `json:"$ref,omitempty"`
	Description string               `json:"description,omitempty"`
	Headers     map[string]Header    `json:"headers,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
}

// Header is a header of a response.
type Header struct {
	Description string `json:"description"`
	Schema      any    `json:"schema"`
}

// Components are what paths refer to.
type Components struct {
	Schemas         map[string]any            `json:"schemas"`
	Responses       map[string]*Response      `json:"responses"`
	Parameters      map[string]Parameter      `json:"parameters"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes"`
}

// SecurityScheme is one way to prove who calls.
type SecurityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme,omitempty"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description"`
}
