//go:build e2e

// Package ledgers tells each ledger's main story on a real network, over REST.
package ledgers

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/testnet"
)

const city = "zhengzhou"

var net *testnet.Net

func TestMain(m *testing.M) { testnet.Main(m, &net) }

// system is a business system's client.
func system(t *testing.T, name string) *client.Client {
	t.Helper()
	token, err := net.Token(name)
	if err != nil {
		t.Fatal(err)
	}
	return client.New(net.Connection.Gateway, token, &http.Client{Transport: personal})
}

// fields is an input.
type fields = map[string]any

// run tells this run's records from those of other runs on the same network.
var run = time.Now().UTC().Format("20060102150405")

// hash is the digest of a file of this run.
func hash(content string) string { return gm.HexDigest([]byte(run + content)) }

// subject names somebody by an identity number, for the gateway to hash.
func subject(idType, number string) fields { return fields{"type": idType, "number": number} }

// done fails the test where a write was refused.
func done(t *testing.T) func(*client.Acknowledgement, error) *client.Acknowledgement {
	return func(a *client.Acknowledgement, err error) *client.Acknowledgement {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// there fails the test where a record was not made and was not there before,
// from another run on the same network.
func there(t *testing.T) func(*client.Acknowledgement, error) {
	return func(_ *client.Acknowledgement, err error) {
		t.Helper()
		if problem, ok := err.(*client.Problem); err != nil && !(ok && problem.Code == "RECORD_EXISTS") {
			t.Fatal(err)
		}
	}
}

// refused fails the test where a write was not refused with the code.
func refused(t *testing.T, code string) func(*client.Acknowledgement, error) {
	return func(a *client.Acknowledgement, err error) {
		t.Helper()
		problem, ok := err.(*client.Problem)
		if !ok || problem.Code != code {
			t.Errorf("the answer is %+v %v, not %s", a, err, code)
		}
	}
}

// ask puts a query and fails the test where it is refused.
func ask[T any](t *testing.T, c *client.Client, ledger, query string, in fields) T {
	t.Helper()
	var out T
	if err := c.Ask(t.Context(), city, ledger, query, in, &out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// bodyOf reads a record's body.
func bodyOf(t *testing.T, c *client.Client, ledger, collection, id string) fields {
	t.Helper()
	r, err := c.Get(t.Context(), city, ledger, collection, id)
	if err != nil {
		t.Fatal(err)
	}
	var body fields
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// read gets a path of the city as a business system.
func read(t *testing.T, system, path string) (status int, body string) {
	t.Helper()
	c, err := net.Call(system, http.MethodGet, "/v1/"+city+"/"+path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.DoFresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a.Status, string(a.Body)
}
