// Package rest is the gateway's REST door: routes made from the contracts'
// catalogue, and nothing of the ledgers' own rules.
package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/auth"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// Authenticator tells who is calling, or returns a problem.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request) (*auth.Caller, error)
}

// Limits bound what one request can ask for.
type Limits struct {
	BodyBytes, BatchBytes, UploadBytes int64
	BatchOperations, PageSize          int
	Timeout                            time.Duration // for a ledger to answer
}

// Options are what a server is made of. Contracts, Network, Auth, Writer,
// Store, Reader and Log must be there.
type Options struct {
	Contracts []catalog.Contract
	Network   Network
	Auth      Authenticator
	Writer    Writer
	Store     Store
	Reader    Reader
	Invoker   Invoker // nil: no door for other contracts
	// Outsider is for callers who keep their keys to themselves; nil: not served.
	Outsider Outsider
	// Index is the read model; nil: reads go to the peers. A read waits for
	// the caller's own last write as long as IndexWait.
	Index     Index
	IndexWait time.Duration
	// Events, Sight, Webhooks and Sender serve events; all or none of them. Wake has
	// the webhooks looked at that were changed.
	Events   Events
	Sight    Sight
	Webhooks Webhooks
	Sender   Sender
	Wake     func()
	Ready    func(context.Context) []Check
	Metrics  *prometheus.Registry
	// Subjects hashes the identifiers of persons and organisations; nil where
	// no key is configured, and requests that need one are refused.
	Subjects schema.Resolver
	// Limiter counts every call and operation; nil counts nothing.
	Limiter Limiter
	// Audit is told of every call; nil where nothing is recorded.
	Audit Audit
	// Digest is how a body is told from another one under the same
	// idempotency key, in hex; nil is SM3.
	Digest func([]byte) string
	Limits Limits
	Log    *zap.Logger
}

// Server serves the routes. It is an http.Handler.
type Server struct {
	Options
	engine    *gin.Engine
	routes    []Route
	named     map[string]*Route // by method and path
	contracts map[string]*catalog.Contract
	book      *problem.Book
	metrics   *metrics
	document  []byte
	jobs      *runner
	seen      seen
	streams   *streams
}

// Route is one thing that callers can do: how the document describes it, who
// may, and what serves it.
type Route struct {
	openapi.Endpoint
	contract *catalog.Contract // nil where the route is not of one ledger
	inCity   bool              // the path starts with a city
	stream   bool              // the answer goes on and on
	handle   func(*exchange) error
	label    string // name, once the route is registered
}

// name is method and path, as provisions of the sharing ledger have them.
func (r *Route) name() string {
	switch {
	case r.label != "":
		return r.label
	case r.Path == "":
		return "none"
	}
	return r.Method + " " + r.Path
}

// New makes the routes and the document from the catalogue.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, contracts: map[string]*catalog.Contract{}, book: problem.NewBook(o.Contracts), jobs: newRunner(), streams: newStreams()}
	for i := range o.Contracts {
		s.contracts[o.Contracts[i].Name] = &o.Contracts[i]
	}
	if s.Metrics == nil {
		s.Metrics = prometheus.NewRegistry()
	}
	s.metrics = newMetrics(s.Metrics)
	if err := s.makeRoutes(); err != nil {
		return nil, err
	}
	s.named = make(map[string]*Route, len(s.routes))
	endpoints := make([]openapi.Endpoint, len(s.routes))
	for i := range s.routes {
		r := &s.routes[i]
		r.label = r.name()
		endpoints[i], s.named[r.label] = r.Endpoint, r
	}
	document, err := openapi.Write(endpoints, o.Contracts)
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	if s.document, err = document.Encode(); err != nil {
		return nil, err
	}
	return s, s.register()
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Document is the OpenAPI document, as JSON.
func (s *Server) Document() []byte { return s.document }

// Routes lists what is served.
func (s *Server) Routes() []Route { return s.routes }

func (s *Server) makeRoutes() error {
	s.routes = append(s.routes, s.gatewayRoutes()...)
	for i := range s.Contracts {
		routes, err := s.ledgerRoutes(&s.Contracts[i])
		if err != nil {
			return fmt.Errorf("routes of the contract %s: %w", s.Contracts[i].Name, err)
		}
		s.routes = append(s.routes, routes...)
	}
	if s.Index != nil {
		s.routes = append(s.routes, s.explorerRoutes()...)
	}
	if s.Events != nil {
		s.routes = append(append(s.routes, eventsRoute()), webhookRoutes()...)
	}
	if s.Invoker != nil {
		s.routes = append(s.routes, s.contractRoutes()...)
	}
	if s.Outsider != nil {
		s.routes = append(s.routes, outsideRoutes()...)
	}
	return nil
}
