package rest

import (
	"context"
	"errors"
	"net/http"

	"henanchain/gateway/index"
	"henanchain/gateway/lineage"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
)

const typeSVG = "image/svg+xml"

// lineageRoutes draw where an item's or a result's data came from, and what
// became of them.
func lineageRoutes(c *catalog.Contract) []Route {
	text, yes := map[string]string{"type": "string"}, map[string]string{"type": "boolean"}
	graph := map[string]any{"type": "object", "required": []string{"start", "nodes", "edges", "asOf"}, "properties": map[string]any{
		"start": text, "cut": yes,
		"nodes": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{
			"key": text, "kind": text, "channel": text, "id": text, "title": text, "status": text, "dept": text, "time": text, "digest": text}}},
		"edges": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{"from": text, "to": text, "kind": text, "proven": yes}}},
		"asOf":  map[string]any{"type": "array", "items": openapi.Ref("AsOf")},
	}}
	var all []Route
	for _, of := range []struct{ recordType, zh string }{{lineage.Item, "目录项"}, {lineage.Derivation, "派生成果"}} {
		record, ok := c.Record(of.recordType)
		if !ok {
			continue
		}
		route := func(suffix, id, summary, zh string, answer *openapi.Response, handle func(*exchange, *lineage.Graph) error) Route {
			return Route{
				Endpoint: openapi.Endpoint{
					Method: http.MethodGet, Path: base(c) + "/" + record.Collection + "/{id}/" + suffix, ID: c.Name + "." + of.recordType + "." + id, Tag: c.Name,
					Summary: summary, SummaryZh: of.zh + zh,
					Doc:        "Produced, shared, used, derived: from the department that produced the data over grants and uses to what was made of them, on every channel that the caller may call. An edge from another channel is proven where the record there has, or had, the digest that was written down.",
					Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}}, Success: map[int]*openapi.Response{http.StatusOK: answer},
				},
				contract: c, inCity: true, handle: func(x *exchange) error {
					g, err := x.lineage(record)
					if err != nil {
						return err
					}
					return handle(x, g)
				},
			}
		}
		all = append(all,
			route("lineage", "lineage", "Trace a "+record.Title, "溯源", openapi.Answer("the graph", graph, RequestIDHeader),
				func(x *exchange, g *lineage.Graph) error { return x.json(http.StatusOK, g) }),
			route("lineage.svg", "drawing", "Draw the lineage of a "+record.Title, "溯源图", openapi.Text("a drawing that needs nothing from elsewhere", typeSVG),
				func(x *exchange, g *lineage.Graph) error { x.send(http.StatusOK, typeSVG, g.SVG()); return nil }))
	}
	return all
}

func (x *exchange) lineage(record *catalog.Record) (*lineage.Graph, error) {
	id, err := x.pathID()
	if err != nil {
		return nil, err
	}
	channels, err := x.channelsWith(x.route.contract.Name)
	if err != nil {
		return nil, err
	}
	b := lineage.Builder{Source: x.Index, Channels: channels}
	g, err := b.Of(x.ctx(), x.channel.Name, record.Type, id)
	switch {
	case errors.Is(err, lineage.ErrNotFound):
		return nil, problem.New(problem.RecordNotFound, "There is no %s with that id on %s.", record.Title, x.channel.Name)
	case err != nil:
		return nil, indexAway(err)
	}
	return g, nil
}

// channelsWith lists the caller's channels that have a contract, once the read
// model holds what the caller wrote there.
func (x *exchange) channelsWith(contract string) ([]string, error) {
	ctx, cancel := context.WithTimeout(x.ctx(), x.IndexWait)
	defer cancel()
	var all []string
	for _, ch := range x.Network.Connection().Channels {
		if !x.caller.May(ch.Name) || contract != "" && !hasContract(&ch, contract) {
			continue
		}
		switch _, err := x.Index.Head(ctx, ch.Name); {
		case errors.Is(err, index.ErrNotFound):
			continue
		case err != nil:
			return nil, indexAway(err)
		}
		if err := x.Index.Await(ctx, ch.Name, x.seen.block(x.caller.Name, ch.Name), x.IndexWait); err != nil {
			return nil, problem.New(problem.IndexBehind, "The read model of %s is not yet at the caller's last write.", ch.Name).Because(err)
		}
		all = append(all, ch.Name)
	}
	return all, nil
}
