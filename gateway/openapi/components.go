package openapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
)

// ownTags are the tags that are of no ledger.
var ownTags = []Tag{
	{"network", "Network", "网络", "Which cities, ledgers and contracts there are."},
	{"subjects", "Subjects", "主体标识", "Persons and organisations, known by keyed hashes."},
	{"codes", "Codes", "标识代码", "Which records carry a code, across channels."},
	{"jobs", "Jobs", "异步任务", "Answers of requests that did not wait."},
	{"contracts", "Other contracts", "通用合约", "The door for contracts that were not written here."},
	{"explorer", "Explorer", "区块浏览", "What stands in the channels' blocks, and what was done."},
	{"events", "Events", "事件", "What changes on the ledgers, told as it happens."},
	{"outside", "Keys held outside", "外部签名", "Transactions that callers sign with keys that the gateway does not have."},
	{"gateway", "Gateway", "网关", "The gateway itself."},
}

// tags lists the ledgers, then the rest, as far as an endpoint has them.
func tags(contracts []catalog.Contract, endpoints []Endpoint) []Tag {
	used := map[string]bool{}
	for _, e := range endpoints {
		used[e.Tag] = true
	}
	var all []Tag
	for _, c := range contracts {
		all = append(all, Tag{c.Name, c.Title, c.TitleZh, c.Doc})
	}
	all = append(all, ownTags...)
	return slices.DeleteFunc(all, func(t Tag) bool { return !used[t.Name] })
}

func text(description string) map[string]any {
	return map[string]any{"type": "string", "description": description}
}

func whole(description string) map[string]any {
	return map[string]any{"type": "integer", "description": description}
}

func object(required []string, properties map[string]any) map[string]any {
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

func list(items any) map[string]any { return map[string]any{"type": "array", "items": items} }

func components(contracts []catalog.Contract) Components {
	c := Components{
		Schemas: sharedSchemas(), Responses: map[string]*Response{}, Parameters: parameters(),
		SecuritySchemes: map[string]SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", Description: "The token that the application was given when it was registered (应用令牌)."},
			"signature": {Type: "apiKey", In: "header", Name: "Signature",
				Description: "An SM2 signature over the request with a registered key (SM2 请求签名): HTTP message signatures, RFC 9421, with Signature-Input and Content-Digest beside it."},
			"certificate": {Type: "mutualTLS", Description: "A registered client certificate under TLS or TLCP (双向 TLS 或国密 TLCP)."},
		},
	}
	maps.Copy(c.Schemas, explorerSchemas())
	maps.Copy(c.Schemas, outsideSchemas())
	maps.Copy(c.Schemas, eventSchemas())
	for status, name := range problemNames {
		headers := map[string]Header{"X-Request-ID": {Description: headerDocs["X-Request-ID"], Schema: map[string]string{"type": "string"}}}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			headers["Retry-After"] = Header{Description: headerDocs["Retry-After"], Schema: map[string]string{"type": "integer"}}
		}
		c.Responses[name] = &Response{
			Description: http.StatusText(status) + ": " + codesOf(status), Headers: headers,
			Content: map[string]MediaType{problem.MediaType: {Schema: Ref("Problem")}},
		}
	}
	for _, contract := range contracts {
		for _, r := range contract.Records {
			if r.Body != nil {
				c.Schemas[BodyName(&contract, &r)] = r.Body
			}
		}
		for _, o := range contract.Operations {
			c.Schemas[InputName(&contract, o.Name)] = Input(o.Input)
			if o.Private != nil {
				c.Schemas[InputName(&contract, o.Name)+".private"] = Input(o.Private)
			}
		}
		for _, q := range contract.Queries {
			c.Schemas[InputName(&contract, q.Name)] = Input(q.Input)
			if q.Output != nil {
				c.Schemas[InputName(&contract, q.Name)+".answer"] = q.Output
			}
		}
	}
	return c
}

// BodyName names the schema of a record's body.
func BodyName(c *catalog.Contract, r *catalog.Record) string { return c.Name + "." + r.Type }

// InputName names the schema of an operation's or a query's input.
func InputName(c *catalog.Contract, name string) string { return c.Name + "." + name }

var problemNames = map[int]string{
	http.StatusBadRequest: "BadRequest", http.StatusUnauthorized: "Unauthenticated", http.StatusForbidden: "Forbidden",
	http.StatusNotFound: "NotFound", http.StatusMethodNotAllowed: "MethodNotAllowed", http.StatusNotAcceptable: "NotAcceptable",
	http.StatusConflict: "Conflict", http.StatusPreconditionFailed: "PreconditionFailed",
	http.StatusRequestEntityTooLarge: "TooLarge", http.StatusUnsupportedMediaType: "UnsupportedMediaType",
	http.StatusUnprocessableEntity: "Unprocessable", http.StatusTooManyRequests: "TooManyRequests",
	http.StatusServiceUnavailable: "Unavailable",
}

func problemName(status int) string {
	name, ok := problemNames[status]
	if !ok {
		panic("openapi: no response component for the status " + http.StatusText(status))
	}
	return name
}

// codesOf lists the gateway's own codes of a status.
func codesOf(status int) string {
	var codes []string
	for _, k := range problem.Kinds() {
		if k.Status == status {
			codes = append(codes, k.Code)
		}
	}
	if len(codes) == 0 {
		return "the contract's own codes"
	}
	return strings.Join(codes, ", ")
}

// PathParameter is one of the path's parameters with an example of its own.
func PathParameter(name string, example any) Parameter {
	p := parameters()[name]
	p.Example = example
	return p
}

func parameters() map[string]Parameter {
	path := func(name, doc string, example any) Parameter {
		return Parameter{Name: name, In: "path", Required: true, Description: doc, Schema: map[string]string{"type": "string"}, Example: example}
	}
	header := func(name, doc string) Parameter {
		return Parameter{Name: name, In: "header", Description: doc, Schema: map[string]any{"type": "string", "maxLength": 255}}
	}
	return map[string]Parameter{
		"city":           path("city", "The city's channel, in pinyin or by its division code (行政区划代码); henan is the provincial main channel.", "zhengzhou"),
		"id":             path("id", "The record's id (记录编号).", nil),
		"name":           path("name", "The contract's name (合约名).", nil),
		"function":       path("function", "The contract's function (合约方法).", nil),
		"job":            path("job", "The job's id (任务编号).", nil),
		"webhook":        path("webhook", "The webhook's id (回调编号).", nil),
		"code":           path("code", "A problem code (问题代码).", "INPUT_INVALID"),
		"IfMatch":        header("If-Match", "The version that the record must have, in quotes, as its ETag gave it."),
		"IfNoneMatch":    header("If-None-Match", "A version, in quotes: 304 where the record still has it."),
		"IdempotencyKey": header("Idempotency-Key", "Sent again with the same body, the first answer is given again; with another body, it is refused (幂等键)."),
		"Prefer":         header("Prefer", "respond-async answers 202 and a job at once."),
		"Purpose":        header("X-Purpose", "What the call is for; the audit log keeps it. Percent-encoded UTF-8 (使用目的)."),
		"RequestID":      header("X-Request-ID", "An id of the caller's choice, given back and logged."),
	}
}
