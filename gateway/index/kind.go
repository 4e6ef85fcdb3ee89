package index

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/buger/jsonparser"

	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

// kindKey names a type of record of a contract of a channel.
type kindKey struct{ channel, contract, recordType string }

// kind is a type of record with the fields that it is found by.
type kind struct {
	no                            int64
	channel, contract, recordType string
	record                        *catalog.Record // nil: keys that are no records, or a contract that nobody described
	fields                        []field
	stored                        string // the fingerprint of the fields by which the index was made
}

// Kinds of search fields, as the catalogue names them.
const (
	Keyword = "keyword"
	Text    = "text"
	Number  = "number"
	Date    = "date"
)

const (
	keyword, text, number, date = Keyword, Text, Number, Date
)

// field is a search field, ready to be looked for.
type field struct {
	name string   // as callers name it: the path without its brackets
	kind string   // keyword, text, number or date
	path []string // members; one that ends in [] is each element of a list
	at   int      // place among the kind's fields
}

// Fields that every record has beside those that its contract declares. By the
// first one all records of a kind are found, in the order in which they were made.
var ofAll = []field{
	{kind: keyword},
	{name: "status", kind: keyword, path: []string{"status"}},
	{name: "dept", kind: keyword, path: []string{"dept"}},
	{name: "app", kind: keyword, path: []string{"app"}},
}

// atStatus is the place of the status among the fields of all records.
const atStatus = 1

func newKind(no int64, channel, contract, recordType string, c *catalog.Contract) *kind {
	k := &kind{no: no, channel: channel, contract: contract, recordType: recordType}
	if c == nil {
		return k
	}
	record, ok := c.Record(recordType)
	if !ok || record.Type != recordType {
		return k
	}
	k.record, k.fields = record, fieldsOf(record)
	return k
}

// fieldsOf are the search fields of a record type, its own and those of all records.
func fieldsOf(r *catalog.Record) []field {
	all := append([]field{}, ofAll...)
	for _, f := range r.Search {
		all = append(all, field{name: FieldName(f.Field), kind: f.Kind, path: append([]string{"body"}, strings.Split(f.Field, ".")...)})
	}
	for _, h := range r.HashFields { // a document is verified without knowing its record
		if !slices.ContainsFunc(all, func(f field) bool { return f.name == FieldName(h) }) {
			all = append(all, field{name: FieldName(h), kind: keyword, path: append([]string{"body"}, strings.Split(h, ".")...)})
		}
	}
	for i := range all {
		all[i].at = i
	}
	return all
}

// SearchField is a field that lists may use, as callers name it.
type SearchField struct{ Name, Kind string }

// SearchFields lists the fields of a record type.
func SearchFields(r *catalog.Record) []SearchField {
	var list []SearchField
	for _, f := range fieldsOf(r)[1:] {
		list = append(list, SearchField{f.name, f.kind})
	}
	return list
}

// Searchable is the kind of a search field; empty where it is none.
func Searchable(r *catalog.Record, name string) string {
	for _, f := range SearchFields(r) {
		if f.Name == name {
			return f.Kind
		}
	}
	return ""
}

// FieldName is how callers name a search field: owners[].key is owners.key.
func FieldName(path string) string { return strings.ReplaceAll(path, "[]", "") }

func (k *kind) key() kindKey { return kindKey{k.channel, k.contract, k.recordType} }

// scheme changes when the way does in which fields become terms.
const scheme = "2"

// fingerprint tells by which fields the kind's records are sorted in.
func (k *kind) fingerprint() string {
	var b strings.Builder
	b.WriteString(scheme)
	for _, f := range k.fields {
		b.WriteString("|" + f.kind + ":" + strings.Join(f.path, "."))
	}
	if k.record != nil && k.record.Lapse != nil {
		b.WriteString("|lapse:" + k.record.Lapse.Field)
	}
	return b.String()
}

func (k *kind) field(name string) (field, bool) {
	for _, f := range k.fields[1:] {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// term is the hash by which a value of a field is found.
func (k *kind) term(f field, value string) int64 {
	var buffer [256]byte
	b := binary.BigEndian.AppendUint64(buffer[:0], uint64(k.no))
	b = append(b, f.name...)
	b = append(b, 0)
	b = append(b, value...)
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// order is the number of a field in the table ordered.
func (k *kind) order(f field) int64 { return k.no<<8 | int64(f.at) }

// entry is how a record stands in the tables terms, postings and ordered.
type entry struct {
	terms   []int64
	status  int64 // the one of them that is the status's
	ordered []point
}

type point struct{ field, value int64 }

// entryOf sorts a record in. A value that is nil, or that is no record, is
// found by nothing.
func (k *kind) entryOf(value []byte) entry {
	var e entry
	if value == nil || k.record == nil {
		return e
	}
	e.terms = make([]int64, 0, 2*len(k.fields))
	e.terms = append(e.terms, k.term(ofAll[0], ""))
	top, body := membersOf(value)
	for _, f := range k.fields[1:] {
		from, path := top, f.path
		if path[0] == memberBody {
			from, path = body, path[1:]
		}
		from.values(path, func(v string, t jsonparser.ValueType) {
			switch f.kind {
			case keyword:
				e.terms = append(e.terms, k.term(f, v))
				if f.at == atStatus {
					e.status = e.terms[len(e.terms)-1]
				}
			case text:
				for _, w := range words(v) {
					e.terms = append(e.terms, k.term(f, w))
				}
			default:
				if n, ok := f.point(v, t); ok {
					e.ordered = append(e.ordered, point{k.order(f), n})
				}
			}
		})
	}
	e.terms, e.ordered = distinct(e.terms), distinct(e.ordered)
	return e
}

// ends is when the record's status lapses, Unix milliseconds.
func (k *kind) ends(status string, value []byte) (int64, bool) {
	if k.record == nil || k.record.Lapse == nil || value == nil {
		return 0, false
	}
	for _, from := range k.record.Lapse.From {
		if from != status {
			continue
		}
		var body map[string]json.RawMessage
		var end string
		raw, _, _, err := jsonparser.Get(value, "body")
		if err != nil || json.Unmarshal(raw, &body) != nil || json.Unmarshal(body[k.record.Lapse.Field], &end) != nil {
			return 0, false
		}
		if at, ok := dayEnd(end); ok {
			return at, true
		}
		t, err := identifier.ParseTimestamp(end)
		return millis(t.Time), err == nil
	}
	return 0, false
}
