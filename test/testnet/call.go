package testnet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"henanchain/gateway/problem"
)

// Call is a call of a gateway made by hand: for what the gateway's client does
// not do, and for what it would not.
type Call struct {
	Method string // GET where it is empty
	URL    string
	Token  string // nobody calls where it is empty
	Type   string // of the body
	Body   []byte
	Header map[string]string
}

// Answer is what came back, whatever it is.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do makes the call once.
func (c Call) Do(ctx context.Context) (*Answer, error) {
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Method, c.URL, err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Type != "" {
		req.Header.Set("Content-Type", c.Type)
	}
	for name, value := range c.Header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Method, c.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", c.Method, c.URL, err)
	}
	return &Answer{resp.StatusCode, resp.Header, body}, nil
}

// DoFresh makes the call again while the gateway answers that its read model is
// behind, as it asks callers to: on a busy machine it may be for a while.
func (c Call) DoFresh(ctx context.Context) (*Answer, error) {
	for end := time.Now().Add(Patience); ; time.Sleep(200 * time.Millisecond) {
		a, err := c.Do(ctx)
		if err != nil || !a.behind() || time.Now().After(end) {
			return a, err
		}
	}
}

func (a *Answer) behind() bool {
	var p struct{ Code string }
	return a.Status == http.StatusServiceUnavailable && json.Unmarshal(a.Body, &p) == nil && p.Code == problem.IndexBehind
}

// Call is a call of the network's gateway by a business system; an empty name
// calls as nobody.
func (n *Net) Call(system, method, path string) (Call, error) {
	c := Call{Method: method, URL: n.Connection.Gateway + path}
	var err error
	if system != "" {
		c.Token, err = n.Token(system)
	}
	return c, err
}
