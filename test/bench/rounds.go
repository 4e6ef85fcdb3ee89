package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The things that are measured.
const (
	nRaw           = "raw"            // one record per transaction, by as many callers as serve it best
	nRawSingle     = "raw_single"     // the same by one caller
	nRest          = "rest"           // single records over REST
	nSingle        = "single"         // the same by one caller
	nBatch         = "batch"          // batches over REST
	nCeiling       = "ceiling"        // the same bytes without gateway and contract: as fast as Fabric goes here
	nEvaluate      = "evaluate"       // fabric-gateway's EvaluateTransaction
	nGet           = "get"            // records over REST, of the peers
	nVerify        = "verify"         // verifications over REST, by the peers
	nIndexed       = "indexed_get"    // records over REST, of the read model
	nIndexedVerify = "indexed_verify" // verifications over REST, by the read model
)

// ceilingCallers is how many transactions of the ceiling are in flight, as many
// as the gateway keeps.
const ceilingCallers = 4

// round measures everything once; together the rounds take the time asked for.
func (b *bench) round(ctx context.Context, round int) error {
	if err := b.alone(ctx, round); err != nil {
		return err
	}
	for _, m := range []struct {
		name    string
		callers int
		make    func(caller int) worker
	}{
		{nRaw, b.best[nRaw], b.raw.submit},
		{nRest, b.options.connections, b.single},
		{nBatch, b.options.batchers, func(c int) worker { return b.batch(b.options.connections+c, b.options.batch) }},
		{nCeiling, ceilingCallers, func(c int) worker { return b.raw.bulk(b, -2-c, b.options.batch) }},
		{nEvaluate, b.best[nEvaluate], b.raw.evaluate},
		{nGet, b.options.connections, func(c int) worker { return b.reader(c, ofPeers) }},
		{nVerify, b.options.connections, func(c int) worker { return b.verifier(c, ofPeers) }},
		{nIndexed, b.best[nIndexed], func(c int) worker { return b.reader(c, "") }},
		{nIndexedVerify, b.best[nIndexedVerify], func(c int) worker { return b.verifier(c, "") }},
	} {
		if !b.wanted(m.name) {
			continue
		}
		if m.callers == 0 {
			var err error
			if m.callers, err = b.findBest(ctx, m.name, m.make); err != nil {
				return err
			}
			b.best[m.name] = m.callers
		}
		if b.workers[m.name] == nil {
			for c := range m.callers {
				b.workers[m.name] = append(b.workers[m.name], m.make(c))
			}
		}
		if err := b.take(ctx, round, m.name, b.workers[m.name]); err != nil {
			return err
		}
	}
	return nil
}

// wanted tells whether something is to be measured: it was asked for, or it makes
// the records that what was asked for reads.
func (b *bench) wanted(name string) bool {
	if b.options.only == "" {
		return true
	}
	for _, n := range strings.Split(b.options.only, ",") {
		if n == name || name == nRest && slices.Contains([]string{nGet, nVerify, nIndexed, nIndexedVerify}, n) {
			return true
		}
	}
	return false
}

func (b *bench) span() time.Duration {
	return time.Duration(b.options.seconds) * time.Second / time.Duration(b.options.rounds)
}

// take measures one thing for one round.
func (b *bench) take(ctx context.Context, round int, name string, workers []worker) error {
	t, err := b.watched(ctx, name, workers)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if b.results[name] == nil {
		b.results[name] = &tally{}
	}
	b.results[name].add(t)
	b.callers[name] = len(workers)
	say("round %d of %d: %-14s %9.1f records/s, p50 %.1f ms, %d errors; others used %.2f of a core", round+1, b.options.rounds,
		name, t.rate(), t.percentile(50), t.Errors, t.Others/t.Seconds)
	if t.Err != nil {
		say("  such as: %v", t.Err)
	}
	return nil
}

// watched measures, and watches how far the read model is behind where records are
// written.
func (b *bench) watched(ctx context.Context, name string, workers []worker) (*tally, error) {
	if !slices.Contains(lagged, name) {
		return measure(ctx, b.procs, workers, b.span())
	}
	ended, err := b.lag(ctx)
	if err != nil {
		return nil, err
	}
	t, err := measure(ctx, b.procs, workers, b.span())
	lags, late := ended()
	b.lags = append(b.lags, lags...)
	return t, errors.Join(err, late)
}

// candidates are the numbers of callers among which the best is looked for.
var candidates = []int{16, 64, 256}

// findBest finds the number of callers that gets the highest rate.
func (b *bench) findBest(ctx context.Context, name string, make func(int) worker) (int, error) {
	best, highest := 0, 0.0
	for i, n := range candidates {
		var workers []worker
		for c := range n {
			workers = append(workers, make(10_000*(i+1)+c))
		}
		t, err := measure(ctx, b.procs, workers, 4*time.Second)
		if err != nil {
			return 0, fmt.Errorf("%s by %d callers: %w", name, n, err)
		}
		say("looking for the best: %s by %d callers %.1f records/s", name, n, t.rate())
		if t.rate() > highest {
			best, highest = n, t.rate()
		}
	}
	return best, nil
}

// alone measures one caller of raw and one of REST, by turns, so that whatever
// the machine does beside hits both alike.
func (b *bench) alone(ctx context.Context, round int) error {
	if !b.wanted(nSingle) {
		return nil
	}
	if round == 0 {
		b.workers[nRawSingle] = []worker{b.raw.submit(-1)}
		b.workers[nSingle] = []worker{b.single(b.options.connections + b.options.batchers)}
	}
	var sum [2]tally
	deadline := time.Now().Add(2 * b.span())
	for turn := 0; time.Now().Before(deadline) || turn < 4; turn++ {
		for i, name := range []string{nRawSingle, nSingle} {
			began := time.Now()
			n, err := b.workers[name][0](ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if took := time.Since(began); turn > 0 {
				sum[i].add(&tally{Records: n, Seconds: took.Seconds(), Took: []time.Duration{took}})
			}
		}
	}
	for i, name := range []string{nRawSingle, nSingle} {
		if b.results[name] == nil {
			b.results[name] = &tally{}
		}
		b.results[name].add(&sum[i])
		b.callers[name] = 1
		say("round %d of %d: %-14s p50 %.1f ms", round+1, b.options.rounds, name, sum[i].percentile(50))
	}
	return nil
}
