package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/gateway/sharing"
	"henanchain/internal/gm"
)

// sharingCommand is what a department runs on its own machine before it shares
// anything. None of it needs a gateway, a configuration or a network.
func sharingCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sharing", Short: "Prepare data to be shared, on one's own machine (数据共享)",
		Long: "Prepare data to be shared, on one's own machine: check a catalogue file, encrypt, mask, blind.\n" +
			"Nothing is sent anywhere. Secrets are read from files and the standard input, never from the command line."}
	cmd.AddCommand(checkCatalogueCommand(), sealCommand(), openParcelCommand(), wrapCommand(),
		sessionKeyCommand(), maskCommand(), unmaskCommand(), blindingCommand(), blindCommand(), againCommand(), commonCommand())
	return cmd
}

func checkCatalogueCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check-catalogue FILE.csv", Short: "Name everything that is wrong with a catalogue file", Args: cobra.ExactArgs(1),
		Long: "Name everything that is wrong with a catalogue file (UTF-8 or GBK), by line and column. The columns are:\n" + strings.Join(sharing.Columns(), ","),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			rows, wrong := sharing.ReadCatalogue(data)
			for _, w := range wrong {
				fmt.Fprintf(cmd.OutOrStdout(), "line %d, %s: %s %s\n", w.Line, w.Column, w.Code, w.Message)
			}
			if len(wrong) > 0 {
				return fmt.Errorf("%d thing(s) are wrong in %s", len(wrong), args[0])
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d item(s), nothing wrong\n", len(rows))
			return nil
		},
	}
}

// readKey reads an SM2 private key in PEM that only its owner can read.
func readKey(path string) (*gm.PrivateKey, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	key, err := gm.ParsePrivateKeyPEM([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others than its owner: chmod 600 it", path)
	}
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}

// writeSecret writes a new file that only its owner can read.
func writeSecret(path, text string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close())
}

func readRecipient(path string) (*gm.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := gm.ParsePublicKeyPEM(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func printJSON(cmd *cobra.Command, v any) error {
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
