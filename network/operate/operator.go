// Package operate brings a network up and down and tells how it is: what the
// commands of the network program do.
package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"henanchain/network/failure"
	"henanchain/network/node"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// Operator acts on one state folder.
type Operator struct {
	State    state.Folder
	Programs node.Programs
	// Supervisor is the command line that calls supervise.Serve for the state.
	Supervisor []string
	Out        io.Writer // where people look

	client supervise.Runner
}

// New makes an operator of a state folder.
func New(st state.Folder, p node.Programs, supervisor []string, out io.Writer) *Operator {
	return &Operator{State: st, Programs: p, Supervisor: supervisor, Out: out, client: supervise.For(st.Root, st.InContainers())}
}

// Client is who keeps the network's processes running.
func (o *Operator) Client() supervise.Runner { return o.client }

// Network is what the state folder was made for.
func (o *Operator) Network() (*topology.Network, error) {
	if err := o.State.Check(); err != nil {
		return nil, err
	}
	n, err := o.State.Network()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failure.New(failure.Unhealthy, "there is no network in %s: `network up` makes one", o.State.Root)
	}
	return n, err
}

// Down stops every process of the state folder and says how many there were.
func (o *Operator) Down(ctx context.Context) (int, error) {
	unlock, err := o.State.Lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := o.notSystemds(ctx); err != nil {
		return 0, err
	}
	return o.client.Down()
}

// Clean stops every process of the state folder and removes it, with ledgers and
// keys.
func (o *Operator) Clean(ctx context.Context) error {
	unlock, err := o.State.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := o.notSystemds(ctx); err != nil {
		return err
	}
	if _, err := supervise.NewClient(o.State.Root).Down(); err != nil {
		return err
	}
	return os.RemoveAll(o.State.Root)
}

// phase runs one step of a long command and shows how long it took.
func phase(board *progress.Board, title string, step func(*progress.Task) (string, error)) error {
	task := board.Start(title)
	said, err := step(task)
	if err != nil {
		task.Fail()
		return err
	}
	task.Done("%s", said)
	return nil
}

// waitHealthy waits until a service answers that it is well. It does not wait
// on where the service ends by itself: the log says why.
func (o *Operator) waitHealthy(ctx context.Context, s supervise.Service, patience time.Duration) error {
	probe := newProbe(s)
	defer probe.close()
	deadline := time.Now().Add(patience)
	for i := 0; ; i++ {
		err := probe.ask(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i%20 == 19 {
			if all, err := o.client.Services(); err == nil {
				for _, st := range all {
					if st.Name == s.Name && st.Restarts > 1 {
						return failure.New(failure.Other, "%s does not stay up (%s): see %s", s.Name, st.LastExit, o.logOf(s.Name))
					}
				}
			}
		}
		if time.Now().After(deadline) {
			return failure.Wrap(failure.Other, err, "%s is not well after %s, see %s", s.Name, patience, o.logOf(s.Name))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// pause waits for a while, or until ctx ends, which is an error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// logOf is where people find what a service said.
func (o *Operator) logOf(name string) string {
	if o.State.InContainers() {
		return "`docker compose logs " + name + "`"
	}
	return o.State.Log(name)
}

func (o *Operator) bin(program string) string { return filepath.Join(o.Programs.Bin, program) }

func count(n int, what string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
