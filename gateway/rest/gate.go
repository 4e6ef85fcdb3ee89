package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"henanchain/gateway/auth"
	"henanchain/gateway/index"
	"henanchain/gateway/problem"
	"henanchain/internal/connection"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

// ServiceConsumer marks an application that exists for a service of the sharing
// ledger (服务目录): it may call what was provisioned for it, and nothing else.
const ServiceConsumer = "sharing.consumer"

// open to every consumer: what network there is, and what became of its jobs.
var openToConsumers = []string{http.MethodGet + " /v1/network", http.MethodGet + " /v1/jobs/{job}"}

// Quotas counts calls against daily quotas; *store.Store in a gateway.
type Quotas interface {
	DrawQuota(ctx context.Context, app, day string, n, quota int64) (int64, error)
}

// provision is what the ledger says of one approved application to a service.
type provision struct {
	id, dept  string
	Routes    []string `json:"routes"`
	MaxPerDay int64    `json:"maxPerDay"`
	System    string   `json:"system"`
}

// mayCall decides whether an application may call a route at this moment, of the
// city named where the route is in one: whether the city is its, its roles are
// enough, and, for one that exists for a service, the route is provisioned. By
// the provisions returned, if any, a call is counted. Every call is decided here,
// and every event, by the routes that it stands for.
func (s *Server) mayCall(ctx context.Context, caller *auth.Caller, r *Route, city string) (channel *connection.Channel, all []provision, err error) {
	if r.inCity {
		if channel, err = s.cityOf(caller, city); err != nil {
			return channel, nil, err
		}
		if c := r.contract; c != nil && !hasContract(channel, c.Name) {
			return channel, nil, problem.New(problem.LedgerUnknown, "The channel %s has no contract %s; it has %v.", channel.Name, c.Name, channel.Contracts)
		}
	}
	if roles := r.Roles; len(roles) > 0 && !caller.HasAny(roles) {
		return channel, nil, problem.New(problem.RoleRequired, "This needs one of the roles %v; the application %s has %v.", roles, caller.Name, caller.Roles)
	}
	all, err = s.provisions(ctx, caller, r, channel)
	return channel, all, err
}

// cityOf is the channel of a city that the caller may call.
func (s *Server) cityOf(caller *auth.Caller, name string) (*connection.Channel, error) {
	channel, ok := s.Network.Connection().Channel(name)
	if !ok {
		return nil, problem.New(problem.CityUnknown, "There is no city %.64q on this network; /v1/network lists them.", name)
	}
	if !caller.May(channel.Name) {
		return nil, problem.New(problem.CityForbidden, "The application %s may call %v, not %s.", caller.Name, caller.Cities, channel.Name)
	}
	return channel, nil
}

// provisions are those by which an application that exists for a service may call
// a route, on the channel called (nil: none) and on the main one; at least one,
// or the error says that there is none. An application that does not exist for a
// service needs none and has none, as for a route that is open to all. What cannot
// be looked up is closed.
func (s *Server) provisions(ctx context.Context, caller *auth.Caller, r *Route, channel *connection.Channel) ([]provision, error) {
	if !caller.HasAny([]string{ServiceConsumer}) || slices.Contains(openToConsumers, r.name()) {
		return nil, nil
	}
	if s.Index == nil {
		return nil, problem.New(problem.IndexBehind, "This gateway runs without a read model and cannot tell what is provisioned.")
	}
	conn := s.Network.Connection()
	names := []string{conn.MainChannel}
	if channel != nil && channel.Name != conn.MainChannel {
		names = append(names, channel.Name)
	}
	var all []provision
	for _, name := range names {
		if ch, ok := conn.Channel(name); !ok || !hasContract(ch, sharingLedger) {
			continue
		}
		some, err := s.provisionsOn(ctx, caller, name)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	all = slices.DeleteFunc(all, func(p provision) bool { return !slices.Contains(p.Routes, r.name()) })
	if len(all) == 0 {
		return nil, problem.New(problem.ServiceNotProvisioned, "%s is not provisioned for the application %s: apply for a service that offers it.", r.name(), caller.Name)
	}
	return all, nil
}

// provisionsOn are a caller's on one channel, as of the last write to it through
// this gateway and no earlier than what was looked at before: what was revoked is
// closed to the next call, also while the read model is made again.
func (s *Server) provisionsOn(ctx context.Context, caller *auth.Caller, channel string) ([]provision, error) {
	ctx, cancel := context.WithTimeout(ctx, s.IndexWait)
	defer cancel()
	if last := s.seen.latest(channel); last > 0 {
		if err := s.Index.Await(ctx, channel, last, s.IndexWait); err != nil {
			return nil, problem.New(problem.IndexBehind, "The read model of %s is not yet at the last write.", channel).Because(err)
		}
	}
	q := index.Query{Channel: channel, Contract: sharingLedger, Type: "application", Limit: 100,
		Filters: []index.Filter{{Field: "system", Equal: []string{caller.Name}}, {Field: "status", Equal: []string{"PROVISIONED"}}}}
	var all []provision
	for {
		page, err := s.Index.List(ctx, q)
		if errors.Is(err, index.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, indexAway(err)
		}
		s.seen.note("", channel, page.AsOf.Block)
		for _, v := range page.Values {
			p, err := readProvision(channel, v)
			if err != nil {
				return nil, err
			}
			if p.dept == caller.Dept { // a service is its applicant's
				all = append(all, p)
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
}

func readProvision(channel string, value []byte) (p provision, err error) {
	rec, err := operation.DecodeRecord(value)
	if err != nil {
		return p, err
	}
	p.id, p.dept = channel+"/"+rec.ID, rec.Dept
	return p, json.Unmarshal(rec.Body, &p)
}

// draw counts one call on the first of the provisions that has one left today.
func (x *exchange) draw(all []provision) error {
	var used error
	for i := range all {
		left, err := x.drawOn(&all[i])
		if left || err != nil {
			return err
		}
		used = problem.New(problem.QuotaExceeded, "The service application %s has %d calls a day, and they are used up.", all[i].id, all[i].MaxPerDay)
	}
	return used
}

// drawOn counts one call against an application's daily quota, where one is left.
func (x *exchange) drawOn(p *provision) (bool, error) {
	quotas, ok := x.Store.(Quotas)
	if !ok {
		return false, problem.New(problem.StoreUnavailable, "Quotas cannot be counted; nothing was done.")
	}
	now := time.Now()
	got, err := quotas.DrawQuota(x.ctx(), "service/"+p.id, identifier.DateOf(now).String(), 1, p.MaxPerDay)
	if err != nil {
		return false, problem.New(problem.StoreUnavailable, "The quota cannot be read; nothing was done.").Because(err)
	}
	return got > 0, nil
}

// latest is the last block on a channel that anybody wrote through this gateway.
func (s *seen) latest(channel string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var last uint64
	for key, block := range s.last {
		if key[1] == channel {
			last = max(last, block)
		}
	}
	return last
}
