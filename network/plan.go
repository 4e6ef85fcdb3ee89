package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/operate"
)

func planCommand(s *settings) *cobra.Command {
	var profile string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Tell what differs between the topology and what runs; exit status 0 only when nothing does, 12 when something does",
		Long: "Tells what differs between the topology and what runs: nodes that are missing or stopped, channels that are not\n" +
			"joined, contracts that are not there in the version wanted, organisations and channels that came or went, batch\n" +
			"settings. For each it names what makes it so: `network up`, or another command. It changes nothing.",
		Args: cobra.NoArgs,
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, _ []string) error {
			wanted, err := s.selected(o, profile)
			if err != nil {
				return err
			}
			plan, err := o.Plan(ctx, wanted)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(plan)
			} else {
				plan.Print(os.Stdout)
			}
			if err == nil && !plan.Same {
				err = failure.New(failure.Differs, "what runs is not what the topology says")
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&profile, "profile", "", "the part of the topology to compare with: pilot where nothing runs yet, else what runs")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
