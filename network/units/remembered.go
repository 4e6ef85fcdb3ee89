package units

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

// Remembered is the file of a state folder that names what units were written for.
const Remembered = "units.json"

// remember notes what systemd is to run, and how it tells its health: `status` asks
// there where no supervisor runs.
func remember(services []supervise.Service, o Options) error {
	known := make([]supervise.Service, len(services))
	for i, s := range services { // without what it is started with: that may hold a key
		known[i] = supervise.Service{Name: s.Name, Role: s.Role, Organisation: s.Organisation, Stage: s.Stage, Health: s.Health}
	}
	data, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return fmt.Errorf("note what systemd runs: %w", err)
	}
	return state.WriteFile(filepath.Join(o.State, Remembered), append(data, '\n'), 0o600)
}

func forget(o Options) error {
	if err := os.Remove(filepath.Join(o.State, Remembered)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget what systemd runs: %w", err)
	}
	return nil
}

// Services are what units of their own were written for; none where there are no
// such units.
func Services(root string) ([]supervise.Status, error) {
	data, err := os.ReadFile(filepath.Join(root, Remembered))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var known []supervise.Service
	if err == nil {
		err = json.Unmarshal(data, &known)
	}
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot tell what systemd runs: `network units` writes it again, while the network runs")
	}
	out := make([]supervise.Status, len(known))
	for i, s := range known {
		out[i] = supervise.Status{Service: s, Wanted: true, Elsewhere: true}
	}
	return out, nil
}
