package operate

import (
	"context"

	"henanchain/network/failure"
	"henanchain/network/supervise"
	"henanchain/network/units"
)

// services are those of the supervisor; where none runs, what systemd is to run.
func (o *Operator) services() ([]supervise.Status, error) {
	if all, err := o.client.Services(); err == nil {
		return all, nil
	}
	return units.Services(o.State.Root)
}

// notSystemds refuses what is not to be done behind the back of systemd, where
// that runs the network's nodes, each in a unit of its own.
func (o *Operator) notSystemds(ctx context.Context) error {
	if o.client.Alive() {
		return nil
	}
	all, err := units.Services(o.State.Root)
	if err != nil {
		return err
	}
	for _, s := range all {
		if Ask(ctx, s.Service) == nil {
			return failure.New(failure.Refused, "systemd runs %s and the rest of this network: act by `systemctl` on its units, or `systemctl stop` the target first", s.Name)
		}
	}
	return nil
}

// Supervised refuses what the network's own supervisor must do, where it does not
// run.
func (o *Operator) Supervised(ctx context.Context) error {
	if o.client.Alive() {
		return nil
	}
	if err := o.notSystemds(ctx); err != nil {
		return err
	}
	return failure.New(failure.Unhealthy, "the network does not run: `network up` starts it")
}
