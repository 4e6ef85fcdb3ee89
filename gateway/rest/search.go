package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"henanchain/gateway/index"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// Parameters of lists beside the fields that they are searched by.
const (
	paramStart  = "start"
	paramLimit  = "limit"
	paramCursor = "cursor"
	paramSort   = "sort"
	paramCount  = "count"
	suffixFrom  = ".from"
	suffixTo    = ".to"
)

var listNames = []string{paramStart, paramLimit, paramCursor, paramSort, paramCount, paramConsistency, paramAtLeast}

// defaultLimit is a page where the caller names no limit.
const defaultLimit = 50

// indexedPage is a page of a list that the read model answers.
type indexedPage struct {
	Records []json.RawMessage `json:"records"`
	Next    string            `json:"next,omitempty"`
	Count   *matches          `json:"count,omitempty"`
	AsOf    index.AsOf        `json:"asOf"`
}

// matches is how many records match; at least that many where it is not exact.
type matches struct {
	N     int  `json:"n"`
	Exact bool `json:"exact"`
}

// searchBody is the body of a search.
type searchBody struct {
	Filters map[string]json.RawMessage `json:"filters"`
	Sort    string                     `json:"sort"`
	Limit   int                        `json:"limit"`
	Cursor  string                     `json:"cursor"`
	Count   bool                       `json:"count"`
}

// fromPeers tells whether a list is answered by the peers, which know pages by
// id only: where the caller asks for the ledger, or there is no read model.
func (x *exchange) fromPeers(query url.Values) bool {
	return x.Index == nil || query.Get(paramConsistency) == fromLedger
}

// listIndexed serves a page of the records that match the query's fields.
func (x *exchange) listIndexed(r *catalog.Record, query url.Values) error {
	q := x.query(r)
	count, err := x.listParameters(query, &q)
	if err != nil {
		return err
	}
	fields := map[string]*index.Filter{}
	for _, name := range sortedKeys(query) {
		if slices.Contains(listNames, name) {
			continue
		}
		if err := x.queryFilter(r, name, query[name], fields); err != nil {
			return err
		}
	}
	q.Filters = filters(fields)
	return x.answerList(q, count)
}

func (x *exchange) query(r *catalog.Record) index.Query {
	return index.Query{Channel: x.channel.Name, Contract: x.route.contract.Name, Type: r.Type, Limit: min(defaultLimit, x.Limits.PageSize)}
}

// listParameters reads everything but the fields.
func (x *exchange) listParameters(query url.Values, q *index.Query) (count bool, err error) {
	for name, values := range query {
		if slices.Contains(listNames, name) && len(values) != 1 {
			return false, problem.New(problem.RequestMalformed, "The parameter %s may stand there once.", name)
		}
	}
	if text := query.Get(paramLimit); text != "" {
		if q.Limit, err = x.limitText(text); err != nil {
			return false, err
		}
	}
	switch text := query.Get(paramCount); text {
	case "", "false":
	case "true":
		count = true
	default:
		return false, inputInvalid(operation.FieldError{Field: paramCount, Code: schema.Type, Message: "must be true or false"})
	}
	q.Start, q.Cursor = query.Get(paramStart), query.Get(paramCursor)
	if q.Start != "" && (len(q.Start) > maxID || !validText(q.Start)) {
		return false, inputInvalid(operation.FieldError{Field: paramStart, Code: schema.Format, Message: "must be an id, or the beginning of one"})
	}
	sortBy(q, query.Get(paramSort))
	return count, nil
}

func sortBy(q *index.Query, text string) { q.Sort, q.Desc = strings.CutPrefix(text, "-") }

// limitText reads a limit from a query.
func (x *exchange) limitText(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		n = -1
	}
	return x.limit(n)
}

func (x *exchange) limit(n int) (int, error) {
	if n < 1 || n > x.Limits.PageSize {
		return 0, inputInvalid(operation.FieldError{Field: paramLimit, Code: schema.OutOf, Message: "must be a whole number from 1 to " + strconv.Itoa(x.Limits.PageSize)})
	}
	return n, nil
}

// queryFilter reads a field of the query: its value, or a bound of it.
func (x *exchange) queryFilter(r *catalog.Record, name string, values []string, into map[string]*index.Filter) error {
	fieldName, bound := name, ""
	for _, suffix := range []string{suffixFrom, suffixTo} {
		if before, ok := strings.CutSuffix(name, suffix); ok && index.Searchable(r, name) == "" {
			fieldName, bound = before, suffix
		}
	}
	kind := index.Searchable(r, fieldName)
	if kind == "" {
		return problem.New(problem.RequestMalformed, "%.64q is neither a parameter of lists nor a field to search by.", name)
	}
	f := into[fieldName]
	if f == nil {
		f = &index.Filter{Field: fieldName}
		into[fieldName] = f
	}
	if bound == "" {
		for _, v := range values {
			quoted, err := json.Marshal(v)
			if err != nil {
				return err
			}
			if v, err = x.value(r, fieldName, quoted, true); err != nil {
				return err
			}
			f.Equal = append(f.Equal, v)
		}
		return nil
	}
	if len(values) != 1 {
		return problem.New(problem.RequestMalformed, "The parameter %s may stand there once.", name)
	}
	return setBound(f, kind, bound, values[0], name)
}

func setBound(f *index.Filter, kind, bound, text, name string) error {
	n, err := index.Point(kind, text, bound == suffixTo)
	if err != nil {
		return inputInvalid(operation.FieldError{Field: name, Code: schema.Format, Message: err.Error()})
	}
	if bound == suffixFrom {
		f.From = &n
	} else {
		f.To = &n
	}
	return nil
}

// maxValue bounds a value that is searched for.
const maxValue = 1024

// value reads a value as the ledger writes it: normalised by the field's own
// schema, and an identifier as its keyed hash. A text from the path's query may
// stand for a number or a truth value.
func (x *exchange) value(r *catalog.Record, name string, raw json.RawMessage, fromQuery bool) (string, error) {
	if len(raw) > maxValue {
		return "", inputInvalid(operation.FieldError{Field: name, Code: schema.Length, Message: "is longer than any value of the field"})
	}
	s := r.Body.At(name)
	if s == nil || index.Searchable(r, name) == index.Text || fromQuery && s.Type != "string" {
		s = &schema.Schema{Type: "string", MaxLength: maxValue}
	}
	normal, err := x.checked(s, raw, name)
	if err != nil {
		return "", err
	}
	var text string
	if json.Unmarshal(normal, &text) != nil {
		text = string(normal)
	}
	return text, nil
}

func filters(fields map[string]*index.Filter) []index.Filter {
	var all []index.Filter
	for _, name := range sortedKeys(fields) {
		all = append(all, *fields[name])
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

var searchSchema = func() *schema.Schema {
	one := int64(1)
	return &schema.Schema{Type: "object", Closed: true, Properties: schema.Properties{
		{Name: "filters", Schema: &schema.Schema{Type: "object"}},
		{Name: "sort", Schema: &schema.Schema{Type: "string", MaxLength: 128}},
		{Name: "limit", Schema: &schema.Schema{Type: "integer", Minimum: &one}},
		{Name: "cursor", Schema: &schema.Schema{Type: "string", MaxLength: maxValue}},
		{Name: "count", Schema: &schema.Schema{Type: "boolean"}},
	}}
}()

// search is a list whose filters stand in the body: identifiers of persons may
// stand there, which have no place in a path.
func (x *exchange) search(r *catalog.Record) error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	normal, err := checked(searchSchema, raw, "", nil)
	if err != nil {
		return err
	}
	var body searchBody
	if err := json.Unmarshal(normal, &body); err != nil {
		return problem.New(problem.JSONMalformed, "The search cannot be read: %s.", err)
	}
	q := x.query(r)
	if body.Limit != 0 {
		if q.Limit, err = x.limit(body.Limit); err != nil {
			return err
		}
	}
	q.Cursor = body.Cursor
	sortBy(&q, body.Sort)
	fields := map[string]*index.Filter{}
	for _, name := range sortedKeys(body.Filters) {
		f, err := x.bodyFilter(r, name, body.Filters[name])
		if err != nil {
			return err
		}
		fields[name] = f
	}
	q.Filters = filters(fields)
	return x.answerList(q, body.Count)
}

// bodyFilter reads a field of a search: a value, a list of values, or an
// object with from and to.
func (x *exchange) bodyFilter(r *catalog.Record, name string, raw json.RawMessage) (*index.Filter, error) {
	kind := index.Searchable(r, name)
	field := "filters." + name
	switch kind {
	case "":
		return nil, inputInvalid(operation.FieldError{Field: field, Code: schema.Unknown, Message: "is not a field to search by"})
	case index.Number, index.Date:
		return rangeFilter(name, field, kind, raw)
	}
	f := &index.Filter{Field: name}
	values := []json.RawMessage{raw}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) == nil && several != nil {
		values = several
	}
	if len(values) == 0 || len(values) > 20 {
		return nil, inputInvalid(operation.FieldError{Field: field, Code: schema.Length, Message: "takes 1 to 20 values"})
	}
	for _, v := range values {
		text, err := x.value(r, name, v, false)
		if err != nil {
			return nil, inField2(err)
		}
		f.Equal = append(f.Equal, text)
	}
	return f, nil
}

// inField2 says of every wrong field that it is among the filters.
func inField2(err error) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		for i := range p.Fields {
			p.Fields[i].Field = "filters." + p.Fields[i].Field
		}
	}
	return err
}

func rangeFilter(name, field, kind string, raw json.RawMessage) (*index.Filter, error) {
	var bounds map[string]json.RawMessage
	if json.Unmarshal(raw, &bounds) != nil || len(bounds) == 0 {
		return nil, inputInvalid(operation.FieldError{Field: field, Code: schema.Type, Message: `must be an object with from, to or both, such as {"from":"20260301"}`})
	}
	f := &index.Filter{Field: name}
	for _, bound := range sortedKeys(bounds) {
		if bound != "from" && bound != "to" {
			return nil, inputInvalid(operation.FieldError{Field: field + "." + bound, Code: schema.Unknown, Message: "is not a bound; the bounds are from and to"})
		}
		text := strings.Trim(string(bounds[bound]), `"`)
		if err := setBound(f, kind, "."+bound, text, field+"."+bound); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (x *exchange) answerList(q index.Query, count bool) error {
	if _, err := x.fresh(true); err != nil {
		return err
	}
	page, err := x.page(q, false)
	if err != nil {
		return searchProblem(err)
	}
	out := indexedPage{Records: make([]json.RawMessage, len(page.Values)), Next: page.Next, AsOf: page.AsOf}
	for i, v := range page.Values {
		out.Records[i] = v
	}
	if count {
		if out.Count, err = x.matching(q); err != nil {
			return searchProblem(err)
		}
	}
	return x.json(http.StatusOK, out)
}

func searchProblem(err error) error {
	var p *index.Problem
	if errors.As(err, &p) {
		return inputInvalid(operation.FieldError{Field: p.Field, Code: p.Code, Message: p.Message})
	}
	return indexAway(err)
}

// searchParameters are the fields of a record type as parameters of its list.
func searchParameters(r *catalog.Record) []openapi.Parameter {
	query := func(name, doc string, s any) openapi.Parameter {
		return openapi.Parameter{Name: name, In: "query", Description: doc, Schema: s}
	}
	text := map[string]string{"type": "string"}
	most, which := index.MaxCount, ""
	if r.Veil != nil {
		most, which = maxVeiledCount, " of those that the caller may see"
	}
	all := []openapi.Parameter{
		query(paramSort, "id (the default without filters), created, updated, or a number or date field; with a minus before it, the other way round. With filters the default is -created: the newest first.", text),
		query(paramCount, "Tell beside how many records match"+which+", up to "+strconv.Itoa(most)+".", map[string]string{"type": "boolean"}),
	}
	for _, f := range index.SearchFields(r) {
		if slices.Contains(listNames, f.Name) {
			continue // by POST :search only
		}
		switch f.Kind {
		case index.Number, index.Date:
			all = append(all, query(f.Name+suffixFrom, f.Name+" from this on ("+f.Kind+").", text), query(f.Name+suffixTo, f.Name+" up to and including this ("+f.Kind+").", text))
		case index.Text:
			all = append(all, query(f.Name, f.Name+" holds these words, or these Chinese characters side by side.", text))
		default:
			all = append(all, query(f.Name, f.Name+" is this; given several times, one of these.", map[string]any{"type": "array", "items": text}))
		}
	}
	return all
}
