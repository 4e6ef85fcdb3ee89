package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/config"
	"henanchain/gateway/fabric"
	"henanchain/gateway/follow"
	"henanchain/gateway/index"
	"henanchain/gateway/rest"
	"henanchain/gateway/sqldb"
	"henanchain/internal/catalog"
)

// readModel is the index and its follower. A nil one is no read model.
type readModel struct {
	index    *index.Index
	follower *follow.Follower // nil: another process follows
	begun    atomic.Bool      // every channel has had a first block here
}

// openModel opens the read model as the configuration says; nil where it is off.
func openModel(ctx context.Context, c *config.Config, contracts []catalog.Contract, network *fabric.Network, metrics prometheus.Registerer, log *zap.Logger) (*readModel, error) {
	if !c.Index.Enabled {
		return nil, nil
	}
	pins, err := c.Index.Pins()
	if err != nil {
		return nil, err
	}
	x, err := sqldb.Await(ctx, log, func(ctx context.Context) (*index.Index, error) {
		return index.Open(ctx, c.IndexSource(), index.Options{Contracts: contracts, Log: log.Named("index")})
	})
	if err != nil {
		return nil, err
	}
	m := &readModel{index: x}
	if c.Index.Follow {
		m.follower = follow.New(network, x, follow.Options{Pins: pins, App: c.Index.Application, Metrics: metrics, Log: log.Named("follow")})
	}
	return m, nil
}

// run follows until ctx ends.
func (m *readModel) run(ctx context.Context) {
	if m != nil && m.follower != nil {
		m.follower.Run(ctx)
	}
}

// serve lets the door read here, and its readiness look here.
func (m *readModel) serve(o *rest.Options, wait time.Duration) {
	if m == nil {
		return
	}
	o.Index, o.IndexWait = m.index, wait
	before := o.Ready
	o.Ready = func(ctx context.Context) []rest.Check { return append(before(ctx), m.ready(ctx)...) }
}

// joinWithin is how soon a channel that joins the network is expected to be read.
const joinWithin = time.Minute

// waits tells whether a channel has no block here that should have one.
func waits(s follow.Status) bool { return !s.Begun && !s.Standby && !s.Closed }

// ready tells what the read model misses.
func (m *readModel) ready(ctx context.Context) []rest.Check {
	all := []rest.Check{{Name: "index", OK: true}}
	if err := m.index.Ping(ctx); err != nil {
		all[0] = rest.Check{Name: "index", Missing: err.Error()}
	}
	if m.follower == nil {
		return all
	}
	channels := m.follower.Status()
	for _, s := range channels {
		check := rest.Check{Name: s.Channel + "/follower", OK: true}
		switch {
		case s.Alarm != nil:
			check.OK, check.Missing = false, "stopped: "+s.Alarm.Error()
		case s.Disagreement != nil:
			check.OK, check.Missing = false, "peers disagree: "+s.Disagreement.Error()
		case waits(s):
			// A city that joins takes no gateway out of service for the others.
			check.OK, check.Missing = m.begun.Load() && time.Since(s.Since) < joinWithin, "the first block has not come yet"
		}
		all = append(all, check)
	}
	if len(channels) > 0 && !slices.ContainsFunc(channels, waits) {
		m.begun.Store(true)
	}
	return all
}

func (m *readModel) close() error {
	if m == nil {
		return nil
	}
	if err := m.index.Close(); err != nil {
		return fmt.Errorf("close the read model: %w", err)
	}
	return nil
}
