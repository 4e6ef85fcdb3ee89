package rest

import (
	"encoding/json"
	"net/http"

	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// SubjectReader is the role that may ask for the keyed hash of an identifier.
// Everybody may write and ask with an identifier; who may learn the hash alone
// could look for a person by trying numbers, and is named for that.
const SubjectReader = "subject.reader"

// checked is checked with identifiers turned into their keyed hashes.
func (s *Server) checked(sch *schema.Schema, raw []byte, prefix string) (json.RawMessage, error) {
	absent := false
	resolve := s.Subjects
	if resolve == nil {
		resolve = func(map[string]any) (string, []operation.FieldError) {
			absent = true
			return "", nil
		}
	}
	value, err := checked(sch, raw, prefix, resolve)
	if absent {
		return nil, problem.New(problem.SubjectKeyAbsent, "The operator must set subjectKey.file; until then, give the keyed hash of 64 hexadecimal digits.")
	}
	return value, err
}

// checkedInput checks an operation's input. A signature covers the input as it
// travels, so that a signed one cannot have anything replaced.
func (s *Server) checkedInput(op *catalog.Operation, in []byte, signed bool) (json.RawMessage, error) {
	if !signed {
		return s.checked(op.Input, in, "")
	}
	return checked(op.Input, in, "", func(map[string]any) (string, []operation.FieldError) {
		return "", []operation.FieldError{{Code: "SIGNED", Message: "is covered by the signature and cannot be replaced: give the keyed hash, as POST /v1/subjects:key tells it"}}
	})
}

// subjectSchema is one field that names a subject or holds its hash.
var subjectSchema = &schema.Schema{Type: "object", Closed: true, Required: []string{"subject"}, Properties: schema.Properties{
	{Name: "subject", Schema: &schema.Schema{Type: "string", Subject: true, Pattern: "^[0-9a-f]{64}$", TitleZh: "主体", Description: "Whose keyed hash is asked for"}},
}}

// subjectRoute tells the keyed hash of an identifier.
func subjectRoute() Route {
	return Route{Endpoint: openapi.Endpoint{
		Method: http.MethodPost, Path: "/v1/subjects:key", ID: "subjects.key", Tag: "subjects",
		Summary: "Tell a subject's keyed hash", SummaryZh: "计算主体标识", Roles: []string{SubjectReader},
		Doc:        "The 64 hexadecimal digits by which the ledgers know a person or an organisation (HMAC-SM3): for paths, and for operations that the caller signs. Everywhere else the identifier itself may stand.",
		Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}},
		Body:       openapi.JSON(openapi.Input(subjectSchema), json.RawMessage(`{"subject":{"type":"001","number":"91410100MA9YTT01X0"}}`)),
		Success:    map[int]*openapi.Response{http.StatusOK: openapi.Answer("the keyed hash", openapi.Ref("SubjectKey"), RequestIDHeader)},
		Problems:   []int{http.StatusUnprocessableEntity},
	}, handle: (*exchange).subjectKey}
}

func (x *exchange) subjectKey() error {
	if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return err
	}
	normal, err := x.checked(subjectSchema, raw, "")
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, subjectKey{fieldText(normal, "subject")})
}

type subjectKey struct {
	Key string `json:"key"`
}

// resolveClaim turns the identifiers among a claim's fields into hashes.
func (x *exchange) resolveClaim(r *catalog.Record, claim *operation.Claim) error {
	if r.Body == nil {
		return nil
	}
	for name, value := range claim.Fields {
		field, ok := r.Body.Properties.Get(name)
		if !ok || !holdsSubject(field) {
			continue
		}
		hashed, err := x.checked(field, value, "fields."+name)
		if err != nil {
			return err
		}
		claim.Fields[name] = hashed
	}
	return nil
}

// holdsSubject tells whether a keyed hash stands anywhere in a value.
func holdsSubject(s *schema.Schema) bool {
	if s == nil || s.Subject {
		return s != nil
	}
	for _, p := range s.Properties {
		if holdsSubject(p.Schema) {
			return true
		}
	}
	return holdsSubject(s.Items)
}
