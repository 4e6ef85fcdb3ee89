package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"henanchain/network/channelconfig"
	"henanchain/network/operate"
)

func channelCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "channel",
		Short: "Create and list channels, see and change their configuration and their consenters",
		Long: "Creates and lists channels, shows and changes their configuration, adds and removes consenters.\n\n" +
			"A change of a channel's configuration needs the signatures that the channel's policies ask for. Administrators\n" +
			"whose keys are in this state folder sign by themselves. Where others have to, the change goes to them as a file:\n" +
			"`export-change` here, `sign` there, `submit` anywhere.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(channelListCommand(s), channelInspectCommand(s), channelCreateCommand(s), channelJoinCommand(s),
		channelConfigCommand(s), channelAnchorCommand(s), channelExportCommand(s), channelSignCommand(s), channelSubmitCommand(s),
		consenterCommand(s, "add-consenter"), consenterCommand(s, "remove-consenter"))
	return cmd
}

func channelListCommand(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the channels with their members, orderers, height and contracts",
		Args:  cobra.NoArgs,
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, _ []string) error {
			list, err := o.ChannelList(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(list)
			}
			operate.PrintChannels(os.Stdout, list)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// configured runs do on the configuration of the channels that list names.
func (s *settings) configured(list string, do func(c *channelconfig.Network, names []string) error) error {
	o, err := s.operator()
	if err != nil {
		return err
	}
	c, names, err := o.Configs(list)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c, names)
}

func channelInspectCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "inspect CHANNEL",
		Short:   "Print a channel's whole configuration as JSON, as configtxlator does",
		Example: "  network channel inspect henan | jq .channel_group.groups.Application.policies",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.configured(args[0], func(c *channelconfig.Network, names []string) error {
				config, err := c.Get(cmd.Context(), names[0])
				if err != nil {
					return err
				}
				data, err := channelconfig.JSON(config)
				if err != nil {
					return err
				}
				_, err = os.Stdout.Write(data)
				return err
			})
		},
	}
}

func channelCreateCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "create CHANNEL",
		Short: "Make a channel of the topology among organisations that run",
		Long: "Makes a channel that the topology names and that does not exist yet: its genesis block, its orderers and peers, its\n" +
			"contracts. Nothing is restarted. Ended at any point and run again, it goes on.",
		Args: cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			wanted, err := s.selected(o, "")
			if err != nil {
				return err
			}
			return o.CreateChannel(ctx, wanted, args[0])
		}),
	}
}

func channelJoinCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "join CHANNEL",
		Short: "Make every orderer, and every peer of a member, serve a channel",
		Args:  cobra.ExactArgs(1),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			return o.JoinChannel(ctx, args[0])
		}),
	}
}

func channelConfigCommand(s *settings) *cobra.Command {
	var e editFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config CHANNEL",
		Short: "Show a channel's settings; with flags, change them",
		Long: "Shows a channel's batch settings, consenters, members and policies. With flags it changes them first: the change is\n" +
			"computed, signed by the administrators whose keys are here as far as the policies ask for it, sent to an orderer,\n" +
			"and waited for. CHANNEL may be a list such as henan,zhengzhou, or all.",
		Example: "  network channel config zhengzhou\n" +
			"  network channel config all --batch-timeout 500ms --max-messages 1000\n" +
			"  network channel config zhengzhou --policy '/Channel/Application/Endorsement=ANY Endorsement'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.configured(args[0], func(c *channelconfig.Network, names []string) error {
				return changeAndShow(cmd.Context(), c, names, &e, cmd, asJSON)
			})
		},
	}
	e.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func changeAndShow(ctx context.Context, c *channelconfig.Network, names []string, e *editFlags, cmd *cobra.Command, asJSON bool) error {
	var all []*channelconfig.Settings
	for _, name := range names {
		if e.any(cmd) {
			changed, err := c.Apply(ctx, name, e.edit(cmd))
			if err != nil {
				return err
			}
			if !changed {
				fmt.Fprintf(os.Stderr, "%s has these settings already\n", name)
			}
		}
		settings, err := c.Describe(ctx, name)
		if err != nil {
			return err
		}
		all = append(all, settings)
	}
	if asJSON && len(all) == 1 {
		return printJSON(all[0])
	}
	if asJSON {
		return printJSON(all)
	}
	for _, settings := range all {
		settings.Print(os.Stdout)
	}
	return nil
}

func consenterCommand(s *settings, action string) *cobra.Command {
	add := action == "add-consenter"
	cmd := &cobra.Command{
		Use:   action + " CHANNEL ORDERER",
		Short: "Take an orderer out of those that make a channel's blocks",
		Long: "Takes an orderer out of those that make the blocks of a channel, of a list such as henan,zhengzhou, or of all. One\n" +
			"that is a consenter of no channel any more is stopped. It forgets the channel, whose blocks the others hold.",
		Example: "  network channel " + action + " all orderer1.henan",
		Args:    cobra.ExactArgs(2),
		RunE: s.operating(func(ctx context.Context, o *operate.Operator, args []string) error {
			if !add {
				return o.RemoveConsenter(ctx, args[0], args[1])
			}
			wanted, err := s.selected(o, "")
			if err != nil {
				return err
			}
			return o.AddConsenter(ctx, wanted, args[0], args[1])
		}),
	}
	if add {
		cmd.Short = "Make an orderer of the topology one of those that make a channel's blocks"
		cmd.Long = "Makes an orderer of the topology one of those that make the blocks of a channel, of a list such as\n" +
			"henan,zhengzhou, or of all. It is enrolled and started where it does not run yet, fetches the channel's blocks,\n" +
			"and is a consenter only then: the channel does not wait for it. Raft and BFT."
	}
	return cmd
}
