package catalog

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"sort"
)

//go:embed contracts
var files embed.FS

// Load returns every contract's description, sorted by name.
func Load() ([]Contract, error) {
	entries, err := files.ReadDir("contracts")
	if err != nil {
		return nil, fmt.Errorf("read the contracts' descriptions: %w", err)
	}
	var all []Contract
	for _, e := range entries {
		if path.Ext(e.Name()) != ".json" {
			continue
		}
		data, err := files.ReadFile(path.Join("contracts", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the description %s: %w", e.Name(), err)
		}
		var c Contract
		if err := json.Unmarshal(data, &c); err != nil {
			return nil, fmt.Errorf("description %s: %w", e.Name(), err)
		}
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, nil
}
