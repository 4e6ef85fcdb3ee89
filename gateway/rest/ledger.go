package rest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"

	"henanchain/gateway/openapi"
	"henanchain/internal/catalog"
)

// anyRole lets every caller of the city in.
const anyRole = "*"

// ledgerRoutes makes the routes of one contract from its catalogue.
func (s *Server) ledgerRoutes(c *catalog.Contract) ([]Route, error) {
	var all []Route
	for i := range c.Operations {
		r, err := operationRoute(c, &c.Operations[i])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	for i := range c.Records {
		all = append(all, s.recordRoutes(c, &c.Records[i])...)
	}
	for i := range c.Queries {
		all = append(all, queryRoute(c, &c.Queries[i]))
	}
	return append(all, batchRoute(c, s.Limits)), nil
}

// writeParameters are the headers that every write takes.
var writeParameters = []openapi.Parameter{
	{Ref: "#/components/parameters/IdempotencyKey"}, {Ref: "#/components/parameters/Prefer"}, {Ref: "#/components/parameters/RequestID"},
}

// accepted is the answer to a write that is done later.
var accepted = openapi.Answer("accepted and on disk: the job tells how it ends (Prefer: respond-async)", openapi.Ref("Job"), "Location", "Retry-After", RequestIDHeader)

func base(c *catalog.Contract) string { return "/v1/{city}/" + c.Name }

// recordPath is where one record of a type is read.
func recordPath(c *catalog.Contract, r *catalog.Record) string {
	return base(c) + "/" + r.Collection + "/{id}"
}

// operationRoute decides where an operation stands: on the collection where it
// makes a record, else on the record.
func operationRoute(c *catalog.Contract, op *catalog.Operation) (Route, error) {
	record, ok := c.Record(op.Record)
	if !ok {
		return Route{}, fmt.Errorf("operation %s is about the record type %q, which is not in the catalogue", op.Name, op.Record)
	}
	for _, name := range []string{memberPrivate, memberSig} {
		if _, taken := op.Input.Properties.Get(name); taken {
			return Route{}, fmt.Errorf("operation %s has an input field %s, a name that bodies use themselves", op.Name, name)
		}
	}
	path := base(c) + c.OperationPath(op)
	status, text := http.StatusOK, "done: committed and valid on the ledger"
	if op.Creates {
		status, text = http.StatusCreated, "made: committed and valid on the ledger"
	}
	answer := openapi.Answer(text, openapi.Ref("Acknowledgement"), "Location", "ETag", RequestIDHeader)
	success := map[int]*openapi.Response{status: answer, http.StatusAccepted: accepted}
	if op.Creates {
		success[http.StatusOK] = openapi.Answer("there already, the same: nothing was changed", openapi.Ref("Acknowledgement"), "Location", "ETag", RequestIDHeader)
	}
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodPost, Path: path, ID: c.Name + "." + op.Name, Tag: c.Name,
			Summary: op.Title, SummaryZh: op.TitleZh, Doc: op.Doc, Roles: restricted(op.Roles),
			Parameters: append(idParameter(op, path), append([]openapi.Parameter{{Ref: "#/components/parameters/IfMatch"}}, writeParameters...)...),
			Body:       operationBody(op, path), Success: success, Refusals: op.Refusals,
			Problems: []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity},
		},
		contract: c, inCity: true,
		handle: func(x *exchange) error { x.lead(record); return x.write(op) },
	}, nil
}

// operationBody is the input, and beside its fields the private half and the
// signature.
func operationBody(op *catalog.Operation, path string) *openapi.RequestBody {
	example := op.Example
	all, ok := members(example)
	if ok && op.Private != nil && op.PrivateExample != nil {
		all = append(all, member{Name: memberPrivate, Value: op.PrivateExample})
	}
	inPath := ""
	if hasID(path) {
		inPath = op.ID
		all = without(all, op.ID)
	}
	if ok {
		example = joined(all)
	}
	return openapi.JSON(openapi.OperationBody(op, inPath), example)
}

func hasID(path string) bool { return strings.Contains(path, "{id}") }

// idParameter shows an id that the example of the body goes with.
func idParameter(op *catalog.Operation, path string) []openapi.Parameter {
	id := fieldText(op.Example, op.ID)
	if !hasID(path) || id == "" {
		return nil
	}
	return []openapi.Parameter{openapi.PathParameter("id", id)}
}

// recordRoute is one route of a record type, without what is its alone.
func recordRoute(c *catalog.Contract, r *catalog.Record, method, path, verb, summary, summaryZh string, handle func(*exchange) error) Route {
	return Route{
		Endpoint: openapi.Endpoint{Method: method, Path: path, ID: c.Name + "." + r.Type + "." + verb, Tag: c.Name,
			Summary: summary, SummaryZh: summaryZh, Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}}},
		contract: c, inCity: true, handle: func(x *exchange) error { x.lead(r); return handle(x) },
	}
}

func (s *Server) recordRoutes(c *catalog.Contract, r *catalog.Record) []Route {
	path := base(c) + "/" + r.Collection
	route := func(method, path, verb, summary, summaryZh string, handle func(*exchange) error) Route {
		return recordRoute(c, r, method, path, verb, summary, summaryZh, handle)
	}
	get := route(http.MethodGet, recordPath(c, r), "get", "Read a "+r.Title, "查询"+r.TitleZh, func(x *exchange) error { return x.get(r) })
	get.Parameters = append(get.Parameters, openapi.Parameter{Ref: "#/components/parameters/IfNoneMatch"})
	get.Doc = "With `Prefer: wait=10` it is answered once the record's status is one that nothing leads out of, or after so many seconds (30 at most)."
	get.Success = map[int]*openapi.Response{
		http.StatusOK:          openapi.Answer("the record as it is now", openapi.RecordOf(c, r), "ETag", RequestIDHeader),
		http.StatusNotModified: {Description: "the record still has the version of If-None-Match"},
	}
	get.Problems = []int{http.StatusBadRequest}

	history := route(http.MethodGet, path+"/{id}/history", "history", "Read the history of a "+r.Title, "查询"+r.TitleZh+"的历史", func(x *exchange) error { return x.history(r) })
	history.Success = map[int]*openapi.Response{http.StatusOK: openapi.Answer("every version, oldest first, and what changed", openapi.Ref("History"), RequestIDHeader)}

	list := route(http.MethodGet, path, "list", "List records: "+r.Title, "列出"+r.TitleZh, func(x *exchange) error { return x.list(r) })
	list.Parameters = append(list.Parameters, openapi.ListParameters()...)
	if s.Index != nil {
		list.Parameters = append(append(list.Parameters, readParameters...), searchParameters(r)...)
	}
	list.Success = map[int]*openapi.Response{http.StatusOK: openapi.Answer("a page of records, in the order of their ids", openapi.Ref("Page"), RequestIDHeader)}
	list.Problems = []int{http.StatusBadRequest, http.StatusUnprocessableEntity}

	verify := route(http.MethodPost, path+":verify", "verify", "Verify a "+r.Title, "核验"+r.TitleZh, func(x *exchange) error { return x.verify(r) })
	verify.Doc = "Answers whether what the caller holds to be true is as on the ledger, and the record's status now. No value is given out that the claim did not carry."
	verify.Body = openapi.JSON(openapi.Ref("Claim"), json.RawMessage(`{"fileHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`))
	verify.Success = map[int]*openapi.Response{http.StatusOK: openapi.Answer("match or no match, and why", openapi.With("Verdict", map[string]any{"asOf": openapi.Ref("AsOf")}), RequestIDHeader)}
	verify.Problems = []int{http.StatusUnprocessableEntity}

	digest := route(http.MethodPost, path+":digest", "digest", "Digest a file for a "+r.Title, "计算文件摘要", func(x *exchange) error { return x.digest() })
	digest.Doc = "Runs the body, or the first file of a form, through SM3. The file is not kept, not written anywhere and not logged."
	digest.Body = openapi.FileBody()
	digest.Success = map[int]*openapi.Response{http.StatusOK: openapi.Answer("the digest", openapi.Ref("Digest"), RequestIDHeader)}

	search := route(http.MethodPost, path+":search", "search", "Search: "+r.Title, "检索"+r.TitleZh, func(x *exchange) error { return x.search(r) })
	search.Doc = "As the list, with the filters in the body: a value or several, or from and to. Where a field holds a person's or an organisation's keyed hash, the identifier may stand instead; in a path it must not."
	search.Parameters = append(search.Parameters, readParameters...)
	search.Body = openapi.JSON(openapi.Ref("Search"), json.RawMessage(`{"filters":{"dept":"91410100MA9YTT01X0"},"sort":"-updated","limit":20}`))
	search.Success = map[int]*openapi.Response{http.StatusOK: openapi.Answer("a page of records", openapi.Ref("Page"), RequestIDHeader)}
	search.Problems = []int{http.StatusUnprocessableEntity}

	for _, reading := range []*Route{&get, &history, &verify} {
		if s.Index == nil {
			break
		}
		reading.Parameters = append(reading.Parameters, readParameters...)
		reading.Problems = append(reading.Problems, http.StatusUnprocessableEntity)
	}
	all := []Route{get, history, list, verify, proofRoute(c, r)}
	if s.Index != nil {
		all = append(all, search)
	}
	if len(r.HashFields) > 0 {
		all = append(all, digest)
	}
	return all
}

func queryRoute(c *catalog.Contract, q *catalog.Query) Route {
	output := any(openapi.Ref(openapi.InputName(c, q.Name) + ".answer"))
	if q.Output == nil {
		output = struct{}{}
	}
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodPost, Path: base(c) + "/queries/" + q.Path, ID: c.Name + "." + q.Name, Tag: c.Name,
			Summary: q.Title, SummaryZh: q.TitleZh, Doc: q.Doc, Roles: restricted(q.Roles),
			Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}},
			Body:       openapi.JSON(openapi.Ref(openapi.InputName(c, q.Name)), q.Example),
			Success:    map[int]*openapi.Response{http.StatusOK: openapi.Answer("the answer", output, RequestIDHeader)},
			Problems:   []int{http.StatusUnprocessableEntity},
		},
		contract: c, inCity: true, handle: func(x *exchange) error { return x.ask(q) },
	}
}

func batchRoute(c *catalog.Contract, l Limits) Route {
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodPost, Path: base(c) + ":batch", ID: c.Name + ".batch", Tag: c.Name,
			Summary: "Run many operations", SummaryZh: "批量操作",
			Doc:        fmt.Sprintf("Up to %d operations or %d bytes, as a JSON array or as JSON Lines. Each is done or refused on its own; the answer is 200 with one result for each, in their order, in the form that the request had. A result's status is the one that the operation would have had alone. Operations on one entity are done in their order.", l.BatchOperations, l.BatchBytes),
			Parameters: writeParameters,
			Body:       openapi.BatchBody(c), Success: map[int]*openapi.Response{http.StatusOK: openapi.BatchAnswer(), http.StatusAccepted: accepted},
			Problems: []int{http.StatusConflict, http.StatusUnprocessableEntity},
		},
		contract: c, inCity: true, handle: func(x *exchange) error { return x.batch() },
	}
}

// restricted is the roles that a route asks for; nil where everybody of the
// city may.
func restricted(roles []string) []string {
	if slices.Contains(roles, anyRole) {
		return nil
	}
	return roles
}

func (x *exchange) mayDo(op *catalog.Operation) bool {
	roles := restricted(op.Roles)
	return roles == nil || x.caller.HasAny(roles)
}

func hexText(b []byte) string { return hex.EncodeToString(b) }

func sortedStatuses(m map[int]*openapi.Response) []int {
	all := make([]int, 0, len(m))
	for status := range m {
		all = append(all, status)
	}
	sort.Ints(all)
	return all
}
