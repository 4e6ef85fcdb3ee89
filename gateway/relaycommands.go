package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"henanchain/gateway/config"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/gateway/logging"
	"henanchain/gateway/relay"
	"henanchain/gateway/sqldb"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
)

// relayOptions are the flags of a carrier.
type relayOptions struct {
	dsn, outbox, listen string
	blocks              int
	every               time.Duration
}

func relayCommand(file *string) *cobra.Command {
	var o relayOptions
	c := &cobra.Command{
		Use:   "relay",
		Short: "Carry questions, answers and checkpoints between the ledgers",
		Long: "Carries questions to the source's peers and answers with their proofs back, and anchors the cities' ledgers on the main\n" +
			"channel, until SIGTERM or Ctrl-C. It carries in the names of the applications of the connection file that have the role\n" +
			"relay.carrier. Several carriers may run at once, each with its own files; killed, one goes on where it was.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCarrier(cmd.Context(), *file, o, func(ctx context.Context, c *carrier) error { return c.run(ctx, o.listen, c.worker.Run) })
		},
	}
	f := c.PersistentFlags()
	f.StringVar(&o.dsn, "book", "", "where it remembers what is open, sqlite:FILE or postgres://…; by default relay.db beside the gateway's store")
	f.StringVar(&o.outbox, "outbox", "", "where signed transactions are kept until they are committed, likewise; by default relay-outbox.db beside the gateway's store, or a schema of its own in the store's database")
	c.Flags().StringVar(&o.listen, "listen", "", "address to serve /metrics and /readyz on, such as 127.0.0.1:9101")
	c.Flags().IntVar(&o.blocks, "checkpoint-blocks", 100, "anchor a city's ledger after so many blocks; negative: never")
	c.Flags().DurationVar(&o.every, "checkpoint-every", 5*time.Minute, "anchor a city's ledger after that time where it has new blocks")
	c.AddCommand(relayRegisterCommand(file), relayAnchorCommand(file, &o))
	return c
}

func relayRegisterCommand(file *string) *cobra.Command {
	var offers []string
	c := &cobra.Command{
		Use:   "register",
		Short: "Make the channels known to each other, in the names of both parties that decide on it",
		Long: "Registers every channel where it has to be known, with the trust anchor of its configuration: the cities on the main channel,\n" +
			"the main channel and the other cities on each city's. It proposes and approves in the names of the applications of the\n" +
			"connection file that have the role relay.governor; both parties' must be here. Run again after a channel's configuration\n" +
			"has changed, it renews the anchors; what is as it should be stays.",
		Example: "  gateway relay register --offer evidence.Get",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []relay.Offer
			for _, text := range offers {
				offer, err := relay.ParseOffer(text)
				if err != nil {
					return fmt.Errorf("--offer: %w", err)
				}
				list = append(list, offer)
			}
			return withNetwork(*file, func(_ *config.Config, network *fabric.Network, _ *directory.Directory, _ *zap.Logger) error {
				r := &relay.Registrar{Network: network, Offers: list, Note: func(channel, chain, what string) {
					fmt.Fprintf(cmd.OutOrStdout(), "%-14s %-14s %s\n", channel, chain, what)
				}}
				return r.Run(cmd.Context())
			})
		},
	}
	c.Flags().StringArrayVar(&offers, "offer", nil, "what the channels let each other ask beside Verify, CONTRACT.FUNCTION; may be given again")
	return c
}

func relayAnchorCommand(file *string, o *relayOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "anchor",
		Short: "Anchor every city's ledger on the main channel now",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			one := *o
			if one.dsn == "" { // the carrier that runs has the others
				one.dsn, one.outbox = "temporary", "temporary"
			}
			return withCarrier(cmd.Context(), *file, one, func(ctx context.Context, c *carrier) error { return c.worker.Anchor(ctx) })
		},
	}
}

// withNetwork opens the network as the configuration says, and no store.
func withNetwork(file string, do func(*config.Config, *fabric.Network, *directory.Directory, *zap.Logger) error) error {
	c, err := load(file)
	if err != nil {
		return err
	}
	log, err := logging.Direct(c.Log.Level)
	if err != nil {
		return err
	}
	dir, network, err := openNetwork(c, log)
	if err != nil {
		return err
	}
	return errors.Join(do(c, network, dir, log), network.Close())
}

// openOutbox opens where a carrier keeps its signed transactions. Also in a database
// that it shares with gateways these are its own.
func openOutbox(ctx context.Context, dsn string, log *zap.Logger) (*store.Store, error) {
	return sqldb.Await(ctx, log, func(ctx context.Context) (*store.Store, error) {
		return store.Open(ctx, dsn, store.Options{Keeper: store.Carrier, Log: log.Named("store")})
	})
}

// carrier is a relay worker with what it needs.
type carrier struct {
	beside
	worker *relay.Worker
}

// withCarrier makes a carrier, runs do and lets what was accepted finish.
func withCarrier(ctx context.Context, file string, o relayOptions, do func(context.Context, *carrier) error) error {
	return withNetwork(file, func(c *config.Config, network *fabric.Network, dir *directory.Directory, log *zap.Logger) error {
		dsn, outbox, remove, err := o.places(c)
		if err != nil {
			return err
		}
		defer remove()
		book, err := sqldb.Await(ctx, log, func(ctx context.Context) (*relay.Book, error) { return relay.OpenBook(ctx, dsn) })
		if err != nil {
			return err
		}
		db, err := openOutbox(ctx, outbox, log)
		if err != nil {
			return errors.Join(err, book.Close())
		}
		metrics := prometheus.NewRegistry()
		metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		writer := write.New(network, db, write.Options{Metrics: metrics, Log: log.Named("write")})
		worker := relay.New(network, writer, book, relay.Options{Blocks: o.blocks, Every: o.every, Log: log.Named("relay")})
		err = do(ctx, &carrier{beside{dir, log, metrics, worker.Ready}, worker})
		grace, cancel := context.WithTimeout(context.Background(), c.Limits.ShutdownTimeout)
		defer cancel()
		return errors.Join(err, writer.Close(grace), db.Close(), book.Close())
	})
}
