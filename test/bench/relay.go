package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/connection"
	"henanchain/network/state"
)

// Whom a question goes between.
const (
	askingCity = "xinyang"
	asker      = "xinyang-notary"
)

// acrossBar is what a question may take at the median, on the pilot.
const acrossBar = 2 * time.Second

// acrossReport is what questions between cities came to.
type acrossReport struct {
	Questions int     `json:"questions"`
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	Max       float64 `json:"max_ms"`
	Bar       float64 `json:"bar_p50_ms"`
	Machine   machine `json:"machine"`
}

// runRelay measures what a question from one city to another takes, one after
// the other, from its POST until its asker's ledger has accepted the answer and
// the main channel says so. The chains are registered (scripts/relay.sh).
func runRelay(ctx context.Context, o options) error {
	a, err := openAcross(ctx, o.state)
	if err != nil {
		return err
	}
	const each = 15
	var t tally
	for i := range o.rounds * each {
		took, err := a.ask(ctx, i)
		if err != nil {
			return fmt.Errorf("question %d: %w", i+1, err)
		}
		t.Took = append(t.Took, took)
		if i%each == each-1 {
			say("round %d of %d: p50 %.0f ms", (i+1)/each, o.rounds, t.percentile(50))
		}
	}
	r := acrossReport{len(t.Took), round(t.percentile(50), 1), round(t.percentile(95), 1), round(t.percentile(100), 1), float64(acrossBar.Milliseconds()),
		machine{runtime.NumCPU(), load()}}
	return tell(r, o.json, r.print)
}

func (r *acrossReport) print(out io.Writer) {
	fmt.Fprintf(out, "a question from one city to another, until its answer is accepted: p50 %.0f ms (at most %.0f), p95 %.0f ms, longest %.0f ms, of %d. %d cores, load average %s.\n",
		r.P50, r.Bar, r.P95, r.Max, r.Questions, r.Machine.Cores, r.Machine.Load)
}

// across is a city that asks for a record of another.
type across struct {
	asker    *client.Client
	evidence string
	run      string
}

func openAcross(ctx context.Context, folder string) (*across, error) {
	st, err := state.At(folder)
	if err != nil {
		return nil, err
	}
	conn, err := connection.Read(st.Connection())
	if err != nil {
		return nil, err
	}
	as := func(system string) (*client.Client, error) {
		token, err := readFile(filepath.Join(st.Application(system), "token"))
		return client.New(conn.Gateway, strings.TrimSpace(string(token)), nil), err
	}
	a := &across{run: time.Now().UTC().Format("20060102150405.000")}
	if a.asker, err = as(asker); err != nil {
		return nil, err
	}
	notary, err := as(caller)
	if err != nil {
		return nil, err
	}
	files := files{uint64(time.Now().UnixNano())}
	made, err := notary.Create(ctx, city, "evidence", "evidences", json.RawMessage(deposit(nil, files.hash(0, 0), 0)))
	if err != nil {
		return nil, err
	}
	a.evidence = made.ID
	return a, nil
}

func (a *across) ask(ctx context.Context, n int) (time.Duration, error) {
	began := time.Now()
	made, err := a.asker.Create(ctx, askingCity, "relay", "requests", map[string]any{"reference": fmt.Sprintf("%s-%d", a.run, n), "from": askingCity, "source": city,
		"contract": "evidence", "function": "Get", "args": []string{"evidence", a.evidence}, "purpose": "异地诉讼证据核验"})
	if err != nil {
		return 0, err
	}
	record, err := a.asker.WithWait(30*time.Second).Get(ctx, askingCity, "relay", "requests", made.ID)
	if err == nil && record.Status != "ACCEPTED" {
		err = fmt.Errorf("it is %s: are the chains registered with --offer evidence.Get?", record.Status)
	}
	return time.Since(began), err
}
