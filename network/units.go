package main

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"github.com/spf13/cobra"

	"henanchain/network/failure"
	"henanchain/network/supervise"
	"henanchain/network/units"
)

func unitsCommand(s *settings) *cobra.Command {
	var out, runAs string
	var whole, asJSON bool
	cmd := &cobra.Command{
		Use:   "units",
		Short: "Write systemd units for what runs here, one for each node",
		Long: "Writes systemd units for what runs here: one for each node, contract service, CA server and the gateway, each with as\n" +
			"few rights as it can work with, and a target that starts and stops them all. They are made of what runs, so bring the\n" +
			"network up first; then `network down`, and systemd takes over. A key that a node gets by its environment stands in a\n" +
			"file beside its unit that its owner alone can read.\n\n" +
			"With --whole it is one unit that runs everything under the network's own supervisor, so that `status`, `chaincode\n" +
			"deploy`, `identity renew` and all other commands go on as they do now: the choice for hosts on which contracts are\n" +
			"deployed.",
		Example: "  network units --user henanchain --out units\n" +
			"  network down && sudo cp units/* /etc/systemd/system/ && sudo systemctl daemon-reload\n" +
			"  sudo systemctl enable --now henan-chain.target",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := s.units(out, runAs, whole)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(list)
			}
			for _, u := range list {
				fmt.Println(u.File)
			}
			fmt.Fprintf(os.Stderr, "Next: `network down`, copy all of %s to /etc/systemd/system, `systemctl daemon-reload`, `systemctl enable --now %s`\n", out, list[0].Name)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "units", "the folder to write them to")
	f.StringVar(&runAs, "user", "", "who the nodes run as; you where not given")
	f.BoolVar(&whole, "whole", false, "one unit for all, under the network's own supervisor")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// units writes the units of what runs here.
func (s *settings) units(out, runAs string, whole bool) ([]units.Unit, error) {
	o, err := s.operator()
	if err != nil {
		return nil, err
	}
	n, err := o.Network()
	if err != nil {
		return nil, err
	}
	if runAs == "" {
		u, err := user.Current()
		if err != nil {
			return nil, err
		}
		runAs = u.Username
	}
	if out, err = filepath.Abs(out); err != nil {
		return nil, err
	}
	if err := units.Owned(out); err != nil {
		return nil, err
	}
	opts := units.Options{Network: n.Name, State: o.State.Root, User: runAs, Out: out}
	if whole {
		return units.Whole(filepath.Join(s.bin, "network"), opts)
	}
	all, err := o.Client().Services()
	if err != nil || len(all) == 0 {
		return nil, failure.New(failure.Unhealthy, "units are made of what runs, and nothing runs: `network up` first")
	}
	var services []supervise.Service
	for _, st := range all {
		services = append(services, st.Service)
	}
	return units.Write(services, opts)
}
