// Package node configures peers and orderers. The configuration starts from the
// sample of the pinned Fabric, so that every setting has a value that fits the
// binary; what is set here must exist there, so that a misspelt or renamed
// setting is an error and not a silence.
package node

import (
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// settings are values by their dotted path, such as peer.gossip.pullInterval. A
// path that begins with + is one that the sample has in a comment only.
type settings map[string]any

// apply reads the sample file and sets the values in it.
func apply(sample string, s settings) ([]byte, error) {
	data, err := os.ReadFile(sample)
	if err != nil {
		return nil, fmt.Errorf("read Fabric's sample configuration: %w", err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", sample, err)
	}
	for path, value := range s {
		if err := set(root, path, value); err != nil {
			return nil, fmt.Errorf("%s: %w", sample, err)
		}
	}
	return yaml.Marshal(root)
}

func set(root map[string]any, path string, value any) error {
	path, commented := strings.CutPrefix(path, "+")
	steps := strings.Split(path, ".")
	at := root
	for _, step := range steps[:len(steps)-1] {
		next, ok := at[step].(map[string]any)
		if !ok {
			return fmt.Errorf("no setting %s in Fabric (%s)", path, step)
		}
		at = next
	}
	last := steps[len(steps)-1]
	if _, ok := at[last]; !ok && !commented {
		return fmt.Errorf("no setting %s in Fabric", path)
	}
	at[last] = value
	return nil
}
