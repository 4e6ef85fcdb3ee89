//go:build e2e

package hosts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hub joins machines that are network namespaces, by a bridge in a namespace of
// its own: nothing of it is seen outside.
type hub struct {
	t    *testing.T
	name string
}

// machine is a host with an address of its own.
type machine struct {
	hub     *hub
	name    string // of the host in the topology
	address string
	port    string // of the hub, that its cable is in
}

// newHub makes a hub, or skips the test where this machine has none to give.
func newHub(t *testing.T) *hub {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: network namespaces are root's to make")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("skipped: the program ip is not here (Debian's iproute2)")
	}
	h := &hub{t: t, name: "hnc" + strconv.Itoa(os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", h.name).CombinedOutput(); err != nil {
		t.Skipf("skipped: no network namespace can be made here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", h.name).Run() })
	if out, err := exec.Command("ip", "-n", h.name, "link", "add", "hub", "type", "bridge").CombinedOutput(); err != nil {
		t.Skipf("skipped: no bridge can be made here: %v: %s", err, out)
	}
	h.ip("link", "set", "hub", "up")
	return h
}

func (h *hub) ip(args ...string) {
	h.t.Helper()
	if out, err := exec.Command("ip", append([]string{"-n", h.name}, args...)...).CombinedOutput(); err != nil {
		h.t.Fatalf("ip -n %s %s: %v: %s", h.name, strings.Join(args, " "), err, out)
	}
}

// machine plugs a new host in.
func (h *hub) machine(name, address string) *machine {
	h.t.Helper()
	m := &machine{hub: h, name: name, address: address, port: "to-" + name}
	ns := m.namespace()
	run := func(args ...string) {
		h.t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			h.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	run("netns", "add", ns)
	h.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	run("-n", h.name, "link", "add", m.port, "type", "veth", "peer", "name", "eth0", "netns", ns)
	h.ip("link", "set", m.port, "master", "hub", "up")
	run("-n", ns, "link", "set", "lo", "up")
	run("-n", ns, "address", "add", address+"/24", "dev", "eth0")
	run("-n", ns, "link", "set", "eth0", "up")
	return m
}

func (m *machine) namespace() string { return m.hub.name + "-" + m.name }

// cable pulls the host's cable, or plugs it in again.
func (m *machine) cable(state string) { m.hub.t.Helper(); m.hub.ip("link", "set", m.port, state) }

// command is a program that runs on the host, with nothing of this environment.
func (m *machine) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", m.namespace(), program}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	return cmd
}

// client calls as if from the host: connections are made in its namespace.
func (m *machine) client(root []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			done := make(chan struct{})
			go func() { // on a thread of its own, which ends with the namespace that it entered
				defer close(done)
				runtime.LockOSThread()
				var ns int
				if ns, err = unix.Open(filepath.Join("/var/run/netns", m.namespace()), unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
					return
				}
				defer unix.Close(ns)
				if err = unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
					return
				}
				// An address is dialled on the calling thread; only names are looked up on others.
				conn, err = dialHere(address)
			}()
			<-done
			return conn, err
		},
	}}
}

// dialHere connects a socket that is made on this very thread.
func dialHere(address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	ip := net.ParseIP(host).To4()
	if err != nil || ip == nil {
		return nil, fmt.Errorf("%s is not an IPv4 address and port", address)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	timeout := unix.NsecToTimeval(int64(3 * time.Second))
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: n, Addr: [4]byte(ip)}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	f := os.NewFile(uintptr(fd), address)
	defer f.Close() // FileConn has its own
	return net.FileConn(f)
}
