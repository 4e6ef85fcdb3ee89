package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The marks in a process's environment.
const (
	markState   = "SUPERVISED_STATE="
	markService = "SUPERVISED_SERVICE="
	markDigest  = "SUPERVISED_DIGEST="
)

// daemonName is the daemon's own mark; no service may have it.
const daemonName = "supervisor"

// process is a handle on one running process that survives the reuse of its
// number: the kernel's pidfd.
type process struct {
	pid   int
	fd    int
	since time.Time
	done  chan struct{} // closed when it has ended
	exit  string        // how it ended; read after done
}

// found is a marked process.
type found struct {
	pid             int
	service, digest string
}

// marks reads the marks of a process; ok is false where it is not of root.
func marks(pid int, root string) (f found, ok bool) {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil || !bytes.Contains(env, []byte(markState+root+"\x00")) {
		return found{}, false
	}
	f.pid = pid
	for _, kv := range strings.Split(string(env), "\x00") {
		if v, is := strings.CutPrefix(kv, markState); is {
			ok = v == root
		} else if v, is := strings.CutPrefix(kv, markService); is {
			f.service = v
		} else if v, is := strings.CutPrefix(kv, markDigest); is {
			f.digest = v
		}
	}
	return f, ok
}

// scan finds the processes of a state folder.
func scan(root string) []found {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var out []found
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if f, ok := marks(pid, root); ok {
			out = append(out, f)
		}
	}
	return out
}

// hold takes a handle on a marked process. Between the look at its marks and
// the handle the number could change hands, so the marks are read again.
func hold(f found, root string) (*process, bool) {
	fd, err := unix.PidfdOpen(f.pid, 0)
	if err != nil {
		return nil, false
	}
	if again, ok := marks(f.pid, root); !ok || again != f {
		unix.Close(fd)
		return nil, false
	}
	p := &process{pid: f.pid, fd: fd, since: startTime(f.pid), done: make(chan struct{})}
	go func() {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			if _, err := unix.Poll(poll, -1); !errors.Is(err, unix.EINTR) {
				break
			}
		}
		p.exit = "ended (its parent had gone, so how is not known)"
		close(p.done)
	}()
	return p, true
}

// launch starts a service's process. Its output goes straight to the log file,
// so that it does not depend on the daemon.
func (r *runner) launch() (*process, error) {
	root, s := r.root, r.svc
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, os.Stdout, os.Stderr
	if !r.inherit {
		if err := os.MkdirAll(filepath.Join(root, "logs"), 0o700); err != nil {
			return nil, err
		}
		log, err := os.OpenFile(logPath(root, s.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}
	cmd.Env = append(baseEnvironment(), s.Env...)
	cmd.Env = append(cmd.Env, markState+root, markService+s.Name, markDigest+s.digest())
	fd := -1
	// A group of its own: Ctrl-C at a terminal is for the command, not for nodes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, PidFD: &fd}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{pid: cmd.Process.Pid, fd: fd, since: time.Now(), done: make(chan struct{})}
	go func() {
		err := cmd.Wait()
		p.exit = cmd.ProcessState.String()
		if p.exit == "" && err != nil {
			p.exit = err.Error()
		}
		close(p.done)
	}()
	return p, nil
}

// baseEnvironment is what every service gets of this process's environment:
// enough to find programs and temporary space, and no secret.
func baseEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// end asks the process to end, and makes it after grace.
func (p *process) end(grace time.Duration) {
	_ = unix.PidfdSendSignal(p.fd, unix.SIGTERM, nil, 0)
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = unix.PidfdSendSignal(p.fd, unix.SIGKILL, nil, 0)
		<-p.done
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// startTime is when a process was started, from the kernel's clock ticks.
func startTime(pid int) time.Time {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return time.Time{}
	}
	_, rest, ok := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return time.Time{}
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	var up unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{}
	}
	const hertz = 100 // USER_HZ on every Linux that Go runs on
	return time.Now().Add(time.Duration(ticks)*time.Second/hertz - time.Duration(up.Nano()))
}
