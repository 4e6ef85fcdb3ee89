package command

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"henanchain/network/contract"
	"henanchain/network/progress"
)

// draft is what `new` reports. Its JSON form is stable.
type draft struct {
	Contract string   `json:"contract"`
	Files    []string `json:"files"` // of the package, from the repository
	Next     []string `json:"next"`  // what to do with it
}

func (c *commands) draft() *cobra.Command {
	var d contract.Draft
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a contract: its package with passing tests, its line in the list, its tables and page",
		Long: "Writes a contract in the shape of the ones that are here: chaincode/NAME with one record type, its state machine,\n" +
			"three operations, a refusal of its own, tests that pass and a fuzz target; adds it to chaincode/contracts; and writes\n" +
			"its tables and its page. What it then needs is your ledger in place of the registrations.",
		Example: "  scripts/chaincode.sh new waterright --title \"Water rights\" --title-zh 取水许可",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Name = args[0]
			p, err := c.place()
			if err != nil {
				return err
			}
			board := progress.New(os.Stderr)
			files, err := d.Write(cmd.Context(), p.Root, board)
			board.Close()
			if err != nil {
				return err
			}
			out := draft{Contract: d.Name, Files: files, Next: []string{
				"make it your ledger: the record, its statuses and operations in chaincode/" + d.Name + " (docs/development.md says how)",
				"after each change: go generate ./chaincode && go test ./chaincode/" + d.Name + " && scripts/chaincode.sh lint",
				"give a business system its role: " + d.Name + ".registrar in network/topology.yaml, under applications",
				"put it on the channels of every network: contracts and channels in network/topology.yaml, then scripts/network.sh up",
				"or try it on one channel of the network that runs: scripts/chaincode.sh deploy " + d.Name + " 0.1 --channels zhengzhou",
			}}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), out)
			}
			for _, f := range out.Files {
				fmt.Fprintln(cmd.OutOrStdout(), f)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "\nNext:")
			for _, n := range out.Next {
				fmt.Fprintln(cmd.OutOrStdout(), "  * "+n)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.Title, "title", "", "what the ledger is called in English; the name where not given")
	f.StringVar(&d.TitleZh, "title-zh", "", "what it is called in Chinese; the title where not given")
	f.BoolVar(&asJSON, "json", false, "report as JSON")
	return cmd
}
