package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"henanchain/network/build"
	"henanchain/network/bundle"
	"henanchain/network/failure"
	"henanchain/network/node"
	"henanchain/network/operate"
	"henanchain/network/state"
	"henanchain/network/topology"
)

func bundleCommand(s *settings) *cobra.Command {
	var profile, out string
	var public []string
	var bare bool
	cmd := &cobra.Command{
		Use:   "bundle CITY",
		Short: "Write what one city's host needs: its own keys and nobody else's",
		Long: "Writes what the host of a city (or of the province, or any host of the topology) needs to run its part of the\n" +
			"network: its own keys and nobody else's, the genesis blocks of its channels, what all may know of the others, the\n" +
			"programs. On that host `network up` in the unpacked bundle, or `network up --bundle FILE`, does the rest.\n\n" +
			"Identities and genesis blocks that do not exist yet are made first, in the state folder, without starting a node.\n" +
			"A city that is to make its keys on its own host does so with `network keys`, and sends its public part: with\n" +
			"--public its bundle holds no key at all. The channels need every member's public part, so give all of them.",
		Example: "  network bundle zhengzhou --topology topology.yaml --state workshop --out zhengzhou.bundle.tar.gz\n" +
			"  network bundle henan --public zhengzhou.public.tar.gz,xinyang.public.tar.gz --topology topology.yaml --state workshop",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, n, host, err := s.forHost(profile, args[0])
			if err != nil {
				return err
			}
			if n.Here != "" {
				return failure.New(failure.State, "%s holds %s: bundles are made where the whole network was prepared", o.State.Root, n.Placement)
			}
			if s.builds() {
				if _, err := build.All(cmd.Context(), build.Options{Root: s.root, Out: os.Stderr}); err != nil {
					return err
				}
			}
			if err := o.State.Open(n.Name); err != nil {
				return err
			}
			for _, file := range public {
				if err := bundle.Import(file, o.State); err != nil {
					return err
				}
			}
			if err := o.Prepare(cmd.Context(), n); err != nil {
				return err
			}
			if out == "" {
				out = args[0] + ".bundle.tar.gz"
			}
			source := bundle.Source{State: o.State, Net: n, Topology: s.topology, Programs: &o.Programs}
			if bare {
				source.Programs = nil
			}
			if err := bundle.Write(out, host, source); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%s is for the host %s (%s) alone; its README.md says what to do there\n", out, host, n.HostAddress(host))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "the file to write; CITY.bundle.tar.gz where not given")
	f.StringVar(&profile, "profile", "", "the part of the topology: pilot where the state folder does not say")
	f.StringSliceVar(&public, "public", nil, "public parts of organisations that make their own keys, by `network keys`")
	f.BoolVar(&bare, "no-programs", false, "leave the programs out: the host builds them from the repository")
	return cmd
}

func keysCommand(s *settings) *cobra.Command {
	var profile, out string
	cmd := &cobra.Command{
		Use:   "keys CITY",
		Short: "On a city's own host: make its keys there, and a file of what others may know of them",
		Long: "Makes the CA of an organisation and, through it, the identities of its nodes, administrator and business systems, on\n" +
			"its own host. What the others need to know is written to a file for the province, whose `network bundle CITY\n" +
			"--public FILE` then needs no key of the city.",
		Example: "  network keys zhengzhou --topology topology.yaml --state state --out zhengzhou.public.tar.gz",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, n, host, err := s.forHost(profile, args[0])
			if err != nil {
				return err
			}
			org, ok := n.Organisation(args[0])
			if !ok {
				return failure.New(failure.NotThere, "there is no organisation %q in this profile of the topology", args[0])
			}
			for _, nd := range n.Nodes() {
				if nd.Organisation == org.Name && nd.Host != host {
					return failure.New(failure.Topology, "%s of %s is on the host %s: an organisation that makes its own keys has all its nodes on one host", nd.Name, org.Name, nd.Host)
				}
			}
			if s.builds() {
				if _, err := build.All(cmd.Context(), build.Options{Root: s.root, Out: os.Stderr}); err != nil {
					return err
				}
			}
			if err := o.PrepareKeys(cmd.Context(), n.Part(host)); err != nil {
				return err
			}
			if out == "" {
				out = org.Name + ".public.tar.gz"
			}
			if err := bundle.WritePublic(out, o.State, n, org.Name); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%s is for the province: it holds no key\n", out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write; CITY.public.tar.gz where not given")
	cmd.Flags().StringVar(&profile, "profile", "", "the part of the topology: pilot where the state folder does not say")
	return cmd
}

// forHost opens the state folder and finds the host that a name means.
func (s *settings) forHost(profile, name string) (*operate.Operator, *topology.Network, string, error) {
	o, err := s.operator()
	if err != nil {
		return nil, nil, "", err
	}
	n, err := s.selected(o, profile)
	if err != nil {
		return nil, nil, "", err
	}
	host, err := bundle.HostOf(n, name)
	return o, n, host, err
}

// bundled takes what was not given from a bundle that was unpacked into the
// state folder, and finds that folder where the program runs from one.
func (s *settings) bundled() {
	if s.state == "" {
		if exe, err := os.Executable(); err == nil {
			if dir := filepath.Join(filepath.Dir(exe), "..", ".."); filepath.Dir(exe) == filepath.Join(filepath.Clean(dir), bundle.Bin) && state.Exists(filepath.Join(dir, "version.json")) {
				s.state = filepath.Clean(dir)
			}
		}
	}
	if s.state == "" {
		return
	}
	if bin := filepath.Join(s.state, bundle.Bin); s.bin == "" && state.Exists(bin) {
		s.bin = bin
	}
	if file := filepath.Join(s.state, bundle.TopologyFile); s.topology == "" && state.Exists(file) {
		s.topology = file
	}
}

// unpack puts a bundle into the state folder before anything else reads it.
func (s *settings) unpack(file string) error {
	dir := s.state
	if dir == "" {
		dir = "state"
	}
	st, err := state.At(dir)
	if err != nil {
		return err
	}
	if err := bundle.Unpack(file, st); err != nil {
		return err
	}
	s.state = st.Root
	return nil
}

// programs are the folders of the programs that a command uses.
func (s *settings) programs() node.Programs {
	dir := filepath.Dir(s.bin)
	return node.Programs{Bin: s.bin, Samples: filepath.Join(dir, "config"), Builder: filepath.Join(dir, "builder", "ccaas")}
}
