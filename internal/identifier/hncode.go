package identifier

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// HNCodeName is the name of the kind.
const HNCodeName = "hn-code"

var hnCodeKind = &Kind{
	Name: HNCodeName, Title: "unified code of a record on Henan Chain", TitleZh: "河南链统一标识码",
	Standard: "Henan Chain; check characters of ISO 7064 MOD 1271-36", Example: "HN.410100.realestate.unit.410105001002GB00001F00010001.UA",
	Pattern: `^HN\.[0-9]{6}\.[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\.[!-~]+\.[0-9A-Z]{2}$`, MaxLength: maxHNCode,
	Parse: text(ParseHNCode),
}

// maxHNCode bounds a code so that its QR image can still be read.
const maxHNCode = 200

// HNCode names one record of any ledger on any channel (码链融合): what other
// codes say about a thing in the world, this says about its record.
//
// It reads HN.division.ledger.record type.id.check, the id percent-encoded as in
// a path; the two check characters are those of ISO 7064 MOD 1271-36, taken over
// the bytes before the last dot.
type HNCode struct {
	Division string // of the channel, six digits (行政区划代码)
	Ledger   string // the contract's name, such as realestate
	Record   string // the record type, such as unit
	ID       string // as the ledger has it
}

// NewHNCode names a record. It refuses one whose code would be too long.
func NewHNCode(division, ledger, record, id string) (HNCode, error) {
	c := HNCode{division, ledger, record, id}
	return result(c, c.wrong())
}

// ParseHNCode reads a unified code.
func ParseHNCode(s string) (HNCode, error) {
	return result(parseHNCode(normalise(s, packed)))
}

func parseHNCode(s string) (HNCode, *Error) {
	body, ok := strings.CutPrefix(s, "HN.")
	if !ok {
		return HNCode{}, fail(HNCodeName, "prefix", CodePrefix, "the code must begin with HN.")
	}
	last := strings.LastIndexByte(body, '.')
	head := strings.SplitN(body[:max(last, 0)], ".", 4)
	if len(head) != 4 {
		return HNCode{}, fail(HNCodeName, PartWhole, CodeForm, "the code must have a division, a ledger, a record type, an id and two check characters, with dots between them")
	}
	id, err := url.PathUnescape(head[3])
	if err != nil || url.PathEscape(id) != head[3] {
		return HNCode{}, fail(HNCodeName, "id", CodeForm, "the id must be percent-encoded as in a path, not %s", quote(head[3]))
	}
	c := HNCode{head[0], head[1], head[2], id}
	if e := c.wrong(); e != nil {
		return HNCode{}, e
	}
	if want, got := c.check(), body[last+1:]; got != want {
		return HNCode{}, fail(HNCodeName, "check", CodeCheck, "the check characters must be %s, not %s", want, quote(got))
	}
	return c, nil
}

// wrong tells which part cannot stand in a code.
func (c HNCode) wrong() *Error {
	switch {
	case len(c.Division) != 6 || !allDigits(c.Division):
		return fail(HNCodeName, "division", CodeCharacter, "the division must be 6 digits, not %s", quote(c.Division))
	case !isName(c.Ledger):
		return fail(HNCodeName, "ledger", CodeCharacter, "the ledger must be a name of small letters, digits and hyphens, not %s", quote(c.Ledger))
	case !isName(c.Record):
		return fail(HNCodeName, "record", CodeCharacter, "the record type must be a name of small letters, digits and hyphens, not %s", quote(c.Record))
	case c.ID == "" || !utf8.ValidString(c.ID):
		return fail(HNCodeName, "id", CodeForm, "the id must be a text and not empty")
	}
	if n := len(c.body()) + 3; n > maxHNCode {
		return fail(HNCodeName, PartWhole, CodeLength, "the code must have at most %d characters, not %d", maxHNCode, n)
	}
	return nil
}

// isName tells a name as ledgers and record types have it.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}

func (c HNCode) body() string {
	return "HN." + c.Division + "." + c.Ledger + "." + c.Record + "." + url.PathEscape(c.ID)
}

func (c HNCode) check() string { return CheckMod1271_36(c.body()) }

// String is the normalised form.
func (c HNCode) String() string { return c.body() + "." + c.check() }
