package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"henanchain/network/channel"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// The kinds of what is killed.
const (
	kGateway  = "gateway"
	kPeer     = "peer"     // any of them
	kOrderer  = "orderer"  // the one that leads the channel
	kContract = "contract" // the service of a contract's version
	kPostgres = "postgres" // with the gateway's state in it
)

var kinds = []string{kGateway, kPeer, kOrderer, kContract, kPostgres}

// victim is a process that is about to be killed.
type victim struct {
	name string
	kill func() error
	// back tells whether another process does its work.
	back func() bool
}

// choose finds a process of a kind.
func (r *run) choose(ctx context.Context, kind string) (*victim, error) {
	if kind == kPostgres {
		return r.databaseVictim(), nil
	}
	all, err := r.client.Services()
	if err != nil {
		return nil, err
	}
	leader := ""
	if kind == kOrderer {
		if leader, err = r.leader(ctx); err != nil {
			return nil, err
		}
	}
	all = slices.DeleteFunc(all, func(s supervise.Status) bool {
		switch kind {
		case kOrderer:
			return s.Name != leader
		case kContract:
			return s.Role != "chaincode"
		default:
			return s.Role != kind
		}
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("nothing runs that is a %s", kind)
	}
	s := all[rand.IntN(len(all))]
	if s.PID == 0 {
		return nil, fmt.Errorf("%s does not run; its last process %s", s.Name, s.LastExit)
	}
	return &victim{
		name: s.Name,
		kill: func() error { return syscall.Kill(s.PID, syscall.SIGKILL) },
		back: func() bool {
			now, err := r.client.Services()
			return err == nil && slices.ContainsFunc(now, func(o supervise.Status) bool { return o.Name == s.Name && o.PID != 0 && o.PID != s.PID })
		},
	}, nil
}

// databaseVictim is PostgreSQL, started again after a moment as a service
// manager would.
func (r *run) databaseVictim() *victim {
	var again atomic.Bool
	return &victim{name: kPostgres, back: again.Load, kill: func() error {
		if err := r.database.Crash(); err != nil {
			return err
		}
		time.AfterFunc(restart, func() {
			if err := r.database.Restart(); err != nil {
				say("PostgreSQL does not start: %v", err)
				return
			}
			again.Store(true)
		})
		return nil
	}}
}

// restart is when PostgreSQL is started again: as soon as the network's own
// supervisor starts a node.
const restart = 500 * time.Millisecond

// leader names the orderer that leads the channel.
func (r *run) leader(ctx context.Context) (string, error) {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		for _, o := range r.network.Orderers {
			if r.leads(ctx, o) {
				return o.Name, nil
			}
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("no orderer leads the channel %s", city)
		}
	}
}

func (r *run) leads(ctx context.Context, o topology.Node) bool {
	a, err := channel.NewOrdererAdmin(r.state, o)
	if err != nil {
		return false
	}
	defer a.Close()
	said, err := a.Leaderships(ctx)
	return err == nil && said[city].Leads
}

// strike kills one of a kind and watches what comes of it.
func (r *run) strike(ctx context.Context, kind string) (*strike, error) {
	v, err := r.choose(ctx, kind)
	if err != nil {
		return nil, err
	}
	s := &strike{kind: kind, name: v.name, at: time.Now()}
	if err := v.kill(); err != nil {
		return nil, fmt.Errorf("kill %s: %w", v.name, err)
	}
	s.settled = r.journal.settled(ctx, s.at, patience)
	for end := s.at.Add(patience); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if v.back() && r.ready(ctx) {
			s.whole = time.Since(s.at)
			break
		}
	}
	return s, ctx.Err()
}

// ready asks the gateway whether anything is missing.
func (r *run) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(r.connection.Gateway, "/")+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
