package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"henanchain/internal/operation"
	"henanchain/network/supervise"
	"henanchain/test/bench/workload"
	"henanchain/test/chain"
)

// ledgers measures, on one network and in one run, what a transaction of a
// thousand operations costs on every ledger, in CPU of the peers, the orderer
// and the contract together, beside a thousand plain puts in one transaction.
type ledgers struct {
	bench *bench
	run   *workload.Run
	procs *processes
	apps  map[string]*chain.Ledger
	idle  float64           // CPU seconds that these processes take in a second of nothing
	cost  map[string]*tally // by load
	bytes map[string]int    // of a transaction as the block has it, by load
}

// plain sizes: what raw writes, and what a deposit takes on the ledger.
const (
	nPlainSmall  = "plain puts of 256 bytes"
	nPlainRecord = "plain puts of 640 bytes"
)

// runLedgers is the mode --ledgers.
func runLedgers(ctx context.Context, b *bench) error {
	l := &ledgers{bench: b, apps: map[string]*chain.Ledger{}, cost: map[string]*tally{}, bytes: map[string]int{}}
	l.run = &workload.Run{ID: time.Now().UTC().Format("20060102150405"), Size: b.options.batch, Dept: func(system string) string {
		a, err := chain.Application(b.connection, system)
		if err != nil {
			return ""
		}
		return a.Dept
	}}
	defer func() {
		for _, a := range l.apps {
			a.Close()
		}
	}()
	var err error
	if l.procs, err = findProcesses(supervise.NewClient(b.state), "orderer", "peer", "chaincode"); err != nil {
		return err
	}
	if err := l.rest(ctx); err != nil {
		return err
	}
	for round := range b.options.rounds {
		if err := l.round(ctx, round); err != nil {
			return err
		}
	}
	report := l.report()
	return tell(report, b.options.json, report.print)
}

// rest measures what the processes take while nothing is asked of them.
func (l *ledgers) rest(ctx context.Context) error {
	const span = 6 * time.Second
	before, err := l.procs.read()
	if err != nil {
		return err
	}
	sleep(ctx, span)
	after, err := l.procs.read()
	if err != nil {
		return err
	}
	for _, seconds := range after.since(before) {
		l.idle += seconds / span.Seconds()
	}
	say("at rest these processes take %.3f of a core", l.idle)
	return ctx.Err()
}

// series is how many transactions are measured in a row: the state database
// tidies up after some megabytes, which must not fall on one of them alone.
const series = 4

// round measures everything once, plain puts before and after the ledgers.
func (l *ledgers) round(ctx context.Context, round int) error {
	puts := func(name string, part, bytes int) error {
		return l.measure(ctx, round, name, func(k int) error { return l.puts(ctx, ((round*2+part)*series+k)*1000+bytes, bytes) })
	}
	for _, p := range []struct {
		name  string
		bytes int
	}{{nPlainSmall, len(value)}, {nPlainRecord, recordSize}} {
		if err := puts(p.name, 0, p.bytes); err != nil {
			return err
		}
	}
	// Not in the same order in each round: what LevelDB tidies up late would fall
	// on the same ones.
	for i, all := 0, workload.All(); i < len(all); i++ {
		load := all[(i+5*round)%len(all)]
		if !l.bench.wanted(load.Contract) {
			continue
		}
		if err := l.load(ctx, round, load); err != nil {
			return fmt.Errorf("%s %s: %w", load.Contract, load.Op, err)
		}
	}
	if err := puts(nPlainSmall, 1, len(value)); err != nil {
		return err
	}
	return puts(nPlainRecord, 1, recordSize)
}

// load prepares and measures one kind of operation.
func (l *ledgers) load(ctx context.Context, round int, load workload.Load) error {
	steps := make([]workload.Step, series)
	for k := range steps {
		n := round*series + k
		if load.Setup != nil {
			for _, s := range load.Setup(l.run, n) {
				if err := l.prepare(ctx, s); err != nil {
					return fmt.Errorf("prepare: %w", err)
				}
			}
		}
		steps[k] = load.Batch(l.run, n)
	}
	sleep(ctx, 2*settle)
	return l.measure(ctx, round, load.Contract+" "+load.Op, func(k int) error { return l.prepare(ctx, steps[k]) })
}

// settle is how long after a transaction the peers still work on it: other
// peers commit it, the state database tidies up.
const settle = 700 * time.Millisecond

func (l *ledgers) measure(ctx context.Context, round int, name string, do func(k int) error) error {
	before, err := l.procs.read()
	if err != nil {
		return err
	}
	began := time.Now()
	t := &tally{Records: series * l.run.Size}
	for k := range series {
		began := time.Now()
		if err := do(k); err != nil {
			return err
		}
		t.Took = append(t.Took, time.Since(began))
	}
	sleep(ctx, settle)
	after, err := l.procs.read()
	if err != nil {
		return err
	}
	t.Seconds, t.CPU, t.Others = time.Since(began).Seconds(), after.since(before), after.others(before)
	if l.cost[name] == nil {
		l.cost[name] = &tally{}
	}
	l.cost[name].add(t)
	if err := l.weigh(ctx, name); err != nil {
		return err
	}
	say("round %d of %d: %-32s %7.0f ms, %6.0f ms of CPU; others used %.2f of a core", round+1, l.bench.options.rounds, name,
		t.percentile(50), 1000*l.cpu(t)/series, t.Others/t.Seconds)
	return ctx.Err()
}

// weigh looks up how many bytes the transaction takes in its block, the last one.
func (l *ledgers) weigh(ctx context.Context, name string) error {
	height, err := l.bench.raw.ledger.Height(ctx)
	if err != nil {
		return err
	}
	block, err := l.bench.raw.ledger.Block(ctx, height-1)
	if err != nil {
		return err
	}
	for _, tx := range block {
		l.bytes[name] = max(l.bytes[name], tx.Bytes)
	}
	return nil
}

// cpu is CPU seconds of a tally, without what the processes take at rest.
func (l *ledgers) cpu(t *tally) (sum float64) {
	for _, seconds := range t.CPU {
		sum += seconds
	}
	return sum - l.idle*t.Seconds
}

func (l *ledgers) puts(ctx context.Context, n, bytes int) error {
	args := make([]string, 0, 2*l.run.Size)
	for i := range l.run.Size {
		hash := l.bench.files.hash(-100-n, i)
		args = append(args, "bulk/"+hash[:32], (hash + recordOf(hash))[:bytes])
	}
	_, err := l.bench.raw.contract.SubmitWithContext(ctx, "putall", client.WithArguments(args...))
	return err
}

// prepare is submit that waits for a peer that has not committed the step before.
func (l *ledgers) prepare(ctx context.Context, s workload.Step) error {
	for tries := 1; ; tries++ {
		err := l.submit(ctx, s)
		if status.Code(err) != codes.Aborted || tries == 20 || ctx.Err() != nil {
			return err
		}
		sleep(ctx, settle/2)
	}
}

// submit runs a step as its business system, each operation to succeed.
func (l *ledgers) submit(ctx context.Context, s workload.Step) error {
	app, err := l.app(s.System)
	if err != nil {
		return err
	}
	requests, err := json.Marshal(s.Requests)
	if err != nil {
		return err
	}
	options := []client.ProposalOption{client.WithBytesArguments(requests)}
	if s.Private != nil {
		private, err := json.Marshal(s.Private)
		if err != nil {
			return err
		}
		options = append(options, client.WithTransient(map[string][]byte{operation.TransientPrivate: private}))
	}
	answer, err := app.Contract(s.Contract).SubmitWithContext(ctx, operation.Apply, options...)
	if err != nil {
		return err
	}
	results, err := operation.DecodeResults(answer)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Refusal != nil && !(s.Once && (r.Refusal.Code == "RECORD_EXISTS" || r.Refusal.Code == "DRUG_IDENT_TAKEN")) {
			return fmt.Errorf("operation %d (%s) was refused: %w", i, s.Requests[i].Op, r.Refusal)
		}
	}
	return nil
}

func (l *ledgers) app(system string) (*chain.Ledger, error) {
	if l.apps[system] == nil {
		msp := ""
		if a, err := chain.Application(l.bench.connection, system); err == nil && a.MSPID != "ZhengzhouMSP" {
			msp = a.MSPID // the province's own peer on the channel
		}
		app, err := chain.Open(l.bench.connection, city, system, msp)
		if err != nil {
			return nil, err
		}
		l.apps[system] = app
	}
	return l.apps[system], nil
}
