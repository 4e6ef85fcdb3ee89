package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/operate"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

func downCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop every process of the network; its ledgers and keys stay",
		Args:  cobra.NoArgs,
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, _ []string) error {
			if !state.Exists(o.State.Root) {
				fmt.Fprintln(os.Stderr, "nothing ran")
				return nil
			}
			ended, err := o.Down(ctx)
			if err != nil {
				return err
			}
			if ended == 0 {
				fmt.Fprintln(os.Stderr, "nothing ran")
				return nil
			}
			fmt.Fprintf(os.Stderr, "stopped %d processes; `network up` goes on with the same ledgers\n", ended)
			return nil
		}),
	}
}

func cleanCommand(s *settings) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Stop the network and remove its state folder: ledgers, keys, all of it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.complete(); err != nil {
				return err
			}
			st, err := state.At(s.state) // of whatever layout, and damaged too
			if err != nil {
				return err
			}
			if !state.Exists(st.Root) {
				return nil
			}
			if !st.Exists() {
				return failure.New(failure.State, "%s is not a network's state: not removing it", st.Root)
			}
			if !yes {
				return failure.New(failure.Usage, "this removes the ledgers and keys in %s for ever: say so with --yes", st.Root)
			}
			return operate.New(st, s.programs(), nil, os.Stderr).Clean(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "remove without a way back")
	return cmd
}

func statusCommand(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell how nodes, channels, contracts and certificates are; exit status 0 only when all is healthy",
		Args:  cobra.NoArgs,
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, _ []string) error {
			report, err := o.Status(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(report); err != nil {
					return err
				}
			} else {
				report.Print(os.Stdout)
			}
			return report.Failure()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func actionCommand(s *settings, action string) *cobra.Command {
	short := map[string]string{
		"start":   "Start one node that was stopped, and wait until it serves",
		"stop":    "Stop one node and leave it stopped",
		"restart": "Stop one node and start it again, and wait until it serves",
	}
	act := map[string]func(*operate.Operator, context.Context, string) error{
		"start": (*operate.Operator).Start, "stop": (*operate.Operator).Stop, "restart": (*operate.Operator).Restart,
	}
	return &cobra.Command{
		Use:   action + " NODE",
		Short: short[action],
		Args:  cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			return act[action](o, ctx, args[0])
		}),
	}
}

func logsCommand(s *settings) *cobra.Command {
	var follow bool
	var lines int
	cmd := &cobra.Command{
		Use:   "logs NODE",
		Short: "Show the log of a node, or of the supervisor",
		Args:  cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			f, err := os.Open(o.State.Log(args[0]))
			if errors.Is(err, os.ErrNotExist) {
				return failure.New(failure.NotThere, "there is no log of %q in %s", args[0], o.State.Path("logs"))
			}
			if err != nil {
				return err
			}
			defer f.Close()
			return showLog(ctx, os.Stdout, f, lines, follow)
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on showing what is written, until Ctrl-C")
	cmd.Flags().IntVarP(&lines, "lines", "n", 100, "how many of the last lines to begin with")
	return cmd
}

// showLog prints the last lines of a log and, when following, what comes.
func showLog(ctx context.Context, out io.Writer, f *os.File, lines int, follow bool) error {
	const window = 1 << 20
	if fi, err := f.Stat(); err == nil && fi.Size() > window {
		if _, err := f.Seek(-window, io.SeekEnd); err != nil {
			return err
		}
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	start := len(data)
	for i := 0; i <= lines && start > 0; i++ {
		start = bytes.LastIndexByte(data[:start-1], '\n') + 1
		if i == lines-1 {
			break
		}
	}
	if _, err := out.Write(data[start:]); err != nil {
		return err
	}
	for follow {
		n, err := io.Copy(out, f)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		at, _ := f.Seek(0, io.SeekCurrent)
		if fi, err := f.Stat(); err == nil && fi.Size() < at { // it was cut
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

func superviseCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:    "supervise",
		Short:  "Keep the network's processes running, in the foreground: `up` starts this by itself",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			st, err := state.At(s.state)
			if err != nil {
				return err
			}
			err = supervise.Serve(st.Root)
			if errors.Is(err, supervise.ErrRunning) {
				return failure.Wrap(failure.Busy, err, "%s", st.Root)
			}
			return err
		},
	}
}
