//go:build e2e

package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// writers are business systems that write through the gateway until they are
// stopped.
type writers struct {
	stop     context.CancelFunc
	wait     sync.WaitGroup
	wrote    atomic.Int64
	mu       sync.Mutex
	failures []string
}

// caller is the client of a business system of the network.
func (a *admin) caller(system string) *client.Client {
	a.t.Helper()
	c, err := connection.Read(filepath.Join(a.state, connection.FileName))
	if err != nil {
		a.t.Fatal(err)
	}
	token, err := os.ReadFile(filepath.Join(a.state, "apps", system, "token"))
	if err != nil {
		a.t.Fatal(err)
	}
	return client.New(c.Gateway, strings.TrimSpace(string(token)), nil)
}

var runs = time.Now().Format(time.RFC3339Nano)

// deposit writes one record of evidence.
func deposit(ctx context.Context, c *client.Client, channel, what string) error {
	_, err := c.Create(ctx, channel, "evidence", "evidences", evidenceOf(what))
	return err
}

// evidenceOf is evidence of a file that nobody has deposited yet.
func evidenceOf(what string) map[string]any {
	return journey.Evidence("日志.txt", gm.HexDigest([]byte(what+runs)))
}

// again is deposit by a business system that does what the gateway tells it
// where it cannot say yet how a write ended: ask the same again.
func again(ctx context.Context, c *client.Client, channel, what string) error {
	for end := time.Now().Add(testnet.Patience); ; {
		err := deposit(ctx, c, channel, what)
		var p *client.Problem
		if !errors.As(err, &p) || p.Code != "OUTCOME_UNKNOWN" || time.Now().After(end) {
			return err
		}
	}
}

// write starts n writers of a business system on a channel.
func (a *admin) write(n int, system, channel string) *writers {
	a.t.Helper()
	return a.writeBy(deposit, n, system, channel)
}

func (a *admin) writeBy(do func(context.Context, *client.Client, string, string) error, n int, system, channel string) *writers {
	a.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w := &writers{stop: stop}
	c := a.caller(system)
	for i := range n {
		w.wait.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				err := do(ctx, c, channel, strconv.Itoa(i)+"/"+strconv.Itoa(k))
				if err == nil {
					w.wrote.Add(1)
				} else if ctx.Err() == nil {
					w.mu.Lock()
					w.failures = append(w.failures, fmt.Sprintf("%s: %v", time.Now().Format("15:04:05.000"), err))
					w.mu.Unlock()
				}
			}
		})
	}
	a.t.Cleanup(func() { stop(); w.wait.Wait() })
	return w
}

// more waits until so many more records are written.
func (w *writers) more(t *testing.T, n int64) {
	t.Helper()
	want := w.wrote.Load() + n
	for end := time.Now().Add(testnet.Patience); w.wrote.Load() < want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d of %d records were written: %v", w.wrote.Load(), want, w.failures)
		}
	}
}

// end stops the writers and fails the test where a write failed.
func (w *writers) end(t *testing.T) {
	t.Helper()
	w.stop()
	w.wait.Wait()
	t.Logf("%d records written", w.wrote.Load())
	for i, f := range w.failures {
		if i < 10 {
			t.Error(f)
		}
	}
	if n := len(w.failures); n > 10 {
		t.Errorf("… and %d more", n-10)
	}
}
