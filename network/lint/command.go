package lint

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
)

// Command is `lint`: the rules over contracts' source. dir is the folder whose
// module is checked where none is given, and patterns what holds contracts there.
func Command(dir func() (string, error), patterns ...string) *cobra.Command {
	var asJSON bool
	var rules strings.Builder
	for _, d := range docs {
		fmt.Fprintf(&rules, "  %-12s %s\n", d.rule, d.doc)
	}
	cmd := &cobra.Command{
		Use:   "lint [FOLDER]",
		Short: "Refuse what is not deterministic in contracts' source",
		Long: "Refuses what would make peers disagree in the source of contracts: of this repository, or of a Go module in FOLDER.\n\n" +
			"Rules:\n" + rules.String() +
			"\nWhat is no fault in its place is allowed there with a reason: //lint:allow RULE reason",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, in := "", patterns
			var err error
			if len(args) == 1 {
				at, in = args[0], []string{"./..."}
				if _, err = os.Stat(at); err != nil {
					return failure.Wrap(failure.Usage, err, "cannot check %s", at)
				}
			} else if at, err = dir(); err != nil {
				return err
			}
			problems, err := Run(cmd.Context(), at, in...)
			if err != nil {
				return failure.Wrap(failure.Toolchain, err, "cannot check the contracts")
			}
			return show(cmd, problems, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as a JSON array")
	return cmd
}

func show(cmd *cobra.Command, problems []Problem, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetIndent("", "  ")
		if problems == nil {
			problems = []Problem{}
		}
		if err := out.Encode(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintln(cmd.OutOrStdout(), p)
		}
	}
	switch len(problems) {
	case 0:
	case 1:
		return failure.New(failure.Other, "1 place in the contracts is not deterministic")
	default:
		return failure.New(failure.Other, "%d places in the contracts are not deterministic", len(problems))
	}
	if !asJSON {
		fmt.Fprintln(cmd.OutOrStdout(), "no contract breaks a rule")
	}
	return nil
}
