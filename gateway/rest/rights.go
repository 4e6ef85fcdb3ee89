package rest

import (
	"context"
	"errors"
	"net/http"

	"henanchain/gateway/auth"
	"henanchain/gateway/events"
	"henanchain/gateway/index"
	"henanchain/gateway/problem"
	"henanchain/gateway/webhook"
	"henanchain/internal/catalog"
)

// rights decide, at the moment in which an event would be handed out, whether it
// may be: whether the application could subscribe now as it once did, and could
// read the record now. Both are asked of mayCall, as for the calls themselves, so
// that what ends a right to call ends these at once. Nothing is counted against
// an agreed number of calls: an event is none.
type rights struct {
	*Server
	by *Route // the route by which one subscribes
}

// WebhookRights decide what webhooks may be sent.
func (s *Server) WebhookRights() webhook.Rights { return s.rightsBy(subscribeRoute) }

func (s *Server) rightsBy(route string) rights { return rights{s, s.named[route]} }

// Follows returns an events.Denied where an application may have no event of a
// channel.
func (r rights) Follows(ctx context.Context, app, channel string) error {
	_, err := r.follower(ctx, app, channel)
	return err
}

func (r rights) follower(ctx context.Context, app, channel string) (*auth.Caller, error) {
	caller := r.callerOf(app)
	if caller == nil {
		return nil, denial(true, problem.New(problem.Unauthenticated, "There is no application %s.", app))
	}
	if _, err := r.cityOf(caller, channel); err != nil {
		return nil, denial(true, err)
	}
	if _, _, err := r.mayCall(ctx, caller, r.by, ""); err != nil {
		return nil, denial(true, err)
	}
	return caller, nil
}

// Receives returns an events.Denied where an application may not have this event,
// or none of its channel.
func (r rights) Receives(ctx context.Context, app string, c *index.Change) error {
	caller, err := r.follower(ctx, app, c.Channel)
	if err != nil {
		return err
	}
	contract, record := r.contracts[c.Contract], (*catalog.Record)(nil)
	if contract != nil {
		record, _ = contract.Record(c.Type)
	}
	if record == nil {
		return denial(false, problem.New(problem.RouteUnknown, "This gateway has no route that reads a %s of %s.", c.Type, c.Contract))
	}
	if _, _, err := r.mayCall(ctx, caller, r.named[http.MethodGet+" "+recordPath(contract, record)], c.Channel); err != nil {
		return denial(false, err)
	}
	sees, err := r.Sight.Sees(ctx, readerOf(caller), c)
	if err == nil && !sees {
		err = &events.Denied{Code: record.Veil.Code, Reason: "only those who have a part in it may see it", Hidden: true}
	}
	return err
}

// callerOf is an application as it is registered now; nil where it no longer is.
func (s *Server) callerOf(app string) *auth.Caller {
	all := s.Network.Connection().Applications
	for i := range all {
		if all[i].Name == app {
			return &auth.Caller{Application: &all[i]}
		}
	}
	return nil
}

// readerOf is how the contracts' rules of who may see what know a caller.
func readerOf(c *auth.Caller) catalog.Reader { return catalog.Reader{Org: c.MSPID, Dept: c.Dept} }

// denial tells a refusal, which is as good as an answer, from what went wrong and
// is to be asked again.
func denial(channel bool, err error) error {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return &events.Denied{Code: p.Code, Reason: p.Detail, Channel: channel}
	default:
		return err
	}
}
