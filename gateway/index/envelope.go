package index

import (
	"encoding/json"
	"strings"

	"github.com/buger/jsonparser"

	"henanchain/internal/block"
)

// envelope is what a record says of itself beside its ledger's own fields. One that
// has no type is no record.
type envelope struct {
	recordType, id, status, op string
	version                    int64
}

// envelope tells what record of a described contract a key holds: none where
// it is not one that package operation writes.
func (x *Index) envelope(contract string, w block.Write) envelope {
	recordType, id, _ := strings.Cut(w.Key, "/")
	c := x.contracts[contract]
	if c == nil || id == "" || printable(w.Key) != w.Key {
		return envelope{}
	}
	if r, ok := c.Record(recordType); !ok || r.Type != recordType {
		return envelope{}
	}
	if w.Delete {
		return envelope{recordType: recordType, id: id}
	}
	e := readEnvelope(w.Value)
	if e.recordType != recordType || e.id != id || !json.Valid(w.Value) {
		return envelope{}
	}
	e.status, e.op = clean(e.status), clean(e.op)
	return e
}

// readEnvelope reads all of it in one go. Without a type, an id or a status there
// is none.
func readEnvelope(value []byte) envelope {
	var e envelope
	status := false
	err := jsonparser.ObjectEach(value, func(name, value []byte, kind jsonparser.ValueType, _ int) error {
		var into *string
		switch string(name) {
		case "type":
			into = &e.recordType
		case "id":
			into = &e.id
		case "status":
			into = &e.status
		case "op":
			into = &e.op
		case "ver":
			e.version, _ = jsonparser.ParseInt(value) // 0 is that of no record
		}
		if into == nil || kind != jsonparser.String {
			return nil
		}
		if text, err := jsonparser.ParseString(value); err == nil {
			*into, status = text, status || into == &e.status
		}
		return nil
	})
	if err != nil || !status {
		return envelope{}
	}
	return e
}
