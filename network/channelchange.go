package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/spf13/cobra"

	"henanchain/network/channelconfig"
	"henanchain/network/failure"
	"henanchain/network/state"
)

// editFlags are the flags that say how a configuration is to change.
type editFlags struct {
	timeout, preferred, absolute string
	messages                     uint32
	policies                     []string
	remove                       string
}

var editNames = []string{"batch-timeout", "max-messages", "preferred-bytes", "absolute-bytes", "policy", "remove-member"}

func (e *editFlags) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.timeout, "batch-timeout", "", "longest wait before a block is cut, such as 200ms")
	f.Uint32Var(&e.messages, "max-messages", 0, "most transactions in a block")
	f.StringVar(&e.preferred, "preferred-bytes", "", "size at which a block is cut, such as 2MB")
	f.StringVar(&e.absolute, "absolute-bytes", "", "size that no block exceeds, such as 10MB")
	f.StringArrayVar(&e.policies, "policy", nil, `a policy, such as "/Channel/Application/Admins=MAJORITY Admins"; may be given again`)
	f.StringVar(&e.remove, "remove-member", "", "an organisation to take out, by its MSP ID (`network city remove` does more)")
}

// any tells whether any of them was given.
func (e *editFlags) any(cmd *cobra.Command) bool {
	for _, name := range editNames {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// edit is the change that the flags ask for.
func (e *editFlags) edit(cmd *cobra.Command) channelconfig.Edit {
	return func(tx *configtx.ConfigTx) error {
		batch, err := channelconfig.BatchOf(tx.OriginalConfig())
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("batch-timeout") {
			batch.Timeout = e.timeout
		}
		if cmd.Flags().Changed("max-messages") {
			batch.MaxMessages = e.messages
		}
		for _, size := range []struct {
			text string
			to   *uint32
		}{{e.preferred, &batch.PreferredMaxBytes}, {e.absolute, &batch.AbsoluteMaxBytes}} {
			if size.text == "" {
				continue
			}
			if *size.to, err = channelconfig.ParseBytes(size.text); err != nil {
				return err
			}
		}
		if err := channelconfig.SetBatch(batch)(tx); err != nil {
			return err
		}
		for _, p := range e.policies {
			path, rule, ok := strings.Cut(p, "=")
			if !ok {
				return failure.New(failure.Usage, `--policy %q: write such as "/Channel/Application/Admins=MAJORITY Admins"`, p)
			}
			if err := channelconfig.SetPolicy(path, rule)(tx); err != nil {
				return err
			}
		}
		if e.remove != "" {
			return channelconfig.RemoveMember(e.remove)(tx)
		}
		return nil
	}
}

func channelExportCommand(s *settings) *cobra.Command {
	var e editFlags
	var asJSON, unsigned bool
	cmd := &cobra.Command{
		Use:   "export-change CHANNEL FILE",
		Short: "Write a change of a channel's configuration to a file, for others to sign",
		Long: "Computes the change that the flags ask for, has the administrators sign whose keys are here, and writes it to FILE in\n" +
			"Fabric's own form (`peer channel signconfigtx` takes it as well). It tells whose signatures are missing. A change\n" +
			"holds no secret; it is of use only as long as nothing else changes what it changes.",
		Example: "  network channel export-change henan timeout.pb --batch-timeout 500ms",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !e.any(cmd) {
				return failure.New(failure.Usage, "say what is to change: --%s", strings.Join(editNames, ", --"))
			}
			return s.configured(args[0], func(c *channelconfig.Network, names []string) error {
				if len(names) != 1 {
					return failure.New(failure.Usage, "a change is of one channel: name one")
				}
				ch, err := c.Prepare(cmd.Context(), names[0], e.edit(cmd))
				if err != nil {
					return err
				}
				if ch == nil {
					return failure.New(failure.Usage, "%s has these settings already: there is nothing to change", names[0])
				}
				if !unsigned {
					if _, err := c.Sign(ch); err != nil {
						return err
					}
				}
				return writeChange(ch, args[1], asJSON)
			})
		},
	}
	e.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "tell who has signed and who is missing as JSON")
	cmd.Flags().BoolVar(&unsigned, "unsigned", false, "sign nothing yet")
	return cmd
}

func writeChange(ch *channelconfig.Change, path string, asJSON bool) error {
	data, err := ch.Envelope()
	if err != nil {
		return err
	}
	if err := state.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	if asJSON {
		return printJSON(ch.Progress())
	}
	ch.Progress().Print(os.Stdout)
	return nil
}

// loaded runs do on a change that was exported.
func (s *settings) loaded(cmd *cobra.Command, path string, do func(*channelconfig.Network, *channelconfig.Change) error) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return failure.New(failure.Usage, "there is no file %s", path)
	}
	if err != nil {
		return err
	}
	return s.configured("all", func(c *channelconfig.Network, _ []string) error {
		ch, err := c.Load(cmd.Context(), data)
		if err != nil {
			return failure.Wrap(failure.ExitStatus(err), err, "%s", path)
		}
		return do(c, ch)
	})
}

func channelSignCommand(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "sign FILE",
		Short:   "Add the signatures of the administrators whose keys are here to a change",
		Example: "  network channel sign timeout.pb",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.loaded(cmd, args[0], func(c *channelconfig.Network, ch *channelconfig.Change) error {
				added, err := c.Sign(ch)
				if err != nil {
					return err
				}
				if len(added) == 0 {
					fmt.Fprintln(os.Stderr, "nobody whose key is here is asked for")
				}
				return writeChange(ch, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "tell who has signed and who is missing as JSON")
	return cmd
}

func channelSubmitCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "submit FILE",
		Short:   "Send a change that enough have signed to the orderers, and wait until nodes have it",
		Example: "  network channel submit timeout.pb",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.loaded(cmd, args[0], func(c *channelconfig.Network, ch *channelconfig.Change) error {
				if err := c.Submit(cmd.Context(), ch); err != nil {
					return err
				}
				fmt.Fprintf(os.Stderr, "channel %s is changed\n", ch.Channel)
				return nil
			})
		},
	}
}
