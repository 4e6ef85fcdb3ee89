package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"henanchain/gateway/config"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/gateway/relay"
)

// errRewritten is the answer where a ledger does not fit its anchors.
var errRewritten = errors.New("a ledger does not fit what the main channel anchors: see above")

func auditCheckpointsCommand(file *string) *cobra.Command {
	var chain, folder string
	var asJSON bool
	c := &cobra.Command{
		Use:   "checkpoints",
		Short: "Compare the cities' ledgers with what the main channel anchors of them",
		Long: "Reads every checkpoint on the main channel and holds the ledgers of all peers that serve a city's channel against them. With\n" +
			"--ledger it reads a ledger's folder, or a copy of one, block by block. A ledger that was rewritten, as a whole or in part,\n" +
			"or cut off, shows. The exit status is 0 only where everything fits.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if folder != "" && chain == "" {
				return errors.New("--ledger needs --chain: whose ledger is it?")
			}
			return withNetwork(*file, func(_ *config.Config, n *fabric.Network, _ *directory.Directory, _ *zap.Logger) error {
				anchored, err := relay.Checkpoints(cmd.Context(), n)
				if err != nil {
					return err
				}
				all, err := auditedLedgers(cmd, n, anchored, chain, folder)
				if err != nil {
					return err
				}
				return printAudited(cmd, all, asJSON)
			})
		},
	}
	c.Flags().StringVar(&chain, "chain", "", "one city's channel; all where it is left out")
	c.Flags().StringVar(&folder, "ledger", "", "folder with blockfile_000000, in place of the peers")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func auditedLedgers(cmd *cobra.Command, n *fabric.Network, anchored map[string][]relay.Checkpoint, chain, folder string) ([]relay.Audited, error) {
	if folder != "" {
		if len(anchored[chain]) == 0 {
			return nil, fmt.Errorf("nothing of %q is anchored", chain)
		}
		one, err := relay.AuditFolder(folder, chain, anchored[chain])
		if err != nil {
			return nil, err
		}
		return []relay.Audited{*one}, nil
	}
	var all []relay.Audited
	main := n.Connection().MainChannel
	for _, name := range n.Channels() {
		if name == main || chain != "" && name != chain {
			continue
		}
		some, err := relay.AuditPeers(cmd.Context(), n, name, anchored[name])
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func printAudited(cmd *cobra.Command, all []relay.Audited, asJSON bool) error {
	out := cmd.OutOrStdout()
	if asJSON {
		text, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", text)
	} else {
		w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
		fmt.Fprintln(w, "CHAIN\tLEDGER\tCHECKPOINTS\tBLOCKS READ\tVERDICT")
		for _, a := range all {
			verdict := "as anchored"
			switch {
			case len(a.Wrong) > 0:
				verdict = a.Wrong[0]
			case a.Checkpoints == 0:
				verdict = "nothing is anchored yet"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", a.Chain, a.Ledger, a.Checkpoints, a.Blocks, verdict)
			for i := 1; i < len(a.Wrong); i++ {
				fmt.Fprintf(w, "\t\t\t\t%s\n", a.Wrong[i])
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(all, func(a relay.Audited) bool { return len(a.Wrong) > 0 }) {
		return errRewritten
	}
	return nil
}
