package operate

import (
	"context"

	"henanchain/network/progress"
	"henanchain/network/supervise"
)

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
	s, _, err := o.running(name)
	if err != nil {
		return "", err
	}
	return "serves", o.waitHealthy(ctx, s, servesWithin)
}

// running tells how a service is run, and whether it does.
func (o *Operator) running(name string) (s supervise.Service, runs bool, err error) {
	all, err := o.client.Services()
	for _, st := range all {
		if st.Name == name {
			return st.Service, st.PID != 0, err
		}
	}
	return s, false, err
}
