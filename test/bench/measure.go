package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// worker does one thing after the other, as one caller does, and says how many
// records each was about.
type worker func(ctx context.Context) (records int, err error)

// tally is what was measured, over one or several rounds.
type tally struct {
	Records int
	Seconds float64
	Took    []time.Duration // of each call
	Errors  int
	Err     error              // the first error, as an example
	CPU     map[string]float64 // seconds by process
	Others  float64            // CPU seconds that the machine spent on other work
}

// rate is records per second.
func (t *tally) rate() float64 { return float64(t.Records) / t.Seconds }

// percentile is in milliseconds.
func (t *tally) percentile(p float64) float64 {
	if len(t.Took) == 0 {
		return 0
	}
	slices.Sort(t.Took)
	i := min(int(float64(len(t.Took))*p/100), len(t.Took)-1)
	return float64(t.Took[i].Microseconds()) / 1000
}

// add takes another round in.
func (t *tally) add(o *tally) {
	t.Records += o.Records
	t.Seconds += o.Seconds
	t.Took = append(t.Took, o.Took...)
	t.Errors += o.Errors
	if t.Err == nil {
		t.Err = o.Err
	}
	t.Others += o.Others
	if t.CPU == nil {
		t.CPU = map[string]float64{}
	}
	for name, seconds := range o.CPU {
		t.CPU[name] += seconds
	}
}

// warmUp is not measured: connections open, batches find their size.
const warmUp = 1500 * time.Millisecond

// measure lets the workers work for a while. What ends within the time counts.
func measure(ctx context.Context, procs *processes, workers []worker, span time.Duration) (*tally, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wait  sync.WaitGroup
		state atomic.Int32 // 0 warming up, 1 measuring, 2 over
		parts = make([]tally, len(workers))
	)
	for i, work := range workers {
		wait.Go(func() {
			for part := &parts[i]; state.Load() < 2 && ctx.Err() == nil; {
				began := time.Now()
				n, err := work(ctx)
				took := time.Since(began)
				if state.Load() != 1 {
					continue
				}
				if err != nil {
					part.Errors++
					part.Err = err
					continue
				}
				part.Records += n
				part.Took = append(part.Took, took)
			}
		})
	}
	sleep(ctx, warmUp)
	before, err := procs.read()
	began := time.Now()
	state.Store(1)
	sleep(ctx, span)
	state.Store(2)
	seconds := time.Since(began).Seconds()
	after, err2 := procs.read()
	wait.Wait()
	if err == nil {
		err = err2
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	sum := &tally{CPU: after.since(before), Others: after.others(before)}
	for i := range parts {
		sum.add(&parts[i])
	}
	sum.Seconds = seconds
	if sum.Records == 0 {
		return nil, fmt.Errorf("nothing was done in %s, and %d calls failed: %w", span, sum.Errors, sum.Err)
	}
	return sum, nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
