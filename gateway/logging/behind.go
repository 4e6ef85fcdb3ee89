// Package logging writes the gateway's log.
package logging

import (
	"io"
	"runtime"
	"sync"
)

// Behind writes lines behind those who log them, at once, but not one by one:
// lines that come while others are written share the next write. It is a
// zapcore.WriteSyncer, and safe for concurrent use.
type Behind struct {
	to   io.Writer
	wake chan struct{}
	over chan struct{} // closed when no more is written

	mu      sync.Mutex
	pending []byte
	failed  bool // the last write did
	closed  bool

	writing sync.Mutex // orders the writes
	spare   []byte     // what the last write was made of
}

// mostPending bounds what waits, in bytes: where the log's reader is that far
// behind, those who log wait for it.
const mostPending = 1 << 20

// NewBehind makes a log that ends up in to; Close ends it.
func NewBehind(to io.Writer) *Behind {
	b := &Behind{to: to, wake: make(chan struct{}, 1), over: make(chan struct{})}
	go func() {
		defer close(b.over)
		for range b.wake {
			runtime.Gosched() // whoever is about to log does so first
			b.Sync()          //nolint:errcheck // what could not be written stays, and is tried again with the next line
		}
	}()
	return b
}

// Write takes lines. It fails where as much waits as may, and cannot be written.
func (b *Behind) Write(lines []byte) (int, error) {
	for {
		b.mu.Lock()
		if b.closed {
			b.mu.Unlock()
			return b.to.Write(lines)
		}
		if had := len(b.pending); had < mostPending {
			b.pending = append(b.pending, lines...)
			if had == 0 || b.failed {
				b.signal()
			}
			b.mu.Unlock()
			return len(lines), nil
		}
		b.mu.Unlock()
		if err := b.Sync(); err != nil {
			return 0, err
		}
	}
}

func (b *Behind) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Sync writes what waits. What cannot be written goes on waiting.
func (b *Behind) Sync() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	lines := b.pending
	b.pending = b.spare[:0]
	b.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	n, err := b.to.Write(lines)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed = err != nil; !b.failed {
		b.spare = lines
		return nil
	}
	b.spare = nil
	b.pending = append(lines[n:], b.pending...)
	return err
}

// Close writes what waits. Lines that come later are written at once.
func (b *Behind) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	close(b.wake)
	b.mu.Unlock()
	<-b.over
	return b.Sync()
}
