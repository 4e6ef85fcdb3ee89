package httpsig

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"henanchain/internal/gm"
)

// ErrBody: the body that came is not the one that was signed.
var ErrBody = errors.New("the body is not the one that Content-Digest names")

// Lengths of a nonce: one that is shorter could come twice by accident.
const (
	minNonce = 16
	maxNonce = 128
)

// maxHeader bounds each header field that is parsed here.
const maxHeader = 4096

// Signature is what a request says about its signature. Until Verify it is the
// caller's word.
type Signature struct {
	KeyID            string // of the key that is said to have signed
	Nonce            string
	Created, Expires time.Time

	base      []byte
	signature []byte
	digest    []byte // SM3 that the body must have; nil where there is no body
}

// Present tells whether a request claims to be signed.
func Present(r *http.Request) bool {
	return len(r.Header.Values(InputHeader)) > 0 || len(r.Header.Values(SignatureHeader)) > 0
}

// Parse reads the signature of a request that came over a scheme, http or
// https. Its errors say what would be right, and are for the caller to read.
func Parse(r *http.Request, scheme string) (*Signature, error) {
	list, signature, err := readHeaders(r.Header)
	if err != nil {
		return nil, err
	}
	m := &message{method: r.Method, scheme: scheme, host: r.Host, target: r.RequestURI, header: r.Header}
	if m.target == "" || m.target[0] != '/' {
		m.target = r.URL.RequestURI() // a proxy's absolute form, or a request that never was on a wire
	}
	hasBody := r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody
	covered := names(list)
	if missing := m.missing(covered, hasBody); len(missing) > 0 {
		return nil, fmt.Errorf("it does not cover %s", strings.Join(missing, ", "))
	}
	s := &Signature{signature: signature}
	if err := s.readParams(list.Params); err != nil {
		return nil, err
	}
	if slices.Contains(covered, compDigest) {
		if s.digest, err = readDigest(r.Header); err != nil {
			return nil, err
		}
	}
	s.base, err = m.base(list)
	return s, err
}

// readHeaders takes the one signature out of its two header fields.
func readHeaders(h http.Header) (list httpsfv.InnerList, signature []byte, err error) {
	input, err := oneMember(h, InputHeader)
	if err != nil {
		return list, nil, err
	}
	value, err := oneMember(h, SignatureHeader)
	if err != nil {
		return list, nil, err
	}
	if input.name != value.name {
		return list, nil, fmt.Errorf("%s names %q and %s names %q", InputHeader, input.name, SignatureHeader, value.name)
	}
	list, ok := input.member.(httpsfv.InnerList)
	if !ok || len(list.Items) == 0 || len(list.Items) > maxComponents {
		return list, nil, fmt.Errorf("%s must hold a list of 1 to %d components in round brackets", InputHeader, maxComponents)
	}
	item, ok := value.member.(httpsfv.Item)
	if ok {
		signature, ok = item.Value.([]byte)
	}
	if !ok {
		return list, nil, fmt.Errorf("%s must hold the signature in Base64 between colons", SignatureHeader)
	}
	return list, signature, nil
}

type named struct {
	name   string
	member httpsfv.Member
}

func oneMember(h http.Header, name string) (named, error) {
	dictionary, err := parseDictionary(h, name)
	if err != nil {
		return named{}, err
	}
	labels := dictionary.Names()
	if len(labels) != 1 {
		return named{}, fmt.Errorf("%s must hold one signature, and it holds %d", name, len(labels))
	}
	member, _ := dictionary.Get(labels[0])
	return named{labels[0], member}, nil
}

func parseDictionary(h http.Header, name string) (*httpsfv.Dictionary, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return nil, fmt.Errorf("the header field %s is missing", name)
	}
	if n := len(strings.Join(values, ",")); n > maxHeader {
		return nil, fmt.Errorf("the header field %s has %d characters; at most %d are taken", name, n, maxHeader)
	}
	dictionary, err := unmarshal(values)
	if err != nil {
		return nil, fmt.Errorf("the header field %s is no dictionary of RFC 9651", name)
	}
	return dictionary, nil
}

// unmarshal turns the library's panics into errors: it reads past the end of
// "a=@".
func unmarshal(values []string) (dictionary *httpsfv.Dictionary, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("parse: %v", crash)
		}
	}()
	return httpsfv.UnmarshalDictionary(values)
}

// readParams reads the signature's parameters; all but tag must be there.
func (s *Signature) readParams(p *httpsfv.Params) error {
	known := map[string]bool{"created": true, "expires": true, "nonce": true, "keyid": true, "alg": true, "tag": true}
	for _, name := range p.Names() {
		if !known[name] {
			return fmt.Errorf("the parameter %.64q is not known", name)
		}
	}
	text := func(name string) string {
		value, _ := p.Get(name)
		t, _ := value.(string)
		return t
	}
	second := func(name string) (time.Time, error) {
		value, _ := p.Get(name)
		n, ok := value.(int64)
		if !ok {
			return time.Time{}, fmt.Errorf("the parameter %s must be a time in seconds since 1970", name)
		}
		return time.Unix(n, 0), nil
	}
	if alg := text("alg"); alg != Algorithm {
		return fmt.Errorf("the parameter alg is %.32q and must be %q", alg, Algorithm)
	}
	if s.KeyID = text("keyid"); len(s.KeyID) != 2*gm.DigestSize {
		return fmt.Errorf("the parameter keyid must be the SM3 of the public key's DER form, %d hexadecimal digits", 2*gm.DigestSize)
	}
	if _, err := gm.ParseDigest(s.KeyID); err != nil || s.KeyID != strings.ToLower(s.KeyID) {
		return errors.New("the parameter keyid must be lower-case hexadecimal digits")
	}
	if s.Nonce = text("nonce"); len(s.Nonce) < minNonce || len(s.Nonce) > maxNonce {
		return fmt.Errorf("the parameter nonce must have %d to %d characters", minNonce, maxNonce)
	}
	var err, err2 error
	s.Created, err = second("created")
	s.Expires, err2 = second("expires")
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	if !s.Expires.After(s.Created) {
		return errors.New("expires must be later than created")
	}
	return nil
}

func readDigest(h http.Header) ([]byte, error) {
	dictionary, err := parseDictionary(h, DigestHeader)
	if err != nil {
		return nil, err
	}
	member, _ := dictionary.Get(DigestAlgorithm)
	if item, ok := member.(httpsfv.Item); ok {
		if digest, ok := item.Value.([]byte); ok && len(digest) == gm.DigestSize {
			return digest, nil
		}
	}
	return nil, fmt.Errorf("%s must hold %s=:BASE64: with the %d bytes of an SM3 digest", DigestHeader, DigestAlgorithm, gm.DigestSize)
}

// Verify tells whether the key signed what came. The body is not part of that:
// see Body.
func (s *Signature) Verify(key *gm.PublicKey) error { return key.Verify(s.base, s.signature) }

// Body holds a body to the digest that was signed: at its end, where it is
// another one, reading fails with ErrBody. Nobody may act on a body before its
// end was read.
func (s *Signature) Body(body io.ReadCloser) io.ReadCloser {
	if s.digest == nil {
		return body
	}
	return &digested{ReadCloser: body, hash: gm.NewHash(), want: bytes.Clone(s.digest)}
}

type digested struct {
	io.ReadCloser
	hash hash.Hash
	want []byte
}

func (d *digested) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	d.hash.Write(p[:n])
	if errors.Is(err, io.EOF) && subtle.ConstantTimeCompare(d.hash.Sum(nil), d.want) != 1 {
		err = ErrBody
	}
	return n, err
}
