package subject

import (
	"errors"
	"fmt"
	"strings"

	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// Members of the object that names a subject.
const (
	memberType   = "type"
	memberNumber = "number"
)

// Resolve reads {"type": …, "number": …} and gives the keyed hash. What is
// wrong is told without repeating any of it.
func (k *Key) Resolve(named map[string]any) (string, []operation.FieldError) {
	var wrong []operation.FieldError
	fail := func(field, code, format string, args ...any) {
		wrong = append(wrong, operation.FieldError{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	for name := range named {
		if name != memberType && name != memberNumber {
			fail("", schema.Unknown, "names a subject by type and number, and by nothing else")
			break
		}
	}
	code, isText := named[memberType].(string)
	idType, err := identifier.ParseHolderIDType(code)
	switch {
	case named[memberType] == nil:
		fail(memberType, schema.Required, "is missing: the type of the identity document; %s", types())
	case !isText || err != nil:
		fail(memberType, schema.Enum, "is not a type of identity document; %s", types())
	}
	number, isText := named[memberNumber].(string)
	switch {
	case named[memberNumber] == nil:
		fail(memberNumber, schema.Required, "is missing: the number of the identity document")
	case !isText:
		fail(memberNumber, schema.Type, "must be a text")
	}
	if len(wrong) > 0 {
		return "", wrong
	}
	normal, err := idType.ParseNumber(number)
	if err != nil {
		fail(memberNumber, schema.Format, "is not a valid %s (%s): %s", idType.Title, idType.TitleZh, explain(idType, err))
		return "", wrong
	}
	hash, err := k.Hash(idType.Code, normal)
	if err != nil { // the number is not empty and the key long enough: cannot happen
		fail(memberNumber, schema.Format, "cannot be hashed")
	}
	return hash, wrong
}

// explain says what is wrong with a number. Messages about a natural person's
// identifier repeat nothing of it; the others might, and somebody may have
// given a person's number under an organisation's type.
func explain(t identifier.HolderIDType, err error) string {
	var e *identifier.Error
	if !errors.As(err, &e) {
		return "it cannot be read"
	}
	if t.Person {
		return e.Message
	}
	reasons := map[string]string{
		identifier.CodeLength:    "has the wrong length",
		identifier.CodeCharacter: "has a character that may not stand there",
		identifier.CodeCheck:     "does not fit the rest",
		identifier.CodeUnknown:   "is not one that exists",
	}
	reason := reasons[e.Code]
	if reason == "" {
		reason = "is wrong"
	}
	if e.Part == identifier.PartWhole {
		return "it " + reason
	}
	return "its " + e.Part + " " + reason
}

// types lists the codes with what they mean.
func types() string {
	all := identifier.HolderIDTypes()
	texts := make([]string, len(all))
	for i, t := range all {
		texts[i] = t.Code + " " + t.TitleZh
	}
	return "the types are " + strings.Join(texts, ", ")
}
