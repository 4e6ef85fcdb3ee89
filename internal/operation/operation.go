// Package operation is the wire between the gateway and the contracts: what a
// business system asks of a ledger, and what it is told.
//
// A contract's Apply takes a JSON array of Requests and answers a JSON array
// of Results, one for each, in the same order. A request that is refused
// changes nothing; its neighbours go on.
package operation

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Functions that every contract answers to, beside its own operations.
const (
	Apply    = "Apply"    // submit: JSON array of Request → JSON array of Result
	Get      = "Get"      // evaluate: record type, id → record
	History  = "History"  // evaluate: record type, id → []Change
	Range    = "Range"    // evaluate: record type, start id, page size, bookmark → Page
	Verify   = "Verify"   // evaluate: Claim → Verdict
	Read     = "Read"     // evaluate: JSON array of Question → JSON array of Reading
	Describe = "Describe" // evaluate: → catalog.Contract
)

// TransientPrivate is the key in a proposal's transient map under which the
// private halves of the requests travel: a JSON array with one entry for each
// request, null where it has none. They never enter a block.
const TransientPrivate = "private"

// Private is the private half of a request as it travels: the data that must
// not enter a block, and a random salt, so that nobody finds a short value by
// trying all of them against the hash that does. The gateway draws the salt.
type Private struct {
	Salt string          `json:"salt"` // 16 random bytes, hex
	Data json.RawMessage `json:"data"`
}

// MaxPerTransaction is the largest number of requests that Apply takes.
const MaxPerTransaction = 1000

// Names of the certificate attributes by which contracts decide.
const (
	AttributeApp   = "hnc.app"   // the business system (业务系统)
	AttributeDept  = "hnc.dept"  // the department's USCC (统一社会信用代码)
	AttributeRoles = "hnc.roles" // roles, separated by commas
)

// Request asks for one operation on one entity.
type Request struct {
	Op string          `json:"op"`
	In json.RawMessage `json:"in"`
	// IfVersion, where it is not 0, is the version that the record must have.
	IfVersion int        `json:"ifVersion,omitempty"`
	Sig       *Signature `json:"sig,omitempty"`
}

// Signature is the business system's own SM2 signature (GB/T 32918) over the
// request's Statement, so that not even the gateway can forge a write.
type Signature struct {
	KeyID string `json:"keyId"` // of a key registered on the ledger
	// Nonce makes the statement the only one of its kind: a ledger takes each
	// nonce of a key once. 16 to 64 letters and digits.
	Nonce string `json:"nonce"`
	Value string `json:"value"` // base64 of the ASN.1 signature
}

// Result is the answer to one Request: a change of one record, or a refusal.
type Result struct {
	Type    string `json:"type,omitempty"`    // record type
	ID      string `json:"id,omitempty"`      // record id
	Version int    `json:"version,omitempty"` // the record's version after the operation
	Status  string `json:"status,omitempty"`  // the record's status after the operation
	Digest  string `json:"digest,omitempty"`  // SM3 (hex) of the record's canonical JSON
	// Existing tells that the operation changed nothing because the record was
	// there already, the same.
	Existing bool `json:"existing,omitempty"`
	// Data is the operation's own answer, where it has one.
	Data json.RawMessage `json:"data,omitempty"`
	// Refusal says why nothing was done; every field above is then empty.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Refusal is a contract's "no": a stable code, a sentence, and the fields that
// would have to be otherwise. It is the same from the contract to the REST
// answer.
type Refusal struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Fields  []FieldError `json:"fields,omitempty"`
	// Type and ID name the record that stands in the way, where one does.
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
}

// FieldError says what is wrong with one field and what would be right.
type FieldError struct {
	Field   string `json:"field"` // JSON path, such as owners[1].share
	Code    string `json:"code"`  // REQUIRED, UNKNOWN, TYPE, RANGE, FORMAT, …
	Message string `json:"message"`
}

// Error makes a Refusal an error that reads "CODE: sentence".
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.Code + ": " + r.Message)
	for i, f := range r.Fields {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.Field + ": " + f.Message)
		if i == len(r.Fields)-1 {
			b.WriteString(")")
		}
	}
	return b.String()
}

// Refuse makes a refusal with a formatted sentence.
func Refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, args...)}
}

// RefusalOf is the refusal that an error is or wraps; nil where it is none.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// ParseRefusal reads a refusal back from the text of an error that a contract
// function returned ("CODE: sentence"), wherever it stands in the text. It
// returns nil where there is none.
func ParseRefusal(text string) *Refusal {
	m := refusalText.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	return &Refusal{Code: m[1], Message: m[2]}
}
