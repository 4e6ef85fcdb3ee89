// Package storetest starts PostgreSQL clusters for tests, each in a folder of
// its own and reachable through a socket in it only, so that tests neither
// meet each other nor a database that somebody runs.
package storetest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Cluster is a running PostgreSQL of a test's own.
type Cluster struct {
	bin  string
	dir  string
	data string
	as   *syscall.Credential // PostgreSQL refuses to run as root
	n    atomic.Int64
}

// errMissing tells that a cluster cannot be had on this machine.
var errMissing = errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")

// Postgres starts a cluster that ends with the test. Where PostgreSQL is not
// installed the test is skipped, with the reason.
func Postgres(t testing.TB) *Cluster {
	t.Helper()
	c, err := Start()
	return check(t, c, err, true)
}

var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// Shared returns the DSN of a new database in a cluster that all tests of the
// package share. The package's TestMain must call Main.
func Shared(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.cluster, shared.err = Start() })
	c := check(t, shared.cluster, shared.err, false)
	name := "test" + strconv.FormatInt(c.n.Add(1), 10)
	if out, err := c.command("createdb", "-h", c.dir, "-U", "gateway", name).CombinedOutput(); err != nil {
		t.Fatalf("create a database: %v\n%s", err, out)
	}
	return c.dsn(name)
}

// Main runs a package's tests and ends the cluster that they share.
func Main(m *testing.M) {
	code := m.Run()
	if shared.cluster != nil {
		shared.cluster.Remove()
	}
	os.Exit(code)
}

func check(t testing.TB, c *Cluster, err error, end bool) *Cluster {
	t.Helper()
	if errors.Is(err, errMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if end {
		t.Cleanup(c.Remove)
	}
	return c
}

// Start starts a cluster for a program that is no test; Remove ends it.
func Start() (*Cluster, error) {
	c := &Cluster{bin: binaries()}
	if c.bin == "" {
		return nil, errMissing
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "pg"); err != nil {
		return nil, err
	}
	c.data = filepath.Join(c.dir, "data")
	if os.Geteuid() == 0 {
		c.as, err = owner(c.dir)
	}
	if err == nil {
		err = c.run("initdb", "-D", c.data, "-U", "gateway", "-A", "trust", "-N", "--no-instructions")
	}
	if err == nil {
		err = c.start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	return c, nil
}

// Remove ends the cluster and removes its folder.
func (c *Cluster) Remove() {
	c.Kill()
	os.RemoveAll(c.dir) //nolint:errcheck // a temporary folder
}

func binaries() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		sort.Strings(found)
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// Installed tells whether clusters can be had on this machine.
func Installed() bool { return binaries() != "" }

func owner(dir string) (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: it does not run as root, and there is no user postgres", errMissing)
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errU, errG); err != nil {
		return nil, fmt.Errorf("the numbers of the user postgres: %w", err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	return cmd
}

func (c *Cluster) run(name string, args ...string) error {
	if out, err := c.command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

func (c *Cluster) start() error {
	options := fmt.Sprintf("-c listen_addresses='' -k %s", c.dir)
	return c.run("pg_ctl", "-D", c.data, "-l", filepath.Join(c.dir, "log"), "-o", options, "-w", "start")
}

// Crash ends every process of the cluster with SIGKILL, as a machine's fault
// would: none is asked, none writes anything more.
func (c *Cluster) Crash() error {
	text, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return fmt.Errorf("which process is the cluster's: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		return fmt.Errorf("which process is the cluster's: %w", err)
	}
	children := childrenOf(postmaster)
	if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the cluster: %w", err)
	}
	for _, pid := range children {
		syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // it may have ended with its parent
	}
	return nil
}

func childrenOf(parent int) []int {
	var children []int
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil { // the pattern is good
		return nil
	}
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		pid, rest, _ := strings.Cut(string(data), " ")
		_, rest, _ = strings.Cut(rest, ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			if n, err := strconv.Atoi(pid); err == nil {
				children = append(children, n)
			}
		}
	}
	return children
}

// Restart starts the cluster after Crash, as whoever keeps it running would:
// again, where a process of the old one is not gone yet.
func (c *Cluster) Restart() error {
	var err error
	for range 20 {
		if err = c.start(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// Start starts the cluster again after Kill.
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the cluster as a crash would: no client is waited for, nothing is
// written back.
func (c *Cluster) Kill() {
	c.command("pg_ctl", "-D", c.data, "-m", "immediate", "-w", "stop").Run() //nolint:errcheck // it may be down already
}

// DSN names the cluster's database.
func (c *Cluster) DSN() string { return c.dsn("postgres") }

func (c *Cluster) dsn(database string) string {
	return "postgres://gateway@/" + database + "?" + url.Values{"host": {c.dir}}.Encode()
}
