package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/operate"
	"henanchain/network/state"
)

func identityCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "identity",
		Short: "Register, enrol, list, revoke and renew identities through the organisations' CAs",
		Long: "Registers, enrols, lists, revokes and renews identities through the organisations' own Fabric CAs.\n\n" +
			"A business system or a person is registered by an administrator, who gets a secret; whoever has the secret enrols,\n" +
			"and so gets a key that nobody else has seen, with a certificate that carries the attributes contracts decide by.\n" +
			"A revoked identity is refused by peers and orderers. Nodes' and administrators' certificates are renewed in place.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(identityRegister(s), identityEnroll(s), identityList(s), identityRevoke(s), identityRenew(s))
	return cmd
}

func identityRegister(s *settings) *cobra.Command {
	var r operate.Registration
	var attributes []string
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "register NAME",
		Short: "Make a business system or a person known to its organisation's CA, and get the secret to enrol with",
		Long: "Makes an identity known to the CA of its organisation. The secret for its enrolment is the only thing written to\n" +
			"standard output, or to a file that only you can read; it is not kept anywhere else. hnc.app, hnc.dept and hnc.roles\n" +
			"go into the certificate: contracts decide by them.",
		Example: "  network identity register anyang-court --org anyang --dept 11410500MB0H00003A --roles evidence.court --secret-file court.secret\n" +
			"  network identity register zhang.wei --org zhengzhou --app zhengzhou-window --dept 11410100MB0H000027 --roles licence.user",
		Args: cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			r.Name = args[0]
			var err error
			if r.Attributes, err = pairs(attributes); err != nil {
				return err
			}
			if file != "" && state.Exists(file) {
				return failure.New(failure.Usage, "%s is there already: choose another file for the secret", file)
			}
			secret, err := o.Register(ctx, r)
			if err != nil {
				return err
			}
			if file != "" {
				if err := state.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
					return err
				}
			}
			return saySecret(r, secret, file, asJSON)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&r.Organisation, "org", "", "the organisation that it belongs to")
	f.StringVar(&r.Kind, "type", "client", "client, admin, peer or orderer: what channels take it for")
	f.StringVar(&r.Department, "dept", "", "the department that answers for it: a USCC (统一社会信用代码)")
	f.StringSliceVar(&r.Roles, "roles", nil, "what it may do, such as evidence.depositor,evidence.collector")
	f.StringVar(&r.App, "app", "", "the business system that it is or works with; its name where not given")
	f.StringArrayVar(&attributes, "attr", nil, "a further attribute for its certificate, NAME=VALUE; may be given again")
	f.IntVar(&r.Enrollments, "enrollments", 1, "how often the secret is good for a certificate; -1: for ever")
	f.StringVar(&file, "secret-file", "", "write the secret there instead of to standard output")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func pairs(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range list {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, failure.New(failure.Usage, "--attr %q: write NAME=VALUE", p)
		}
		out[name] = value
	}
	return out, nil
}

func saySecret(r operate.Registration, secret, file string, asJSON bool) error {
	next := "network identity enroll " + r.Name + " --org " + r.Organisation
	if file != "" {
		fmt.Fprintf(os.Stderr, "%s is registered; the secret is in %s. Next: `%s --secret-file %s` with --out FOLDER or --channels\n", r.Name, file, next, file)
		secret = ""
	} else {
		fmt.Fprintf(os.Stderr, "%s is registered; this is its secret, shown once. Next: `%s` with --out FOLDER or --channels\n", r.Name, next)
	}
	if asJSON {
		return printJSON(struct {
			Name         string `json:"name"`
			Organisation string `json:"organisation"`
			Secret       string `json:"secret,omitempty"`
			SecretFile   string `json:"secretFile,omitempty"`
		}{r.Name, r.Organisation, secret, file})
	}
	if secret != "" {
		fmt.Println(secret)
	}
	return nil
}

func identityEnroll(s *settings) *cobra.Command {
	var e operate.Enrolment
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "enroll NAME",
		Short: "Get a registered identity its key and certificate",
		Long: "Makes a key here and gets its certificate from the CA of the organisation. --out is a new folder: an MSP as Fabric's\n" +
			"own tools take it, and cert.pem, key.pem and ca.pem. With --channels the identity becomes a business system that\n" +
			"calls these channels through the gateway of this network, with a bearer token of its own.\n\n" +
			"The secret is read from --secret-file, from HNC_ENROLL_SECRET, or from standard input: never from the command line,\n" +
			"which others on the machine can see.",
		Example: "  network identity enroll zhang.wei --org zhengzhou --secret-file zhang.secret --out zhang\n" +
			"  network identity enroll anyang-court --org anyang --secret-file court.secret --channels anyang,henan",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (e.Out == "") == (len(e.Channels) == 0) {
				return failure.New(failure.Usage, "give --out FOLDER for a certificate to use anywhere, or --channels for a business system of this network's gateway")
			}
			o, err := s.operator()
			if err != nil {
				return err
			}
			e.Name = args[0]
			if e.Secret, err = readSecret(file, "HNC_ENROLL_SECRET"); err != nil {
				return err
			}
			got, err := o.Enrol(cmd.Context(), e)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(got)
			}
			fmt.Printf("%s of %s has a certificate until %s, in %s\n", got.Name, got.MSP, got.Ends.Format(time.DateOnly), got.Folder)
			if len(got.Channels) > 0 {
				fmt.Printf("it calls %s through the gateway, with the token in %s/token\n", strings.Join(got.Channels, ", "), got.Folder)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&e.Organisation, "org", "", "the organisation that it belongs to")
	f.StringVar(&file, "secret-file", "", "the file with the secret; - is standard input")
	f.StringVar(&e.Out, "out", "", "the folder to make")
	f.StringSliceVar(&e.Hosts, "tls-hosts", nil, "also a TLS certificate, for these host names and addresses")
	f.StringSliceVar(&e.Channels, "channels", nil, "make it a business system that calls these channels through the gateway")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// readSecret reads a secret from a file, from the environment, or from standard
// input.
func readSecret(file, variable string) (string, error) {
	var data []byte
	var err error
	switch env := os.Getenv(variable); {
	case file != "" && file != "-":
		data, err = os.ReadFile(file)
	case file == "" && env != "":
		data = []byte(env)
	default:
		if info, serr := os.Stdin.Stat(); serr == nil && info.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprint(os.Stderr, "secret: ")
		}
		data, err = io.ReadAll(io.LimitReader(os.Stdin, 4096))
	}
	if err != nil {
		return "", failure.Wrap(failure.Usage, err, "cannot read the secret")
	}
	line, _, _ := strings.Cut(string(data), "\n")
	secret := strings.TrimSpace(line)
	if secret == "" {
		return "", failure.New(failure.Usage, "the secret is empty: give it with --secret-file, in %s, or on standard input", variable)
	}
	return secret, nil
}

func identityList(s *settings) *cobra.Command {
	var org string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the identities that the CAs know, with attributes and certificates",
		Args:  cobra.NoArgs,
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, _ []string) error {
			list, err := o.Identities(ctx, org)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(list)
			}
			operate.PrintIdentities(os.Stdout, list, time.Now())
			return nil
		}),
	}
	cmd.Flags().StringVar(&org, "org", "", "of this organisation alone")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, with every certificate")
	return cmd
}

func identityRevoke(s *settings) *cobra.Command {
	var r operate.Revocation
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take an identity's certificates back: peers and orderers refuse it from then on",
		Long: "Revokes an identity at its CA, with all its certificates and for ever, or with --serial one certificate; then puts the\n" +
			"CA's revocation list into the configuration of every channel of the organisation. From that block on peers and\n" +
			"orderers refuse it. A business system loses its place at the gateway as well. Ended at any point and run again, it\n" +
			"goes on.",
		Example: "  network identity revoke zhengzhou-window --reason keycompromise\n" +
			"  network identity revoke zhang.wei --org zhengzhou",
		Args: cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			r.Name = args[0]
			got, err := o.Revoke(ctx, r)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(got)
			}
			fmt.Printf("%s of %s is refused on %s\n", got.Name, got.Organisation, strings.Join(got.Channels, ", "))
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&r.Organisation, "org", "", "the organisation that it belongs to; not needed for what the network itself has")
	f.StringVar(&r.Serial, "serial", "", "one certificate alone, by its serial number (`network identity list`)")
	f.StringVar(&r.Reason, "reason", "unspecified", "keycompromise, superseded, cessationofoperation, affiliationchanged, privilegewithdrawn or unspecified")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func identityRenew(s *settings) *cobra.Command {
	var r operate.Renewal
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "renew NAME… | all",
		Short: "Replace the certificates of nodes, administrators and business systems by new ones",
		Long: "Gives nodes, administrators and business systems of this network new keys and certificates, one after another. A peer\n" +
			"is restarted with them. An orderer's stand in every channel's configuration: the channels are told first, then it is\n" +
			"restarted, and the next one is touched only when it serves again. Channels go on; an expired certificate is renewed\n" +
			"just as well. Ended at any point and run again, it goes on, and so does `network up`.",
		Example: "  network identity renew all --within 30        # from cron: whatever ends within 30 days\n" +
			"  network identity renew orderer0.henan\n" +
			"  network identity renew admin.zhengzhou --revoke-old   # its key may be stolen",
		Args: cobra.MinimumNArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			r.Names = args
			list, err := o.Renew(ctx, r)
			if asJSON {
				if perr := printJSON(list); err == nil {
					err = perr
				}
				return err
			}
			if err != nil {
				return err
			}
			operate.PrintRenewed(os.Stdout, list)
			return nil
		}),
	}
	f := cmd.Flags()
	f.IntVar(&r.Within, "within", 0, "only what has a certificate that ends within so many days")
	f.BoolVar(&r.RevokeOld, "revoke-old", false, "revoke the certificates that were replaced: for keys that may be stolen")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
