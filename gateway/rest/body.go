package rest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"henanchain/gateway/httpsig"
	"henanchain/gateway/problem"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// Media types that the door reads and writes.
const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

// negotiate refuses a caller who would not understand any answer (406).
func (x *exchange) negotiate() error {
	accept := x.request().Header.Values("Accept")
	if len(accept) == 0 {
		return nil
	}
	produces := x.route.produces()
	for _, header := range accept {
		for _, item := range strings.Split(header, ",") {
			media, params, err := mime.ParseMediaType(strings.TrimSpace(item))
			if err != nil || params["q"] == "0" {
				continue
			}
			for _, p := range produces {
				if media == "*/*" || media == p || strings.HasSuffix(media, "/*") && strings.HasPrefix(p, strings.TrimSuffix(media, "*")) {
					return nil
				}
			}
		}
	}
	return problem.New(problem.NotAcceptable, "This path answers with %s.", strings.Join(produces, " or "))
}

// produces lists the media types of a route's successful answers.
func (r *Route) produces() []string {
	var all []string
	for _, status := range sortedStatuses(r.Success) {
		for media := range r.Success[status].Content {
			all = append(all, media)
		}
	}
	return append(all, typeJSON, problem.MediaType)
}

// contentType returns the body's media type if it is one of those, else 415.
func (x *exchange) contentType(allowed ...string) (string, error) {
	headers := x.request().Header.Values("Content-Type")
	if len(headers) == 1 {
		if slices.Contains(allowed, headers[0]) {
			return headers[0], nil // as nearly always: nothing to take apart
		}
		media, params, err := mime.ParseMediaType(headers[0])
		charset := strings.ToLower(params["charset"])
		if err == nil && (charset == "" || charset == "utf-8") {
			for _, a := range allowed {
				if media == a {
					return media, nil
				}
			}
		}
	}
	return "", problem.New(problem.TypeUnsupported, "Send the body as Content-Type: %s, in UTF-8.", strings.Join(allowed, " or "))
}

// body reads the whole body, up to a limit.
func (x *exchange) body(limit int64) ([]byte, error) {
	if encoding := x.header("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, problem.New(problem.TypeUnsupported, "The body must not be encoded, and it is: %.32q.", encoding)
	}
	if x.request().ContentLength > limit {
		return nil, problem.New(problem.BodyTooLarge, "The body may have at most %d bytes.", limit)
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.gin.Writer, x.request().Body, limit))
	return data, unread(err, limit)
}

// unread explains why a body could not be read to its end; nil where it was.
func unread(err error, limit int64) error {
	var tooBig *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooBig):
		return problem.New(problem.BodyTooLarge, "The body may have at most %d bytes.", limit)
	case errors.Is(err, httpsig.ErrBody):
		return problem.New(problem.BodyDigest, "The body's SM3 is not the one that the signed Content-Digest names; nothing was done.")
	}
	return problem.New(problem.RequestMalformed, "The body ended before it was whole.").Because(err)
}

// checked holds a JSON value to a schema: 400 where it is not JSON, 422 with
// every field where it is not what the schema says.
func checked(s *schema.Schema, raw []byte, prefix string, resolve schema.Resolver) (json.RawMessage, error) {
	value, wrong, err := s.CheckResolving(raw, resolve)
	return value, unfit(wrong, err, prefix)
}

// unfit explains why a value is not what a schema says; nil where it is.
func unfit(wrong []operation.FieldError, err error, prefix string) error {
	if err != nil {
		return problem.New(problem.JSONMalformed, "The body is %s.", err)
	}
	if len(wrong) == 0 {
		return nil
	}
	for i := range wrong {
		wrong[i].Field = prefixed(prefix, wrong[i].Field)
	}
	return inputInvalid(wrong...)
}

func prefixed(prefix, field string) string {
	switch {
	case prefix == "":
		return field
	case field == "":
		return prefix
	default:
		return prefix + "." + field
	}
}

func inputInvalid(wrong ...operation.FieldError) *problem.Problem {
	detail := "One field is wrong; see errors."
	if len(wrong) > 1 {
		detail = "Several fields are wrong; see errors."
	}
	return problem.New(problem.InputInvalid, "%s", detail).With(wrong...)
}

// member is one member of a JSON object, as it was sent.
type member = strictjson.Member

// members reads an object's members in their order, without looking into them.
// It answers false where raw is no object: the schema check says why.
func members(raw []byte) ([]member, bool) {
	all, err := strictjson.Members(raw)
	return all, err == nil
}

// joined writes members as an object again.
func joined(all []member) []byte {
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strictjson.AppendText(out, m.Name), ':')
		out = append(out, m.Value...)
	}
	return append(out, '}')
}
