package operate

import (
	"context"
	"slices"
	"time"

	"henanchain/network/failure"
	"henanchain/network/progress"
	"henanchain/network/supervise"
)

// startsWithin is how soon a node that is started is expected to serve.
const startsWithin = 30 * time.Second

// Start starts a node that was stopped, and waits until it serves.
func (o *Operator) Start(ctx context.Context, name string) error {
	return o.act(ctx, name, o.client.Start, o.serves)
}

// Stop stops a node and leaves it stopped.
func (o *Operator) Stop(ctx context.Context, name string) error {
	return o.act(ctx, name, o.client.Stop, func(context.Context, string) (string, error) {
		return "stopped; `network start " + name + "` starts it", nil
	})
}

// Restart stops a node and starts it again, and waits until it serves.
func (o *Operator) Restart(ctx context.Context, name string) error {
	return o.act(ctx, name, o.client.Restart, o.serves)
}

// act has the supervisor do something to a node, and tells what came of it.
func (o *Operator) act(ctx context.Context, name string, do func(string) error, came func(context.Context, string) (string, error)) error {
	if _, err := o.Network(); err != nil {
		return err
	}
	if err := o.Supervised(ctx); err != nil {
		return err
	}
	board := progress.New(o.Out)
	defer board.Close()
	return phase(board, name, func(*progress.Task) (string, error) {
		if err := do(name); err != nil {
			return "", err
		}
		return came(ctx, name)
	})
}

// serves waits until a node that was started serves.
func (o *Operator) serves(ctx context.Context, name string) (string, error) {
	all, err := o.client.Services()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(s supervise.Status) bool { return s.Name == name })
	if i < 0 {
		return "", failure.New(failure.NotThere, "there is no node %q", name)
	}
	if err := o.waitHealthy(ctx, all[i].Service, startsWithin); err != nil {
		return "", err
	}
	return "serves", nil
}
