package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/operate"
)

func envCommand(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "env ORGANISATION",
		Short: "Print what makes Fabric's own peer, osnadmin and configtxgen act as an organisation's administrator",
		Long: "Prints shell commands that make Fabric's own programs act as the administrator of the province or of a city:\n" +
			"`source scripts/env.sh zhengzhou` runs them in your shell. FABRIC_CFG_PATH then has a configtx.yaml with every\n" +
			"organisation and channel of the network. osnadmin becomes a function that adds the orderer's address and the\n" +
			"certificates, where you give none.",
		Example: "  source scripts/env.sh zhengzhou\n" +
			"  peer channel list\n" +
			"  peer chaincode query -C zhengzhou -n evidence -c '{\"Args\":[\"org.hyperledger.fabric:GetMetadata\"]}'\n" +
			"  configtxgen -printOrg ZhengzhouMSP",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failure.New(failure.Usage, "name one organisation: source scripts/env.sh zhengzhou")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := s.operator()
			if err != nil {
				return err
			}
			e, err := o.Environment(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(e)
			}
			printEnvironment(os.Stdout, e)
			fmt.Fprintf(os.Stderr, "peer, osnadmin and configtxgen act as the administrator of %s (%s), on %s\n", e.Organisation, e.MSP, strings.Join(e.Channels, ", "))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// quote makes one word of the shell of a value.
func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

func printEnvironment(out io.Writer, e *operate.Environment) {
	for _, v := range e.Variables {
		fmt.Fprintf(out, "export %s=%s\n", v.Name, quote(v.Value))
	}
	fmt.Fprintf(out, "case \":$PATH:\" in *:%[1]s:*) ;; *) export PATH=%[1]s:\"$PATH\" ;; esac\n", quote(e.Bin))
	if len(e.OSNAdmin) == 0 {
		fmt.Fprintf(out, "osnadmin() { echo %s >&2; return %d; }\n",
			quote("osnadmin: "+e.Organisation+" has no orderer: source scripts/env.sh with the organisation that has"), failure.Refused)
		return
	}
	var args []string
	for _, a := range e.OSNAdmin {
		args = append(args, quote(a))
	}
	fmt.Fprintf(out, `osnadmin() {
  case " $* " in *" -o "* | *" --orderer-address"*) command osnadmin "$@" ;; *) command osnadmin "$@" %s ;; esac
}
`, strings.Join(args, " "))
}
