package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"sync"
	"syscall"
)

// Claim is the right to follow a channel into the index, which one process has
// at a time. The checkpoint is safe without it; it saves two processes the same
// work, and what was read last may be kept in memory as long as it lasts.
type Claim struct {
	release func()
	check   func(context.Context) error
}

// Release ends the claim, as the end of the process does.
func (c *Claim) Release() { c.release() }

// Check tells whether the claim still stands: it falls with its session, as
// when PostgreSQL restarts.
func (c *Claim) Check(ctx context.Context) error { return c.check(ctx) }

// Claim makes this process the one that follows a channel into the index; nil
// where another one is.
func (x *Index) Claim(ctx context.Context, channel string) (*Claim, error) {
	c, err := x.db.claim(ctx, channel)
	if err != nil || c == nil {
		return nil, err
	}
	return &Claim{check: c.check, release: sync.OnceFunc(func() {
		x.hot.forget(channel) // before another process can have it
		c.release()
	})}, nil
}

// claims of a SQLite file: one process has all of its channels.
type claims struct {
	path string
	mu   sync.Mutex
	held int
	file *os.File
}

func (c *claims) claim(context.Context, string) (*Claim, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == 0 {
		f, err := os.OpenFile(c.path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the lock of the read model: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return nil, f.Close()
		}
		c.file = f
	}
	c.held++
	return &Claim{
		release: func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.held--; c.held == 0 {
				c.file.Close() //nolint:errcheck // that is what unlocks
			}
		},
		check: func(context.Context) error { return nil },
	}, nil
}

// claimClass is the first half of the advisory locks of followers ("hnf" in ASCII).
const claimClass = 0x686e66

// sessionClaims are locks of one session of the database, for all channels.
type sessionClaims struct {
	mu      sync.Mutex
	session *sql.Conn
}

// errClaimLost tells that the session is not the one that holds the lock.
var errClaimLost = errors.New("the session that held the channel's lock was lost")

func (p *postgres) claim(ctx context.Context, channel string) (*Claim, error) {
	c := &p.claims
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil && c.session.PingContext(ctx) != nil {
		c.session.Close() //nolint:errcheck // it is lost, and its locks with it
		c.session = nil
	}
	if c.session == nil {
		session, err := p.db.Conn(ctx)
		if err != nil {
			return nil, fmt.Errorf("open a session for the locks of channels: %w", err)
		}
		c.session = session
	}
	h := fnv.New32a()
	h.Write([]byte(channel))
	key := int32(h.Sum32())
	var held bool
	if err := c.session.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1, $2)`, claimClass, key).Scan(&held); err != nil {
		return nil, fmt.Errorf("lock the channel %s: %w", channel, err)
	}
	if !held {
		return nil, nil
	}
	session := c.session
	return &Claim{
		release: func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.session == session {
				session.ExecContext(context.Background(), `SELECT pg_advisory_unlock($1, $2)`, claimClass, key) //nolint:errcheck // a session that is lost holds no lock
			}
		},
		check: func(ctx context.Context) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.session != session {
				return errClaimLost
			}
			if err := session.PingContext(ctx); err != nil {
				return fmt.Errorf("%w: %w", errClaimLost, err)
			}
			return nil
		},
	}, nil
}

func (c *sessionClaims) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.Close() //nolint:errcheck // the pool is closed next
	}
}
