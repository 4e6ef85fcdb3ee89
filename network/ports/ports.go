// Package ports finds out, before anything is started, which ports are taken,
// and by whom.
package ports

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"henanchain/network/failure"
)

// Wanted is a port and what it is for.
type Wanted struct {
	Address string // host:port
	For     string
}

// Check refuses when any of the ports is taken, naming all that are, the
// program that holds each where the system tells, and what to do.
func Check(wanted []Wanted) error {
	var taken []string
	for _, w := range wanted {
		ln, err := net.Listen("tcp", w.Address)
		if err == nil {
			ln.Close()
			continue
		}
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			_, port, _ := net.SplitHostPort(w.Address)
			taken = append(taken, fmt.Sprintf("port %s, for %s, is taken%s", port, w.For, holder(port)))
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return failure.New(failure.Port, "this machine has no address %s, for %s: correct the host's address in the topology", w.Address, w.For)
		default:
			return failure.Wrap(failure.Port, err, "cannot take %s, for %s", w.Address, w.For)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return failure.New(failure.Port, "%s; end what holds it, or choose other ports with --port-base", strings.Join(taken, "; "))
}

// holder tells who listens on a port, as " by NAME (process N)", or nothing
// where the system does not say: another user's process, another namespace.
func holder(port string) string {
	n, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	inodes := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		listeners(file, n, inodes)
	}
	if len(inodes) == 0 {
		return ""
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		link, err := os.Readlink(fd)
		if err != nil || !inodes[link] {
			continue
		}
		pid := strings.Split(fd, "/")[2]
		cmd, _ := os.ReadFile("/proc/" + pid + "/cmdline")
		name := strings.TrimSpace(strings.ReplaceAll(string(cmd), "\x00", " "))
		if len(name) > 80 {
			name = name[:80] + "…"
		}
		return fmt.Sprintf(" by process %s (%s)", pid, name)
	}
	return ""
}

// listeners collects the sockets that listen on a port, as /proc/PID/fd names them.
func listeners(file string, port int, into map[string]bool) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		const listening = "0A"
		if len(fields) > 9 && strings.HasSuffix(fields[1], suffix) && fields[3] == listening {
			into["socket:["+fields[9]+"]"] = true
		}
	}
}
