//go:build e2e

package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// load is business systems at work: each worker writes a record, reads it back
// and has it verified, again and again.
type load struct {
	stop  context.CancelFunc
	wait  sync.WaitGroup
	wrote atomic.Int64
	reads atomic.Int64

	mu       sync.Mutex
	slowest  time.Duration
	failures []string
}

// system is a business system and the city on whose ledger it writes.
type system struct{ city, name string }

// work starts workers for each of the systems.
func work(t *testing.T, n *testnet.Net, workers int, systems ...system) *load {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	l := &load{stop: stop}
	calls := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers * len(systems)}, Timeout: testnet.Patience}
	for _, s := range systems {
		token, err := n.Token(s.name)
		if err != nil {
			t.Fatal(err)
		}
		c := client.New(n.Connection.Gateway, token, calls)
		dept := n.Dept(s.name)
		for i := range workers {
			l.wait.Go(func() {
				for k := 0; ctx.Err() == nil; k++ {
					l.round(ctx, c, s, dept, i*1_000_000+k)
				}
			})
		}
	}
	t.Cleanup(func() { l.stop(); l.wait.Wait() })
	return l
}

var serial atomic.Int64

// round is one write, one read and one question. What the end of the work cuts
// off is no failure.
func (l *load) round(ctx context.Context, c *client.Client, s system, dept string, k int) {
	note := func(what string, began time.Time, err error) bool {
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.failures = append(l.failures, fmt.Sprintf("%s %s on %s after %s: %v", time.Now().Format("15:04:05.000"), what, s.city, time.Since(began).Round(time.Millisecond), err))
			return false
		}
		l.mu.Lock()
		l.slowest = max(l.slowest, time.Since(began))
		l.mu.Unlock()
		return err == nil
	}
	digest := gm.HexDigest([]byte(s.city + s.name + strconv.Itoa(k) + unique))
	ledger, collection, input := "evidence", "evidences", journey.Evidence("日志.txt", digest)
	if strings.Contains(s.name, "elicense") {
		ledger, collection, input = "elicense", "licences", licence(dept, digest)
	}
	began := time.Now()
	ack, err := c.Create(ctx, s.city, ledger, collection, input)
	if !note("write", began, err) {
		return
	}
	l.wrote.Add(1)
	began = time.Now()
	if _, err = c.Get(ctx, s.city, ledger, collection, ack.ID); !note("read", began, err) {
		return
	}
	began = time.Now()
	verdict, err := c.Verify(ctx, s.city, ledger, collection, map[string]any{"id": ack.ID, "fileHash": digest})
	if err == nil && !verdict.Match {
		err = errors.New("the ledger does not know what it acknowledged: " + verdict.Reason)
	}
	if note("verify", began, err) {
		l.reads.Add(2)
	}
}

var unique = time.Now().Format(time.RFC3339Nano)

// licence is an e-licence of a number of its own.
func licence(dept, digest string) map[string]any {
	in, err := journey.Licence(dept, strconv.FormatInt(time.Now().UnixNano()/1000*1000+serial.Add(1)%1000, 10), digest)
	if err != nil {
		panic(err) // a department of the topology, and digits
	}
	return in
}

// end stops the work and fails the test where any call failed.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	l.wait.Wait()
	t.Logf("%d writes and %d reads, the slowest call took %s", l.wrote.Load(), l.reads.Load(), l.slowest.Round(time.Millisecond))
	if l.wrote.Load() == 0 {
		t.Error("nothing was written")
	}
	for i, f := range l.failures {
		if i == 20 {
			t.Errorf("… and %d more", len(l.failures)-i)
			break
		}
		t.Error(f)
	}
}

// until waits until so many writes have been made since.
func (l *load) until(t *testing.T, more int64) {
	t.Helper()
	want, end := l.wrote.Load()+more, time.Now().Add(testnet.Patience)
	for l.wrote.Load() < want {
		if time.Now().After(end) {
			t.Fatalf("only %d writes of %d: %v", l.wrote.Load(), want, l.failures)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
