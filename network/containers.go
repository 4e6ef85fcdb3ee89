package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"henanchain/network/build"
	"henanchain/network/compose"
	"henanchain/network/failure"
	"henanchain/network/operate"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

func imagesCommand(s *settings) *cobra.Command {
	var tag string
	var remove bool
	cmd := &cobra.Command{
		Use:   "images",
		Short: "Build the container images of docker-compose.yaml, from the programs built here alone",
		Long: "Builds the programs where they are not up to date, and out of them the images that docker-compose.yaml names.\n" +
			"They begin FROM scratch: no image is pulled, so this works where no registry can be reached.",
		Example: "  scripts/network.sh images && docker compose up -d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.complete(); err != nil {
				return err
			}
			if remove {
				return compose.Remove(cmd.Context(), tag)
			}
			if s.builds() {
				if _, err := build.All(cmd.Context(), build.Options{Root: s.root, Out: os.Stderr}); err != nil {
					return err
				}
			}
			p := s.programs()
			source := compose.Source{Bin: p.Bin, Config: p.Samples, Builder: p.Builder, Topology: s.topology}
			return compose.Build(cmd.Context(), source, tag, os.Stderr)
		},
	}
	cmd.Flags().StringVar(&tag, "tag", compose.DefaultTag, "the images' tag; docker-compose.yaml takes it from HNC_IMAGE_TAG")
	cmd.Flags().BoolVar(&remove, "remove", false, "remove the images instead")
	return cmd
}

func composeCommand(s *settings) *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use:   "compose",
		Short: "Print the Compose file of a profile; docker-compose.yaml is that of pilot",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := s.complete(); err != nil {
				return err
			}
			file, err := topology.Read(s.topology)
			if err != nil {
				return failure.Wrap(failure.Topology, err, "the topology is wrong")
			}
			n, err := file.Select(profile, s.portBase)
			if err != nil {
				return failure.Wrap(failure.Usage, err, "cannot choose")
			}
			data, err := compose.File(n)
			if err == nil {
				_, err = os.Stdout.Write(data)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "pilot", "the part of the topology")
	return cmd
}

// keepCommand and healthCommand are what containers run.
func keepCommand() *cobra.Command {
	return &cobra.Command{
		Use: "keep FOLDER", Short: "In a container: run what the folder says, until stopped", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return supervise.Keep(cmd.Context(), args[0]) },
	}
}

func healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health FOLDER", Short: "In a container: exit status 0 when what the folder says is well", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			services, err := supervise.ReadKept(args[0])
			if err != nil {
				return err
			}
			if len(services) == 0 {
				return failure.New(failure.Unhealthy, "nothing is to run here yet: the setup container says what")
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 8*time.Second)
			defer cancel()
			var errs []error
			for _, svc := range services {
				if err := operate.Ask(ctx, svc); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", svc.Name, err))
				}
			}
			if err := errors.Join(errs...); err != nil {
				return failure.Wrap(failure.Unhealthy, err, "not well")
			}
			return nil
		},
	}
}

func tokenCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "token SYSTEM",
		Short:   "Print the bearer token that a business system was given for the gateway",
		Example: "  docker compose run --rm setup token zhengzhou-notary",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := s.complete(); err != nil {
				return err
			}
			st, err := state.At(s.state)
			if err != nil {
				return err
			}
			token, err := os.ReadFile(filepath.Join(st.Application(filepath.Base(args[0])), "token"))
			if err != nil {
				return failure.Wrap(failure.NotThere, err, "there is no business system %q in %s", args[0], st.Root)
			}
			fmt.Println(strings.TrimSpace(string(token)))
			return nil
		},
	}
}
