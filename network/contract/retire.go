package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"henanchain/network/supervise"
)

// A service that no channel uses any more may still be answering calls that
// began before the last channel's new version was committed.
const (
	quietFor    = 1500 * time.Millisecond // without a byte read or written
	lookEvery   = 150 * time.Millisecond
	drainWithin = 35 * time.Second // beyond the 30 s that a peer gives a call
)

// retire stops the services that no channel may call any more, each once it has
// finished what it was asked. It returns their names.
func (o *Operator) retire(ctx context.Context, b *Book) ([]string, error) {
	all, err := o.client.Services()
	if err != nil {
		return nil, err
	}
	var stopped []string
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	for _, s := range all {
		if s.Role != role || slices.ContainsFunc(b.Artefacts, func(a *Artefact) bool { return o.serves(a, s.Name) && b.serving(a.Package) }) {
			continue
		}
		wg.Go(func() {
			err := drain(ctx, s)
			if err == nil {
				err = o.client.Remove(s.Name)
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			if err == nil {
				stopped = append(stopped, s.Name)
			}
		})
	}
	wg.Wait()
	slices.Sort(stopped)
	return stopped, errors.Join(errs...)
}

// drain waits until a service's process neither reads nor writes; where that is
// another container's, for as long as a call may take.
func drain(ctx context.Context, s supervise.Status) error {
	pid, end := s.PID, time.Now().Add(drainWithin)
	if s.Elsewhere {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drainWithin):
			return nil
		}
	}
	last, since := moved(pid), time.Now()
	for last != "" && time.Since(since) < quietFor && time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
		if now := moved(pid); now != last {
			last, since = now, time.Now()
		}
	}
	return nil
}

// moved is how much a process has read and written so far; empty where it has ended.
func moved(pid int) string {
	if pid == 0 {
		return ""
	}
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/io")
	if err != nil {
		return ""
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "rchar:") || strings.HasPrefix(line, "wchar:") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, " ")
}

// tidy removes what nothing leads to any more, and saves the book.
func (o *Operator) tidy(b *Book) error {
	maps.DeleteFunc(b.Contracts, func(_ string, c *Contract) bool { return len(c.Channels) == 0 })
	if err := o.store().prune(b); err != nil {
		return fmt.Errorf("remove programs and packages that nothing uses: %w", err)
	}
	return b.save()
}
