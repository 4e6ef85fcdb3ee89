// Package audit keeps the log of every call: who asked for what, for which
// purpose, and what came of it. Each line carries the SM3 of the one before,
// so that a line that was changed, removed or put in shows.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Entry is one call. It holds no body and nothing of one.
type Entry struct {
	Time      time.Time `json:"time"`
	RequestID string    `json:"requestId"`
	App       string    `json:"app,omitempty"`    // who; empty where nobody was known
	Dept      string    `json:"dept,omitempty"`   // USCC of the department behind it
	Method    string    `json:"method,omitempty"` // how it proved that: bearer, signature, mtls, tlcp
	// Credential is the ID of what it proved that with: the SM3 of a token or of a key.
	Credential string `json:"credential,omitempty"`
	Remote     string `json:"remote,omitempty"` // address that the call came from
	Route      string `json:"route"`            // method and path template
	Operation  string `json:"operation,omitempty"`
	Channel    string `json:"channel,omitempty"`
	Record     string `json:"record,omitempty"` // id of the record, where the path names one
	Count      int    `json:"count,omitempty"`  // operations of a batch
	Purpose    string `json:"purpose,omitempty"`
	Status     int    `json:"status"`
	Code       string `json:"code,omitempty"` // of the problem, where it was refused
	TxID       string `json:"txId,omitempty"`
	// Event is set on lines that are no call, such as the log's own start.
	Event string `json:"event,omitempty"`
}

// numbered is an entry in its place.
type numbered struct {
	Seq uint64 `json:"seq"`
	Entry
	Prev string `json:"prev"`
}

// The hash stands at the end of a line, and covers all before it.
const (
	hashStart = `,"hash":"`
	hashEnd   = "\"}"
)

// Head is the last line's number and hash: noted elsewhere, it proves later
// that nothing before it has changed.
type Head struct {
	Seq  uint64
	Hash string
}

// String is SEQ:HASH.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// ParseHead reads SEQ:HASH.
func ParseHead(text string) (h Head, err error) {
	if _, err := fmt.Sscanf(strings.TrimSpace(text), "%d:%64s", &h.Seq, &h.Hash); err != nil || len(h.Hash) != 64 {
		return Head{}, fmt.Errorf("%.100q is not NUMBER:HASH", text)
	}
	return h, nil
}

// genesis is what stands before the first line.
var genesis = Head{Hash: gm.HexDigest([]byte("henanchain/audit/v1"))}

// appendLine writes an entry behind out as the line after head, with its newline.
// There is one for every call, so it is written without reflection.
func appendLine(out []byte, head Head, e *Entry) ([]byte, Head) {
	from := len(out)
	out = strconv.AppendUint(append(out, `{"seq":`...), head.Seq+1, 10)
	out = e.Time.AppendFormat(append(out, `,"time":"`...), time.RFC3339Nano)
	out = append(out, '"')
	text := func(name, value string, always bool) {
		if value != "" || always {
			out = strictjson.AppendText(append(append(append(out, `,"`...), name...), `":`...), value)
		}
	}
	number := func(name string, value int, always bool) {
		if value != 0 || always {
			out = strconv.AppendInt(append(append(append(out, `,"`...), name...), `":`...), int64(value), 10)
		}
	}
	text("requestId", e.RequestID, true)
	text("app", e.App, false)
	text("dept", e.Dept, false)
	text("method", e.Method, false)
	text("credential", e.Credential, false)
	text("remote", e.Remote, false)
	text("route", e.Route, true)
	text("operation", e.Operation, false)
	text("channel", e.Channel, false)
	text("record", e.Record, false)
	number("count", e.Count, false)
	text("purpose", e.Purpose, false)
	number("status", e.Status, true)
	text("code", e.Code, false)
	text("txId", e.TxID, false)
	text("event", e.Event, false)
	text("prev", head.Hash, true)
	next := Head{head.Seq + 1, gm.HexDigest(out[from:])}
	return append(append(append(out, hashStart...), next.Hash...), hashEnd+"\n"...), next
}

// errLine says how a line is not what it was.
var errLine = errors.New("the line was changed")

// check reads a line that follows head.
func check(head Head, text []byte) (Head, error) {
	n, err := parse(text)
	if err != nil {
		return head, err
	}
	switch {
	case n.Seq != head.Seq+1:
		return head, fmt.Errorf("line %d follows line %d: lines are missing or were put in", n.Seq, head.Seq)
	case n.Prev != head.Hash:
		return head, fmt.Errorf("line %d does not follow from line %d: one of them was changed or replaced", n.Seq, head.Seq)
	}
	return n.head(text), nil
}

// parse reads a line and holds it to its own hash.
func parse(text []byte) (*numbered, error) {
	at := bytes.LastIndex(text, []byte(hashStart))
	if at < 0 || !bytes.HasSuffix(text, []byte(hashEnd)) || len(text) != at+len(hashStart)+64+len(hashEnd) {
		return nil, fmt.Errorf("%w: it does not end in its hash", errLine)
	}
	if string(text[at+len(hashStart):at+len(hashStart)+64]) != gm.HexDigest(text[:at]) {
		return nil, fmt.Errorf("%w: its hash is not that of its text", errLine)
	}
	var n numbered
	if err := json.Unmarshal(append(bytes.Clone(text[:at]), '}'), &n); err != nil {
		return nil, fmt.Errorf("%w: %w", errLine, err)
	}
	return &n, nil
}

func (n *numbered) head(text []byte) Head {
	at := bytes.LastIndex(text, []byte(hashStart))
	return Head{n.Seq, string(text[at+len(hashStart) : at+len(hashStart)+64])}
}
