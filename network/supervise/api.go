package supervise

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

var errUnknown = errors.New("no such service")

func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, err error) {
		switch {
		case errors.Is(err, errUnknown):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	mux.HandleFunc("GET /services", func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(d.statuses()); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("PUT /services", func(w http.ResponseWriter, r *http.Request) {
		var s Service
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, d.put(s))
	})
	for _, action := range []string{"start", "stop", "restart", "remove"} {
		mux.HandleFunc("POST /services/{name}/"+action, func(w http.ResponseWriter, r *http.Request) {
			answer(w, d.act(r.PathValue("name"), action))
		})
	}
	mux.HandleFunc("POST /shutdown", func(http.ResponseWriter, *http.Request) {
		d.stopAll()
		d.once.Do(func() { close(d.shutdown) })
	})
	return mux
}

// socketPath gives a path to the socket that is short enough for the kernel
// (107 bytes), however deep the state folder lies: by way of an open folder.
func socketPath(root string) (path string, done func(), err error) {
	path = filepath.Join(runDir(root), "supervisor.sock")
	if len(path) < 100 {
		return path, func() {}, nil
	}
	fd, err := unix.Open(runDir(root), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.Itoa(fd) + "/supervisor.sock", func() { unix.Close(fd) }, nil
}

func listen(root string) (net.Listener, error) {
	path, done, err := socketPath(root)
	if err != nil {
		return nil, err
	}
	defer done()
	// The lock is held: a socket that is still here was left by a dead daemon.
	if err := os.Remove(filepath.Join(runDir(root), "supervisor.sock")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	return ln, os.Chmod(filepath.Join(runDir(root), "supervisor.sock"), 0o600)
}

// maxLog is the size at which a log is cut; one older part is kept.
const maxLog = 64 << 20

// rotateLogs copies a log that has grown too long and empties it: the writer
// has it open for appending, so it goes on at the start.
func (d *daemon) rotateLogs() {
	logs, _ := filepath.Glob(filepath.Join(d.root, "logs", "*.log"))
	for _, path := range logs {
		if fi, err := os.Stat(path); err != nil || fi.Size() < maxLog {
			continue
		}
		if err := copyAndTruncate(path); err != nil {
			log.Printf("rotate %s: %v", path, err)
		}
	}
}

func copyAndTruncate(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path+".1", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), os.Truncate(path, 0))
}

func closeFD(p *process) {
	if p.fd >= 0 {
		unix.Close(p.fd)
		p.fd = -1
	}
}

// waitFor polls until ok or the deadline.
func waitFor(d time.Duration, ok func() bool) bool {
	for end := time.Now().Add(d); ; time.Sleep(10 * time.Millisecond) {
		if ok() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
