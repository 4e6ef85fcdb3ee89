// Package command is `network chaincode`: what people type to write, check and
// deploy contracts. scripts/chaincode.sh is its door.
package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"henanchain/network/contract"
	"henanchain/network/failure"
	"henanchain/network/lint"
	"henanchain/network/state"
)

// Place says where the commands work.
type Place struct {
	Root  string // the repository; empty where the program runs without one
	Built string // the contracts' program as it was built last
	State state.Folder
	// Supervised refuses what the network's own supervisor must do, where it does
	// not run.
	Supervised func(context.Context) error
}

// New makes the command. place is asked when a command runs.
func New(place func() (Place, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chaincode",
		Short: "Write, check and deploy contracts",
		Long: "Writes, checks and deploys contracts.\n\n" +
			"A contract is written with `new`, checked with `lint`, and deployed with `deploy`, on one channel or on all of\n" +
			"them, while business systems go on writing. `status` shows which channel runs what, `rollback` goes back.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return failure.New(failure.Usage, "there is no command %q: `network chaincode --help` lists them", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c := &commands{place: place}
	cmd.AddCommand(c.deploy(), c.status(), c.rollback(), c.draft(), lint.Command(func() (string, error) {
		p, err := place()
		return p.Root, err
	}, "./chaincode/..."))
	return cmd
}

type commands struct {
	place func() (Place, error)
}

// operator opens what runs. For a change the network must run, and its state
// folder is locked until unlock.
func (c *commands) operator(ctx context.Context, change bool) (o *contract.Operator, unlock func(), err error) {
	p, err := c.place()
	if err != nil {
		return nil, nil, err
	}
	if !p.State.Exists() {
		return nil, nil, failure.New(failure.Unhealthy, "there is no network in %s: `network up` makes one", p.State.Root)
	}
	if err := p.State.Check(); err != nil {
		return nil, nil, err
	}
	n, err := p.State.Network()
	if err != nil {
		return nil, nil, failure.Wrap(failure.State, err, "cannot tell what the state folder was made for")
	}
	unlock = func() {}
	if change {
		if err := p.Supervised(ctx); err != nil {
			return nil, nil, err
		}
		if unlock, err = p.State.Lock(); err != nil {
			return nil, nil, err
		}
	}
	o = contract.New(p.Root, p.State, n, os.Stderr)
	o.Built = p.Built
	return o, unlock, nil
}

func (c *commands) deploy() *cobra.Command {
	var d contract.Order
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "deploy NAME VERSION",
		Short: "Bring channels to a version of a contract while writes go on",
		Long: "Builds the version, starts its service beside the old one, installs its package on every peer, approves it for every\n" +
			"organisation, and commits it channel by channel, several at once. The old service is stopped when no channel uses\n" +
			"it any more and it has answered what it was asked. Ended at any point and run again, it goes on where it was.\n\n" +
			"NAME is a contract of chaincode/ (in a container, which has no repository: of its image), or any other with\n" +
			"--path (a Go program that calls shim.Start, contractapi's Start or a shim.ChaincodeServer; its source stays as\n" +
			"it is) or with --package (a package of type ccaas, whose service runs already). Without --channels the channels\n" +
			"that have the contract take the version.",
		Example: "  scripts/chaincode.sh deploy evidence 1.1\n" +
			"  scripts/chaincode.sh deploy evidence 1.1 --channels zhengzhou,xinyang\n" +
			"  scripts/chaincode.sh deploy assets 1.0 --path ../fabric-samples/asset-transfer-basic/chaincode-go --channels all\n" +
			"  scripts/chaincode.sh deploy assets 1.0 --package assets.tar.gz --channels zhengzhou --policy \"OR('HenanMSP.peer','ZhengzhouMSP.peer')\"",
		Args: exactly("NAME", "VERSION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Name, d.Version = args[0], args[1]
			o, unlock, err := c.operator(cmd.Context(), true)
			if err != nil {
				return err
			}
			defer unlock()
			report, err := o.Deploy(cmd.Context(), d)
			return tell(cmd.OutOrStdout(), report, asJSON, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.Channels, "channels", "", "channels separated by commas, or all; those that have the contract where not given")
	f.StringVar(&d.Path, "path", "", "folder of the main package of a contract that was not written here")
	f.StringVar(&d.Package, "package", "", "file of a package of type ccaas, whose service somebody else runs")
	f.BoolVar(&d.Rebuild, "rebuild", false, "build a version anew that was built before; organisations then approve another package")
	f.StringVar(&d.Policy, "policy", "", "who endorses, such as \"AND('HenanMSP.peer','ZhengzhouMSP.peer')\"; the channel's rule in the topology where not given")
	f.StringVar(&d.Collections, "collections", "", "JSON file of private data collections, as Fabric's peer command takes it")
	f.StringVar(&d.Init, "init", "", "first call that the version needs before any other: a function, or {\"Args\":[\"…\"]}")
	f.BoolVar(&asJSON, "json", false, "report as JSON")
	return cmd
}

func (c *commands) rollback() *cobra.Command {
	var channels, to string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rollback NAME",
		Short: "Bring channels back to what they had before: a new sequence with the old package",
		Long: "Brings channels back to the release that they had before, with its package, policy and collections: its service is\n" +
			"started again from the program that was kept, and the channels take it as a new sequence. Each rollback is one step\n" +
			"back; `deploy` of a version that was undone goes forward again, with what was built then. A deployment that was\n" +
			"ended half-way is taken back the same way, and a rollback that was ended goes on.",
		Example: "  scripts/chaincode.sh rollback evidence\n" +
			"  scripts/chaincode.sh rollback evidence --channels zhengzhou --to 1.0",
		Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, unlock, err := c.operator(cmd.Context(), true)
			if err != nil {
				return err
			}
			defer unlock()
			report, err := o.Rollback(cmd.Context(), args[0], channels, to)
			return tell(cmd.OutOrStdout(), report, asJSON, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&channels, "channels", "", "channels separated by commas, or all; all that have the contract where not given")
	f.StringVar(&to, "to", "", "version to go back to; the one before where not given")
	f.BoolVar(&asJSON, "json", false, "report as JSON")
	return cmd
}

func (c *commands) status() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status [NAME]",
		Short:   "Tell which channel runs which version, and by which service; exit status 0 only when all is healthy",
		Example: "  scripts/chaincode.sh status\n  scripts/chaincode.sh status evidence --json",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, unlock, err := c.operator(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer unlock()
			status, err := o.Status(cmd.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), status)
			} else {
				status.Print(cmd.OutOrStdout())
			}
			if err == nil && !status.Healthy {
				err = failure.New(failure.Unhealthy, "not all is healthy")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// exactly wants arguments by their names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return failure.New(failure.Usage, "%s takes %s: `%s --help` shows how", cmd.CommandPath(), strings.Join(names, " and "), cmd.CommandPath())
	}
}

func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return failure.New(failure.Usage, "%s takes one NAME or none", cmd.CommandPath())
	}
	return nil
}

// tell prints a report, also of what was done before an error.
func tell(out io.Writer, r *contract.Report, asJSON bool, err error) error {
	if r == nil {
		return err
	}
	if asJSON {
		if failed := printJSON(out, r); err == nil {
			err = failed
		}
		return err
	}
	if err != nil || len(r.Channels) == 0 {
		return err
	}
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "CHANNEL\tWAS\tIS\tSEQUENCE\tTOOK")
	for _, ch := range r.Channels {
		from, is, took := cmp.Or(ch.From, "-"), ch.Version, fmt.Sprintf("%.1fs", ch.Seconds)
		switch {
		case len(ch.Waiting) > 0: // approved by this host's members alone: what was there goes on
			is, took = from, fmt.Sprintf("%s waits for %s", ch.Version, strings.Join(ch.Waiting, ", "))
		case ch.Unchanged:
			took = "was so already"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", ch.Name, from, is, ch.Sequence, took)
	}
	return w.Flush()
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
