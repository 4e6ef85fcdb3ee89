// Command bench measures, in one run on one network and one channel, what the
// gateway makes of Fabric: single records and batches over REST beside
// fabric-gateway with one record in each transaction, reads beside its
// EvaluateTransaction. At the end it walks the ledger and holds every
// acknowledgement against it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"henanchain/internal/connection"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

const (
	city   = "zhengzhou"
	caller = "zhengzhou-notary"
)

type options struct {
	state, plain       string
	json               bool
	seconds, rounds    int
	connections        int
	batchers, batch    int
	only               string
	rawAt, evaluatedAt int
	ledgers, relay     bool
	lists              bool
}

func main() {
	var o options
	flag.StringVar(&o.state, "state", "", "state folder of the running network")
	flag.StringVar(&o.plain, "plain", "", "the program of the plain contract")
	flag.BoolVar(&o.json, "json", false, "print JSON, and the table to standard error")
	flag.IntVar(&o.seconds, "seconds", 12, "how long each thing is measured, in all rounds together")
	flag.IntVar(&o.rounds, "rounds", 3, "in how many rounds: what the machine does beside then hits all alike")
	flag.IntVar(&o.connections, "connections", 1000, "callers of single records, each with a connection")
	flag.IntVar(&o.batchers, "batchers", 8, "callers of batches")
	flag.IntVar(&o.batch, "batch", 1000, "records in a batch")
	flag.IntVar(&o.rawAt, "raw-callers", 0, "callers of raw; 0 finds the best number")
	flag.IntVar(&o.evaluatedAt, "evaluate-callers", 0, "callers of evaluate; 0 finds the best number")
	flag.StringVar(&o.only, "only", "", "measure these alone, such as rest,batch; the ratios of others are then 0")
	flag.BoolVar(&o.ledgers, "ledgers", false, "measure what a transaction of many operations costs on every ledger, beside plain puts")
	flag.BoolVar(&o.lists, "lists", false, "measure what pages of lists take, of the records that there are")
	flag.BoolVar(&o.relay, "relay", false, "measure what a question from one city to another takes")
	flag.Parse()
	// Thousands of connections are served by one thread with fewer switches than by
	// several, whose wake-ups take the machine's time from what is measured.
	runtime.GOMAXPROCS(1)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	options    options
	state      string
	connection *connection.Connection
	address    string // of the gateway
	token      string
	files      files
	procs      *processes
	raw        *raw
	done       written
	workers    map[string][]worker // kept from round to round, with their connections
	results    map[string]*tally
	callers    map[string]int
	best       map[string]int  // the number of callers that serves a thing best, where it is looked for
	lags       []time.Duration // of the read model behind the ledger, while records are written
	from       uint64          // the ledger's height when the run began
}

func run(ctx context.Context, o options) error {
	if o.relay {
		return runRelay(ctx, o)
	}
	b, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer b.raw.ledger.Close()
	switch {
	case o.ledgers:
		return runLedgers(ctx, b)
	case o.lists:
		return runLists(ctx, b)
	}
	for round := range o.rounds {
		if err := b.round(ctx, round); err != nil {
			return err
		}
	}
	held, err := b.compare(ctx)
	if err != nil {
		return err
	}
	report := b.report(held)
	return tell(report, o.json, func(out io.Writer) { report.print(out, b) })
}

func open(ctx context.Context, o options) (*bench, error) {
	st, err := state.At(o.state)
	if err != nil {
		return nil, err
	}
	n, err := st.Network()
	if err != nil {
		return nil, fmt.Errorf("there is no running network in %s: %w", o.state, err)
	}
	b := &bench{options: o, state: st.Root, files: files{uint64(time.Now().UnixNano())}, workers: map[string][]worker{}, results: map[string]*tally{}, callers: map[string]int{},
		best: map[string]int{nRaw: o.rawAt, nEvaluate: o.evaluatedAt}}
	callers := o.connections + o.batchers + 1
	b.done = written{ids: make([][][16]byte, callers), hashes: make([][]string, callers)}
	if b.connection, err = connection.Read(st.Connection()); err != nil {
		return nil, err
	}
	token, err := readFile(filepath.Join(st.Application(caller), "token"))
	if err != nil {
		return nil, err
	}
	b.token = strings.TrimSpace(string(token))
	b.address = strings.TrimPrefix(b.connection.Gateway, "http://")
	say("deploying the plain contract")
	if err := deployPlain(ctx, st, n, o.plain); err != nil {
		return nil, fmt.Errorf("deploy the plain contract: %w", err)
	}
	if b.raw, err = openRaw(b); err != nil {
		return nil, err
	}
	if b.procs, err = findProcesses(supervise.NewClient(st.Root)); err != nil {
		return nil, err
	}
	b.from, err = b.raw.ledger.Height(ctx)
	return b, err
}

func (b *bench) door() *door { return &door{address: b.address, token: b.token} }

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "… "+format+"\n", args...) }

func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("is the network up? %w", err)
	}
	return data, nil
}

// compare walks the ledger: what callers were told to be on it must be there,
// once each.
func (b *bench) compare(ctx context.Context) (int, error) {
	say("comparing the acknowledgements with the ledger")
	told := map[[16]byte]int{}
	for _, all := range b.done.ids {
		for _, id := range all {
			told[id]++
		}
	}
	found, err := b.raw.ledger.Created(ctx, b.from, "evidence")
	if err != nil {
		return 0, err
	}
	missing, twice := 0, 0
	for id, n := range told {
		switch {
		case n != 1 || found[id] > 1:
			twice++
		case found[id] == 0:
			missing++
		}
	}
	if missing+twice > 0 {
		return 0, fmt.Errorf("of %d acknowledged records %d are not on the ledger and %d are there or were acknowledged twice", len(told), missing, twice)
	}
	return len(told), nil
}
