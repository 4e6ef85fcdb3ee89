package operation

import (
	"encoding/json"
	"regexp"
)

// refusalText matches "CODE: sentence" where CODE has at least two words or
// five letters, so that "EOF: …" and the like are not taken for one.
var refusalText = regexp.MustCompile(`\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+): (.+)`)

// Record is what a ledger keeps of one entity: the envelope that all ledgers
// share, and the ledger's own fields in Body. It is stored as canonical JSON
// (RFC 8785), under the key Type + "/" + ID.
type Record struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Version int    `json:"ver"`    // 1 for the first, +1 with each change
	Status  string `json:"status"` // by the record type's state machine
	Org     string `json:"org"`    // MSP that owns the record
	Dept    string `json:"dept"`   // USCC of the department that wrote it first
	App     string `json:"app"`    // business system that wrote it last
	Op      string `json:"op"`     // operation that wrote it last
	// Time is the transaction time of the last change, in UTC (RFC 3339, whole
	// seconds): a client's claim, which the peers hold to within 15 minutes.
	Time string `json:"time"`
	// Schema is the version of the type's schema that the body was written by;
	// the first is left out.
	Schema int             `json:"schema,omitempty"`
	Body   json.RawMessage `json:"body"`
	// Digest is the SM3 (hex) of the record's canonical JSON without this field.
	Digest string `json:"digest"`
}

// Change is one entry of a record's history, oldest first.
type Change struct {
	TxID   string  `json:"txId"`
	Time   string  `json:"time"`
	Record *Record `json:"record,omitempty"` // nil where the key was deleted
	// Changed names the fields of status and body that differ from the entry before.
	Changed []FieldChange `json:"changed,omitempty"`
}

// FieldChange is one field's value before and after.
type FieldChange struct {
	Field string          `json:"field"`
	From  json.RawMessage `json:"from,omitempty"`
	To    json.RawMessage `json:"to,omitempty"`
}

// Page is a part of a range of records in the order of their ids.
type Page struct {
	Records  []Record `json:"records"`
	Bookmark string   `json:"bookmark,omitempty"` // start of the next page; empty at the end
}

// Claim is what somebody holds to be true of a record, to be verified: any of
// a record's digest, a document's digest and fields of the body.
type Claim struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	// FileHash is the SM3 (hex) of the document in hand.
	FileHash string `json:"fileHash,omitempty"`
	// Digest is the record digest, as a receipt gives it.
	Digest string `json:"digest,omitempty"`
	// Version is the version that the digest or the fields belong to; 0 is the latest.
	Version int `json:"version,omitempty"`
	// Fields are values that the body should have.
	Fields map[string]json.RawMessage `json:"fields,omitempty"`
}

// Verdict answers a Claim. It never carries a value that the claim did not.
type Verdict struct {
	Match  bool   `json:"match"`
	Exists bool   `json:"exists"`
	Type   string `json:"type,omitempty"`
	ID     string `json:"id,omitempty"`
	// Status and Version are the record's as of now.
	Status  string `json:"status,omitempty"`
	Version int    `json:"version,omitempty"`
	// Checks holds one entry for each part of the claim.
	Checks []Check `json:"checks,omitempty"`
	// Reason says in one sentence why it matches or does not.
	Reason string `json:"reason"`
	// SupersededBy is the id of the record that took this one's place.
	SupersededBy string `json:"supersededBy,omitempty"`
}

// Check is the outcome for one part of a claim.
type Check struct {
	Field string `json:"field"`
	Match bool   `json:"match"`
}

// Event is the one event of a transaction: every record that it changed.
type Event struct {
	Records []EventRecord `json:"records"`
}

// EventName is the chaincode event's name.
const EventName = "records"

// EventRecord names one changed record, as a compact JSON array of operation,
// type, id, version and status.
type EventRecord struct {
	Op, Type, ID string
	Version      int
	Status       string
}

// MarshalJSON writes [op, type, id, version, status].
func (e EventRecord) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{e.Op, e.Type, e.ID, e.Version, e.Status})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *EventRecord) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&e.Op, &e.Type, &e.ID, &e.Version, &e.Status})
}
