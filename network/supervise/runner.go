package supervise

import (
	"fmt"
	"log"
	"os"
	"sync"
	"time"
)

// Back-off between restarts, and the time after which a process counts as well.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	steady     = 10 * time.Second
	grace      = 15 * time.Second
)

// runner keeps one service as it is wanted.
type runner struct {
	root string
	// inherit gives the service this process's own output, where its log file is
	// nobody's to read.
	inherit bool

	mu       sync.Mutex
	svc      Service
	wanted   bool
	proc     *process
	restarts int
	lastExit string
	quit     chan struct{} // closed to end the watch over proc
	watched  chan struct{} // closed when that watch has ended
}

func (r *runner) status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := Status{Service: r.svc, Wanted: r.wanted, Restarts: r.restarts, LastExit: r.lastExit}
	if r.proc != nil && !r.proc.ended() {
		st.PID, st.Since = r.proc.pid, r.proc.since
	}
	return st
}

// start runs the service if it does not run, or takes over the process given.
func (r *runner) start(adopted *process) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wanted = true
	if r.quit != nil {
		return nil // runs already, or is being restarted
	}
	p := adopted
	if p == nil {
		var err error
		if p, err = r.launch(); err != nil {
			return fmt.Errorf("start %s: %w", r.svc.Name, err)
		}
	}
	r.proc, r.quit, r.watched = p, make(chan struct{}), make(chan struct{})
	go r.watch(p, r.quit, r.watched)
	return nil
}

// stop ends the service and waits for its end.
func (r *runner) stop() {
	r.mu.Lock()
	r.wanted = false
	quit, watched := r.quit, r.watched
	r.quit = nil
	r.mu.Unlock()
	if quit == nil {
		return
	}
	close(quit)
	<-watched
	r.mu.Lock()
	r.proc = nil
	r.mu.Unlock()
}

// watch waits for the process to end and starts the next, until quit.
func (r *runner) watch(p *process, quit, watched chan struct{}) {
	defer close(watched)
	pause := firstPause
	for {
		select {
		case <-quit:
			p.end(grace)
			closeFD(p)
			return
		case <-p.done:
		}
		closeFD(p)
		if time.Since(p.since) > steady {
			pause = firstPause
		}
		for next := (*process)(nil); next == nil; {
			r.say("%s (process %d) %s: starting it again in %s", r.svc.Name, p.pid, p.exit, pause)
			select {
			case <-quit:
				return
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
			var err error
			if next, err = r.launch(); err != nil {
				p.exit = "could not be started: " + err.Error()
				continue
			}
			r.mu.Lock()
			r.restarts++
			r.lastExit = p.exit
			r.proc = next
			r.mu.Unlock()
			p = next
		}
	}
}

// say writes a line to the daemon's log and to the service's.
func (r *runner) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	log.Print(line)
	if r.inherit {
		return
	}
	f, err := os.OpenFile(logPath(r.root, r.svc.Name), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	fmt.Fprintf(f, "%s supervisor: %s\n", time.Now().Format("2006-01-02 15:04:05.000 MST"), line)
}
