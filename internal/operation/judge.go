package operation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"henanchain/internal/strictjson"
)

// Judge answers a claim about a record, from its latest version and the one
// that is meant, nil where there is no such version: match or no match for each
// part of the claim. The contract and the read model answer by this alone.
// hashFields name the body fields that hold a document's digest; status is what
// the record has at this time, which may have lapsed since it was written;
// successor is the id of the record that took its place, where one did.
//
// Its error is a *Refusal where the claim itself is wrong.
func Judge(claim *Claim, latest, meant *Record, hashFields []string, status, successor string) (*Verdict, error) {
	v := &Verdict{Exists: true, Type: latest.Type, ID: latest.ID, Status: status, Version: latest.Version, SupersededBy: successor}
	if meant == nil {
		v.Reason = fmt.Sprintf("the record has no version %d; the latest is %d", claim.Version, latest.Version)
		return v, nil
	}
	if claim.Digest != "" {
		v.Checks = append(v.Checks, Check{Field: "digest", Match: strings.EqualFold(claim.Digest, meant.Digest)})
	}
	if claim.FileHash != "" {
		match, err := holds(hashFields, meant, claim.FileHash)
		if err != nil {
			return nil, err
		}
		v.Checks = append(v.Checks, Check{Field: "fileHash", Match: match})
	}
	if err := v.compare(claim, meant); err != nil {
		return nil, err
	}
	v.Match = len(v.Checks) > 0
	var wrong []string
	for _, check := range v.Checks {
		if !check.Match {
			v.Match = false
			wrong = append(wrong, check.Field)
		}
	}
	v.Reason = reason(v, wrong)
	return v, nil
}

// NoRecord answers a claim about a record that is not there; id is empty where
// the claim named none.
func NoRecord(recordType, id string) *Verdict {
	if id == "" {
		return &Verdict{Type: recordType, Reason: "no record carries what the claim names"}
	}
	return &Verdict{Type: recordType, ID: id, Reason: "there is no such record on this ledger"}
}

func reason(v *Verdict, wrong []string) string {
	switch {
	case len(v.Checks) == 0:
		return "the record exists; the claim names nothing to compare"
	case len(wrong) > 0:
		return "not as on the ledger: " + strings.Join(wrong, ", ")
	case v.SupersededBy != "":
		return "as on the ledger; superseded by " + v.SupersededBy
	default:
		return "as on the ledger; the status is " + v.Status
	}
}

// compare checks the fields that a claim names, in the order of their names.
func (v *Verdict) compare(claim *Claim, meant *Record) error {
	if len(claim.Fields) == 0 {
		return nil
	}
	body, err := meant.fields()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(claim.Fields)) {
		match, err := same(claim.Fields[name], body[name])
		if err != nil {
			r := Refuse("INPUT_INVALID", "the claimed value of %s is not JSON", name)
			r.Fields = []FieldError{{Field: "fields." + name, Code: "INPUT_INVALID", Message: r.Message}}
			return r
		}
		v.Checks = append(v.Checks, Check{Field: name, Match: match})
	}
	return nil
}

// holds tells whether one of the fields of a record has a document's digest.
func holds(hashFields []string, r *Record, hash string) (bool, error) {
	for _, f := range hashFields {
		raw, err := strictjson.Find(r.Body, f)
		if err != nil {
			return false, fmt.Errorf("read the body of %s %s: %w", r.Type, r.ID, err)
		}
		if value, ok := strictjson.Text(raw); ok && strings.EqualFold(value, hash) {
			return true, nil
		}
	}
	return false, nil
}

// same compares two JSON values by their canonical form.
func same(claimed, actual json.RawMessage) (bool, error) {
	if actual == nil {
		return false, nil
	}
	wrap := func(v json.RawMessage) ([]byte, error) {
		return strictjson.Canonical([]byte(`[` + string(v) + `]`))
	}
	a, err := wrap(claimed)
	if err != nil {
		return false, err
	}
	b, err := wrap(actual)
	if err != nil {
		return false, err
	}
	return bytes.Equal(a, b), nil
}
