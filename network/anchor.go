package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/internal/proof"
	"henanchain/network/failure"
)

// channelAnchorCommand exports what a verifier of a channel's proofs believes.
func channelAnchorCommand(s *settings) *cobra.Command {
	var require []string
	cmd := &cobra.Command{
		Use:   "anchor CHANNEL",
		Short: "Print the trust anchor by which a channel's proofs are verified",
		Long: "Prints the trust anchor of a channel as JSON, from its configuration: the organisations with their roots and revocation\n" +
			"lists, and who must have signed a proof. Its digest goes to standard error: publish it, so that verifiers can pin it\n" +
			"(verify-proof.sh --pin). A change of the configuration supersedes it: export it anew then.\n\n" +
			"By default every member must have signed; on the main channel, the province and one city.",
		Example: "  network channel anchor zhengzhou > zhengzhou.anchor.json\n" +
			"  network channel anchor henan --require HenanMSP,ZhengzhouMSP",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "all" || strings.Contains(args[0], ",") {
				return failure.New(failure.Usage, "name one channel")
			}
			o, err := s.operator()
			if err != nil {
				return err
			}
			net, err := o.Network()
			if err != nil {
				return err
			}
			c, names, err := o.Configs(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			config, err := c.Get(cmd.Context(), names[0])
			if err != nil {
				return err
			}
			ch, _ := net.Channel(names[0]) // Configs knows it
			province := ""
			if ch.Main {
				province = net.Province().MSP
			}
			anchor, err := proof.AnchorFromConfig(names[0], config, policyOf(require))
			if err == nil && province != "" && len(require) == 0 {
				anchor.Policy = mainPolicy(anchor, province)
			}
			if err != nil {
				return failure.Wrap(failure.Other, err, "the configuration of %s gives no anchor", names[0])
			}
			return printAnchor(anchor)
		},
	}
	cmd.Flags().StringSliceVar(&require, "require", nil, "MSPs that must all have signed")
	return cmd
}

func policyOf(require []string) *proof.Policy {
	if len(require) == 0 {
		return nil
	}
	all := proof.All(require...)
	return &all
}

func mainPolicy(a *proof.Anchor, province string) proof.Policy {
	var others []string
	for _, o := range a.Organisations {
		if o.MSP != province {
			others = append(others, o.MSP)
		}
	}
	return proof.WithOneOf(province, others...)
}

func printAnchor(a *proof.Anchor) error {
	digest, err := a.Digest()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s, configuration %d: whoever verifies asks for %s\ndigest (SM3) %s\n", a.Channel, a.Sequence, a.Policy.String(), digest)
	return nil
}
