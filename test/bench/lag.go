package main

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// lookEvery is how often the heights of the ledger and of the read model are
// compared.
const lookEvery = 20 * time.Millisecond

// lag watches how long after a peer has a block the read model has it, until
// the function that it returns is called.
func (b *bench) lag(ctx context.Context) (ended func() []time.Duration) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan []time.Duration)
	go func() {
		var lags []time.Duration
		since := map[uint64]time.Time{}
		first, next := uint64(0), uint64(0)
		d := b.door()
		for ctx.Err() == nil {
			height, err := b.raw.ledger.Height(ctx)
			at := time.Now()
			if err == nil && first == 0 {
				first, next = height, height
			}
			for ; err == nil && next < height; next++ {
				since[next] = at
			}
			_, answer, err := d.call(ctx, http.MethodGet, "/v1/channels", nil)
			if head, ok := headOf(answer); err == nil && ok {
				at = time.Now()
				for number, seen := range since {
					if number <= head {
						lags = append(lags, at.Sub(seen))
						delete(since, number)
					}
				}
			}
			sleep(ctx, lookEvery)
		}
		slices.Sort(lags)
		done <- lags
	}()
	return func() []time.Duration {
		stop()
		return <-done
	}
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
