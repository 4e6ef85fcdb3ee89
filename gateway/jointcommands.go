package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/gateway/sharing"
)

func sessionKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "session-key FILE", Short: "Draw a session key for a secure sum into a new file; print its public half", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := sharing.NewSessionKey()
			if err == nil {
				err = writeSecret(args[0], k.Secret())
			}
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), k.Public())
			}
			return err
		},
	}
}

func readSession(path string) (*sharing.SessionKey, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	return sharing.ParseSessionKey(text)
}

func maskCommand() *cobra.Command {
	var joint, keyFile string
	var others []string
	cmd := &cobra.Command{
		Use: "mask", Short: "Mask the number on the standard input for a secure sum", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := readSession(keyFile)
			if err != nil {
				return err
			}
			text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 64))
			if err != nil {
				return err
			}
			number, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err != nil {
				return errors.New("the standard input must hold one whole number below 2^63")
			}
			masked, err := k.Mask(joint, number, others)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), strconv.FormatUint(masked, 10))
			}
			return err
		},
	}
	sumFlags(cmd, &joint, &keyFile, &others)
	return cmd
}

func sumFlags(cmd *cobra.Command, joint, key *string, others *[]string) {
	cmd.Flags().StringVar(joint, "joint", "", "the computation's id")
	cmd.Flags().StringVar(key, "key-file", "", "the file that session-key made")
	cmd.Flags().StringSliceVar(others, "others", nil, "the public session keys of all other parties, the recipient's among them, separated by commas")
	require(cmd, "joint", "key-file", "others")
}

func unmaskCommand() *cobra.Command {
	var joint, keyFile, masked string
	var others []string
	cmd := &cobra.Command{
		Use: "unmask", Short: "Print the sum, as the recipient", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := readSession(keyFile)
			if err != nil {
				return err
			}
			n, err := strconv.ParseUint(masked, 10, 64)
			if err != nil {
				return errors.New("--masked-sum must be the computation's maskedSum")
			}
			sum, err := k.Unmask(joint, n, others)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), sum)
			}
			return err
		},
	}
	sumFlags(cmd, &joint, &keyFile, &others)
	cmd.Flags().StringVar(&masked, "masked-sum", "", "the computation's maskedSum")
	require(cmd, "masked-sum")
	return cmd
}

func blindingCommand() *cobra.Command {
	return &cobra.Command{
		Use: "blinding FILE", Short: "Draw a secret for a private intersection into a new file", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := sharing.NewBlinding()
			if err != nil {
				return err
			}
			return writeSecret(args[0], b.Secret())
		},
	}
}

// blinded is a command that makes sorted points of the lines on its standard input.
func blinded(cmd *cobra.Command, make func(b *sharing.Blinding, joint string, lines []string) ([]string, error)) *cobra.Command {
	var joint, secret string
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		text, err := readSecret(secret)
		if err != nil {
			return err
		}
		b, err := sharing.ParseBlinding(text)
		if err != nil {
			return err
		}
		lines, err := linesOf(cmd.InOrStdin())
		if err != nil {
			return err
		}
		points, err := make(b, joint, lines)
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(points, "\n"))
		}
		return err
	}
	cmd.Flags().StringVar(&joint, "joint", "", "the computation's id")
	cmd.Flags().StringVar(&secret, "secret-file", "", "the file that blinding made")
	require(cmd, "joint", "secret-file")
	return cmd
}

func linesOf(r io.Reader) ([]string, error) {
	var all []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" {
			all = append(all, line)
		}
	}
	return all, s.Err()
}

func blindCommand() *cobra.Command {
	return blinded(&cobra.Command{Use: "blind", Short: "Blind the elements on the standard input, one a line"},
		func(b *sharing.Blinding, joint string, lines []string) ([]string, error) {
			return b.Blind(joint, lines)
		})
}

func againCommand() *cobra.Command {
	return blinded(&cobra.Command{Use: "again", Short: "Blind once more the points on the standard input, one a line"},
		func(b *sharing.Blinding, _ string, lines []string) ([]string, error) { return b.Again(lines) })
}

func commonCommand() *cobra.Command {
	return &cobra.Command{
		Use: "common FILE FILE", Short: "Count the points that two files of points, each blinded by both parties, have in common", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var sets [2][]string
			for i, path := range args {
				f, err := os.Open(path)
				if err != nil {
					return err
				}
				sets[i], err = linesOf(f)
				if err = errors.Join(err, f.Close()); err != nil {
					return err
				}
			}
			fmt.Fprintln(cmd.OutOrStdout(), sharing.Common(sets[0], sets[1]))
			return nil
		},
	}
}
