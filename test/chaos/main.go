// Command chaos kills, under load and at random moments, what the writes of a
// city go through: the gateway, peers, the orderer that leads, a contract's
// service, the gateway's database. At the end it reads the ledger from every
// peer, block by block, and holds each answer against it: nothing that was
// acknowledged may be missing, nothing be applied twice, and nobody may be left
// without an answer.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"henanchain/gateway/store/storetest"
	"henanchain/internal/connection"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

const (
	// patience is how long anything is waited for.
	patience = 3 * time.Minute
	// calmLeast and calmMost are between two kills, beyond the recovery.
	calmLeast, calmMost = time.Second, 4 * time.Second
)

type options struct {
	state string
	kinds []string
	kills int
}

func main() {
	var (
		o      options
		names  string
		asJSON bool
	)
	flag.StringVar(&o.state, "state", "", "state folder of the running network")
	flag.StringVar(&names, "kinds", strings.Join(kinds, ","), "what is killed")
	flag.IntVar(&o.kills, "kills", 20, "how often, each of them")
	flag.BoolVar(&asJSON, "json", false, "print JSON, and the table to standard error")
	flag.Parse()
	o.kinds = strings.Split(names, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := chaos(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	out := os.Stdout
	if asJSON {
		out = os.Stderr
		if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			os.Exit(1)
		}
	}
	report.print(out)
	if !report.Good {
		os.Exit(1)
	}
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05.000")}, args...)...)
}

// run is one run.
type run struct {
	options    options
	state      state.Folder
	network    *topology.Network
	connection *connection.Connection
	client     *supervise.Client
	database   *storetest.Cluster // nil: the gateway's state is in SQLite
	token      string
	journal    *journal
	strikes    []strike
}

// chaos does a run: the kinds that need PostgreSQL first, while the ledger that
// the read model there must follow is short.
func chaos(ctx context.Context, o options) (*Report, error) {
	var others []string
	for _, k := range o.kinds {
		switch {
		case !slices.Contains(kinds, k):
			return nil, fmt.Errorf("nothing is a %q: --kinds takes %s", k, strings.Join(kinds, ","))
		case k != kPostgres:
			others = append(others, k)
		}
	}
	r, err := open(o)
	if err != nil {
		return nil, err
	}
	if len(others) < len(o.kinds) {
		if err := r.onPostgres(ctx); err != nil {
			return nil, err
		}
	}
	if len(others) > 0 {
		if err := r.phase(ctx, others); err != nil {
			return nil, err
		}
	}
	found, err := read(ctx, r.connection)
	if err != nil {
		return nil, err
	}
	return r.report(found), nil
}

// onPostgres kills PostgreSQL while the gateway's state is in it.
func (r *run) onPostgres(ctx context.Context) (err error) {
	if r.database, err = storetest.Start(); err != nil {
		return err
	}
	defer r.database.Remove()
	before, err := r.move(r.database.DSN())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.serve(*before)) }()
	return r.phase(ctx, []string{kPostgres})
}

// phase lets the callers work while one of each kind is killed, as often as was
// asked for, and then finish what they have begun.
func (r *run) phase(ctx context.Context, kinds []string) error {
	hard, give := context.WithCancel(ctx)
	defer give()
	soft, stop := context.WithCancel(hard)
	defer stop()
	l := newLoad(hard, r.journal, r.connection.Gateway, r.token)
	if err := l.start(soft); err != nil {
		return err
	}
	err := r.each(ctx, kinds)
	say("the callers finish what they have begun")
	stop()
	defer time.AfterFunc(patience, give).Stop()
	l.wait.Wait()
	return errors.Join(err, ctx.Err())
}

func open(o options) (*run, error) {
	st, err := state.At(o.state)
	if err != nil {
		return nil, err
	}
	r := &run{options: o, state: st, client: supervise.NewClient(st.Root), journal: newJournal()}
	if r.network, err = st.Network(); err != nil {
		return nil, fmt.Errorf("there is no running network in %s: %w", o.state, err)
	}
	if r.connection, err = connection.Read(st.Connection()); err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(st.Application(system), "token"))
	if err != nil {
		return nil, fmt.Errorf("read the token of %s: %w", system, err)
	}
	r.token = strings.TrimSpace(string(token))
	return r, nil
}

// each kills one of each kind, in any order, as often as it was asked for.
func (r *run) each(ctx context.Context, kinds []string) error {
	for i := range r.options.kills {
		rand.Shuffle(len(kinds), func(a, b int) { kinds[a], kinds[b] = kinds[b], kinds[a] })
		for _, kind := range kinds {
			pause(ctx, calmLeast+rand.N(calmMost-calmLeast))
			s, err := r.strike(ctx, kind)
			if err != nil {
				return err
			}
			r.strikes = append(r.strikes, *s)
			waited := r.journal.longest(s.at, time.Now())
			say("%d of %d: %s was killed; the longest wait %.1f s, whole again after %.1f s", i+1, r.options.kills, s.name, waited.Seconds(), s.whole.Seconds())
		}
	}
	return nil
}

// move lets the gateway keep its state in another database, and returns how it
// was served before.
func (r *run) move(dsn string) (*supervise.Service, error) {
	all, err := r.client.Services()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s supervise.Status) bool { return s.Role == kGateway })
	if i < 0 {
		return nil, errors.New("the network has no gateway")
	}
	before := all[i].Service
	other := before
	other.Env = append(slices.Clone(before.Env), "HNC_GATEWAY_STORE_DSN="+dsn)
	return &before, r.serve(other)
}

// serve runs the gateway as it is said, and waits until it misses nothing.
func (r *run) serve(gateway supervise.Service) error {
	if err := r.client.Run(gateway); err != nil {
		return err
	}
	for end := time.Now().Add(patience); !r.ready(context.Background()); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("the gateway did not get ready on its other database")
		}
	}
	return nil
}
