// Command gateway is the door between business systems and the ledgers: REST
// outside, Fabric inside.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"henanchain/gateway/config"
	"henanchain/gateway/rest"
	"henanchain/internal/catalog"
	"henanchain/internal/collect"
)

func main() {
	collect.Seldom()
	uuid.EnableRandPool() // request ids are no secrets
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", strings.ReplaceAll(err.Error(), "\n", "\n         "))
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "gateway",
		Short:         "REST door to the ledgers of Henan (河南链网关)",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var file string
	root.PersistentFlags().StringVar(&file, "config", os.Getenv("HNC_GATEWAY_CONFIG"), "configuration file, YAML (HNC_GATEWAY_CONFIG); every setting may come from the environment instead")
	root.AddCommand(serveCommand(&file), keysCommand(&file), tokensCommand(&file), credentialsCommand(&file), certificatesCommand(), auditCommand(&file), checkConfigCommand(&file), openapiCommand(), guideCommand(),
		sharingCommand(), followCommand(&file), reindexCommand(&file), compareCommand(&file), relayCommand(&file))
	return root
}

func load(file string) (*config.Config, error) {
	var environ []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "HNC_GATEWAY_CONFIG=") {
			environ = append(environ, e)
		}
	}
	return config.Load(file, environ)
}

func serveCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve REST until SIGTERM or Ctrl-C; accepted calls are finished first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(*file)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c)
		},
	}
}

func checkConfigCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "check-config",
		Short: "Check the configuration, all of it, and tell every mistake",
		Args:  cobra.NoArgs,
		Long:  "Check the configuration, all of it, and tell every mistake.\n\nEnvironment variables and the settings that they set:\n" + environHelp(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(*file)
			if err != nil {
				return err
			}
			secrets, err := openSecrets(c)
			if err != nil {
				return err
			}
			if _, err := secureConfig(c, secrets); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the configuration is good")
			return nil
		},
	}
}

func environHelp() string {
	var b strings.Builder
	for _, e := range config.Environ() {
		fmt.Fprintf(&b, "  %-40s %s\n", e[0], e[1])
	}
	return b.String()
}

func openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI document of this gateway",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			contracts, err := catalog.Load()
			if err != nil {
				return err
			}
			if len(contracts) == 0 {
				return errors.New("this program was built without a contract's catalogue: run go generate ./chaincode, then build again")
			}
			s, err := rest.New(rest.Options{Contracts: contracts, Limits: limits(config.Defaults().Limits), Invoker: noInvoker{}, Outsider: noOutsider{}, Index: noIndex{}, Events: noEvents{}})
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(append(s.Document(), '\n'))
			return err
		},
	}
}

// noInvoker, noOutsider, noIndex and noEvents stand where only the document is wanted.
type noInvoker struct{ rest.Invoker }

type noOutsider struct{ rest.Outsider }

type noIndex struct{ rest.Index }

type noEvents struct{ rest.Events }
