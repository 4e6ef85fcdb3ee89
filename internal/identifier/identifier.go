// Package identifier reads the codes that government business systems know
// their people, organisations, licences, property, goods and cases by: each
// with its parts, its check character, and a refusal that says which part is
// wrong and what would be right.
//
// Everything here is pure and deterministic, so that contracts and gateway
// decide alike: no clock, no environment, no state.
package identifier

import (
	"fmt"
	"slices"
	"strings"
)

// Codes that an Error carries.
const (
	CodeLength    = "LENGTH"    // too short, too long or empty
	CodeCharacter = "CHARACTER" // a character that may not stand where it stands
	CodeCheck     = "CHECK"     // the check character does not fit the rest
	CodeDate      = "DATE"      // no such day, or outside of the years allowed
	CodePrefix    = "PREFIX"    // does not begin as identifiers of this kind do
	CodeForm      = "FORM"      // the parts do not fit together
	CodeUnknown   = "UNKNOWN"   // not in the list of what exists
)

// PartWhole is the Part of an Error that concerns the identifier as a whole.
const PartWhole = "whole"

// Error says which part of an identifier is wrong, and what would be right.
type Error struct {
	Kind string // name of the kind, such as "uscc"
	Part string // name of the part, such as "check", or PartWhole
	Code string // one of the Code constants
	// Message is a plain sentence that names what is right. Of an identifier
	// of a natural person it repeats nothing but the check character.
	Message string
}

// Error reads "kind: message".
func (e *Error) Error() string { return e.Kind + ": " + e.Message }

func fail(kind, part, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Part: part, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Kind is one sort of identifier, for schemas, documents and code resolution.
// Kinds are shared: a caller does not change them.
type Kind struct {
	Name     string // stable name, such as "uscc"
	Title    string // English term
	TitleZh  string // Chinese term
	Standard string // the rule that it follows
	Example  string // valid and synthetic
	// Pattern is a regular expression of the normalised form that RE2 and
	// ECMA 262 read alike. It is necessary, not sufficient: Parse decides.
	Pattern   string
	MaxLength int // of the normalised form, in characters (not bytes)
	// Personal tells that it identifies a natural person: it must never stand
	// plain on a ledger, in a log or in a message.
	Personal bool
	// Parse gives the normalised form, the only one to be kept and compared.
	// Its error is an *Error.
	Parse func(s string) (normalised string, err error)
}

// bySpecificity holds every kind, the most specific first: what has a fixed
// beginning and a check character before what has one of them, and that before
// what is a mere run of digits.
var bySpecificity = []*Kind{
	hnCodeKind, licenceIDKind, licenceTypeKind, realEstateUnitKind, realEstateCertificateKind,
	caseNumberKind, drugApprovalKind, filingNumberKind, scLicenceKind, jyLicenceKind,
	sm3Kind, timestampKind, plateKind, resourceCodeKind,
	citizenIDKind, usccKind, nationalDrugCodeKind, ssccKind, gtinKind,
	earTagKind, healthRecordKind, drugTraceKind, dateKind, divisionKind,
	placeCodeKind, holderIDTypeKind, ecodeKind,
}

var (
	byName     = sortedByName(bySpecificity)
	kindByName = indexByName(bySpecificity)
)

func sortedByName(kinds []*Kind) []*Kind {
	return slices.SortedFunc(slices.Values(kinds), func(a, b *Kind) int { return strings.Compare(a.Name, b.Name) })
}

func indexByName(kinds []*Kind) map[string]*Kind {
	m := make(map[string]*Kind, len(kinds))
	for _, k := range kinds {
		m[k.Name] = k
	}
	return m
}

// Lookup finds a kind by its name.
func Lookup(name string) (*Kind, bool) {
	k, ok := kindByName[name]
	return k, ok
}

// Kinds returns every kind, sorted by name.
func Kinds() []*Kind { return slices.Clone(byName) }

// Recognise returns the kinds that s is a valid identifier of, the most
// specific first (码链融合: the code resolver asks with a bare code). It
// returns nil where there is none.
func Recognise(s string) []*Kind {
	var found []*Kind
	for _, k := range bySpecificity {
		if _, err := k.Parse(s); err == nil {
			found = append(found, k)
		}
	}
	return found
}

// result turns what the inner parsers answer into an error that is nil when
// all is well (a nil *Error in an error would not be).
func result[T any](v T, e *Error) (T, error) {
	if e != nil {
		var zero T
		return zero, e
	}
	return v, nil
}

// text makes a Kind's Parse out of the parser of its typed form.
func text[T fmt.Stringer](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		if err != nil {
			return "", err
		}
		return v.String(), nil
	}
}
