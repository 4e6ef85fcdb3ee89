// Command quickstart walks through the journey against a running gateway and
// prints what happened. scripts/quickstart.sh runs it last.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"henanchain/gateway/client"
	"henanchain/internal/connection"
	"henanchain/test/journey"
)

func main() {
	state := flag.String("state", "state", "the network's state folder")
	gateway := flag.String("gateway", "", "the gateway's address; the network's own where not given")
	wait := flag.Duration("wait", 20*time.Second, "how long to wait for the gateway to be ready")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *state, *gateway, *wait)
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "quickstart: interrupted; the network keeps running, and the same command starts over")
		os.Exit(130)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "quickstart: %v\n", err)
		fmt.Fprintf(os.Stderr, "quickstart: the gateway's log: %s\n", filepath.Join(*state, "logs", "gateway.log"))
		os.Exit(1)
	}
}

func run(ctx context.Context, state, gateway string, wait time.Duration) error {
	conn, err := connection.Read(filepath.Join(state, connection.FileName))
	if err != nil {
		return err
	}
	if gateway == "" {
		gateway = conn.Gateway
	}
	if err := ready(ctx, client.New(gateway, "", nil), wait); err != nil {
		return err
	}
	o := journey.Options{
		Client:     func(system string) (*client.Client, error) { return clientOf(state, gateway, system) },
		IssuerDept: deptOf(conn, journey.Issuer), Now: time.Now(),
	}
	steps, err := journey.Run(ctx, o)
	if err == nil && deptOf(conn, journey.Asker) != "" {
		var more []journey.Step
		more, err = journey.Across(ctx, o)
		steps = append(steps, more...)
	}
	show(steps)
	return err
}

// ready waits until the gateway says that nothing is missing.
func ready(ctx context.Context, c *client.Client, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		err := c.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the gateway did not get ready within %s: %w", wait, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func clientOf(state, gateway, system string) (*client.Client, error) {
	token, err := os.ReadFile(filepath.Join(state, "apps", system, "token"))
	if err != nil {
		return nil, fmt.Errorf("read the token of %s: %w", system, err)
	}
	if len(token) == 0 {
		return nil, errors.New("the token of " + system + " is empty")
	}
	return client.New(gateway, strings.TrimSpace(string(token)), nil), nil
}

func deptOf(conn *connection.Connection, system string) string {
	for _, a := range conn.Applications {
		if a.Name == system {
			return a.Dept
		}
	}
	return ""
}

func show(steps []journey.Step) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"what", "subject", "record", "status", "transaction", "block", "digest (SM3)"})
	for _, s := range steps {
		t.AppendRow(table.Row{s.What, s.Subject, short(s.ID, 24), coloured(s.Status), short(s.TxID, 12), s.Block, short(s.Digest, 12)})
	}
	t.Render()
	for _, s := range steps {
		if s.Note != "" {
			fmt.Printf("  %s, %s: %s\n", s.What, s.Subject, s.Note)
		}
	}
}

func coloured(status string) string {
	if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return status
	}
	if status == "NO MATCH" {
		return text.FgRed.Sprint(status)
	}
	return text.FgGreen.Sprint(status)
}

// short keeps the end of an identifier, where it differs from its neighbours,
// and the beginning of a digest.
func short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	if strings.Contains(s, ".") {
		return "…" + string(r[len(r)-n+1:])
	}
	return string(r[:n-1]) + "…"
}
