// Package directory is what the gateway knows of the world at this moment:
// the network's hand-over (cities, contracts, applications), read again when
// the network program has changed it. A city that joins or an application that
// is registered needs no restart.
package directory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"henanchain/internal/connection"
)

// Directory holds the connection as it was read last. It is safe for
// concurrent use.
type Directory struct {
	path    string
	current atomic.Pointer[snapshot]

	mu       sync.Mutex
	watchers []func(*connection.Connection)
}

type snapshot struct {
	*connection.Connection
	byToken map[string]*connection.Application
	stamp   fileStamp
}

type fileStamp struct {
	modified time.Time
	size     int64
}

// Open reads the connection file for the first time.
func Open(path string) (*Directory, error) {
	d := &Directory{path: path}
	if _, err := d.reload(); err != nil {
		return nil, err
	}
	return d, nil
}

// Fixed is a directory that never changes, for tests and tools.
func Fixed(c *connection.Connection) *Directory {
	d := &Directory{}
	d.current.Store(index(c, fileStamp{}))
	return d
}

// Connection is the hand-over as read last. It must not be changed.
func (d *Directory) Connection() *connection.Connection { return d.current.Load().Connection }

// ByToken finds the application whose bearer token has this SM3 digest (hex).
func (d *Directory) ByToken(digest string) (*connection.Application, bool) {
	a, ok := d.current.Load().byToken[digest]
	return a, ok
}

// Application finds an application by its name.
func (d *Directory) Application(name string) (*connection.Application, bool) {
	c := d.current.Load()
	for i := range c.Applications {
		if c.Applications[i].Name == name {
			return &c.Applications[i], true
		}
	}
	return nil, false
}

// OnChange calls f with every new connection, in the order of the changes.
func (d *Directory) OnChange(f func(*connection.Connection)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers = append(d.watchers, f)
}

// Watch looks every interval whether the file has changed, until ctx ends. A
// file that cannot be read, or is wrong, leaves the last good one in force.
func (d *Directory) Watch(ctx context.Context, interval time.Duration, log *zap.Logger) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := d.reload()
		switch {
		case err != nil && !failing:
			log.Error("the connection file cannot be read; the last good one stays in force", zap.Error(err))
		case changed:
			c := d.Connection()
			log.Info("connection file read again", zap.Int("channels", len(c.Channels)), zap.Int("applications", len(c.Applications)))
		}
		failing = err != nil
	}
}

func (d *Directory) reload() (changed bool, err error) {
	info, err := os.Stat(d.path)
	if err != nil {
		return false, fmt.Errorf("read connection file: %w", err)
	}
	stamp := fileStamp{info.ModTime(), info.Size()}
	if old := d.current.Load(); old != nil && old.stamp == stamp {
		return false, nil
	}
	c, err := connection.Read(d.path)
	if err != nil {
		return false, err
	}
	if err := checkTokens(c); err != nil {
		return false, err
	}
	d.current.Store(index(c, stamp))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.watchers {
		f(c)
	}
	return true, nil
}

func index(c *connection.Connection, stamp fileStamp) *snapshot {
	s := &snapshot{Connection: c, byToken: map[string]*connection.Application{}, stamp: stamp}
	for i := range c.Applications {
		if a := &c.Applications[i]; a.TokenID != "" {
			s.byToken[a.TokenID] = a
		}
	}
	return s
}

// checkTokens refuses two applications with one token: the ledger could not
// tell who called.
func checkTokens(c *connection.Connection) error {
	owner := map[string]string{}
	var errs []error
	for _, a := range c.Applications {
		if a.TokenID == "" {
			continue
		}
		if other, taken := owner[a.TokenID]; taken {
			errs = append(errs, fmt.Errorf("applications %s and %s have the same token", other, a.Name))
		}
		owner[a.TokenID] = a.Name
	}
	return errors.Join(errs...)
}
