package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// maxGroup is how many writes share one transaction at most.
	maxGroup = 512
	// groupTimeout bounds one transaction, so that a database that hangs is
	// an error and not a silence.
	groupTimeout = 10 * time.Second
)

// write is one piece of work. It may be run twice, when the transaction that
// it shared fails for another's sake; an error of it is the database's.
type write struct {
	durable bool
	run     func(context.Context, *sql.Tx) error
	done    chan error // of capacity 1
}

// group commits the writes of many callers in one transaction: what arrives
// while one commits forms the next.
type group struct {
	db    database
	queue chan *write
	quit  chan struct{}
	once  sync.Once
	ended chan struct{}
}

func newGroup(db database) *group {
	g := &group{db: db, queue: make(chan *write, maxGroup), quit: make(chan struct{}), ended: make(chan struct{})}
	go g.loop()
	return g
}

// do runs a write and returns when it is committed or has failed. ctx bounds
// the wait for a place in the queue; what is in the queue is carried through,
// so that an error other than errUncertain means that nothing was written.
func (g *group) do(ctx context.Context, durable bool, run func(context.Context, *sql.Tx) error) error {
	w := &write{durable: durable, run: run, done: make(chan error, 1)}
	select {
	case <-g.quit:
		return ErrClosed
	default:
	}
	select {
	case g.queue <- w:
	case <-g.quit:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("wait for the gateway's database: %w", ctx.Err())
	}
	select {
	case err := <-w.done:
		return err
	case <-g.ended: // it came too late for the last round, or was part of it
		select {
		case err := <-w.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// insist is do for a write that may be done twice: while the database does not
// say whether it was committed, it is tried again, until ctx ends.
func (g *group) insist(ctx context.Context, durable bool, run func(context.Context, *sql.Tx) error) error {
	var uncertain error
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := g.do(ctx, durable, run)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errUncertain):
			uncertain = err
		case uncertain == nil || errors.Is(err, ErrClosed):
			return errors.Join(err, uncertain)
		}
		select {
		case <-ctx.Done():
			return errors.Join(uncertain, err)
		case <-time.After(pause):
		}
	}
}

func (g *group) close() {
	g.once.Do(func() { close(g.quit) })
	<-g.ended
}

func (g *group) loop() {
	defer close(g.ended)
	for {
		select {
		case w := <-g.queue:
			g.commit(g.collect(w))
		case <-g.quit:
			for {
				select {
				case w := <-g.queue:
					g.commit(g.collect(w))
				default:
					return
				}
			}
		}
	}
}

func (g *group) collect(first *write) []*write {
	writes := []*write{first}
	for len(writes) < maxGroup {
		select {
		case w := <-g.queue:
			writes = append(writes, w)
		default:
			return writes
		}
	}
	return writes
}

func (g *group) commit(writes []*write) {
	err := g.transact(writes)
	if err != nil && len(writes) > 1 && !errors.Is(err, errUncertain) {
		for _, w := range writes {
			w.done <- g.transact([]*write{w})
		}
		return
	}
	for _, w := range writes {
		w.done <- err
	}
}

// errUncertain tells that a commit was asked for and not answered: the writes
// may be there or not.
var errUncertain = errors.New("the database did not confirm the commit")

func (g *group) transact(writes []*write) error {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	durable := false
	for _, w := range writes {
		durable = durable || w.durable
	}
	tx, err := g.db.begin(ctx, durable)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	for _, w := range writes {
		if err := w.run(ctx, tx); err != nil {
			return errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%w: %w", errUncertain, err)
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
