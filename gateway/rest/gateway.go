package rest

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// gatewayRoutes are the routes that are of no ledger.
func (s *Server) gatewayRoutes() []Route {
	promised := promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{})
	public := func(path, id, tag, summary, zh string, answer *openapi.Response, handle func(*exchange) error) Route {
		return Route{Endpoint: openapi.Endpoint{Method: http.MethodGet, Path: path, ID: id, Tag: tag, Summary: summary, SummaryZh: zh, Public: true,
			Success: map[int]*openapi.Response{http.StatusOK: answer}}, handle: handle}
	}
	network := public("/v1/network", "network", "network", "List cities, ledgers and contracts", "查询网络", openapi.Answer("the network as it is now", openapi.Ref("Network")), (*exchange).network)
	network.Public = false
	ready := public("/readyz", "ready", "gateway", "Tell whether calls can be served", "就绪检查", openapi.Answer("calls can be served", openapi.Ref("Health")), (*exchange).readiness)
	return append(s.sharingRoutes(), []Route{
		network,
		subjectRoute(),
		jobRoute(),
		public("/healthz", "health", "gateway", "Tell that the gateway runs", "存活检查", openapi.Answer("the gateway runs", openapi.Ref("Health")),
			func(x *exchange) error { return x.json(http.StatusOK, health{Status: "ok"}) }),
		ready,
		public("/metrics", "metrics", "gateway", "Read metrics for Prometheus", "监控指标", openapi.Text("Prometheus metrics", "text/plain"),
			func(x *exchange) error { promised.ServeHTTP(x.gin.Writer, x.request()); return nil }),
		public("/openapi.json", "openapi", "gateway", "Read this document", "接口文档", openapi.Answer("this document", map[string]string{"type": "object"}),
			func(x *exchange) error { x.send(http.StatusOK, typeJSON, s.document); return nil }),
		public("/docs", "docs", "gateway", "Read this document as a page", "接口文档页面", openapi.Text("a page that needs nothing from elsewhere", "text/html"), (*exchange).docs),
		public("/problems/{code}", "problem", "gateway", "Explain a problem's code", "问题代码说明", openapi.Answer("what the code means", map[string]string{"type": "object"}), (*exchange).problemKind),
	}...)
}

// sharingRoutes are those of the sharing ledger beside its table's, and the
// codes that all ledgers share.
func (s *Server) sharingRoutes() []Route {
	var all []Route
	c := s.contracts[sharingLedger]
	if c != nil {
		all = append(all, importRoute(c, s.Limits))
	}
	if s.Index == nil {
		return all
	}
	if c != nil {
		all = append(all, lineageRoutes(c)...)
	}
	return append(all, s.codeRoutes()...)
}

type health struct {
	Status string  `json:"status"`
	Checks []Check `json:"checks,omitempty"`
}

// readiness tells whether calls can be served; the problem names what is missing.
func (x *exchange) readiness() error {
	h := health{Status: "ok"}
	if x.Ready != nil {
		h.Checks = x.Ready(x.ctx())
	}
	if x.Audit != nil { // while it cannot be written every call is refused
		c := Check{Name: "audit", OK: x.Audit.Err() == nil}
		if !c.OK {
			c.Missing = "the audit log cannot be written; the gateway's log tells why"
		}
		h.Checks = append(h.Checks, c)
	}
	missing := problem.New(problem.NotReady, "Something is missing; see errors.")
	for _, c := range h.Checks {
		if !c.OK {
			missing.Fields = append(missing.Fields, operation.FieldError{Field: c.Name, Code: "MISSING", Message: c.Missing})
		}
	}
	if len(missing.Fields) > 0 {
		return missing
	}
	return x.json(http.StatusOK, h)
}

type channelInfo struct {
	Name          string   `json:"name"`
	Division      string   `json:"division"`
	Title         string   `json:"title"`
	Organisations []string `json:"organisations"`
	Contracts     []string `json:"contracts"`
	Ledgers       []string `json:"ledgers"` // contracts with routes of their own
}

type networkInfo struct {
	MainChannel string        `json:"mainChannel"`
	Channels    []channelInfo `json:"channels"`
}

// network lists the channels. Peers' addresses and files' paths stay inside.
func (x *exchange) network() error {
	c := x.Network.Connection()
	info := networkInfo{MainChannel: c.MainChannel, Channels: []channelInfo{}}
	for _, ch := range c.Channels {
		info.Channels = append(info.Channels, channelInfo{ch.Name, ch.Division, ch.Title, ch.Organisations, append([]string{}, ch.Contracts...), x.ledgersOf(&ch)})
	}
	return x.json(http.StatusOK, info)
}

func (x *exchange) ledgersOf(ch *connection.Channel) []string {
	ledgers := []string{}
	for _, name := range ch.Contracts {
		if x.contracts[name] != nil {
			ledgers = append(ledgers, name)
		}
	}
	return ledgers
}

type kindInfo struct {
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Title   string `json:"title"`
	TitleZh string `json:"titleZh"`
}

// problemKind explains a code: one of the gateway's, or a contract's.
func (x *exchange) problemKind() error {
	code := x.gin.Param("code")
	for _, k := range problem.Kinds() {
		if k.Code == code {
			return x.json(http.StatusOK, kindInfo{k.Code, k.Status, k.Title, k.TitleZh})
		}
	}
	for _, c := range x.Contracts {
		for _, r := range c.Refusals {
			if r.Code == code {
				return x.json(http.StatusOK, kindInfo{r.Code, r.HTTP, r.Doc, r.DocZh})
			}
		}
	}
	return problem.New(problem.RouteUnknown, "No problem has the code %.64q.", code)
}
