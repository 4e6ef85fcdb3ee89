package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/usage"
)

// longestUsage is the longest that `usage` looks, in seconds.
const longestUsage = 3600

func usageCommand(s *settings) *cobra.Command {
	var asJSON bool
	var seconds int
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Measure what each process takes of the machine: cores and memory",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if seconds < 1 || seconds > longestUsage {
				return failure.New(failure.Usage, "--seconds is %d; it must be 1 to %d", seconds, longestUsage)
			}
			o, err := s.operator()
			if err != nil {
				return err
			}
			services, err := o.Client().Services()
			if err != nil {
				return err
			}
			report, err := usage.Measure(cmd.Context(), services, time.Duration(seconds)*time.Second)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(report)
			}
			report.Print(os.Stdout)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.Flags().IntVar(&seconds, "seconds", 10, "how long to look")
	return cmd
}
