package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test program is the daemon too, when it is told so.
func TestMain(m *testing.M) {
	if root := os.Getenv("TEST_SUPERVISE"); root != "" {
		if err := Serve(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// start starts a daemon for a new state folder, and ends all of it with the test.
func start(t *testing.T) (*Client, string) {
	t.Helper()
	root := t.TempDir()
	c := NewClient(root)
	ensure(t, c, root)
	t.Cleanup(func() {
		if _, err := c.Down(); err != nil {
			t.Error(err)
		}
	})
	return c, root
}

func ensure(t *testing.T, c *Client, root string) {
	t.Helper()
	t.Setenv("TEST_SUPERVISE", root)
	defer os.Unsetenv("TEST_SUPERVISE")
	if err := c.Ensure([]string{os.Args[0]}); err != nil {
		t.Fatal(err)
	}
}

func service(name, script string) Service {
	return Service{Name: name, Role: "test", Command: []string{"/bin/sh", "-c", script}, Dir: os.TempDir()}
}

func statusOf(t *testing.T, c *Client, name string) Status {
	t.Helper()
	all, err := c.Services()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no service %s among %v", name, all)
	return Status{}
}

func run(t *testing.T, c *Client, s Service) {
	t.Helper()
	if err := c.Run(s); err != nil {
		t.Fatal(err)
	}
}

// alive tells whether a process runs; one that has ended and that nobody has
// asked for its end yet, as in a container without an init, does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// marked waits until n processes show their marks: one has none in the moment in
// which it becomes another program.
func marked(t *testing.T, root string, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " processes are marked"), func() bool { return len(scan(root)) == n })
}

// written waits until a service has made a file.
func written(t *testing.T, path string) {
	t.Helper()
	eventually(t, path+" is there", func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

// patience is far more than anything here takes: a busy machine is no failure.
const patience = 2 * time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	if !waitFor(patience, ok) {
		t.Fatalf("waited in vain until %s", what)
	}
}

func TestAServiceThatDiesIsStartedAgainWithALineInItsLog(t *testing.T) {
	c, root := start(t)
	run(t, c, service("sleeper", "exec sleep 600"))
	first := statusOf(t, c, "sleeper").PID
	if err := unix.Kill(first, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs again", func() bool {
		s := statusOf(t, c, "sleeper")
		return s.PID != 0 && s.PID != first && s.Restarts == 1
	})
	for _, name := range []string{"sleeper", daemonName} {
		data, err := os.ReadFile(logPath(root, name))
		if err != nil || !strings.Contains(string(data), fmt.Sprintf("sleeper (process %d) signal: killed: starting it again", first)) {
			t.Errorf("the log of %s holds %q, %v, want the restart", name, data, err)
		}
	}
}

func TestTheTimeBetweenRestartsGrows(t *testing.T) {
	c, root := start(t)
	run(t, c, service("crasher", "exit 3"))
	eventually(t, "it was started three times", func() bool { return statusOf(t, c, "crasher").Restarts >= 2 })
	data, err := os.ReadFile(logPath(root, "crasher"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pause := range []string{"again in 500ms", "again in 1s", "exit status 3"} {
		if !strings.Contains(string(data), pause) {
			t.Errorf("the log has no %q:\n%s", pause, data)
		}
	}
}

func TestRunTwiceLeavesTheProcessAloneAndAnotherDefinitionReplacesIt(t *testing.T) {
	c, _ := start(t)
	s := service("one", "exec sleep 600")
	run(t, c, s)
	first := statusOf(t, c, "one").PID
	run(t, c, s)
	if again := statusOf(t, c, "one").PID; again != first {
		t.Fatalf("the process changed from %d to %d", first, again)
	}
	s.Env = []string{"A=1"}
	run(t, c, s)
	if again := statusOf(t, c, "one").PID; again == first || again == 0 || alive(first) {
		t.Fatalf("process %d is now %d, want the old one replaced", first, again)
	}
}

func TestAStoppedServiceStaysStoppedUntilItIsStarted(t *testing.T) {
	c, root := start(t)
	run(t, c, service("one", "exec sleep 600"))
	pid := statusOf(t, c, "one").PID
	if err := c.Stop("one"); err != nil {
		t.Fatal(err)
	}
	if s := statusOf(t, c, "one"); s.PID != 0 || s.Wanted || alive(pid) {
		t.Fatalf("it is %+v after stop", s)
	}
	killDaemon(t, c, root)
	ensure(t, c, root)
	if s := statusOf(t, c, "one"); s.PID != 0 {
		t.Fatalf("it is %+v after the daemon was started anew, want it stopped", s)
	}
	if err := c.Start("one"); err != nil {
		t.Fatal(err)
	}
	if s := statusOf(t, c, "one"); s.PID == 0 {
		t.Fatalf("it is %+v after start", s)
	}
	if err := c.Restart("nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Fatalf("got %v, want a refusal that names the service", err)
	}
}

// killDaemon ends the daemon as a crash would.
func killDaemon(t *testing.T, c *Client, root string) {
	t.Helper()
	for _, f := range scan(root) {
		if f.service == daemonName {
			if err := unix.Kill(f.pid, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "the daemon is gone", func() bool { return !c.Alive() })
}

func TestANewDaemonTakesOverWhatAKilledOneLeft(t *testing.T) {
	c, root := start(t)
	run(t, c, service("keeper", "exec sleep 600"))
	run(t, c, service("loser", "exec sleep 600"))
	kept, lost := statusOf(t, c, "keeper").PID, statusOf(t, c, "loser").PID
	killDaemon(t, c, root)
	if err := os.Remove(specPath(root, "loser")); err != nil { // nobody wants it any more
		t.Fatal(err)
	}
	ensure(t, c, root)
	if s := statusOf(t, c, "keeper"); s.PID != kept || s.Since.IsZero() || time.Since(s.Since) > time.Minute {
		t.Fatalf("it is %+v, want process %d taken over", s, kept)
	}
	eventually(t, "the unwanted process is ended", func() bool { return !alive(lost) })
	if err := unix.Kill(kept, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was taken over is started again", func() bool { s := statusOf(t, c, "keeper"); return s.PID != kept && s.PID != 0 })
}

func TestDownLeavesNoProcessEvenWithoutADaemon(t *testing.T) {
	c, root := start(t)
	for i := range 3 {
		run(t, c, service(fmt.Sprint("s", i), "exec sleep 600"))
	}
	killDaemon(t, c, root)
	marked(t, root, 3)
	ended, err := c.Down()
	if err != nil || ended != 3 {
		t.Fatalf("ended %d, %v, want 3", ended, err)
	}
	if rest := scan(root); len(rest) != 0 {
		t.Fatalf("%v still run", rest)
	}
}

func TestServicesEndInTheReverseOrderOfTheirStages(t *testing.T) {
	c, root := start(t)
	order := filepath.Join(root, "order")
	for stage, name := range []string{"ca", "orderer", "peer"} {
		ready := filepath.Join(root, name)
		s := service(name, "trap 'sleep 0.1; echo "+name+" >> "+order+"; exit' TERM; : > "+ready+"; while :; do sleep 0.02; done")
		s.Stage = stage
		run(t, c, s)
		written(t, ready)
	}
	if _, err := c.Down(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(order)
	if err != nil || string(data) != "peer\norderer\nca\n" {
		t.Fatalf("they ended as %q, %v", data, err)
	}
}

// A process number that has gone to somebody else is never signalled: only the
// mark in the environment tells a process of ours.
func TestAProcessWithoutOurMarkIsNeverEnded(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	strangers := []*exec.Cmd{exec.Command("sleep", "600"), exec.Command("sleep", "600")}
	strangers[1].Env = append(os.Environ(), markState+other, markService+"peer", markDigest+"x")
	for _, cmd := range strangers {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	}
	// What a scan saw a moment ago, and whose number now belongs to a stranger.
	for _, cmd := range strangers {
		if _, ok := hold(found{pid: cmd.Process.Pid, service: "peer", digest: "x"}, root); ok {
			t.Fatalf("took process %d for ours", cmd.Process.Pid)
		}
	}
	if n, err := NewClient(root).Down(); err != nil || n != 0 {
		t.Fatalf("down ended %d, %v", n, err)
	}
	for _, cmd := range strangers {
		if !alive(cmd.Process.Pid) {
			t.Fatalf("process %d was ended", cmd.Process.Pid)
		}
	}
}

func TestTwoDaemonsNeverServeOneFolder(t *testing.T) {
	_, root := start(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_SUPERVISE="+root)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), ErrRunning.Error()) {
		t.Fatalf("the second daemon ended with %v and %q", err, out)
	}
}

func TestASocketFarDownInTheFoldersWorks(t *testing.T) {
	root := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	c := NewClient(root)
	ensure(t, c, root)
	run(t, c, service("one", "exec sleep 600"))
	marked(t, root, 2)
	if n, err := c.Down(); err != nil || n != 2 {
		t.Fatalf("ended %d, %v, want the service and the daemon", n, err)
	}
}

func TestADaemonThatCannotStartSaysWhereToLook(t *testing.T) {
	root := t.TempDir()
	err := NewClient(root).Ensure([]string{"/bin/false"})
	if err == nil || !strings.Contains(err.Error(), logPath(root, daemonName)) {
		t.Fatalf("got %v, want the log's path", err)
	}
}

func TestAServiceThatIgnoresTheSignalIsKilledAfterItsGrace(t *testing.T) {
	root := t.TempDir()
	ready := filepath.Join(root, "ready")
	p, err := (&runner{root: root, svc: service("stubborn", "trap '' TERM; : > "+ready+"; while :; do sleep 0.05; done")}).launch()
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(p)
	written(t, ready)
	p.end(200 * time.Millisecond)
	if alive(p.pid) || !strings.Contains(p.exit, syscall.SIGKILL.String()) {
		t.Fatalf("it ended as %q", p.exit)
	}
}

func TestALongLogIsCutAndItsWriterGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = f.WriteString("old\n")
	if err := errors.Join(err, copyAndTruncate(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("new\n"); err != nil {
		t.Fatal(err)
	}
	now, _ := os.ReadFile(path)
	old, _ := os.ReadFile(path + ".1")
	if string(now) != "new\n" || string(old) != "old\n" {
		t.Fatalf("the log holds %q and the older part %q", now, old)
	}
}
