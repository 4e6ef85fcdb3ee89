package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"henanchain/gateway/audit"
	"henanchain/gateway/auth"
	"henanchain/gateway/httpsig"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/internal/gm"
)

// signing is a door to which credentials can be registered while it serves.
type signing struct {
	*door
	credentials *store.Credentials
	clock       time.Duration // how far the gateway's clock is ahead
	log         *entries
}

// entries are what was put on record.
type entries struct {
	mu  sync.Mutex
	all []audit.Entry
}

func (e *entries) Append(entry *audit.Entry) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, *entry)
	return nil
}

func (e *entries) Err() error { return nil }

func (e *entries) last() audit.Entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all[len(e.all)-1]
}

func openSigning(t *testing.T, only map[string][]string) *signing {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.db")
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &signing{log: &entries{}}
	if s.credentials, err = store.OpenCredentials(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.credentials.Close() })
	s.door = open(t, func(o *Options) {
		registry, ok := o.Network.(auth.Registry)
		if !ok {
			t.Fatal("the test's network is no registry")
		}
		o.Store, o.Audit = db, s.log
		o.Auth = auth.New(registry, auth.Options{Credentials: db, Methods: only, Now: func() time.Time { return time.Now().Add(s.clock) }})
	})
	return s
}

func (s *signing) register(t *testing.T, cr store.Credential) {
	t.Helper()
	cr.Created = time.Now()
	if err := s.credentials.Add(t.Context(), &cr); err != nil {
		t.Fatal(err)
	}
}

// key makes and registers a key of the depositor.
func (s *signing) key(t *testing.T) *gm.PrivateKey {
	t.Helper()
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.register(t, store.Credential{ID: key.Public().ID(), App: "depositor", Kind: store.KindKey, Public: string(key.Public().PEM())})
	return key
}

// send signs a request, changes it, and sends it.
func (s *signing) send(t *testing.T, key *gm.PrivateKey, method, path, body string, change func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	signer := httpsig.Signer{Key: key}
	if err := signer.Sign(r, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	return roundTrip(t, r)
}

func roundTrip(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

func TestASignedRequestIsServedOnceAndOnRecordWithItsKey(t *testing.T) {
	s := openSigning(t, nil)
	key := s.key(t)
	deposit := s.example(t, "evidence", "Deposit")
	var first *http.Request
	if a := s.send(t, key, "POST", evidences, deposit, func(r *http.Request) { first = r.Clone(t.Context()) }); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if e := s.log.last(); e.App != "depositor" || e.Method != auth.Signature || e.Credential != key.Public().ID() {
		t.Errorf("on record is %+v", e)
	}
	first.Body = io.NopCloser(strings.NewReader(deposit))
	if a := roundTrip(t, first); a.status != 401 || a.code(t) != problem.NonceUsed || a.header.Get("Accept-Signature") == "" {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	if n := s.submitted(); n != 1 {
		t.Errorf("%d submissions", n)
	}
	if a := s.send(t, key, "GET", "/v1/network", "", nil); a.status != 200 {
		t.Errorf("GET: %d %s", a.status, a.body)
	}
}

func TestASignatureThatIsNotGoodIsRefusedWithTheReason(t *testing.T) {
	s := openSigning(t, nil)
	key, deposit := s.key(t), s.example(t, "evidence", "Deposit")
	stranger, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    *gm.PrivateKey
		clock  time.Duration
		change func(*http.Request)
		status int
		code   string
	}{
		"an unregistered key":      {key: stranger, status: 401, code: problem.Unauthenticated},
		"a request of yesterday":   {clock: 24 * time.Hour, status: 401, code: problem.SignatureExpired},
		"a request of tomorrow":    {clock: -24 * time.Hour, status: 401, code: problem.SignatureExpired},
		"a clock that is a little": {clock: 30 * time.Second, status: 201},
		"another path":             {change: func(r *http.Request) { r.URL.Path = "/v1/410100/evidence/evidences" }, status: 401, code: problem.SignatureInvalid},
		"a purpose put in":         {change: func(r *http.Request) { r.Header.Set(PurposeHeader, "x") }, status: 401, code: problem.SignatureInvalid},
		"a token beside it":        {change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+depositorToken) }, status: 401, code: problem.Unauthenticated},
		"half a signature":         {change: func(r *http.Request) { r.Header.Del("Signature") }, status: 401, code: problem.SignatureInvalid},
		"another body": {change: func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(deposit, "2", "3", 1)))
		}, status: 400, code: problem.BodyDigest},
	} {
		if c.key == nil {
			c.key = key
		}
		s.clock = c.clock
		before := s.submitted()
		a := s.send(t, c.key, "POST", evidences, deposit, c.change)
		if a.status != c.status || c.code != "" && a.code(t) != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, a.status, a.body, c.status, c.code)
		}
		if a.status != 201 && s.submitted() != before {
			t.Errorf("%s was refused, and came to the ledger", name)
		}
	}
}

// A file that is uploaded is judged before its end was seen unless one looks.
func TestAnUploadIsHeldToItsSignatureToTheEnd(t *testing.T) {
	s := openSigning(t, nil)
	key := s.key(t)
	form := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\nafter the end"
	send := func(body string) answer {
		return s.send(t, key, "POST", evidences+":digest", form, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		})
	}
	typed := func(body string) answer {
		r, err := http.NewRequest("POST", s.url+evidences+":digest", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		signer := httpsig.Signer{Key: key}
		if err := signer.Sign(r, []byte(form)); err != nil {
			t.Fatal(err)
		}
		return roundTrip(t, r)
	}
	if a := typed(form); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := typed(form + "!"); a.status != 400 || a.code(t) != problem.BodyDigest {
		t.Errorf("changed behind the file: %d %s", a.status, a.body)
	}
	if a := send(form + "!"); a.status != 400 || a.code(t) != problem.BodyDigest {
		t.Errorf("changed raw: %d %s", a.status, a.body)
	}
}

func TestWhatIsRevokedOrExpiredIsRefusedFromTheNextRequestOn(t *testing.T) {
	s := openSigning(t, nil)
	key := s.key(t)
	token, brief := auth.NewToken(), auth.NewToken()
	s.register(t, store.Credential{ID: gm.HexDigest([]byte(token)), App: "depositor", Kind: store.KindToken})
	s.register(t, store.Credential{ID: gm.HexDigest([]byte(brief)), App: "depositor", Kind: store.KindToken, Expires: time.Now().Add(time.Hour)})
	s.register(t, store.Credential{ID: gm.HexDigest([]byte(tokenOfKind(t))), App: "depositor", Kind: store.KindKey})
	bearer := func(token string) answer {
		return s.call(t, "GET", "/v1/network", "", "Authorization", "Bearer "+token)
	}
	for name, a := range map[string]answer{"the hand-over's token": bearer(depositorToken), "a token": bearer(token), "a token that expires": bearer(brief), "a key": s.send(t, key, "GET", "/v1/network", "", nil)} {
		if a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := bearer(auth.NewToken()); a.status != 401 || a.code(t) != problem.Unauthenticated {
		t.Errorf("a token that nobody issued: %d %s", a.status, a.body)
	}
	s.clock = 2 * time.Hour
	if a := bearer(brief); a.status != 401 || a.code(t) != problem.CredentialExpired || bytes.Contains(a.body, []byte(brief)) {
		t.Errorf("an hour later: %d %s", a.status, a.body)
	}
	s.clock = 0
	for _, id := range []string{gm.HexDigest([]byte(token)), key.Public().ID()} {
		if err := s.credentials.Revoke(t.Context(), id, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if a := bearer(token); a.status != 401 || a.code(t) != problem.CredentialRevoked {
		t.Errorf("a revoked token: %d %s", a.status, a.body)
	}
	if a := s.send(t, key, "GET", "/v1/network", "", nil); a.status != 401 || a.code(t) != problem.CredentialRevoked {
		t.Errorf("a revoked key: %d %s", a.status, a.body)
	}
	if a := bearer(depositorToken); a.status != 200 {
		t.Errorf("the hand-over's token: %d %s", a.status, a.body)
	}
}

// tokenOfKind is a text that is registered as a key and must not open as a token.
func tokenOfKind(t *testing.T) string { return "hnc_" + strings.Repeat("k", len(t.Name())) }

func TestAnApplicationCanBeHeldToSigning(t *testing.T) {
	s := openSigning(t, map[string][]string{"depositor": {auth.Signature}})
	if a := s.call(t, "GET", "/v1/network", ""); a.status != 401 || a.code(t) != problem.CredentialKind {
		t.Errorf("with a token: %d %s", a.status, a.body)
	}
	if a := s.send(t, s.key(t), "GET", "/v1/network", "", nil); a.status != 200 {
		t.Errorf("signed: %d %s", a.status, a.body)
	}
	if a := s.call(t, "GET", "/v1/network", "", "Authorization", "Bearer "+courtToken); a.status != 200 {
		t.Errorf("another application: %d %s", a.status, a.body)
	}
}

var block = regexp.MustCompile("(?s)```sh ([a-z.]+)\n(.*?)```")

// The page is the test: its own commands, with openssl and curl, against the
// real door.
func TestOpenSSLAloneSignsAsThePageSays(t *testing.T) {
	for _, tool := range []string{"openssl", "curl", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: there is no %s on this machine", tool)
		}
	}
	if out, err := exec.Command("openssl", "list", "-public-key-algorithms").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("SM2")) {
		t.Skip("skipped: this openssl knows no SM2 (want OpenSSL 3)")
	}
	blocks := map[string]string{}
	for _, found := range block.FindAllStringSubmatch(readAll(t, filepath.Join("..", "..", "docs", "signing.md")), -1) {
		blocks[found[1]] = found[2]
	}
	s := openSigning(t, map[string][]string{"depositor": {auth.Signature}})
	dir := t.TempDir()
	run := func(script string) string {
		t.Helper()
		cmd := exec.Command("sh", "-euc", script)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GATEWAY="+s.url)
		out, err := cmd.Output()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("%v: %s\n%s", err, failed.Stderr, script)
		}
		return string(out)
	}
	run(blocks["key"])
	pub, err := gm.ParsePublicKeyPEM([]byte(readAll(t, filepath.Join(dir, "pub.pem"))))
	if err != nil {
		t.Fatal(err)
	}
	s.register(t, store.Credential{ID: pub.ID(), App: "depositor", Kind: store.KindKey, Public: string(pub.PEM())})
	if err := os.WriteFile(filepath.Join(dir, "sign.sh"), []byte(blocks["sign.sh"]), 0o700); err != nil {
		t.Fatal(err)
	}
	out := run(blocks["call"])
	var network networkInfo
	var ack acknowledgement
	dec := json.NewDecoder(strings.NewReader(out))
	if err := errors.Join(dec.Decode(&network), dec.Decode(&ack)); err != nil || len(network.Channels) != 3 || ack.Receipt == nil || ack.ID != "ev-1" {
		t.Fatalf("the page's calls were answered (%v):\n%s", err, out)
	}
	last := s.log.last()
	if last.Method != auth.Signature || last.Credential != pub.ID() || last.Purpose != "signing guide" {
		t.Errorf("on record is %+v", last)
	}
	// The test could not fail if anything were taken: one byte of the body.
	if out := run(`sed 's/printf .*@method.*"$method" "$url"/printf "\\"@method\\": PUT\\n\\"@target-uri\\": %s\\n" "$url"/' sign.sh > wrong.sh; sh wrong.sh GET "$GATEWAY/v1/network"`); !strings.Contains(out, problem.SignatureInvalid) {
		t.Errorf("a wrong signature was answered %s", fmt.Sprintf("%.300s", out))
	}
}
