package openapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// Encode writes the document as JSON.
func (d *Document) Encode() ([]byte, error) {
	out, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	return out, nil
}

// OperationBody is an operation's input with, beside its fields, the private
// half where it takes one and the caller's own signature. Written out, not
// composed: an input that takes no other member cannot be part of an allOf.
// inPath is the field that the path holds already, "" where there is none.
func OperationBody(op *catalog.Operation, inPath string) any {
	body := *op.Input
	body.Required = slices.DeleteFunc(slices.Clone(body.Required), func(name string) bool { return name == inPath })
	body.Properties = append(schema.Properties{}, op.Input.Properties...)
	if op.Private != nil {
		body.Properties = append(body.Properties, schema.Property{Name: "private", Schema: op.Private})
	}
	return input(&body, []byte(`,"sig":{"$ref":"#/components/schemas/Signature"}`))
}

// RecordOf is a record whose body is of one type.
func RecordOf(c *catalog.Contract, r *catalog.Record) any {
	more := map[string]any{"asOf": Ref("AsOf")}
	if r.Body != nil {
		more["body"] = Ref(BodyName(c, r))
	}
	return With("Record", more)
}

// With is a shared schema with further members.
func With(name string, members map[string]any) any {
	return map[string]any{"allOf": []any{Ref(name), map[string]any{"properties": members}}}
}

// FileBody takes any bytes, or a form with a file.
func FileBody() *RequestBody {
	return &RequestBody{Required: true, Description: "The file's bytes, or a form with one file.", Content: map[string]MediaType{
		"application/octet-stream": {Schema: map[string]any{}},
		"multipart/form-data":      {Schema: object([]string{"file"}, map[string]any{"file": map[string]any{"type": "string", "contentMediaType": "application/octet-stream", "description": "The file."}})},
	}}
}

// BatchBody takes requests as a JSON array or as JSON Lines.
func BatchBody(c *catalog.Contract) *RequestBody {
	item, example := batchItem(c), batchExample(c)
	content := map[string]MediaType{"application/json": {Schema: map[string]any{"type": "array", "items": item, "minItems": 1}}}
	if example != nil {
		content["application/json"] = MediaType{Schema: content["application/json"].Schema, Example: json.RawMessage("[" + string(example) + "]")}
	}
	content["application/x-ndjson"] = MediaType{Schema: map[string]any{"type": "string", "description": "One request a line, each as an item of the JSON array."}}
	return &RequestBody{Required: true, Content: content}
}

// batchItem is a request with the names of the contract's operations.
func batchItem(c *catalog.Contract) any {
	names := make([]string, len(c.Operations))
	for i, op := range c.Operations {
		names[i] = op.Name
	}
	return map[string]any{"allOf": []any{Ref("Request"), map[string]any{"properties": map[string]any{"op": map[string]any{"type": "string", "enum": names}}}}}
}

func batchExample(c *catalog.Contract) json.RawMessage {
	for _, op := range c.Operations {
		if op.Example == nil || !op.Creates {
			continue
		}
		item := map[string]json.RawMessage{"op": json.RawMessage(`"` + op.Name + `"`), "in": op.Example}
		if op.PrivateExample != nil {
			item["private"] = op.PrivateExample
		}
		if raw, err := json.Marshal(item); err == nil {
			return raw
		}
	}
	return nil
}

// BatchAnswer is what a batch is answered with.
func BatchAnswer() *Response {
	return &Response{Description: "one result for each request, in their order", Content: map[string]MediaType{
		"application/json":     {Schema: Ref("Outcomes")},
		"application/x-ndjson": {Schema: map[string]any{"type": "string", "description": "One Outcome a line."}},
	}}
}

// Text is a response that is not JSON.
func Text(doc, media string) *Response {
	return &Response{Description: doc, Content: map[string]MediaType{media: {Schema: map[string]string{"type": "string"}}}}
}

// ListParameters are what a list takes.
func ListParameters() []Parameter {
	query := func(name, doc string, s any) Parameter {
		return Parameter{Name: name, In: "query", Description: doc, Schema: s}
	}
	return []Parameter{
		query("start", "The least id of the page.", map[string]string{"type": "string"}),
		query("limit", "How many records at most.", map[string]any{"type": "integer", "minimum": 1}),
		query("cursor", "Where the next page starts, as the page before gave it.", map[string]string{"type": "string"}),
	}
}
