package catalog

import (
	"bytes"
	"fmt"
	"strings"

	"henanchain/internal/operation"
	"henanchain/internal/strictjson"
)

// Veil says that some records are hidden (封存) from whoever has no part in
// them. The contract and the read model decide by this alone.
type Veil struct {
	// Field is the body field that hides a record where it is not empty.
	Field string `json:"field,omitempty"`
	// Parties are body fields that name a department, {"org","dept"}, which sees
	// the record all the same; so does the department that owns it.
	Parties []string `json:"parties,omitempty"`
	// Of lets a record be hidden with another one that it is about.
	Of *About `json:"of,omitempty"`
	// Code is the refusal of whoever may not see it.
	Code string `json:"code"`
}

// About names the record that another one is about.
type About struct {
	Type  string `json:"type"`
	Field string `json:"field"` // the body field with its id
}

// Reader is the department that wants to see a record.
type Reader struct{ Org, Dept string }

// Hides tells whether a record is hidden from a reader. load reads a record of
// the same ledger by its type and id, nil where there is none.
func (c *Contract) Hides(rec *operation.Record, from Reader, load func(recordType, id string) (*operation.Record, error)) (bool, error) {
	info, ok := c.Record(rec.Type)
	if !ok || info.Veil == nil {
		return false, nil
	}
	veil := info.Veil
	if veil.Of != nil {
		id, err := textAt(rec, veil.Of.Field)
		if err != nil {
			return false, err
		}
		about, err := load(veil.Of.Type, id)
		if err != nil || about == nil {
			return false, err
		}
		return c.Hides(about, from, load)
	}
	if ground, err := textAt(rec, veil.Field); err != nil || ground == "" {
		return false, err
	}
	if from.Org == "" || from.Dept == "" {
		return true, nil // a party that is not named yet is nobody's
	}
	if (Reader{rec.Org, rec.Dept}) == from {
		return false, nil
	}
	for _, field := range veil.Parties {
		org, err := textAt(rec, field+".org")
		if err != nil {
			return false, err
		}
		dept, err := textAt(rec, field+".dept")
		if err != nil {
			return false, err
		}
		if (Reader{org, dept}) == from {
			return false, nil
		}
	}
	return true, nil
}

// textAt is the text under a path of a record's body, such as custody.holder;
// empty where there is none.
func textAt(rec *operation.Record, path string) (string, error) {
	// Bodies are canonical: a member's name stands there as it is. Most records lack
	// what hides one, and are asked about with every read.
	if name, _, _ := strings.Cut(path, "."); bytes.HasSuffix(rec.Body, []byte("}")) && !bytes.Contains(rec.Body, []byte(name)) {
		return "", nil
	}
	value, err := strictjson.Find(rec.Body, strings.Split(path, ".")...)
	if err != nil {
		return "", fmt.Errorf("read %s of %s %s: %w", path, rec.Type, rec.ID, err)
	}
	text, _ := strictjson.Text(value)
	return text, nil
}
