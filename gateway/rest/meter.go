package rest

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"henanchain/gateway/audit"
	"henanchain/gateway/problem"
)

// PurposeHeader is where a caller states what a call is for (使用目的). The audit
// log keeps it. Chinese goes there percent-encoded.
const PurposeHeader = "X-Purpose"

const maxPurpose = 256 // characters

// purposeOf reads the purpose of a call; "" where none is stated.
func purposeOf(r *http.Request) (string, error) {
	values := r.Header.Values(PurposeHeader)
	if len(values) == 0 {
		return "", nil
	}
	text, err := url.PathUnescape(values[0])
	if err != nil || len(values) > 1 || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxPurpose || strings.ContainsFunc(text, unicode.IsControl) {
		return "", problem.New(problem.RequestMalformed, "%s must be a text of at most %d characters, percent-encoded UTF-8, once.", PurposeHeader, maxPurpose)
	}
	return text, nil
}

// meter counts operations against the caller's rate and quota.
func (x *exchange) meter(operations int) error {
	if x.Limiter == nil {
		return nil
	}
	return x.Limiter.Take(x.ctx(), x.caller.Name, operations)
}

// audit puts the call on record, before it is answered. Calls that need no
// credential, and paths that do not exist, are in the gateway's log only.
func (x *exchange) audit(status int) {
	if x.Audit == nil || x.audited || x.route.Public || x.route.Path == "" {
		return
	}
	x.audited = true
	e := &audit.Entry{Time: time.Now(), RequestID: x.id, Route: x.name(), Operation: x.route.ID, Record: x.record,
		Count: x.count, Purpose: x.purpose, Status: status, TxID: x.txID}
	e.Remote, _, _ = net.SplitHostPort(x.request().RemoteAddr)
	if e.Record == "" {
		e.Record = strings.ToValidUTF8(x.gin.Param("id"), "?")
		e.Record = e.Record[:min(len(e.Record), maxID)]
	}
	if x.caller != nil {
		e.App, e.Dept, e.Method, e.Credential = x.caller.Name, x.caller.Dept, x.caller.Method, x.caller.Credential
	}
	if x.channel != nil {
		e.Channel = x.channel.Name
	}
	if x.problem != nil {
		e.Code = x.problem.Code
	}
	if err := x.Audit.Append(e); err != nil {
		// The line stays with the log and is written as soon as it can be;
		// until then every further call is refused.
		x.Log.Error("a call is not on record yet", zap.String("requestId", x.id), zap.Error(err))
	}
}
