package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"henanchain/network/state"
)

// daemon is the supervisor of one state folder.
type daemon struct {
	root     string
	mu       sync.Mutex
	runners  map[string]*runner
	shutdown chan struct{}
	once     sync.Once
}

// record is a service on disk, so that a daemon started anew goes on.
type record struct {
	Service Service `json:"service"`
	Wanted  bool    `json:"wanted"`
}

// ErrRunning is returned by Serve where the state folder has a daemon already.
var ErrRunning = errors.New("a supervisor runs for this state folder already")

// Serve is the daemon: it returns after a shutdown was asked for over the
// socket. On a signal it ends and leaves the services running, for the next
// daemon to take over: only a command to stop the network stops it.
func Serve(root string) error {
	if err := os.MkdirAll(serviceDir(root), 0o700); err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(runDir(root), "supervisor.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	defer lock.Close()
	// One that was killed a moment ago may still hold it.
	if !waitFor(2*time.Second, func() bool { return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }) {
		return ErrRunning
	}
	// What services write is for their owner alone: Fabric CA leaves some keys
	// readable to all.
	syscall.Umask(0o077)
	d := &daemon{root: root, runners: map[string]*runner{}, shutdown: make(chan struct{})}
	if err := d.recover(); err != nil {
		return err
	}
	ln, err := listen(root)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	srv := &http.Server{Handler: d.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }()
	log.Printf("supervisor of %s is ready (process %d)", root, os.Getpid())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP)
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case s := <-signals:
			log.Printf("supervisor ends on %s; what it started goes on running", s)
			return nil
		case <-tick.C:
			d.rotateLogs()
		case <-d.shutdown:
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_ = srv.Shutdown(ctx)
			return nil
		}
	}
}

// recover reads the services on disk, takes over the processes that a daemon
// before this one left, and ends those that nobody wants any more.
func (d *daemon) recover() error {
	entries, err := os.ReadDir(serviceDir(d.root))
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(serviceDir(d.root), e.Name()))
		var rec record
		if err == nil {
			err = json.Unmarshal(data, &rec)
		}
		if err != nil {
			log.Printf("leaving out %s: %v", e.Name(), err)
			continue
		}
		d.runners[rec.Service.Name] = &runner{root: d.root, svc: rec.Service, wanted: rec.Wanted}
	}
	for _, f := range scan(d.root) {
		if f.service == daemonName {
			continue
		}
		p, ok := hold(f, d.root)
		if !ok {
			continue
		}
		r := d.runners[f.service]
		if r == nil || !r.wanted || r.svc.digest() != f.digest || r.proc != nil {
			log.Printf("ending process %d (%s), which is not wanted", f.pid, f.service)
			p.end(grace)
			closeFD(p)
			continue
		}
		log.Printf("taking over %s (process %d)", f.service, f.pid)
		if err := r.start(p); err != nil {
			return err
		}
	}
	for _, r := range d.sorted(func(a, b Service) int { return a.Stage - b.Stage }) {
		if r.wanted {
			if err := r.start(nil); err != nil {
				log.Print(err)
			}
		}
	}
	return nil
}

func (d *daemon) sorted(cmp func(a, b Service) int) []*runner {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]*runner, 0, len(d.runners))
	for _, r := range d.runners {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *runner) int {
		if c := cmp(a.svc, b.svc); c != 0 {
			return c
		}
		return strings.Compare(a.svc.Name, b.svc.Name)
	})
	return out
}

func (d *daemon) save(r *runner) error {
	data, err := json.Marshal(record{Service: r.svc, Wanted: r.wanted})
	if err != nil {
		return err
	}
	return state.WriteFile(specPath(d.root, r.svc.Name), data, 0o600)
}

// put defines a service and starts it; one that runs otherwise is restarted.
func (d *daemon) put(s Service) error {
	if s.Name == "" || s.Name == daemonName || strings.ContainsAny(s.Name, "/\x00") || len(s.Command) == 0 {
		return fmt.Errorf("service %q has no proper name or no command", s.Name)
	}
	d.mu.Lock()
	r := d.runners[s.Name]
	if r == nil {
		r = &runner{root: d.root, svc: s}
		d.runners[s.Name] = r
	}
	d.mu.Unlock()
	if r.svc.digest() != s.digest() {
		r.stop()
		r.mu.Lock()
		r.svc = s
		r.mu.Unlock()
	}
	r.mu.Lock()
	r.wanted = true
	err := d.save(r)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return r.start(nil)
}

func (d *daemon) act(name, action string) error {
	d.mu.Lock()
	r := d.runners[name]
	d.mu.Unlock()
	if r == nil {
		return errUnknown
	}
	if action != "start" {
		r.stop()
	}
	if action == "remove" {
		d.mu.Lock()
		delete(d.runners, name)
		d.mu.Unlock()
		return os.Remove(specPath(d.root, name))
	}
	r.mu.Lock()
	r.wanted = action != "stop"
	err := d.save(r)
	r.mu.Unlock()
	if err != nil || action == "stop" {
		return err
	}
	return r.start(nil)
}

// stopAll ends every service, the last stage first, and remembers that none is wanted.
func (d *daemon) stopAll() {
	all := d.sorted(func(a, b Service) int { return b.Stage - a.Stage })
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(r *runner) bool { return r.svc.Stage != all[0].svc.Stage })
		if n < 0 {
			n = len(all)
		}
		var wg sync.WaitGroup
		for _, r := range all[:n] {
			wg.Go(func() {
				r.stop()
				if err := d.save(r); err != nil {
					log.Print(err)
				}
			})
		}
		wg.Wait()
		all = all[n:]
	}
}

func (d *daemon) statuses() []Status {
	out := []Status{}
	for _, r := range d.sorted(func(a, b Service) int { return a.Stage - b.Stage }) {
		out = append(out, r.status())
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Stage < out[j].Stage })
	return out
}
