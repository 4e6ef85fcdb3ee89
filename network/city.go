package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"henanchain/network/operate"
)

func cityCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "city",
		Short: "Take cities into the running network, and out of its main channel",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(cityAddCommand(s), cityRemoveCommand(s))
	return cmd
}

func cityAddCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "add CITY",
		Short: "Make an organisation of the topology join the running network",
		Long: "Makes an organisation of the topology join the running network: a CA of its own, its peer, its channel with the\n" +
			"province, admission to the main channel by a config update that the members sign, its contracts. Nothing that runs\n" +
			"is restarted, nobody stops writing. Ended at any point and run again, it goes on. The state folder remembers the\n" +
			"city, so that `network up` brings it up with the others.",
		Example: "  network city add luoyang",
		Args:    cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			if _, err := o.Network(); err != nil {
				return err
			}
			wanted, err := s.selected(o, "", args[0])
			if err != nil {
				return err
			}
			return o.AddCity(ctx, wanted, args[0])
		}),
	}
}

func cityRemoveCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "remove CITY",
		Short: "Take a city out of the main channel",
		Long: "Takes a city out of the main channel, by a config update that the members sign: it gets no more of that channel's\n" +
			"blocks, and its business systems are refused there. Its own channel stays as it is, to read and to write, and its\n" +
			"nodes go on; `network stop NODE` stops them. `network city add CITY` takes it in again.",
		Example: "  network city remove luoyang",
		Args:    cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			if err := o.RemoveCity(ctx, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%s has left the main channel; its own channel and its nodes go on\n", args[0])
			return nil
		}),
	}
}
