package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"henanchain/gateway/audit"
)

func auditCommand(config *string) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "audit", Short: "Check the log of every call, and the ledgers against their anchors"}
	cmd.PersistentFlags().StringVar(&file, "file", "", "the audit log; by default the one that the configuration names")
	path := func() (string, error) {
		if file != "" {
			return file, nil
		}
		c, err := load(*config)
		if err != nil {
			return "", err
		}
		return auditFile(c), nil
	}
	cmd.AddCommand(auditVerifyCommand(path), auditCheckpointsCommand(config))
	return cmd
}

func auditVerifyCommand(path func() (string, error)) *cobra.Command {
	var noted []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Hold every line of the audit log to its hash and its place",
		Long: "Hold every line of the audit log to its hash and its place, from the first on. The last line of the answer is\n" +
			"the head of the chain, NUMBER:HASH. Write it down elsewhere: given back with --noted, it proves that nothing\n" +
			"up to it has changed since, even if somebody rewrote the whole file.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := path()
			if err != nil {
				return err
			}
			heads := make([]audit.Head, len(noted))
			for i, text := range noted {
				if heads[i], err = audit.ParseHead(text); err != nil {
					return fmt.Errorf("--noted: %w", err)
				}
			}
			report, err := audit.Verify(p, heads...)
			if err != nil {
				return fmt.Errorf("the audit log is not whole: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is whole: %d lines\n%s\n", p, report.Lines, report.Head)
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&noted, "noted", nil, "a head that was written down earlier, NUMBER:HASH; may be given again")
	return cmd
}
