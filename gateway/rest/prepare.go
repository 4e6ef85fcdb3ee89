package rest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// Members of a body beside the operation's own input. No input has fields of
// these names; ledgerRoutes holds that.
const (
	memberPrivate = "private"
	memberSig     = "sig"
)

// item is a request as it came: from a body of its own, or from a batch.
type item struct {
	in, private, sig json.RawMessage
	ifVersion        int
}

// single takes a body apart: the input, its private half and the signature.
func single(raw []byte) (item, error) {
	all, ok := members(raw)
	if !ok {
		return item{in: raw}, nil // no object, or no JSON: the schema check says which
	}
	var it item
	rest := all[:0:0]
	for _, m := range all {
		switch m.Name {
		case memberPrivate:
			it.private = m.Value
		case memberSig:
			it.sig = m.Value
		default:
			rest = append(rest, m)
		}
	}
	it.in = raw
	if len(rest) < len(all) {
		it.in = joined(rest)
	}
	return it, nil
}

// prepare checks an item against the operation's schema, as far as that needs
// no ledger. pathID is the id in
// the path, empty where there is none: it fills the input's id, and must be
// the same where the input has one.
func (s *Server) prepare(op *catalog.Operation, it item, pathID string) (*entry, error) {
	in := it.in
	if pathID != "" {
		in = withID(op, in, pathID)
	}
	p := &entry{Op: op.Name, Request: operation.Request{Op: op.Name, In: in, IfVersion: it.ifVersion}}
	var err error
	if p.Request.Sig, err = signature(it.sig); err != nil {
		return nil, err
	}
	normal, err := s.checkedInput(op, in, p.Request.Sig != nil)
	if err != nil {
		return nil, err
	}
	if err := samePath(op, normal, pathID); err != nil {
		return nil, err
	}
	if p.Request.Sig == nil {
		p.Request.In = normal // a signed input travels as it was signed; the contract normalises it
	}
	if p.Private, err = s.privateHalf(op, it.private); err != nil {
		return nil, err
	}
	p.Lane = op.Record + "/" + fieldText(normal, op.Lane)
	return p, nil
}

// withID puts the id of the path into an input that has none.
func withID(op *catalog.Operation, in []byte, pathID string) []byte {
	all, ok := members(in)
	if !ok {
		return in // the schema check says what is wrong
	}
	for _, m := range all {
		if m.Name == op.ID && string(m.Value) != "null" {
			return in
		}
	}
	value, err := json.Marshal(pathID)
	if err != nil { // a text always encodes
		return in
	}
	return joined(append([]member{{Name: op.ID, Value: value}}, without(all, op.ID)...))
}

// samePath holds an input's id to the one in the path.
func samePath(op *catalog.Operation, normal json.RawMessage, pathID string) error {
	if pathID == "" {
		return nil
	}
	want, err := normalID(op, pathID)
	if err != nil {
		return err
	}
	if got := fieldText(normal, op.ID); got != want {
		return inputInvalid(operation.FieldError{Field: op.ID, Code: "ID_MISMATCH",
			Message: "is " + strconv.Quote(got) + " and the path says " + strconv.Quote(want) + "; leave it out, or send the same"})
	}
	return nil
}

func without(all []member, name string) []member {
	rest := all[:0:0]
	for _, m := range all {
		if m.Name != name {
			rest = append(rest, m)
		}
	}
	return rest
}

// normalID is an id as the contract will see it: trimmed, full-width letters
// as ASCII, and so on.
func normalID(op *catalog.Operation, id string) (string, error) {
	s, ok := op.Input.Properties.Get(op.ID)
	if !ok {
		return id, nil
	}
	quoted, err := json.Marshal(id)
	if err != nil {
		return "", err
	}
	normal, err := checked(s, quoted, op.ID, nil)
	if err != nil {
		return "", err
	}
	var text string
	if err := json.Unmarshal(normal, &text); err != nil {
		return "", err
	}
	return text, nil
}

var signatureSchema = schema.For[operation.Signature]()

func signature(raw json.RawMessage) (*operation.Signature, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	normal, err := checked(signatureSchema, raw, memberSig, nil)
	if err != nil {
		return nil, err
	}
	var s operation.Signature
	if err := json.Unmarshal(normal, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// privateHalf checks the private half and wraps it as it travels: with a salt,
// so that nobody finds a short value by trying all of them against its hash.
func (s *Server) privateHalf(op *catalog.Operation, raw json.RawMessage) (json.RawMessage, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	if op.Private == nil {
		return nil, inputInvalid(operation.FieldError{Field: memberPrivate, Code: schema.Unknown, Message: "is not taken by " + op.Name + "; leave it out"})
	}
	data, err := s.checked(op.Private, raw, memberPrivate)
	if err != nil {
		return nil, err
	}
	var salt [16]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	half, err := json.Marshal(operation.Private{Salt: hexText(salt[:]), Data: data})
	if err != nil {
		return nil, fmt.Errorf("encode the private half: %w", err)
	}
	return half, nil
}

// fieldText is a member of a JSON object as text, "" where it has none.
func fieldText(object json.RawMessage, name string) string {
	if name == "" {
		return ""
	}
	all, _ := members(object)
	for _, m := range all {
		if m.Name != name {
			continue
		}
		if text, ok := strictjson.Text(m.Value); ok {
			return text
		}
		return string(m.Value)
	}
	return ""
}

// ifMatch reads the version that the caller asks for; 0 is none.
func (x *exchange) ifMatch() (int, error) {
	version, any, err := versionTag(x.header("If-Match"))
	if err != nil || any {
		return 0, err
	}
	return version, nil
}

// versionTag reads "3", W/"3" or *.
func versionTag(header string) (version int, any bool, err error) {
	switch header = strings.TrimSpace(header); header {
	case "":
		return 0, false, nil
	case "*":
		return 0, true, nil
	}
	text, ok := strings.CutPrefix(strings.TrimPrefix(header, "W/"), `"`)
	if text, ok2 := strings.CutSuffix(text, `"`); ok && ok2 {
		if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 1<<31 {
			return n, false, nil
		}
	}
	return 0, false, problem.New(problem.RequestMalformed, `The version tag %.64q must be one version in quotes, such as "3".`, header)
}

func tag(version int) string { return `"` + strconv.Itoa(version) + `"` }
