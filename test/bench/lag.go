package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// lookEvery is how often the read model is asked how far it is.
const lookEvery = 20 * time.Millisecond

// settleWithin is how long the read model may take for the last blocks.
const settleWithin = 10 * time.Second

// lag watches how long after a peer tells of a block the read model has it, for
// every block that comes until the function that it returns is called.
func (b *bench) lag(ctx context.Context) (ended func() ([]time.Duration, error), err error) {
	height, err := b.raw.ledger.Height(ctx)
	if err != nil {
		return nil, err
	}
	coming, stop := context.WithCancel(ctx)
	commits, err := b.raw.ledger.Commits(coming, height)
	if err != nil {
		stop()
		return nil, err
	}
	w := &lagging{door: b.door(), since: map[uint64]time.Time{}}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for number := range commits {
			w.came(number)
		}
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for coming.Err() == nil {
			w.look(ctx)
			sleep(coming, lookEvery)
		}
	}()
	return func() ([]time.Duration, error) {
		stop()
		<-told
		<-asked
		return w.settle(ctx)
	}, nil
}

// lagging is what is known of blocks on their way into the read model.
type lagging struct {
	door *door

	mu    sync.Mutex
	since map[uint64]time.Time // blocks that are not in it yet
	lags  []time.Duration
}

func (w *lagging) came(number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since[number] = time.Now()
}

// look asks how far the read model is.
func (w *lagging) look(ctx context.Context) {
	_, answer, err := w.door.call(ctx, http.MethodGet, "/v1/channels", nil)
	head, ok := headOf(answer)
	if err != nil || !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Now()
	for number, came := range w.since {
		if number <= head {
			w.lags = append(w.lags, at.Sub(came))
			delete(w.since, number)
		}
	}
}

// settle waits for the last blocks, so that late ones are not left out.
func (w *lagging) settle(ctx context.Context) ([]time.Duration, error) {
	for until := time.Now().Add(settleWithin); len(w.since) > 0; sleep(ctx, lookEvery) {
		if time.Now().After(until) {
			return nil, fmt.Errorf("%d blocks are not in the read model after %s", len(w.since), settleWithin)
		}
		w.look(ctx)
	}
	return w.lags, ctx.Err()
}

// headOf takes the read model's last block of the city out of its answer.
func headOf(answer []byte) (uint64, bool) {
	_, rest, ok := bytes.Cut(answer, []byte(`"asOf":{"channel":"`+city+`","block":`))
	if !ok {
		return 0, false
	}
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.ParseUint(string(rest[:max(end, 0)]), 10, 64)
	return n, err == nil
}

// lagged are those of the things measured during which the lag is watched.
var lagged = []string{nRest, nBatch}

func percentileOf(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return round(float64(sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))].Microseconds())/1000, 1)
}
