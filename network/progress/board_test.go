package progress

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

type buffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func TestPlainOutputHasALineForEachPhaseAndForTheEnd(t *testing.T) {
	out := &buffer{}
	b := begin(out, func() time.Time { return time.Unix(0, 0) })
	task := b.Start("Fabric")
	task.Phase("downloading")
	task.Phase("downloading")
	task.Phase("compiling")
	task.Count(3, 10)
	task.Done("8 programs")
	task.Done("twice")
	b.Close()
	want := []string{"… Fabric: downloading", "… Fabric: compiling", "✓ Fabric: 8 programs (0.0s)"}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestASilentTaskGivesASignOfLifeInPlainOutput(t *testing.T) {
	out := &buffer{}
	at := time.Unix(0, 0)
	b := &Board{out: out, now: func() time.Time { return at }}
	task := b.Start("Fabric")
	task.Phase("compiling")
	task.Count(3, 10)
	at = at.Add(plainEvery - time.Second)
	b.signOfLife()
	if strings.Contains(out.String(), "3/10") {
		t.Fatal("a sign of life came early")
	}
	at = at.Add(time.Second)
	b.signOfLife()
	if !strings.Contains(out.String(), "… Fabric: compiling 3/10 15s\n") {
		t.Fatalf("got %q, want a line with the count", out.String())
	}
}

func TestTheTerminalLineNeverWraps(t *testing.T) {
	out := &buffer{}
	b := &Board{out: out, terminal: true, now: time.Now}
	for range 3 {
		b.Start(strings.Repeat("orderer ", 10))
	}
	b.redraw()
	line := strings.TrimPrefix(out.String(), "\r\x1b[K")
	if n := len([]rune(line)); n > lineWidth {
		t.Fatalf("the line has %d characters, want at most %d", n, lineWidth)
	}
}
