package logging

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// file is what a log is written to; it can be made to fail, or to take no more.
type file struct {
	mu    sync.Mutex
	text  bytes.Buffer
	err   error
	short int // bytes that are taken before err
}

func (f *file) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		n := min(f.short, len(p))
		f.text.Write(p[:n])
		return n, f.err
	}
	return f.text.Write(p)
}

func (f *file) fail(err error, short int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.short = err, short
}

func (f *file) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

func TestALineIsWrittenWithoutAnybodyAskingForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f file
		b := NewBehind(&f)
		defer b.Close()
		for _, line := range []string{"one\n", "two\n"} {
			if n, err := b.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
			synctest.Wait()
			if !strings.HasSuffix(f.String(), line) {
				t.Errorf("%q is not written: %q", line, f.String())
			}
		}
	})
}

func TestLinesOfManyAreWhole(t *testing.T) {
	var f file
	b := NewBehind(&f)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				b.Write([]byte("a whole line\n")) //nolint:errcheck // counted below
			}
		})
	}
	all.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if f.String() != strings.Repeat("a whole line\n", 8000) {
		t.Error("lines are lost or torn")
	}
}

// slow is a file that writes when it is told to.
type slow struct {
	file
	proceed chan struct{}
}

func (s *slow) Write(p []byte) (int, error) {
	<-s.proceed
	return s.file.Write(p)
}

func TestLinesThatComeWhileOthersAreWrittenShareTheNextWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := slow{proceed: make(chan struct{})}
		b := NewBehind(&f)
		b.Write([]byte("first\n")) //nolint:errcheck // read below
		synctest.Wait()            // it is being written
		for range 100 {
			b.Write([]byte("while it is written\n")) //nolint:errcheck // read below
		}
		f.proceed <- struct{}{}
		f.proceed <- struct{}{}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if f.String() != "first\n"+strings.Repeat("while it is written\n", 100) {
			t.Errorf("the log is %q", f.String())
		}
	})
}

func TestWhatCannotBeWrittenWaitsUntilItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f file
		b := NewBehind(&f)
		defer b.Close()
		f.fail(errors.New("no space left on device"), 2)
		b.Write([]byte("one\n")) //nolint:errcheck // it waits
		synctest.Wait()
		f.fail(nil, 0)
		b.Write([]byte("two\n")) //nolint:errcheck // it is written
		synctest.Wait()
		if f.String() != "one\ntwo\n" {
			t.Errorf("the log is %q", f.String())
		}
	})
}

func TestALogThatCannotBeWrittenDoesNotFillTheMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f file
		f.fail(errors.New("no space left on device"), 0)
		b := NewBehind(&f)
		defer b.Close()
		line := bytes.Repeat([]byte("x"), 64<<10)
		for range 4 * mostPending / len(line) {
			b.Write(line) //nolint:errcheck // refused from some point on
		}
		if _, err := b.Write(line); err == nil {
			t.Error("a line was taken that can neither wait nor be written")
		}
		if len(b.pending) > mostPending+len(line) {
			t.Errorf("%d bytes wait", len(b.pending))
		}
	})
}

func TestLinesAfterTheEndAreWrittenAtOnce(t *testing.T) {
	var f file
	b := NewBehind(&f)
	b.Write([]byte("one\n")) //nolint:errcheck // read below
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	b.Write([]byte("two\n")) //nolint:errcheck // read below
	if f.String() != "one\ntwo\n" {
		t.Errorf("the log is %q", f.String())
	}
}

// Whatever fails when, each line that was taken is written once, in its place.
func TestTheLogIsWhatWasLogged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f file
		var want strings.Builder
		b := NewBehind(&f)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "failing") {
				f.fail(errors.New("broken"), rapid.IntRange(0, 9).Draw(t, "short"))
			} else {
				f.fail(nil, 0)
			}
			line := rapid.StringMatching(`[a-z]{1,12}\n`).Draw(t, "line")
			if _, err := b.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
			want.WriteString(line)
		}
		f.fail(nil, 0)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if f.String() != want.String() {
			t.Fatalf("the log is %q and should be %q", f.String(), want.String())
		}
	})
}
