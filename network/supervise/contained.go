package supervise

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/state"
)

// Runner keeps services running: the daemon of a state folder, or containers.
type Runner interface {
	Alive() bool
	Ensure(command []string) error
	Services() ([]Status, error)
	Run(Service) error
	Start(name string) error
	Stop(name string) error
	Restart(name string) error
	Remove(name string) error
	Down() (int, error)
}

// For is who keeps the services of a state folder running.
func For(root string, containers bool) Runner {
	if containers {
		return Contained{root}
	}
	return NewClient(root)
}

// Contained are services that run in containers of their own. Each service is a
// file in the folder that it works in, which is all that its container sees of
// the state; a keeper there (Keep) runs what the files say.
type Contained struct{ root string }

// kept is where a working folder holds its services.
const kept = "services"

// keptGlobs are the working folders of a state folder.
var keptGlobs = []string{"ca/*", "nodes/*", "services/*", "gateway"}

// Alive is always true: whoever asks is in a container itself.
func (c Contained) Alive() bool { return true }

// Ensure has nothing to do.
func (c Contained) Ensure([]string) error { return nil }

// Services lists what the containers are to run. Whether they do only their
// health tells.
func (c Contained) Services() ([]Status, error) {
	out := []Status{}
	for _, glob := range keptGlobs {
		folders, err := filepath.Glob(filepath.Join(c.root, glob))
		if err != nil {
			return nil, err
		}
		for _, folder := range folders {
			services, err := ReadKept(folder)
			if err != nil {
				return nil, err
			}
			for _, s := range services {
				out = append(out, Status{Service: s, Wanted: true, Elsewhere: true})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Status) int {
		if a.Stage != b.Stage {
			return a.Stage - b.Stage
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// Run writes a service down for its container.
func (c Contained) Run(s Service) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(s.Dir, kept, s.Name+".json")
	if was, err := os.ReadFile(path); err == nil && string(was) == string(data) {
		return nil
	}
	return state.WriteFile(path, data, 0o600)
}

// Remove takes a service off its container.
func (c Contained) Remove(name string) error {
	for _, glob := range keptGlobs {
		paths, err := filepath.Glob(filepath.Join(c.root, glob, kept, name+".json"))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// Start, Stop and Restart are the container engine's.
func (c Contained) Start(name string) error   { return useDocker("start", name) }
func (c Contained) Stop(name string) error    { return useDocker("stop", name) }
func (c Contained) Restart(name string) error { return useDocker("restart", name) }

// Down is the container engine's as well.
func (c Contained) Down() (int, error) { return 0, useDocker("down", "") }

func useDocker(action, name string) error {
	return failure.New(failure.Refused, "the network runs in containers: `%s` does that", strings.TrimSpace("docker compose "+action+" "+name))
}

// ReadKept reads the services of one working folder, in the order of their names.
func ReadKept(folder string) ([]Service, error) {
	entries, err := os.ReadDir(filepath.Join(folder, kept))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Service
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, kept, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed a moment ago
		}
		var s Service
		if err == nil {
			err = json.Unmarshal(data, &s)
		}
		if err != nil {
			return nil, failure.Wrap(failure.State, err, "cannot read the service %s", filepath.Join(folder, kept, e.Name()))
		}
		out = append(out, s)
	}
	return out, nil
}
