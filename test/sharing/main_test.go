//go:build e2e

// Package sharing tells the story of data sharing on a real network, over REST,
// and then reads every block and every log for what must not stand there.
package sharing

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/testnet"
)

const (
	city   = "zhengzhou"
	ledger = "sharing"
)

var net *testnet.Net

func TestMain(m *testing.M) { testnet.Main(m, &net) }

// fields is an input.
type fields = map[string]any

// run tells this run's records from those of other runs on the same network.
var run = time.Now().UTC().Format("060102150405")

func hash(content string) string { return gm.HexDigest([]byte(run + content)) }

// system is a business system at work.
type system struct {
	t *testing.T
	*client.Client
	name, dept string
}

func as(t *testing.T, name string) *system {
	t.Helper()
	c, err := net.Client(name)
	if err != nil {
		t.Fatal(err)
	}
	return &system{t, c, name, net.Dept(name)}
}

// make makes a record and fails the test where it is refused.
func (s *system) make(collection string, in fields) *client.Acknowledgement {
	s.t.Helper()
	a, err := s.Create(s.t.Context(), city, ledger, collection, in)
	if err != nil {
		s.t.Fatalf("%s makes %s: %v", s.name, collection, err)
	}
	return a
}

// do changes a record and fails the test where that is refused.
func (s *system) do(collection, id, verb string, in fields) *client.Acknowledgement {
	s.t.Helper()
	a, err := s.Do(s.t.Context(), city, ledger, collection, id, verb, in)
	if err != nil {
		s.t.Fatalf("%s does %s of %s %s: %v", s.name, verb, collection, id, err)
	}
	return a
}

// refused fails the test where the error is not a problem of that code.
func refused(t *testing.T, code string, err error) {
	t.Helper()
	if p, ok := err.(*client.Problem); !ok || p.Code != code {
		t.Errorf("the answer is %v, not %s", err, code)
	}
}

// ask puts a query.
func ask[T any](s *system, query string, in fields) (out T) {
	s.t.Helper()
	if err := s.Ask(s.t.Context(), city, ledger, query, in, &out); err != nil {
		s.t.Fatalf("%s asks %s: %v", s.name, query, err)
	}
	return out
}

// outcome is what a use came to.
type outcome struct {
	UseID, Outcome, Reason, KeyID, WrappedKey string
	KeyVersion                                int
}

// use makes a use of any sort, which is answered or denied.
func (s *system) use(collection string, in fields) (o outcome) {
	s.t.Helper()
	a := s.make(collection, in)
	if err := json.Unmarshal(a.Data, &o); err != nil {
		s.t.Fatalf("the use answered %s: %v", a.Data, err)
	}
	return o
}

// read reads the body of a record into out, also one that another has just
// written.
func (s *system) read(collection, id string, out any) {
	s.t.Helper()
	r, err := s.FromLedger().Get(s.t.Context(), city, ledger, collection, id)
	if err == nil {
		err = json.Unmarshal(r.Body, out)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// call sends anything and answers the status and the body.
func (s *system) call(method, path, contentType string, body []byte) (int, []byte) {
	s.t.Helper()
	c, err := net.Call(s.name, method, path)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Type, c.Body = contentType, body
	a, err := c.DoFresh(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return a.Status, a.Body
}

func escape(s string) string { return url.PathEscape(s) }
