package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// Sync policies. A line is handed to the operating system before its call is
// answered, always: it survives the gateway's death. The policy says when it
// must survive the machine's.
const (
	SyncSecond = "second" // the disk has it within a second
	SyncEach   = "each"   // the disk has it before the call is answered
)

// Options tune a Log.
type Options struct {
	Sync     string // SyncSecond (default) or SyncEach
	MaxBytes int64  // a file that is larger is closed and a new one begun; default 1 GiB
	Log      *zap.Logger
}

// ErrFailing tells that the log cannot be written. Nothing may be done that
// would not be on record.
var ErrFailing = errors.New("the audit log cannot be written")

// Log is an open audit log. It is safe for concurrent use.
type Log struct {
	path string
	opts Options
	lock *os.File

	mu                  sync.Mutex
	file                *os.File
	size                int64
	head                Head
	synced              uint64
	pending             []byte     // lines that are not written yet
	next                *group     // whose lines the next write takes along; nil: nobody is about to write
	unwritten, unsynced error      // why lines are not written, or not on the disk
	settled             *sync.Cond // something of the above has changed
	closed              bool

	wake chan struct{}
	done sync.WaitGroup
}

// Open opens the log at path for appending, and checks its end: a line that a
// crash cut short is removed, a log that is shorter than its head file says is
// refused.
func Open(path string, opts Options) (*Log, error) {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 1 << 30
	}
	if opts.Log == nil {
		opts.Log = zap.NewNop()
	}
	l := &Log{path: path, opts: opts, wake: make(chan struct{}, 1)}
	l.settled = sync.NewCond(&l.mu)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	if err := l.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("audit log %s: %w", path, err), l.closeFiles())
	}
	l.done.Go(l.syncForever)
	if err := l.Append(&Entry{Time: time.Now(), Event: "start", Route: "none"}); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Log) open() (err error) {
	if l.lock, err = os.OpenFile(l.path+".lock", os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(l.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another gateway writes it; give each its own audit.file")
	}
	if l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	noted, err := readHead(l.path)
	if err != nil {
		return err
	}
	if l.head, l.size, err = l.tail(noted); err != nil {
		return err
	}
	if l.head.Seq < noted.Seq || l.head.Seq == noted.Seq && noted.Seq > 0 && l.head.Hash != noted.Hash {
		return fmt.Errorf("it ends at line %d, and line %d was there already: lines were removed; restore the file, or keep it for the auditors and set another audit.file", l.head.Seq, noted.Seq)
	}
	l.synced = l.head.Seq
	return nil
}

// tail finds the last whole line and cuts off what a crash left behind it. An
// empty file goes on from the head that was noted when it was begun.
func (l *Log) tail(noted Head) (Head, int64, error) {
	info, err := l.file.Stat()
	if err != nil {
		return Head{}, 0, err
	}
	last, end, err := lastLine(l.file, info.Size())
	if err != nil {
		return Head{}, 0, err
	}
	if end < info.Size() {
		l.opts.Log.Warn("the audit log's last line was cut short by a crash; it is removed", zap.Int64("bytes", info.Size()-end))
		if err := l.file.Truncate(end); err != nil {
			return Head{}, 0, err
		}
	}
	if last == nil {
		if begun, err := os.ReadFile(l.path + ".begun"); err == nil {
			if h, err := ParseHead(string(begun)); err == nil && h == noted {
				return h, 0, nil // a new file was just begun
			}
		}
		return genesis, 0, nil
	}
	n, err := parse(last)
	if err != nil {
		return Head{}, 0, fmt.Errorf("the last line: %w", err)
	}
	return n.head(last), end, nil
}

// lastLine returns the last whole line, without its newline, and where it ends.
func lastLine(f io.ReaderAt, size int64) ([]byte, int64, error) {
	const most = 64 << 10
	from := max(0, size-2*most)
	buf := make([]byte, size-from)
	if _, err := f.ReadAt(buf, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	end := bytes.LastIndexByte(buf, '\n')
	if end < 0 {
		if from > 0 {
			return nil, 0, errors.New("its last line is longer than any that a gateway writes")
		}
		return nil, 0, nil
	}
	start := bytes.LastIndexByte(buf[:end], '\n') + 1
	return buf[start:end], from + int64(end) + 1, nil
}

// group is the calls whose lines are written together.
type group struct {
	done chan struct{}
	err  error // what came of it; set before done is closed
}

// Append writes an entry as the next line. When it returns nil the line is
// with the operating system, and with SyncEach on the disk. Calls that append at
// the same time share one write.
func (l *Log) Append(e *Entry) error {
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return fmt.Errorf("%w: it is closed", ErrFailing)
	}
	l.pending, l.head = appendLine(l.pending, l.head, e)
	if g := l.next; g != nil {
		l.mu.Unlock()
		<-g.done
		return g.err
	}
	g := &group{done: make(chan struct{})}
	l.next = g
	l.mu.Unlock()
	runtime.Gosched() // whoever is about to append does so first, and is written along; alone, it takes no time
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = nil
	g.err = l.settle()
	close(g.done)
	return g.err
}

// settle writes what is pending, and with SyncEach waits until the disk has it;
// l.mu is held, but not while it waits.
func (l *Log) settle() error {
	seq := l.head.Seq
	l.flush()
	if l.unwritten == nil && l.opts.Sync == SyncEach {
		l.signal()
		for l.synced < seq && l.err() == nil && !l.closed {
			l.settled.Wait()
		}
	}
	return l.err()
}

// flush writes what is pending; l.mu is held. What fails stays pending and is
// tried again every second, so that the chain has no hole.
func (l *Log) flush() {
	if len(l.pending) == 0 {
		return
	}
	if _, err := l.file.WriteAt(l.pending, l.size); err != nil {
		if l.unwritten == nil {
			l.opts.Log.Error("the audit log cannot be written: calls are refused until it can", zap.Error(err))
		}
		l.unwritten = err
		l.settled.Broadcast()
		return
	}
	l.size += int64(len(l.pending))
	l.pending = l.pending[:0]
	if l.unwritten != nil {
		l.opts.Log.Info("the audit log is written again")
	}
	l.unwritten = nil
}

func (l *Log) err() error {
	if err := errors.Join(l.unwritten, l.unsynced); err != nil {
		return fmt.Errorf("%w: %w", ErrFailing, err)
	}
	return nil
}

// Err tells whether the log can be written at this moment.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err()
}

// Head is the last line's number and hash.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Log) syncForever() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.wake:
		}
		if l.sync() {
			return
		}
	}
}

// sync brings what was written to the disk and notes the head; it tells
// whether the log is closed.
func (l *Log) sync() bool {
	l.mu.Lock()
	l.flush()
	file, head, closed, dirty := l.file, l.head, l.closed, l.synced < l.head.Seq
	failed := l.unwritten != nil
	l.mu.Unlock()
	if !dirty || failed {
		return closed
	}
	err := file.Sync()
	if err == nil {
		err = writeHead(l.path, head)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.opts.Log.Error("the audit log does not reach the disk: calls are refused until it does", zap.Error(err))
		l.unsynced = err
	} else {
		l.unsynced = nil
		l.synced = head.Seq
		if l.size > l.opts.MaxBytes && l.synced == l.head.Seq {
			l.rotate()
		}
	}
	l.settled.Broadcast()
	return l.closed
}

// rotate begins a new file; l.mu is held and everything is on the disk. The
// old one keeps its name with the number of its last line.
func (l *Log) rotate() {
	old := l.path + "." + strconv.FormatUint(l.head.Seq, 10)
	if err := os.WriteFile(l.path+".begun", []byte(l.head.String()+"\n"), 0o600); err != nil {
		l.opts.Log.Warn("no new audit file could be begun; the old one grows on", zap.Error(err))
		return
	}
	if err := os.Rename(l.path, old); err != nil {
		l.opts.Log.Warn("no new audit file could be begun; the old one grows on", zap.Error(err))
		return
	}
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		l.opts.Log.Error("a new audit file cannot be begun", zap.Error(errors.Join(err, os.Rename(old, l.path))))
		return
	}
	l.file.Close() //nolint:errcheck // it is on the disk
	l.file, l.size = file, 0
}

// Close writes what is pending and closes the log.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.signal()
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled.Broadcast()
	return errors.Join(l.err(), l.closeFiles())
}

func (l *Log) closeFiles() (err error) {
	for _, f := range []*os.File{l.file, l.lock} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

func readHead(path string) (Head, error) {
	text, err := os.ReadFile(path + ".head")
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, err
	}
	return ParseHead(string(text))
}

// writeHead notes the head beside the log. It replaces the file whole.
func writeHead(path string, h Head) error {
	tmp := path + ".head.new"
	if err := os.WriteFile(tmp, []byte(h.String()+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path+".head")
}
