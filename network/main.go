// The network program turns topology.yaml into a running Hyperledger Fabric
// network, natively on this machine, and keeps it running.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"henanchain/network/build"
	"henanchain/network/contract/command"
	"henanchain/network/failure"
	"henanchain/network/operate"
	"henanchain/network/state"
	"henanchain/network/topology"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := rootCommand().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) {
		err = failure.New(failure.Interrupted, "interrupted: the same command goes on from here, `network down` stops what runs")
	}
	fmt.Fprintln(os.Stderr, "network: "+err.Error())
	if failure.NoSpace(err) {
		fmt.Fprintln(os.Stderr, "network: a disk is full: make room, and the same command goes on from here")
	}
	os.Exit(failure.ExitStatus(err))
}

// settings are the flags that every command has.
type settings struct {
	root, state, bin, topology string
	portBase                   int
}

func rootCommand() *cobra.Command {
	s := &settings{}
	root := &cobra.Command{
		Use:           "network",
		Short:         "Runs the Fabric network of the Henan Chain (河南链) that topology.yaml describes",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return failure.Wrap(failure.Usage, err, "wrong flag") })
	f := root.PersistentFlags()
	f.StringVar(&s.root, "root", os.Getenv("HNC_ROOT"), "the repository (HNC_ROOT); found from this folder upwards where not given")
	f.StringVar(&s.state, "state", os.Getenv("HNC_STATE"), "the folder of the running network (HNC_STATE); state in the repository where not given")
	f.StringVar(&s.bin, "bin", os.Getenv("HNC_BIN"), "the folder of the programs (HNC_BIN); build/bin in the repository where not given")
	f.StringVar(&s.topology, "topology", os.Getenv("HNC_TOPOLOGY"), "the topology file (HNC_TOPOLOGY); network/topology.yaml in the repository where not given")
	f.IntVar(&s.portBase, "port-base", envInt("HNC_PORT_BASE"), "first port of the network (HNC_PORT_BASE); the topology's where not given")
	root.AddCommand(buildCommand(s), upCommand(s), downCommand(s), statusCommand(s), usageCommand(s), logsCommand(s), cleanCommand(s), superviseCommand(s), planCommand(s), channelCommand(s), cityCommand(s), identityCommand(s), backupCommand(s), envCommand(s), unitsCommand(s))
	root.AddCommand(bundleCommand(s), keysCommand(s), imagesCommand(s), composeCommand(s), tokenCommand(s), keepCommand(), healthCommand())
	for _, action := range []string{"start", "stop", "restart"} {
		root.AddCommand(actionCommand(s, action))
	}
	root.AddCommand(command.New(s.contracts))
	argumentsAreUsage(root)
	return root
}

// argumentsAreUsage gives wrong arguments of every command the exit status of a
// wrong command line.
func argumentsAreUsage(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil && cmd.HasParent() {
		return
	}
	cmd.Args = func(c *cobra.Command, args []string) error {
		var err error
		if check != nil {
			err = check(c, args)
		} else if len(args) > 0 {
			err = fmt.Errorf("there is no command %q", args[0])
		}
		var known *failure.Error
		if err == nil || errors.As(err, &known) {
			return err
		}
		return failure.New(failure.Usage, "%s: `%s --help` tells what it takes", err, c.CommandPath())
	}
	for _, sub := range cmd.Commands() {
		argumentsAreUsage(sub)
	}
}

func envInt(name string) int {
	n, _ := strconv.Atoi(os.Getenv(name)) // 0: as if it were not set
	return n
}

// complete fills in what was not given, from a bundle or from the repository.
func (s *settings) complete() error {
	s.bundled()
	if s.root == "" {
		root, err := findRoot()
		if err != nil && (s.state == "" || s.bin == "" || s.topology == "") {
			return err
		}
		s.root = root
	}
	for _, d := range []struct {
		value *string
		path  string
	}{{&s.state, "state"}, {&s.bin, "build/bin"}, {&s.topology, "network/topology.yaml"}} {
		if *d.value == "" {
			*d.value = filepath.Join(s.root, d.path)
		}
		abs, err := filepath.Abs(*d.value)
		if err != nil {
			return err
		}
		*d.value = abs
	}
	return nil
}

// builds tells whether the programs are the repository's, to be built anew.
func (s *settings) builds() bool { return s.root != "" && s.bin == build.Bin(s.root) }

// findRoot looks for this repository from the working folder upwards, then from
// where the program lies.
func findRoot() (string, error) {
	starts := []string{}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for ; ; dir = filepath.Dir(dir) {
			data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err == nil && strings.HasPrefix(string(data), "module henanchain\n") {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", failure.New(failure.Usage, "cannot find the repository from here: name it with --root")
}

// contracts says where the commands about contracts work.
func (s *settings) contracts() (command.Place, error) {
	if err := s.complete(); err != nil {
		return command.Place{}, err
	}
	st, err := state.At(s.state)
	if err != nil {
		return command.Place{}, err
	}
	return command.Place{
		Root: s.root, Built: filepath.Join(s.programs().Bin, "chaincode"), State: st,
		Supervised: operate.New(st, s.programs(), nil, os.Stderr).Supervised,
	}, nil
}

// operating is a command's work with the operator of the state folder.
func (s *settings) operating(do func(ctx context.Context, o *operate.Operator, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		o, err := s.operator()
		if err != nil {
			return err
		}
		return do(cmd.Context(), o, args)
	}
}

// operator makes the operator of the state folder.
func (s *settings) operator() (*operate.Operator, error) {
	if err := s.complete(); err != nil {
		return nil, err
	}
	st, err := state.At(s.state)
	if err != nil {
		return nil, err
	}
	if err := st.Check(); err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return operate.New(st, s.programs(), []string{exe, "supervise", "--state", st.Root}, os.Stderr), nil
}

func buildCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "build",
		Short: "Build every program of a network that is not up to date; `up` does so by itself",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.complete(); err != nil {
				return err
			}
			_, err := build.All(cmd.Context(), build.Options{Root: s.root, Out: os.Stderr})
			return err
		},
	}
}

func upCommand(s *settings) *cobra.Command {
	var profile, from string
	var noBuild, containers bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the network up, from nothing or from wherever a run before was ended",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from != "" {
				if err := s.unpack(from); err != nil {
					return err
				}
			}
			o, err := s.operator()
			if err != nil {
				return err
			}
			n, err := s.selected(o, profile)
			if err != nil {
				return err
			}
			if containers {
				n = n.InContainers()
			}
			if !noBuild && s.builds() {
				if _, err := build.All(cmd.Context(), build.Options{Root: s.root, Out: os.Stderr}); err != nil {
					return err
				}
			}
			return o.Up(cmd.Context(), n)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "the part of the topology to run: pilot where nothing runs yet, else what runs")
	cmd.Flags().BoolVar(&noBuild, "no-build", false, "use the programs as they are")
	cmd.Flags().StringVar(&from, "bundle", "", "a bundle of this host's part, by `network bundle`: it is unpacked into the state folder first")
	cmd.Flags().BoolVar(&containers, "containers", false, "in the setup container: every process is a container of its own")
	if err := cmd.Flags().MarkHidden("containers"); err != nil {
		panic(err)
	}
	return cmd
}

// selected reads the topology and takes the profile, the ports and what was
// changed since from the flags, else from what the state folder was made for.
// Organisations beside cities that are to join are named in joining.
func (s *settings) selected(o *operate.Operator, profile string, joining ...string) (*topology.Network, error) {
	base := s.portBase
	was, err := o.State.Network()
	if err == nil {
		if profile == "" {
			profile = was.Profile
		}
		if base == 0 {
			base = was.PortBase
		}
	}
	if profile == "" {
		profile = "pilot"
	}
	file, err := topology.Read(s.topology)
	if err != nil {
		return nil, failure.Wrap(failure.Topology, err, "the topology is wrong")
	}
	var changes topology.Changes
	if was != nil && was.Profile == profile {
		if changes, err = file.Since(was, joining...); err != nil {
			return nil, failure.Wrap(failure.Usage, err, "cannot choose")
		}
	}
	n, err := file.SelectChanged(profile, base, changes)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "cannot choose")
	}
	switch {
	case was != nil && was.Containers:
		n = n.InContainers()
	case was != nil && was.Here != "":
		n = n.Part(was.Here)
	}
	return n, nil
}
