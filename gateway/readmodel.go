package main

import (
	"context"
	"fmt"
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

// ready tells what the read model misses.
func (m *readModel) ready(ctx context.Context) []rest.Check {
	all := []rest.Check{{Name: "index", OK: true}}
	if err := m.index.Ping(ctx); err != nil {
		all[0] = rest.Check{Name: "index", Missing: err.Error()}
	}
	if m.follower == nil {
		return all
	}
	for _, s := range m.follower.Status() {
		check := rest.Check{Name: s.Channel + "/follower", OK: true}
		switch {
		case s.Alarm != nil:
			check.OK, check.Missing = false, "stopped: "+s.Alarm.Error()
		case s.Disagreement != nil:
			check.OK, check.Missing = false, "peers disagree: "+s.Disagreement.Error()
		case !s.Begun && !s.Standby && !s.Closed:
			check.OK, check.Missing = false, "the first block has not come yet"
		}
		all = append(all, check)
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
