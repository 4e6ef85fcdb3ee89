package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// maxID bounds an id in a path: none of the registries' numbers is longer.
const maxID = 256

// pathID is the record id in the path.
func (x *exchange) pathID() (string, error) {
	id := x.gin.Param("id")
	if len(id) > maxID || !validText(id) {
		return "", problem.New(problem.RecordNotFound, "An id has at most %d bytes of UTF-8 and no control character.", maxID)
	}
	return id, nil
}

// validText tells whether a text would pass as one in a body.
func validText(text string) bool {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return true // as nearly always
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return false
	}
	_, wrong, err := (&schema.Schema{Type: "string"}).Check(quoted)
	return err == nil && len(wrong) == 0
}

// get serves one record, with its version as ETag.
func (x *exchange) get(r *catalog.Record) error {
	id, err := x.pathID()
	if err != nil {
		return err
	}
	if wait := x.waits(); wait > 0 {
		return x.awaitEnd(r, id, wait)
	}
	version, _, err := versionTag(x.header("If-None-Match"))
	if err != nil {
		return err
	}
	if fresh, err := x.fresh(false); err != nil || fresh {
		if err != nil {
			return err
		}
		return x.getIndexed(r, id, version)
	}
	record, err := x.Reader.Get(x.ctx(), x.target(), r.Type, id)
	if err != nil {
		return err
	}
	x.gin.Writer.Header().Set("ETag", tag(record.Version))
	x.gin.Writer.Header().Set("Cache-Control", "no-cache")
	if version == record.Version {
		x.audit(http.StatusNotModified)
		x.gin.Writer.WriteHeader(http.StatusNotModified)
		return nil
	}
	return x.json(http.StatusOK, record)
}

type history struct {
	Changes []operation.Change `json:"changes"`
}

// history serves every version of a record, oldest first.
func (x *exchange) history(r *catalog.Record) error {
	id, err := x.pathID()
	if err != nil {
		return err
	}
	if fresh, err := x.fresh(false); err != nil || fresh {
		if err != nil {
			return err
		}
		return x.historyIndexed(r, id)
	}
	changes, err := x.Reader.History(x.ctx(), x.target(), r.Type, id)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, history{changes})
}

type page struct {
	Records []operation.Record `json:"records"`
	Next    string             `json:"next,omitempty"`
}

// list serves a page of records: from the read model those that match, in any
// order; from the peers all, in the order of their ids.
func (x *exchange) list(r *catalog.Record) error {
	query := x.request().URL.Query()
	if !x.fromPeers(query) {
		return x.listIndexed(r, query)
	}
	limit := min(defaultLimit, x.Limits.PageSize)
	for name, values := range query {
		if len(values) != 1 || name != paramStart && name != paramLimit && name != paramCursor && name != paramConsistency {
			return problem.New(problem.RequestMalformed, "From the ledger, the query takes start, limit and cursor, each once.")
		}
	}
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > x.Limits.PageSize {
			return inputInvalid(operation.FieldError{Field: "limit", Code: schema.OutOf, Message: "must be a whole number from 1 to " + strconv.Itoa(x.Limits.PageSize)})
		}
		limit = n
	}
	for _, name := range []string{"start", "cursor"} {
		if value := query.Get(name); value != "" && (len(value) > 4*maxID || !validText(value)) {
			return inputInvalid(operation.FieldError{Field: name, Code: schema.Format, Message: "must be an id, or a cursor as the page before gave it"})
		}
	}
	p, err := x.Reader.Range(x.ctx(), x.target(), r.Type, query.Get("start"), limit, query.Get("cursor"))
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, page{p.Records, p.Bookmark})
}
