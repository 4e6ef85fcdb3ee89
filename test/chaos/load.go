package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"henanchain/gateway/client"
	"henanchain/gateway/problem"
	"henanchain/internal/operation"
	"henanchain/test/journey"
)

const (
	city   = "zhengzhou"
	ledger = "evidence"
	system = "zhengzhou-notary"

	// The callers: single deposits, acts of custody (which a contract would do
	// twice if it were asked twice), batches, jobs, and callers who do not give
	// their writes a key.
	singles, keepers, batchers, jobbers, careless = 12, 4, 2, 2, 2
	inBatch                                       = 40
	// breath is between two writes of a caller: the machine has other work too.
	breath = 60 * time.Millisecond
	// again is between two tries of one write.
	again = 250 * time.Millisecond
)

// load is business systems at work.
type load struct {
	run     string // tells this run's marks from others'
	client  *client.Client
	journal *journal
	// hard ends the tries of what is not answered yet.
	hard context.Context
	wait sync.WaitGroup
}

func newLoad(hard context.Context, j *journal, gateway, token string) *load {
	calls := &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: singles + keepers + batchers + jobbers + careless}}
	return &load{run: time.Now().Format("0102150405.000000"), client: client.New(gateway, token, calls), journal: j, hard: hard}
}

// start starts the callers; they stop with soft, after what they have begun.
func (l *load) start(soft context.Context) error {
	for k := range keepers {
		id, hash, err := l.custody(k)
		if err != nil {
			return err
		}
		l.repeat(soft, 1, "custody", k, func(w *write, c *client.Client) ([]*operation.Receipt, error) {
			return one(c.Do(l.hard, city, ledger, "evidences", id, "record-custody",
				map[string]any{"action": "STORE", "reason": w.marks[0], "hashBefore": hash, "hashAfter": hash}))
		})
	}
	for k := range singles {
		l.repeat(soft, 1, "single", k, l.deposit)
	}
	for k := range careless {
		l.repeat(soft, 1, "careless", k, l.deposit)
	}
	for k := range batchers {
		l.repeat(soft, inBatch, "batch", k, l.batch)
	}
	for k := range jobbers {
		l.repeat(soft, 1, "job", k, l.job)
	}
	return nil
}

// custody deposits the evidence whose custody one caller keeps.
func (l *load) custody(k int) (id, hash string, err error) {
	hash = l.mark("kept", k, 0)
	ack, err := l.client.Create(l.hard, city, ledger, "evidences", deposit(hash))
	if err != nil {
		return "", "", fmt.Errorf("deposit evidence to keep: %w", err)
	}
	return ack.ID, hash, nil
}

// try makes a write once.
type try func(*write, *client.Client) ([]*operation.Receipt, error)

// repeat makes one write after the other, of n operations each.
func (l *load) repeat(soft context.Context, n int, kind string, caller int, do try) {
	l.wait.Go(func() {
		for i := 0; soft.Err() == nil; i++ {
			w := &write{keyed: kind != "careless"}
			for k := range n {
				w.marks = append(w.marks, l.mark(kind, caller, i*n+k))
			}
			c := l.client
			if w.keyed {
				c = c.WithIdempotencyKey(fmt.Sprintf("%s-%s-%d-%d", l.run, kind, caller, i))
			}
			l.carry(w, c, do)
			pause(soft, breath)
		}
	})
}

// carry makes a write again until it is answered.
func (l *load) carry(w *write, c *client.Client, do try) {
	l.journal.begin(w)
	for l.hard.Err() == nil {
		receipts, err := do(w, c)
		switch {
		case err == nil:
			l.journal.end(w, receipts, nil)
			return
		case !fault(err):
			l.journal.end(w, nil, err)
			return
		case !w.keyed:
			l.journal.end(w, nil, nil)
			return
		}
		l.journal.failed(w, err)
		pause(l.hard, again)
	}
}

// fault tells whether a fault explains an answer, so that the same is to be
// asked again: none at all, or one that says so.
func fault(err error) bool {
	var p *client.Problem
	if !errors.As(err, &p) {
		return true
	}
	switch p.Code {
	case problem.IdempotencyRunning, problem.OutcomeUnknown, problem.RecordContended:
		return true
	}
	return p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests
}

// mark is unlike all others, and looks like a file's digest.
func (l *load) mark(kind string, caller, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d/%d", l.run, kind, caller, n))
	return hex.EncodeToString(sum[:])
}

func deposit(hash string) map[string]any {
	return journey.Evidence("日志.txt", hash)
}

func one(ack *client.Acknowledgement, err error) ([]*operation.Receipt, error) {
	if err != nil {
		return nil, err
	}
	return []*operation.Receipt{ack.Receipt}, nil
}

func (l *load) deposit(w *write, c *client.Client) ([]*operation.Receipt, error) {
	return one(c.Create(l.hard, city, ledger, "evidences", deposit(w.marks[0])))
}

func (l *load) batch(w *write, c *client.Client) ([]*operation.Receipt, error) {
	requests := make([]client.Request, len(w.marks))
	for i, m := range w.marks {
		requests[i] = client.Request{Op: "Deposit", In: deposit(m)}
	}
	outcomes, err := c.Batch(l.hard, city, ledger, requests)
	if err != nil {
		return nil, err
	}
	receipts := make([]*operation.Receipt, len(outcomes))
	for i, o := range outcomes {
		if o.Problem != nil {
			return nil, o.Problem // sent again, the batch goes on where it was
		}
		receipts[i] = o.Result.Receipt
	}
	return receipts, nil
}

// job writes without waiting, and asks until the job is done.
func (l *load) job(w *write, c *client.Client) ([]*operation.Receipt, error) {
	job, err := c.Start(l.hard, city, ledger, "evidences", deposit(w.marks[0]))
	if err != nil {
		return nil, err
	}
	if job, err = c.Wait(l.hard, job.ID); err != nil {
		return nil, err
	}
	var ack client.Acknowledgement
	if err := job.Answer(&ack); err != nil {
		return nil, err
	}
	return []*operation.Receipt{ack.Receipt}, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
