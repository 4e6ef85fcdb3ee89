package httpsig

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"henanchain/internal/gm"
)

var key = newKey()

func newKey() *gm.PrivateKey {
	k, err := gm.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	return k
}

const target = "http://gateway.test:8080/v1/zhengzhou/evidence/evidences%2F1?limit=2&x=%20"

// request is a signed one, as a server gets it.
func request(t testing.TB, body string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.RequestURI = r.URL.RequestURI() // as a server sees it
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if err := (&Signer{Key: key}).Sign(r, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return r
}

// check does all that a server does, and tells what was wrong.
func check(r *http.Request) error {
	s, err := Parse(r, "http")
	if err != nil {
		return err
	}
	if err := s.Verify(key.Public()); err != nil {
		return err
	}
	_, err = io.ReadAll(s.Body(r.Body))
	return err
}

func TestASignedRequestIsTakenAsItWasSigned(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"with a body":       request(t, `{"a":1}`, "Content-Type", "application/json", "Idempotency-Key", "k", "If-Match", `"3"`, "X-Purpose", "p"),
		"without a body":    request(t, ""),
		"a field twice":     request(t, "x", "X-Purpose", "a", "X-Purpose", " b "),
		"fields beside it":  request(t, "x", "Accept", "application/json"),
		"with a quiet body": request(t, strings.Repeat("x", 1<<16)),
	} {
		if err := check(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhateverIsChangedAfterSigningShows(t *testing.T) {
	replace := func(name, old, new string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, strings.Replace(r.Header.Get(name), old, new, 1)) }
	}
	for name, change := range map[string]func(*http.Request){
		"the method":          func(r *http.Request) { r.Method = "PUT" },
		"the path":            func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "zhengzhou", "kaifeng", 1) },
		"the path's encoding": func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "%2F", "/", 1) },
		"the query":           func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "limit=2", "limit=3", 1) },
		"the host":            func(r *http.Request) { r.Host = "other.test" },
		"the body":            func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":2}`)) },
		"the body's end":      func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":`)) },
		"body and digest": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("{}"))
			r.Header.Set(DigestHeader, ContentDigest([]byte("{}")))
		},
		"the idempotency key":      replace("Idempotency-Key", "k", "l"),
		"the version":              replace("If-Match", "3", "4"),
		"the purpose":              replace("X-Purpose", "p", "q"),
		"a purpose put in":         func(r *http.Request) { r.Header.Add("X-Purpose", "q") },
		"the purpose taken out":    func(r *http.Request) { r.Header.Del("X-Purpose") },
		"the media type":           replace("Content-Type", "json", "x-ndjson"),
		"the nonce":                replace(InputHeader, `nonce="`, `nonce="A`),
		"the time":                 replace(InputHeader, "expires=1", "expires=2"),
		"a parameter added":        replace(InputHeader, ";alg", `;tag="x";alg`),
		"the digest not covered":   replace(InputHeader, ` "content-digest"`, ""),
		"the target not covered":   replace(InputHeader, ` "@target-uri"`, ""),
		"the purpose not covered":  replace(InputHeader, ` "x-purpose"`, ""),
		"path alone for target":    replace(InputHeader, `"@target-uri"`, `"@path"`),
		"a component twice":        replace(InputHeader, `"@method"`, `"@method" "@method"`),
		"a component's parameter":  replace(InputHeader, `"@method"`, `"@method";req`),
		"an unknown component":     replace(InputHeader, `"@method"`, `"@method" "@status"`),
		"a field in capitals":      replace(InputHeader, `"x-purpose"`, `"X-Purpose"`),
		"another algorithm":        replace(InputHeader, Algorithm, "ed25519"),
		"no algorithm":             replace(InputHeader, `;alg="sm2-sm3"`, ""),
		"no nonce":                 replace(InputHeader, "nonce", "tag"),
		"an unknown parameter":     replace(InputHeader, ";alg", ";x=1;alg"),
		"another label":            replace(SignatureHeader, "sig1", "sig2"),
		"two signatures":           func(r *http.Request) { r.Header.Set(SignatureHeader, r.Header.Get(SignatureHeader)+", sig2=:AA==:") },
		"no signature":             func(r *http.Request) { r.Header.Del(SignatureHeader) },
		"no input":                 func(r *http.Request) { r.Header.Del(InputHeader) },
		"a signature that is text": func(r *http.Request) { r.Header.Set(SignatureHeader, `sig1="abc"`) },
		"an empty signature":       func(r *http.Request) { r.Header.Set(SignatureHeader, `sig1=::`) },
		"a huge header":            func(r *http.Request) { r.Header.Set(SignatureHeader, "sig1=:"+strings.Repeat("A", 8000)+":") },
		"another digest algorithm": replace(DigestHeader, "sm3", "sha-256"),
	} {
		r := request(t, `{"a":1}`, "Content-Type", "application/json", "Idempotency-Key", "k", "If-Match", `"3"`, "X-Purpose", "p")
		if err := check(r); err != nil {
			t.Fatal(err)
		}
		r = request(t, `{"a":1}`, "Content-Type", "application/json", "Idempotency-Key", "k", "If-Match", `"3"`, "X-Purpose", "p")
		change(r)
		if err := check(r); err == nil {
			t.Errorf("%s was changed, and nobody saw it", name)
		}
	}
}

func TestABodyThatWasNotSignedForIsRefused(t *testing.T) {
	r := request(t, "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), 1
	if err := check(r); err == nil || !strings.Contains(err.Error(), compDigest) {
		t.Errorf("a body was put in: %v", err)
	}
	r = request(t, "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), -1 // chunked
	if err := check(r); err == nil {
		t.Error("a body of unknown length was put in")
	}
	r = request(t, "abc")
	r.Body = io.NopCloser(strings.NewReader("abd"))
	if err := check(r); !errors.Is(err, ErrBody) {
		t.Errorf("another body: %v", err)
	}
}

// The base of a request, written out by hand from RFC 9421, 2.5.
func TestTheSignatureBaseIsThatOfTheRFC(t *testing.T) {
	r := httptest.NewRequest("POST", target, strings.NewReader("abc"))
	r.Header.Set("X-Purpose", "one")
	r.Header.Add("X-Purpose", "two")
	m := outgoing(r)
	list := innerList([]string{"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "x-purpose"}, "k", time.Unix(1, 0), time.Unix(61, 0))
	list.Params.Add("nonce", "n")
	got, err := m.base(list)
	if err != nil {
		t.Fatal(err)
	}
	want := `"@method": POST
"@target-uri": http://gateway.test:8080/v1/zhengzhou/evidence/evidences%2F1?limit=2&x=%20
"@authority": gateway.test:8080
"@scheme": http
"@path": /v1/zhengzhou/evidence/evidences%2F1
"@query": ?limit=2&x=%20
"x-purpose": one, two
"@signature-params": ("@method" "@target-uri" "@authority" "@scheme" "@path" "@query" "x-purpose");created=1;expires=61;nonce="n";keyid="k";alg="sm2-sm3"`
	if string(got) != want {
		t.Errorf("the base is\n%s\nand must be\n%s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	r := request(f, "abc", "X-Purpose", "p")
	f.Add(r.Header.Get(InputHeader), r.Header.Get(SignatureHeader), r.Header.Get(DigestHeader), "p")
	f.Add(`sig1=();created=1`, `sig1=:AA==:`, `sm3=:AA==:`, "")
	f.Fuzz(func(t *testing.T, input, signature, digest, purpose string) {
		r := httptest.NewRequest("POST", target, strings.NewReader("abc"))
		r.Header = http.Header{InputHeader: {input}, SignatureHeader: {signature}, DigestHeader: {digest}, "X-Purpose": {purpose}}
		s, err := Parse(r, "http")
		if err != nil {
			return
		}
		if other := newKey(); s.Verify(other.Public()) == nil {
			t.Fatalf("a key that signed nothing verifies %q", input)
		}
		if s.Nonce == "" || s.KeyID == "" || !s.Expires.After(s.Created) || s.digest == nil {
			t.Fatalf("half a signature was taken: %+v", s)
		}
	})
}
