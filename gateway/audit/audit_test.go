package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func opened(t testing.TB, path string, o Options) *Log {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closed(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func appended(t testing.TB, l *Log, n int) {
	t.Helper()
	for i := range n {
		if err := l.Append(&Entry{Time: time.Now(), RequestID: fmt.Sprint(i), App: "court", Route: "GET /x", Status: 200, Purpose: "办案"}); err != nil {
			t.Fatal(err)
		}
	}
}

// made is a closed log of n calls, over two starts.
func made(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for _, part := range []int{n / 2, n - n/2} {
		l := opened(t, path, Options{})
		appended(t, l, part)
		closed(t, l)
	}
	return path
}

func TestAWholeLogIsWholeAcrossStarts(t *testing.T) {
	path := made(t, 9)
	report, err := Verify(path)
	if err != nil || report.Lines != 11 || report.Head.Seq != 11 { // 9 calls and 2 starts
		t.Fatalf("%+v, %v", report, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
}

// another is another hexadecimal digit.
func another(digit byte) string {
	if digit == '0' {
		return "1"
	}
	return "0"
}

func TestWhateverIsDoneToALineShows(t *testing.T) {
	for name, change := range map[string]func(lines []string) []string{
		"a byte changed":         func(l []string) []string { l[4] = strings.Replace(l[4], "court", "bank!", 1); return l },
		"a line removed":         func(l []string) []string { return append(l[:4], l[5:]...) },
		"the first line removed": func(l []string) []string { return l[1:] },
		"the last line removed":  func(l []string) []string { return l[:len(l)-1] },
		"two lines exchanged":    func(l []string) []string { l[3], l[4] = l[4], l[3]; return l },
		"a line twice":           func(l []string) []string { return append(l[:5], l[4:]...) },
		"a line put in":          func(l []string) []string { return append(l[:5], append([]string{`{"seq":6}`}, l[5:]...)...) },
		"everything removed":     func([]string) []string { return nil },
		"a hash changed": func(l []string) []string {
			l[4] = l[4][:len(l[4])-10] + another(l[4][len(l[4])-10]) + l[4][len(l[4])-9:]
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := made(t, 8)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := change(strings.Split(strings.TrimSuffix(string(before), "\n"), "\n"))
			text := strings.Join(lines, "\n")
			if text != "" {
				text += "\n"
			}
			if text == string(before) {
				t.Fatal("nothing was changed")
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(path); err == nil {
				t.Error("it does not show")
			}
		})
	}
}

func TestALogThatWasRewrittenWholeShowsAgainstANotedHead(t *testing.T) {
	path := made(t, 8)
	report, err := Verify(path)
	if err != nil {
		t.Fatal(err)
	}
	noted := report.Head
	os.Remove(path + ".head")
	os.Remove(path)
	l := opened(t, path, Options{})
	appended(t, l, 20)
	closed(t, l)
	if _, err := Verify(path); err != nil {
		t.Fatalf("the forged log is not even whole: %v", err)
	}
	if _, err := Verify(path, noted); err == nil {
		t.Error("the rewritten log passes for the noted one")
	}
}

func TestALineThatACrashCutShortIsRemovedAndTheChainGoesOn(t *testing.T) {
	path := made(t, 4)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":7,"time":"2026`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := Verify(path); err != nil {
		t.Errorf("what a crash leaves is taken for a forgery: %v", err)
	}
	l := opened(t, path, Options{})
	appended(t, l, 1)
	closed(t, l)
	if report, err := Verify(path); err != nil || report.Head.Seq != 8 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAGatewayDoesNotStartOnALogThatWasShortened(t *testing.T) {
	path := made(t, 8)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, rest := range map[string][]byte{"half": data[:bytes.LastIndexByte(data[:len(data)/2], '\n')+1], "nothing": nil} {
		if err := os.WriteFile(path, rest, 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "lines were removed") {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

func TestTwoGatewaysDoNotWriteOneLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := opened(t, path, Options{})
	defer closed(t, l)
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "another gateway") {
		t.Errorf("%v", err)
	}
}

func TestManyCallersMakeOneChain(t *testing.T) {
	for _, sync := range []string{SyncSecond, SyncEach} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l := opened(t, path, Options{Sync: sync})
		run(16, func() { appended(t, l, 20) })
		if sync == SyncEach { // every line is on the disk, though nobody closed the log
			if head, err := readHead(path); err != nil || head != l.Head() {
				t.Errorf("the head on the disk is %v, and the log's is %v (%v)", head, l.Head(), err)
			}
		}
		closed(t, l)
		if report, err := Verify(path); err != nil || report.Lines != 321 {
			t.Errorf("%s: %+v, %v", sync, report, err)
		}
	}
}

func run(n int, f func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(f)
	}
	all.Wait()
}

func TestALargeLogIsContinuedInAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for range 3 {
		l := opened(t, path, Options{Sync: SyncEach, MaxBytes: 4000})
		appended(t, l, 40)
		closed(t, l)
	}
	files, err := Files(path)
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	if report, err := Verify(path); err != nil || report.Lines != 123 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(path); err == nil {
		t.Error("a closed file that is gone does not show")
	}
}

func TestALogThatCannotBeWrittenSaysSoAndGoesOnWhenItCan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := opened(t, path, Options{})
	appended(t, l, 2)
	l.mu.Lock()
	good := l.file
	broken, err := os.Open(path) // for reading only: writes fail
	if err != nil {
		t.Fatal(err)
	}
	l.file = broken
	l.mu.Unlock()
	if err := l.Append(&Entry{Time: time.Now(), RequestID: "lost?", Status: 200}); !errors.Is(err, ErrFailing) {
		t.Fatalf("Append: %v", err)
	}
	if err := l.Err(); !errors.Is(err, ErrFailing) {
		t.Errorf("Err: %v", err)
	}
	run(16, func() {
		if err := l.Append(&Entry{Time: time.Now(), RequestID: "together", Status: 200}); !errors.Is(err, ErrFailing) {
			t.Errorf("Append of many: %v", err)
		}
	})
	l.mu.Lock()
	l.file = good
	l.mu.Unlock()
	broken.Close()
	for end := time.Now().Add(time.Minute); l.Err() != nil && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if err := l.Err(); err != nil {
		t.Fatalf("it does not recover: %v", err)
	}
	appended(t, l, 1)
	closed(t, l)
	if report, err := Verify(path); err != nil || report.Lines != 21 {
		t.Errorf("%+v, %v", report, err)
	}
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), "lost?") {
		t.Errorf("the line that could not be written is lost (%v)", err)
	}
}

func FuzzVerify(f *testing.F) {
	data, err := os.ReadFile(made(f, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("{\"seq\":1,\"hash\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		Verify(path) //nolint:errcheck // it must not panic, whatever it says
	})
}

// Lines are written without encoding/json, and read back with it.
func TestALineReadsBackAsItsEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		e := Entry{Time: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "time")).UTC(), RequestID: text.Draw(t, "id"), App: text.Draw(t, "app"),
			Dept: text.Draw(t, "dept"), Method: text.Draw(t, "method"), Credential: text.Draw(t, "credential"), Remote: text.Draw(t, "remote"),
			Route: text.Draw(t, "route"), Operation: text.Draw(t, "operation"), Channel: text.Draw(t, "channel"), Record: text.Draw(t, "record"),
			Count: rapid.Int().Draw(t, "count"), Purpose: text.Draw(t, "purpose"), Status: rapid.Int().Draw(t, "status"), Code: text.Draw(t, "code"),
			TxID: text.Draw(t, "tx"), Event: text.Draw(t, "event")}
		before := Head{Seq: rapid.Uint64Max(1<<60).Draw(t, "seq"), Hash: genesis.Hash}
		out, next := appendLine([]byte("what is before"), before, &e)
		line := out[len("what is before") : len(out)-1]
		n, err := parse(line)
		if err != nil || n.Entry != e || n.Prev != before.Hash || n.head(line) != next || next.Seq != before.Seq+1 {
			t.Fatalf("%+v reads back as %+v, %v, from %s", e, n, err, line)
		}
	})
}
