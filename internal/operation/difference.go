package operation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"henanchain/internal/strictjson"
)

// Differences names the fields of status and body that two versions of a
// record do not share, sorted by name. Either may be nil.
func Differences(before, after *Record) ([]FieldChange, error) {
	from, err := before.fields()
	if err != nil {
		return nil, err
	}
	to, err := after.fields()
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for name := range from {
		names[name] = true
	}
	for name := range to {
		names[name] = true
	}
	var changed []FieldChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(from[name], to[name]) {
			changed = append(changed, FieldChange{Field: name, From: from[name], To: to[name]})
		}
	}
	return changed, nil
}

// fields are the members of the body, and the status.
func (r *Record) fields() (map[string]json.RawMessage, error) {
	if r == nil {
		return nil, nil
	}
	members, err := strictjson.Members(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the body of %s %s: %w", r.Type, r.ID, err)
	}
	all := make(map[string]json.RawMessage, len(members)+1)
	for _, m := range members {
		all[m.Name] = m.Value
	}
	status, err := json.Marshal(r.Status)
	all["status"] = status
	return all, err
}
