package rest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"henanchain/gateway/problem"
)

// Paths end in an action after a colon, as in records:verify. Gin has no
// literal colons, so the action is taken as a parameter and looked up here.

var template = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

// actionParameter is what Gin calls the action behind a fixed segment.
const actionParameter = "action"

// split cuts an OpenAPI template into Gin's pattern and the action, which
// keeps its colon.
func split(path string) (ginPath, action string) {
	last := strings.LastIndexByte(path, '/')
	if i := strings.IndexByte(path[last:], ':'); i >= 0 {
		path, action = path[:last+i], path[last+i:]
	}
	ginPath = template.ReplaceAllString(path, ":$1")
	if action != "" && lastParameter(ginPath) == "" {
		ginPath += ":" + actionParameter
	}
	return ginPath, action
}

// lastParameter names the parameter that a pattern ends in, if it does.
func lastParameter(ginPath string) string {
	segment := ginPath[strings.LastIndexByte(ginPath, '/'):]
	if i := strings.IndexByte(segment, ':'); i >= 0 {
		return segment[i+1:]
	}
	return ""
}

// place is one Gin pattern of one method, and the routes there by action.
type place struct {
	method, ginPath string
	actions         map[string]*Route
}

func (s *Server) register() error {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.UseRawPath, e.UnescapePathValues = true, true // an id may hold a slash, as %2F
	e.RedirectTrailingSlash, e.RedirectFixedPath = false, false
	e.HandleMethodNotAllowed = true
	var places []*place
	at := map[string]*place{}
	for i := range s.routes {
		r := &s.routes[i]
		ginPath, action := split(r.Path)
		p := at[r.Method+" "+ginPath]
		if p == nil {
			p = &place{method: r.Method, ginPath: ginPath, actions: map[string]*Route{}}
			at[r.Method+" "+ginPath], places = p, append(places, p)
		}
		if p.actions[action] != nil {
			return fmt.Errorf("%s %s stands twice", r.Method, r.Path)
		}
		p.actions[action] = r
	}
	for _, p := range places {
		if err := handle(e, p.method, p.ginPath, s.dispatch(p)); err != nil {
			return err
		}
	}
	e.NoRoute(s.serve(&nowhere))
	e.NoMethod(s.serve(&noMethod))
	s.engine = e
	return nil
}

// handle turns Gin's panic on a clash of patterns into an error.
func handle(e *gin.Engine, method, path string, h gin.HandlerFunc) (err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("route %s %s: %v", method, path, crash)
		}
	}()
	e.Handle(method, path, h)
	return nil
}

// dispatch serves the route whose action the path's last segment ends in.
func (s *Server) dispatch(p *place) gin.HandlerFunc {
	param := lastParameter(p.ginPath)
	if r, ok := p.actions[""]; ok && len(p.actions) == 1 {
		return s.serve(r)
	}
	handlers := map[string]gin.HandlerFunc{}
	for action, r := range p.actions {
		handlers[action] = s.serve(r)
	}
	missing := s.serve(&nowhere)
	return func(c *gin.Context) {
		value, action := c.Param(param), ""
		if i := strings.LastIndexByte(value, ':'); i >= 0 && handlers[value[i:]] != nil {
			value, action = value[:i], value[i:]
		}
		h := handlers[action]
		if h == nil || (value == "") == (param != actionParameter) {
			missing(c)
			return
		}
		for i := range c.Params {
			if c.Params[i].Key == param {
				c.Params[i].Value = value
			}
		}
		h(c)
	}
}

var nowhere = Route{handle: func(*exchange) error {
	return problem.New(problem.RouteUnknown, "There is nothing at this path; /openapi.json lists every path.")
}}

var noMethod = Route{handle: func(x *exchange) error {
	return problem.New(problem.MethodNotAllowed, "This path takes %s.", x.gin.Writer.Header().Get("Allow"))
}}
