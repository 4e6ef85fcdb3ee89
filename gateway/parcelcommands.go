package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/gateway/sharing"
	"henanchain/internal/gm"
)

type recipient struct {
	KeyID   string `json:"keyId"`
	GrantID string `json:"grantId,omitempty"`
}

func sealCommand() *cobra.Command {
	var p sharing.Parcel
	var recipients []string
	cmd := &cobra.Command{
		Use: "seal FILE", Short: "Encrypt a file for several recipients; print what the ledger takes", Args: cobra.ExactArgs(1),
		Long: "Encrypt a file once (SM4-GCM) and wrap its key by SM2 for each recipient. Prints commitment, ciphertext, recipients and\nthe private half, to be completed with parcelId and catalogCode, or keyVersion. Name the own key among the recipients:\nwith it recipients are added later.",
		RunE: func(cmd *cobra.Command, args []string) error {
			plain, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var keys []*gm.PublicKey
			var list []recipient
			for _, r := range recipients {
				path, grant, _ := strings.Cut(r, "=")
				key, err := readRecipient(path)
				if err != nil {
					return err
				}
				keys, list = append(keys, key), append(list, recipient{key.ID(), grant})
			}
			s, err := sharing.Seal(p, plain, keys...)
			if err != nil {
				return err
			}
			return printJSON(cmd, map[string]any{"commitment": s.Commitment, "ciphertext": s.Ciphertext, "recipients": list, "private": map[string]any{"wraps": s.Wraps}})
		},
	}
	parcelFlags(cmd, &p)
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil, "PEM file of a recipient's public key, with its grant: KEY.pem=GRANT; KEY.pem alone for the own one; several times")
	require(cmd, "recipient")
	return cmd
}

func parcelFlags(cmd *cobra.Command, p *sharing.Parcel) {
	cmd.Flags().StringVar(&p.ID, "parcel", "", "the parcel's id")
	cmd.Flags().IntVar(&p.KeyVersion, "key-version", 1, "the key version")
	require(cmd, "parcel")
}

func require(cmd *cobra.Command, names ...string) {
	for _, n := range names {
		if err := cmd.MarkFlagRequired(n); err != nil {
			panic(err)
		}
	}
}

// openedParcel is a parcel's record as GET answers it, and the answer to the
// operation that opened it.
func openedParcel(recordFile, outcomeFile string) (*sharing.Opened, error) {
	var record struct {
		ID   string `json:"id"`
		Body struct {
			KeyVersion             int
			Commitment, Ciphertext string
		} `json:"body"`
	}
	var outcome struct {
		Data struct{ KeyID, WrappedKey string } `json:"data"`
	}
	for path, into := range map[string]any{recordFile: &record, outcomeFile: &outcome} {
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
	}
	return &sharing.Opened{Parcel: sharing.Parcel{ID: record.ID, KeyVersion: record.Body.KeyVersion}, Commitment: record.Body.Commitment, Ciphertext: record.Body.Ciphertext,
		Wrap: sharing.Wrap{KeyID: outcome.Data.KeyID, WrappedKey: outcome.Data.WrappedKey}}, nil
}

func openParcelCommand() *cobra.Command {
	var record, outcome, keyFile string
	cmd := &cobra.Command{
		Use: "open", Short: "Decrypt a parcel; print its plaintext", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := readKey(keyFile)
			if err != nil {
				return err
			}
			o, err := openedParcel(record, outcome)
			if err != nil {
				return err
			}
			plain, err := o.Open(key)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(plain)
			return err
		},
	}
	openFlags(cmd, &record, &outcome, &keyFile)
	return cmd
}

func openFlags(cmd *cobra.Command, record, outcome, key *string) {
	cmd.Flags().StringVar(record, "record", "", "JSON file: the parcel as GET …/parcels/ID answers it")
	cmd.Flags().StringVar(outcome, "outcome", "", "JSON file: the answer to POST …/uses:open-parcel")
	cmd.Flags().StringVar(key, "key", "", "PEM file of the own SM2 private key")
	require(cmd, "record", "outcome", "key")
}

func wrapCommand() *cobra.Command {
	var record, outcome, keyFile, to string
	cmd := &cobra.Command{
		Use: "wrap", Short: "Wrap a parcel's key for one more recipient; the ciphertext stays", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := readKey(keyFile)
			if err != nil {
				return err
			}
			recipient, err := readRecipient(to)
			if err != nil {
				return err
			}
			o, err := openedParcel(record, outcome)
			if err != nil {
				return err
			}
			w, err := o.WrapFor(key, recipient)
			if err != nil {
				return err
			}
			return printJSON(cmd, map[string]any{"keyVersion": o.KeyVersion, "keyId": w.KeyID, "private": map[string]any{"wraps": []*sharing.Wrap{w}}})
		},
	}
	openFlags(cmd, &record, &outcome, &keyFile)
	cmd.Flags().StringVar(&to, "recipient", "", "PEM file of the recipient's public key")
	require(cmd, "recipient")
	return cmd
}
