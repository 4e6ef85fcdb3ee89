package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"henanchain/gateway/guide"
	"henanchain/gateway/rest"
	"henanchain/internal/catalog"
)

func guideCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "guide",
		Short: "Write the REST guide, rest.md and rest.zh-CN.md, from the contracts' catalogue",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			contracts, err := catalog.Load()
			if err != nil {
				return err
			}
			s, err := rest.New(rest.Options{Contracts: contracts})
			if err != nil {
				return err
			}
			for language, template := range guide.Languages {
				text, err := guide.Write(language, contracts, s.Routes())
				if err != nil {
					return err
				}
				file := filepath.Join(out, template[:len(template)-len(".tmpl")])
				if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // a page for everybody
					return fmt.Errorf("write the guide: %w", err)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "docs", "folder to write into")
	return cmd
}
