package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"henanchain/gateway/codes"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

const typePNG = "image/png"

// maxCode bounds a code, in characters: none of the registries' is longer.
const maxCode = 200

var codeSchema = &schema.Schema{Type: "object", Closed: true, Required: []string{"code"}, Properties: schema.Properties{
	{Name: "code", Schema: &schema.Schema{Type: "string", MinLength: 1, MaxLength: maxCode, TitleZh: "标识代码", Description: "Any identifier that the ledgers know"}},
}}

// codeRoutes find the records that carry a code, on every channel of the caller.
func (s *Server) codeRoutes() []Route {
	r := &codes.Resolver{Source: s.Index, Contracts: s.Contracts, Subjects: s.Subjects}
	text := map[string]string{"type": "string"}
	resolution := map[string]any{"type": "object", "required": []string{"kinds", "records", "asOf"}, "properties": map[string]any{
		"kinds": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{
			"name": text, "title": text, "titleZh": text, "standard": text, "code": text, "personal": map[string]string{"type": "boolean"}}}},
		"records": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{
			"channel": text, "ledger": text, "title": text, "type": text, "typeZh": text, "id": text, "status": text, "version": map[string]string{"type": "integer"}, "field": text, "kind": text, "path": text, "code": text}}},
		"more": map[string]string{"type": "boolean"}, "asOf": map[string]any{"type": "array", "items": openapi.Ref("AsOf")},
	}}
	inPath := openapi.Parameter{Name: "code", In: "path", Required: true, Description: "The code, percent-encoded (标识代码).", Schema: text, Example: "91410100MA9YTT01X0"}
	doc := "What the code can be, by the identifiers' own rules, and every record that carries it: as its id or in a field, in every ledger of every channel that the caller may call. Persons and organisations are found by their keyed hashes, in the ledgers in which the caller has a role. Each record is told with its unified code (统一标识码), which names that record alone."
	route := func(method, path, id, summary, zh, doc string, answer *openapi.Response, handle func(*exchange) error) Route {
		return Route{Endpoint: openapi.Endpoint{Method: method, Path: path, ID: "codes." + id, Tag: "codes", Summary: summary, SummaryZh: zh, Doc: doc,
			Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}}, Success: map[int]*openapi.Response{http.StatusOK: answer},
			Problems: []int{http.StatusUnprocessableEntity}}, handle: handle}
	}
	get := route(http.MethodGet, "/v1/codes/{code}", "get", "Resolve a code", "标识代码解析", doc+" A code that names a natural person has no place in a path: POST it to /v1/codes:resolve.",
		openapi.Answer("what it is, and where", resolution, RequestIDHeader), func(x *exchange) error { return x.resolvePath(r) })
	post := route(http.MethodPost, "/v1/codes:resolve", "resolve", "Resolve a code that is in the body", "标识代码解析（请求体）", doc,
		openapi.Answer("what it is, and where", resolution, RequestIDHeader), func(x *exchange) error { return x.resolveBody(r) })
	post.Body = openapi.JSON(openapi.Input(codeSchema), json.RawMessage(`{"code":"410105001002GB00001F00010001"}`))
	qr := route(http.MethodGet, "/v1/codes/{code}/qr.png", "qr", "Draw a code's QR image", "标识代码二维码", "The normalised code as a QR image, a quarter of which may be covered.",
		openapi.Text("a PNG image", typePNG), (*exchange).codeImage)
	get.Parameters = append(get.Parameters, inPath)
	qr.Parameters = append(qr.Parameters, inPath, openapi.Parameter{Name: "size", In: "query", Description: "Pixels a side; 256 where absent.",
		Schema: map[string]any{"type": "integer", "minimum": codes.MinSize, "maximum": codes.MaxSize}})
	return []Route{get, post, qr}
}

// pathCode is the code in the path, which names no person.
func (x *exchange) pathCode() (string, error) {
	code := x.gin.Param("code")
	if utf8.RuneCountInString(code) > maxCode || !validText(code) {
		return "", inputInvalid(operation.FieldError{Field: "code", Code: schema.Format, Message: "must be a text of at most " + strconv.Itoa(maxCode) + " characters"})
	}
	if codes.IsPersonal(code) {
		return "", inputInvalid(operation.FieldError{Field: "code", Code: "PERSONAL", Message: "names a natural person and has no place in a path: POST it to /v1/codes:resolve"})
	}
	return code, nil
}

func (x *exchange) resolvePath(r *codes.Resolver) error {
	code, err := x.pathCode()
	if err != nil {
		return err
	}
	return x.resolve(r, code)
}

func (x *exchange) resolveBody(r *codes.Resolver) error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	normal, err := checked(codeSchema, raw, "", nil)
	if err != nil {
		return err
	}
	return x.resolve(r, fieldText(normal, "code"))
}

func (x *exchange) resolve(r *codes.Resolver, code string) error {
	names, err := x.channelsWith("")
	if err != nil {
		return err
	}
	req := codes.Request{Code: code, Persons: x.hasRoleIn, Hidden: x.hiddenFrom}
	for _, ch := range x.Network.Connection().Channels {
		if slices.Contains(names, ch.Name) {
			req.Channels = append(req.Channels, codes.Channel{Name: ch.Name, Division: ch.Division, Contracts: ch.Contracts})
		}
	}
	found, err := r.Resolve(x.ctx(), req)
	if err != nil {
		return indexAway(err)
	}
	return x.json(http.StatusOK, found)
}

// hasRoleIn tells whether the caller has any role of a contract's own.
func (x *exchange) hasRoleIn(c *catalog.Contract) bool {
	for i := range c.Operations {
		if x.caller.HasAny(c.Operations[i].Roles) {
			return true
		}
	}
	for i := range c.Queries {
		if x.caller.HasAny(c.Queries[i].Roles) {
			return true
		}
	}
	return false
}

// codeImage draws a code.
func (x *exchange) codeImage() error {
	code, err := x.pathCode()
	if err != nil {
		return err
	}
	if err := x.known("size"); err != nil {
		return err
	}
	size := codes.DefaultSize
	if text := x.request().URL.Query().Get("size"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < codes.MinSize || size > codes.MaxSize {
			return inputInvalid(operation.FieldError{Field: "size", Code: schema.OutOf, Message: "must be a whole number from " + strconv.Itoa(codes.MinSize) + " to " + strconv.Itoa(codes.MaxSize)})
		}
	}
	if kinds := codes.Recognise(code); len(kinds) > 0 {
		code = kinds[0].Code
	}
	png, err := codes.QR(code, size)
	if err != nil {
		return problem.New(problem.InternalError, "The image cannot be drawn.").Because(err)
	}
	x.send(http.StatusOK, typePNG, png)
	return nil
}

// hiddenFrom tells of a record that the caller has no part in.
func (x *exchange) hiddenFrom(channel string, c *catalog.Contract, rec *operation.Record) (bool, error) {
	return c.Hides(rec, catalog.Reader{Org: x.caller.MSPID, Dept: x.caller.Dept}, func(recordType, id string) (*operation.Record, error) {
		found, _, err := x.latest(channel, c.Name, recordType, id)
		return found, err
	})
}
