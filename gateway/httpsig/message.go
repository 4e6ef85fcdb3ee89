package httpsig

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"
)

// Names of RFC 9421, RFC 9530 and of this package.
const (
	Algorithm       = "sm2-sm3"
	DigestAlgorithm = "sm3"

	InputHeader     = "Signature-Input"
	SignatureHeader = "Signature"
	DigestHeader    = "Content-Digest"
)

// Components that are no header field (RFC 9421, 2.2).
const (
	compMethod    = "@method"
	compTargetURI = "@target-uri"
	compAuthority = "@authority"
	compScheme    = "@scheme"
	compPath      = "@path"
	compQuery     = "@query"
	compDigest    = "content-digest"
)

// meaningful are the header fields that change what a request does, or what is
// put on record about it: a signature must cover those that are there.
var meaningful = []string{"idempotency-key", "if-match", "x-purpose"}

// maxComponents bounds how much one signature can cover.
const maxComponents = 32

// message is a request as both sides see it.
type message struct {
	method, scheme, host string
	target               string // path and query, as on the wire
	header               http.Header
}

// component returns a component's value.
func (m *message) component(name string) (string, error) {
	path, query, _ := strings.Cut(m.target, "?")
	switch name {
	case compMethod:
		return m.method, nil
	case compTargetURI:
		return m.scheme + "://" + m.host + m.target, nil
	case compAuthority:
		return strings.ToLower(m.host), nil
	case compScheme:
		return m.scheme, nil
	case compPath:
		return path, nil
	case compQuery:
		return "?" + query, nil
	}
	if name == "" || name[0] == '@' || name != strings.ToLower(name) {
		return "", fmt.Errorf("the component %.64q is none that can be covered here", name)
	}
	values := m.header.Values(name)
	if name == "host" {
		values = []string{m.host} // net/http keeps it apart
	}
	if len(values) == 0 {
		return "", fmt.Errorf("the header field %.64q is covered and not there", name)
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.TrimSpace(v)
	}
	return strings.Join(trimmed, ", "), nil
}

// base is what is signed (RFC 9421, 2.5): a line for each component that is
// covered, and the parameters at the end.
func (m *message) base(covered httpsfv.InnerList) ([]byte, error) {
	var b strings.Builder
	seen := map[string]bool{}
	for _, item := range covered.Items {
		name, ok := item.Value.(string)
		switch {
		case !ok:
			return nil, fmt.Errorf("a component's name must be a text in quotes")
		case len(item.Params.Names()) > 0:
			return nil, fmt.Errorf("the component %.64q has parameters; none are taken here", name)
		case seen[name]:
			return nil, fmt.Errorf("the component %.64q stands there twice", name)
		}
		seen[name] = true
		value, err := m.component(name)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("the component %.64q holds a line break", name)
		}
		fmt.Fprintf(&b, "%q: %s\n", name, value)
	}
	params, err := httpsfv.Marshal(httpsfv.List{covered})
	if err != nil {
		return nil, fmt.Errorf("the parameters of the signature: %w", err)
	}
	b.WriteString(`"@signature-params": ` + params)
	return []byte(b.String()), nil
}

// names are the components that are covered.
func names(covered httpsfv.InnerList) []string {
	all := make([]string, 0, len(covered.Items))
	for _, item := range covered.Items {
		if name, ok := item.Value.(string); ok {
			all = append(all, name)
		}
	}
	return all
}

// missing names what a signature must cover and does not.
func (m *message) missing(covered []string, hasBody bool) []string {
	var all []string
	has := func(name string) bool { return slices.Contains(covered, name) }
	if !has(compMethod) {
		all = append(all, compMethod)
	}
	if !has(compTargetURI) && (!has(compPath) || !has(compQuery)) {
		all = append(all, compTargetURI)
	}
	if hasBody && !has(compDigest) {
		all = append(all, compDigest)
	}
	for _, name := range meaningful {
		if len(m.header.Values(name)) > 0 && !has(name) {
			all = append(all, name)
		}
	}
	return all
}
