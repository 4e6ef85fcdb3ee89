package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"henanchain/network/backup"
	"henanchain/network/operate"
)

// backupVariable is where the passphrase of a backup may stand.
const backupVariable = "HNC_BACKUP_PASSPHRASE"

func backupCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Save a network into one file, check such a file, restore it",
		Long: "Saves a network into one file: what orderers and peers have, the CAs' databases, every key, contracts, the gateway's\n" +
			"store. The file holds private keys, so only its owner can read it; with a passphrase it is sealed (age,\n" +
			"https://age-encryption.org). The passphrase is read from --passphrase-file or from " + backupVariable + ".",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(backupSave(s), backupVerify(), backupRestore(s))
	return cmd
}

func passphraseFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "passphrase-file", "", "the file with the passphrase; - is standard input")
}

// passphrase reads the passphrase where one is given.
func passphrase(file string) (string, error) {
	if file == "" && os.Getenv(backupVariable) == "" {
		return "", nil
	}
	return readSecret(file, backupVariable)
}

func backupSave(s *settings) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "save FILE",
		Short: "Save the network into a new file, while it runs or while it is down",
		Long: "Saves the network into a new file. A network that is down is copied as it lies. One that runs goes on serving: the\n" +
			"gateway, then one peer after another, then all orderers together are stopped for as long as copying each takes. For\n" +
			"these seconds a city with one peer takes no writes, and at the end no channel does; reading goes on.",
		Example: "  network backup save /backup/henan-2026-03-01.hnc --passphrase-file backup.passphrase",
		Args:    cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			phrase, err := passphrase(file)
			if err != nil {
				return err
			}
			saved, err := o.Save(ctx, args[0], phrase)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(saved)
			}
			printSaved(saved)
			return nil
		}),
	}
	passphraseFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func printSaved(s *operate.Saved) {
	sealed := "it holds private keys and is NOT sealed: keep it where only you can read it"
	if s.Sealed {
		sealed = "it is sealed: without its passphrase nobody can read it"
	}
	fmt.Printf("%s: %d files in %.1f MB, in %.1f s; %s\n", s.File, s.Files, float64(s.Bytes)/(1<<20), s.Seconds, sealed)
}

func backupVerify() *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read a backup to its end and check every digest in it; nothing is written",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			phrase, err := passphrase(file)
			if err != nil {
				return err
			}
			h, err := backup.Read(args[0], phrase, "")
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(h)
			}
			fmt.Printf("%s is whole: %s\n", args[0], describeBackup(h))
			return nil
		},
	}
	passphraseFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func describeBackup(h *backup.Header) string {
	var heights []string
	for _, name := range sortedNames(h.Heights) {
		heights = append(heights, fmt.Sprintf("%s %d", name, h.Heights[name]))
	}
	text := fmt.Sprintf("%s, profile %s, port base %d, saved on %s", h.Network, h.Profile, h.PortBase, h.Made.Local().Format(time.DateTime))
	if len(heights) > 0 {
		text += "; blocks, at least: " + strings.Join(heights, ", ")
	}
	return text
}

func backupRestore(s *settings) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a saved network into an empty state folder",
		Long: "Puts a saved network into the state folder, which must be empty or not there. The whole file is checked first: a\n" +
			"damaged one, or one of another version, changes nothing. `network up` then starts the network with the records, keys\n" +
			"and contracts that it had. Never run the original beside it: two networks with one set of keys would sign different\n" +
			"blocks in the same name.",
		Example: "  network backup restore /backup/henan-2026-03-01.hnc --state /srv/henanchain && network up --state /srv/henanchain",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := s.operator()
			if err != nil {
				return err
			}
			phrase, err := passphrase(file)
			if err != nil {
				return err
			}
			h, err := o.Restore(args[0], phrase)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(h)
			}
			fmt.Printf("restored %s\nNext: `network up --state %s`\n", describeBackup(h), o.State.Root)
			return nil
		},
	}
	passphraseFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func sortedNames(m map[string]uint64) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
