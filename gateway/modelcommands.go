package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"henanchain/gateway/fabric"
	"henanchain/gateway/follow"
	"henanchain/gateway/logging"
	"henanchain/internal/catalog"
)

// alone is the read model with what it needs, without a door.
type alone struct {
	beside
	network   *fabric.Network
	contracts []catalog.Contract
	model     *readModel
}

// openAlone opens the read model as the commands beside serve use it.
func openAlone(ctx context.Context, file string, followHere bool) (*alone, error) {
	c, err := load(file)
	if err != nil {
		return nil, err
	}
	c.Index.Enabled, c.Index.Follow = true, followHere
	a := &alone{beside: beside{metrics: prometheus.NewRegistry()}}
	if a.log, err = logging.Direct(c.Log.Level); err != nil {
		return nil, err
	}
	if a.contracts, err = catalog.Load(); err != nil {
		return nil, err
	}
	if a.dir, a.network, err = openNetwork(c, a.log); err != nil {
		return nil, err
	}
	if a.model, err = openModel(ctx, c, a.contracts, a.network, a.metrics, a.log); err != nil {
		return nil, errors.Join(err, a.network.Close())
	}
	a.ready = func(ctx context.Context) error {
		for _, c := range a.model.ready(ctx) {
			if !c.OK {
				return fmt.Errorf("%s: %s", c.Name, c.Missing)
			}
		}
		return nil
	}
	return a, nil
}

func (a *alone) close() error { return errors.Join(a.model.close(), a.network.Close()) }

// runAlone opens the read model, runs a command with it and closes it.
func runAlone(cmd *cobra.Command, file string, followHere bool, do func(context.Context, *alone) error) error {
	a, err := openAlone(cmd.Context(), file, followHere)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), a), a.close())
}

func followCommand(file *string) *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "follow",
		Short: "Read and verify the channels' blocks into the read model, without serving REST",
		Long: "Read and verify the channels' blocks into the read model, without serving REST, until SIGTERM or Ctrl-C.\n" +
			"Gateways that serve beside it are configured with index.follow: false.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAlone(cmd, *file, true, func(ctx context.Context, a *alone) error {
				return a.run(ctx, listen, a.model.run)
			})
		},
	}
	c.Flags().StringVar(&listen, "metrics", "", "address to serve /metrics and /readyz on, such as 127.0.0.1:9100")
	return c
}

func reindexCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "reindex",
		Short: "Throw the read model away and make it again from block 0",
		Long:  "Throw the read model away and make it again from block 0, with progress. No other process may follow meanwhile:\nstop the gateway, or gateway follow, first.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAlone(cmd, *file, true, func(ctx context.Context, a *alone) error {
				if err := a.model.index.Clear(ctx, a.network.Channels()); err != nil {
					return err
				}
				return a.model.follower.CatchUp(ctx, progressTo(cmd.ErrOrStderr()))
			})
		},
	}
}

// progressTo writes a line for each channel, at most one a second.
func progressTo(w io.Writer) func(channel string, at, of uint64) {
	last, done := map[string]time.Time{}, map[string]bool{}
	return func(channel string, at, of uint64) {
		if done[channel] || at < of && time.Since(last[channel]) < time.Second {
			return
		}
		last[channel], done[channel] = time.Now(), at >= of
		fmt.Fprintf(w, "%-14s block %d of %d\n", channel, at, of)
	}
}

// errDifferent is the answer of compare where something differs.
var errDifferent = errors.New("the read model differs from the ledger; gateway reindex makes it again")

func compareCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "compare",
		Short: "Compare the read model with the ledgers, record by record",
		Long:  "Walk every ledger's state on the peers, and the read model, and print every difference. The exit status is 0 only where there is none.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAlone(cmd, *file, false, func(ctx context.Context, a *alone) error {
				records, differences, err := follow.Compare(ctx, a.network, a.model.index, a.contracts, func(d follow.Difference) {
					fmt.Fprintln(cmd.OutOrStdout(), d)
				})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d records compared, %d differences\n", records, differences)
				if differences > 0 {
					return errDifferent
				}
				return nil
			})
		},
	}
}
