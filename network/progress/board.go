// Package progress shows people that long work goes on: one line that renews
// itself on a terminal, plain lines in a log or a pipe.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	redrawEvery = 120 * time.Millisecond
	plainEvery  = 15 * time.Second // a sign of life where no line can renew itself
	lineWidth   = 79
)

// Board shows tasks, several at once. Its methods may be called by many
// goroutines. Make one with New and end it with Close.
type Board struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	active   []*Task
	drawn    bool
	frame    int
	stop     chan struct{}
	stopped  chan struct{}
	now      func() time.Time
}

// Task is one piece of work on a Board.
type Task struct {
	board       *Board
	title       string
	phase       string
	done, total int
	start       time.Time
	printed     time.Time
}

// New makes a board that writes to out.
func New(out io.Writer) *Board {
	return begin(out, time.Now)
}

func begin(out io.Writer, now func() time.Time) *Board {
	b := &Board{out: out, terminal: IsTerminal(out), stop: make(chan struct{}), stopped: make(chan struct{}), now: now}
	go b.run()
	return b
}

// IsTerminal tells whether a person's terminal is at the other end.
func IsTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || os.Getenv("CI") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Close ends the board and clears the line that renews itself.
func (b *Board) Close() {
	close(b.stop)
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// Start puts a task on the board.
func (b *Board) Start(title string) *Task {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &Task{board: b, title: title, start: b.now(), printed: b.now()}
	b.active = append(b.active, t)
	return t
}

// Say prints a line above the running tasks.
func (b *Board) Say(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.println(fmt.Sprintf(format, args...))
}

// Phase says what the task does now.
func (t *Task) Phase(format string, args ...any) {
	b := t.board
	b.mu.Lock()
	defer b.mu.Unlock()
	phase := fmt.Sprintf(format, args...)
	if phase == t.phase {
		return
	}
	t.phase, t.done, t.total = phase, 0, 0
	if !b.terminal {
		b.println(fmt.Sprintf("… %s: %s", t.title, phase))
		t.printed = b.now()
	}
}

// Count says how far the phase is; total is 0 where nobody knows.
func (t *Task) Count(done, total int) {
	t.board.mu.Lock()
	defer t.board.mu.Unlock()
	t.done, t.total = done, total
}

// Done takes the task off the board with a line that stays.
func (t *Task) Done(format string, args ...any) {
	t.end("✓", fmt.Sprintf(format, args...))
}

// Fail takes the task off the board and says that it failed; the reason is the
// caller's to print.
func (t *Task) Fail() { t.end("✗", "failed") }

// Elapsed is the time since the task's start.
func (t *Task) Elapsed() time.Duration { return t.board.now().Sub(t.start) }

func (t *Task) end(mark, text string) {
	b := t.board
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.active {
		if other == t {
			b.active = append(b.active[:i], b.active[i+1:]...)
			b.println(fmt.Sprintf("%s %s: %s (%s)", mark, t.title, text, Clock(b.now().Sub(t.start))))
			return
		}
	}
}

// Clock writes a duration as people read it: 7s, 1m20s.
func Clock(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func (b *Board) run() {
	defer close(b.stopped)
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.mu.Lock()
			if b.terminal {
				b.redraw()
			} else {
				b.signOfLife()
			}
			b.mu.Unlock()
		}
	}
}

func (b *Board) signOfLife() {
	for _, t := range b.active {
		if now := b.now(); now.Sub(t.printed) >= plainEvery {
			t.printed = now
			b.println("… " + t.line(now))
		}
	}
}

func (t *Task) line(now time.Time) string {
	line := t.title
	if t.phase != "" {
		line += ": " + t.phase
	}
	switch {
	case t.total > 0:
		line += fmt.Sprintf(" %d/%d", t.done, t.total)
	case t.done > 0:
		line += fmt.Sprintf(" %d", t.done)
	}
	return line + " " + Clock(now.Sub(t.start).Truncate(time.Second))
}

func (b *Board) redraw() {
	if len(b.active) == 0 {
		b.clear()
		return
	}
	b.frame++
	parts := make([]string, 0, len(b.active))
	for _, t := range b.active {
		parts = append(parts, t.line(b.now()))
	}
	line := []rune(string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[b.frame%10]) + " " + strings.Join(parts, " · "))
	if len(line) > lineWidth {
		line = append(line[:lineWidth-1], '…')
	}
	fmt.Fprintf(b.out, "\r\x1b[K%s", string(line))
	b.drawn = true
}

func (b *Board) clear() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = false
	}
}

func (b *Board) println(line string) {
	b.clear()
	fmt.Fprintln(b.out, line)
}
