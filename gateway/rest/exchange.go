package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"go.uber.org/zap"

	"henanchain/gateway/auth"
	"henanchain/gateway/fabric"
	"henanchain/gateway/problem"
	"henanchain/internal/connection"
)

// RequestIDHeader carries the request's id, in and out.
const RequestIDHeader = "X-Request-ID"

var requestIDForm = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// exchange is one request while it is served.
type exchange struct {
	*Server
	gin     *gin.Context
	context context.Context
	route   *Route
	id      string // request ID
	caller  *auth.Caller
	channel *connection.Channel
	txID    string // for the log, where the request made a transaction
	record  string // id of the record, for the audit log
	count   int    // operations of a batch
	purpose string // as the caller states it
	audited bool
	problem *problem.Problem
}

func (x *exchange) ctx() context.Context      { return x.context }
func (x *exchange) request() *http.Request    { return x.gin.Request }
func (x *exchange) header(name string) string { return x.gin.Request.Header.Get(name) }

// target is where the exchange's question goes.
func (x *exchange) target() fabric.Place {
	return fabric.Place{Channel: x.channel.Name, Contract: x.route.contract.Name, App: x.caller.Name}
}

// serve makes Gin's handler of a route: who calls, may they, do it, and what
// came of it into the answer, the log and the metrics.
func (s *Server) serve(r *Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := &exchange{Server: s, gin: c, context: c.Request.Context(), route: r, id: c.GetHeader(RequestIDHeader)}
		if !requestIDForm.MatchString(x.id) {
			x.id = uuid.NewString()
		}
		c.Header(RequestIDHeader, x.id)
		c.Header("X-Content-Type-Options", "nosniff")
		start := time.Now()
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		if !r.stream {
			ends := &deadline{Context: x.context, at: start.Add(s.Limits.Timeout)}
			defer ends.end()
			x.context = ends
		}
		span := x.trace()
		if err := x.run(); err != nil {
			x.fail(err)
		}
		x.finish(time.Since(start))
		x.traced(span)
	}
}

// run serves the exchange; a panic becomes an error.
func (x *exchange) run() (err error) {
	defer func() {
		if crash := recover(); crash != nil {
			if crash == http.ErrAbortHandler { //nolint:errorlint // net/http's own sentinel, compared as net/http does
				panic(crash)
			}
			x.Log.Error("panic", zap.String("requestId", x.id), zap.String("route", x.name()), zap.Any("panic", crash), zap.ByteString("stack", debug.Stack()))
			err = problem.New(problem.InternalError, "Please tell the operator of the gateway the request ID.")
		}
	}()
	if err := x.negotiate(); err != nil {
		return err
	}
	if err := x.admit(); err != nil {
		return err
	}
	return x.route.handle(x)
}

// admit finds out who calls, and whether they may.
func (x *exchange) admit() (err error) {
	if x.route.Public || x.route.Path == "" {
		return nil
	}
	if x.Audit != nil {
		if err := x.Audit.Err(); err != nil {
			return problem.New(problem.AuditUnavailable, "The audit log cannot be written, and nothing is done that would not be on record.").Because(err)
		}
	}
	if x.caller, err = x.Auth.Authenticate(x.ctx(), x.request()); err != nil {
		if x.explain(err).Status == http.StatusUnauthorized {
			x.gin.Header("WWW-Authenticate", auth.Challenge)
			x.gin.Header("Accept-Signature", auth.AcceptSignature)
		}
		return err
	}
	if x.purpose, err = purposeOf(x.request()); err != nil {
		return err
	}
	if err := x.meter(1); err != nil {
		return err
	}
	channel, provisions, err := x.mayCall(x.ctx(), x.caller, x.route, x.gin.Param("city"))
	x.channel = channel
	if err != nil {
		return err
	}
	return x.draw(provisions)
}

func hasContract(c *connection.Channel, name string) bool {
	for _, n := range c.Contracts {
		if n == name {
			return true
		}
	}
	return false
}

// explain turns any error into a problem.
func (x *exchange) explain(err error) *problem.Problem {
	contract := ""
	if x.route.contract != nil {
		contract = x.route.contract.Name
	}
	return x.Server.explain(contract, err)
}

// warn logs what went wrong beside the answer.
func (x *exchange) warn(what string, err error) {
	x.Log.Warn(what, zap.String("requestId", x.id), zap.String("route", x.name()), zap.Error(err))
}

// fail answers with a problem document.
func (x *exchange) fail(err error) {
	x.problem = x.explain(err)
	if x.gin.Writer.Written() {
		return // the answer is under way already; cutting it off is all that is left
	}
	x.audit(x.problem.Status)
	x.problem.Write(x.gin.Writer, x.request(), x.id)
}

// json answers with a value.
func (x *exchange) json(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	x.send(status, "application/json", body)
	return nil
}

func (x *exchange) send(status int, contentType string, body []byte) {
	x.audit(status)
	h := x.gin.Writer.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body))) // else a long one is cut into chunks, with a write for each
	x.gin.Writer.WriteHeader(status)
	if x.request().Method != http.MethodHead {
		x.gin.Writer.Write(body) //nolint:errcheck // the caller is gone; nobody is left to tell
	}
}

func (x *exchange) name() string { return x.route.name() }

// finish logs and counts. Paths are logged as templates: an id may be a
// licence number, and nothing that belongs to a person goes into a log.
func (x *exchange) finish(took time.Duration) {
	status := x.gin.Writer.Status()
	x.metrics.observe(x.name(), status, took)
	fields := append(make([]zap.Field, 0, 9),
		zap.String("requestId", x.id), zap.String("route", x.name()), zap.Int("status", status), zap.Duration("took", took))
	if x.caller != nil {
		fields = append(fields, zap.String("app", x.caller.Name))
	}
	if x.channel != nil {
		fields = append(fields, zap.String("channel", x.channel.Name))
	}
	if x.txID != "" {
		fields = append(fields, zap.String("txId", x.txID))
	}
	if x.problem == nil {
		x.Log.Info("request", fields...)
		return
	}
	fields = append(fields, zap.String("code", x.problem.Code))
	if cause := x.problem.Unwrap(); cause != nil && status >= 500 {
		x.Log.Error("request", append(fields, zap.Error(cause))...)
		return
	}
	x.Log.Info("request", fields...)
}
