package main

import (
	"fmt"
	"slices"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// lockSchemas adds to the lock what is new in the contracts: a line for each
// version of a record type's schema, with the SM3 of its shape. A shape that
// changed under the same version is an error, for records carry the version.
func lockSchemas(known string, all []catalog.Contract) ([]byte, error) {
	lines := strings.Split(strings.TrimSpace(known), "\n")
	for _, c := range all {
		for _, r := range c.Records {
			version := fmt.Sprintf("%s %s %d ", c.Name, r.Type, max(r.Schema, 1))
			digest, err := ledger.Digest(shape(r.Body))
			if err != nil {
				return nil, fmt.Errorf("the schema of %s %s: %w", c.Name, r.Type, err)
			}
			at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, version) })
			switch {
			case at < 0:
				lines = append(lines, version+digest)
			case lines[at] != version+digest:
				return nil, fmt.Errorf("the body of %s %s changed: raise its schema version (catalog.Record.Schema) to %d", c.Name, r.Type, max(r.Schema, 1)+1)
			}
		}
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

// shape is a schema without what is said about it.
func shape(s *schema.Schema) *schema.Schema {
	if s == nil {
		return nil
	}
	bare := *s
	bare.Title, bare.TitleZh, bare.Description = "", "", ""
	bare.Items, bare.Properties = shape(s.Items), nil
	for _, p := range s.Properties {
		bare.Properties = append(bare.Properties, schema.Property{Name: p.Name, Schema: shape(p.Schema)})
	}
	return &bare
}
