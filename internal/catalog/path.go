package catalog

import (
	"strings"
	"unicode"
)

// OperationPath is the REST path of an operation below /v1/{city}/{ledger}:
// the collection itself for the operation that makes its records, a name of
// its own for a later one that makes them too, and the record with the verb
// for one on an existing record. An operation whose input names no single
// record has its verb on the collection.
func (c *Contract) OperationPath(op *Operation) string {
	collection := op.Record
	if r, ok := c.Record(op.Record); ok {
		collection = r.Collection
	}
	switch {
	case op.Creates && c.creator(op.Record) == op.Name:
		return "/" + collection
	case op.Creates:
		return "/" + collection + ":" + kebab(op.Name)
	case op.ID != "":
		return "/" + collection + "/{id}/" + op.Verb
	default:
		return "/" + collection + ":" + op.Verb
	}
}

// creator is the operation that stands on the collection itself: the first one
// that makes such records. Another one that is added later has a path of its
// own, and changes nobody's.
func (c *Contract) creator(recordType string) string {
	for _, op := range c.Operations {
		if op.Creates && op.Record == recordType {
			return op.Name
		}
	}
	return ""
}

// kebab turns DepositBatch into deposit-batch.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
