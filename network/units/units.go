// Package units writes systemd units for what a supervisor runs: one for each
// node, with as few rights as it can work with, and a target for all of them.
package units

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

// Options say for whom the units are.
type Options struct {
	Network string // name of the network, such as henan-chain
	State   string // the state folder
	User    string // who the nodes run as
	Out     string // folder of the units
}

// Unit is one file that was written. Its JSON form is stable.
type Unit struct {
	Name string `json:"name"` // such as henan-chain-peer0.zhengzhou.service
	Node string `json:"node,omitempty"`
	File string `json:"file"`
	// Environment is a file beside the unit that its owner alone can read; it may
	// hold a key.
	Environment string `json:"environment,omitempty"`
}

// Write writes the units of services, and a target that starts and stops them
// all.
func Write(services []supervise.Service, o Options) ([]Unit, error) {
	if strings.ContainsAny(o.State+o.Out, "%\n\"'\\ \t") {
		return nil, failure.New(failure.Usage, "systemd wants paths without spaces, quotes, %% and backslashes: %s, %s", o.State, o.Out)
	}
	target := Unit{Name: o.Network + ".target", File: filepath.Join(o.Out, o.Network+".target")}
	out := []Unit{target}
	// The target names what it wants, so that to enable it alone is enough.
	lines := fmt.Sprintf("# %s: all nodes of this machine.\n[Unit]\nDescription=%s\n", mark, o.Network)
	for _, s := range services {
		lines += "Wants=" + unitName(o, s) + "\n"
	}
	errs := []error{state.WriteFile(target.File, []byte(lines+"\n[Install]\nWantedBy=multi-user.target\n"), 0o644)}
	for _, s := range services {
		u := Unit{Name: unitName(o, s), Node: s.Name, File: filepath.Join(o.Out, unitName(o, s))}
		if len(s.Env) > 0 {
			u.Environment = filepath.Join(o.Out, o.Network+"-"+s.Name+".env")
			data, err := environment(s.Env)
			errs = append(errs, err, state.WriteFile(u.Environment, data, 0o600))
		}
		errs = append(errs, state.WriteFile(u.File, []byte(text(services, s, u, o)), 0o644))
		out = append(out, u)
	}
	return out, errors.Join(append(errs, remember(services, o))...)
}

// mark is in every file, so that people know where it comes from.
const mark = "Written by `network units`"

func unitName(o Options, s supervise.Service) string { return o.Network + "-" + s.Name + ".service" }

// environment is a file as EnvironmentFile= reads it. Nothing is interpreted
// inside of single quotes.
func environment(env []string) ([]byte, error) {
	var b strings.Builder
	for _, e := range env {
		name, value, ok := strings.Cut(e, "=")
		if !ok || strings.ContainsAny(value, "'\n") {
			return nil, fmt.Errorf("the variable %s cannot stand in a systemd environment file", name)
		}
		b.WriteString(name + "='" + value + "'\n")
	}
	return []byte(b.String()), nil
}

// text is one unit.
func text(all []supervise.Service, s supervise.Service, u Unit, o Options) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s.", mark)
	line("[Unit]")
	line("Description=%s: %s", o.Network, s.Name)
	line("PartOf=%s.target", o.Network)
	line("Wants=network-online.target")
	line("After=%s", strings.Join(append([]string{"network-online.target"}, before(all, s, o)...), " "))
	line("StartLimitIntervalSec=0")
	line("\n[Service]")
	line("Type=exec")
	line("User=%s", o.User)
	line("WorkingDirectory=%s", s.Dir)
	if u.Environment != "" {
		line("EnvironmentFile=%s", u.Environment)
	}
	line("ExecStart=%s", command(s.Command))
	line("Restart=always")
	line("RestartSec=2")
	line("TimeoutStopSec=30")
	line("LimitNOFILE=65536")
	for _, h := range hardening {
		line("%s", h)
	}
	// What lies under /home or /root is hidden otherwise.
	if slices.ContainsFunc([]string{s.Dir, s.Command[0]}, func(p string) bool { return strings.HasPrefix(p, "/home/") || strings.HasPrefix(p, "/root/") }) {
		line("ProtectHome=no")
	} else {
		line("ProtectHome=yes")
	}
	if dir := own(s, o); dir != "" {
		line("ReadWritePaths=%s", dir)
	}
	return b.String()
}

// hardening takes from a node what it does not need.
var hardening = []string{
	"UMask=0077", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "AmbientCapabilities=",
	"ProtectSystem=strict", "PrivateTmp=yes", "PrivateDevices=yes", "ProtectClock=yes", "ProtectHostname=yes",
	"ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectProc=invisible",
	"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK", "RestrictNamespaces=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes",
	"LockPersonality=yes", "MemoryDenyWriteExecute=yes", "RemoveIPC=yes", "KeyringMode=private",
	"SystemCallArchitectures=native", "SystemCallFilter=@system-service",
}

// before are the units that a service starts after: those of earlier stages.
func before(all []supervise.Service, s supervise.Service, o Options) []string {
	var out []string
	for _, x := range all {
		if x.Stage < s.Stage {
			out = append(out, unitName(o, x))
		}
	}
	return out
}

// own is the one folder that a service writes to; empty where it writes nothing.
// A contract's service keeps nothing: it works in the state folder, which it
// cannot change.
func own(s supervise.Service, o Options) string {
	if rel, err := filepath.Rel(o.State, s.Dir); err != nil || rel == "." || !filepath.IsLocal(rel) {
		return ""
	}
	return s.Dir
}

// command is a command line as ExecStart= reads it.
func command(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		a = strings.ReplaceAll(strings.ReplaceAll(a, "%", "%%"), "$", "$$")
		if strings.ContainsAny(a, " \t\"'\\;") || a == "" {
			a = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a) + `"`
		}
		out[i] = a
	}
	return strings.Join(out, " ")
}

// Whole writes the one unit that runs all of a network by its own supervisor, so
// that every command of the network program goes on working as it does.
func Whole(program string, o Options) ([]Unit, error) {
	u := Unit{Name: o.Network + ".service", File: filepath.Join(o.Out, o.Network+".service")}
	text := fmt.Sprintf(`# %s --whole.
[Unit]
Description=%s: all nodes of this machine, under their own supervisor
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
User=%s
WorkingDirectory=%s
ExecStart=%s up --no-build --state %s
ExecStop=%[5]s down --state %[6]s
TimeoutStartSec=600
TimeoutStopSec=120
LimitNOFILE=65536
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes
ReadWritePaths=%[6]s

[Install]
WantedBy=multi-user.target
`, mark, o.Network, o.User, o.State, program, o.State)
	return []Unit{u}, errors.Join(state.WriteFile(u.File, []byte(text), 0o644), forget(o))
}

// Owned makes a folder for the units that others may read.
func Owned(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failure.Wrap(failure.Usage, err, "cannot make the folder of the units")
	}
	return nil
}
