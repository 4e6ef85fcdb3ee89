// Package client calls the gateway from Go, as a business system does: write a
// record, read it, verify it. Every refusal comes back as a *Problem.
package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"henanchain/gateway/httpsig"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// Client calls one gateway as one business system. It is safe for concurrent
// use; the With methods return a client of their own.
type Client struct {
	base    string
	token   string
	signer  *httpsig.Signer
	http    *http.Client
	header  http.Header
	retries int

	fromLedger bool
}

// New makes a client of the gateway at base, such as http://127.0.0.1:21080,
// with a bearer token. A nil httpClient is http.DefaultClient.
func New(base, token string, httpClient *http.Client) *Client {
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	return &Client{base: strings.TrimRight(base, "/"), token: token, http: httpClient}
}

// NewSigning makes a client that signs every request with an SM2 key that is
// registered for the application, in place of a token. The key is in PEM, as
// openssl writes it.
func NewSigning(base string, keyPEM []byte, httpClient *http.Client) (*Client, error) {
	key, err := gm.ParsePrivateKeyPEM(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the signing key: %w", err)
	}
	c := New(base, "", httpClient)
	c.signer = &httpsig.Signer{Key: key}
	return c, nil
}

// WithIdempotencyKey makes writes that are done once: sent again with the same
// key and input, they are answered as the first time. Give each write its own.
func (c *Client) WithIdempotencyKey(key string) *Client { return c.with("Idempotency-Key", key) }

// WithPurpose states what calls are for (使用目的); the audit log keeps it.
func (c *Client) WithPurpose(text string) *Client { return c.with("X-Purpose", url.PathEscape(text)) }

// WithVersion makes writes that are done only if the record has that version.
func (c *Client) WithVersion(version int) *Client {
	return c.with("If-Match", `"`+strconv.Itoa(version)+`"`)
}

// WithWait makes a read of a record wait, for up to 30 seconds, until its status
// is one that nothing leads out of.
func (c *Client) WithWait(d time.Duration) *Client {
	return c.with("Prefer", "wait="+strconv.Itoa(max(1, int(d/time.Second))))
}

// FromLedger makes reads ask the peers, and not the read model, which may be a
// moment behind what other applications wrote.
func (c *Client) FromLedger() *Client {
	own := *c
	own.fromLedger = true
	return &own
}

// consistent names where a read is to be answered from.
func (c *Client) consistent(path string) string {
	if c.fromLedger {
		return path + "?consistency=ledger"
	}
	return path
}

// WithRetries tries a call again, up to n times, when the gateway says that it
// is busy or that the ledger is away (429, 503), after the time that it names.
// Writes are tried again only with an idempotency key.
func (c *Client) WithRetries(n int) *Client {
	own := *c
	own.retries = n
	return &own
}

func (c *Client) with(name, value string) *Client {
	own := *c
	own.header = c.header.Clone()
	if own.header == nil {
		own.header = http.Header{}
	}
	own.header.Set(name, value)
	return &own
}

// Acknowledgement is the answer to a write: the record as it is now, and the
// receipt that says where on the ledger the write stands. The receipt is nil
// where the record was there already, the same.
type Acknowledgement struct {
	operation.Result
	Receipt *operation.Receipt `json:"receipt"`
}

// Problem is the gateway's refusal (RFC 9457).
type Problem struct {
	Status    int                    `json:"status"`
	Code      string                 `json:"code"`
	Title     string                 `json:"title"`
	Detail    string                 `json:"detail"`
	RequestID string                 `json:"requestId"`
	Errors    []operation.FieldError `json:"errors"`
	// Location is the path of the record that stands in the way, where one does.
	Location string `json:"-"`
}

// Error reads "STATUS CODE: detail (field: message; …)".
func (p *Problem) Error() string {
	r := operation.Refusal{Code: p.Code, Message: p.Detail, Fields: p.Errors}
	return fmt.Sprintf("%d %s", p.Status, r.Error())
}

// Create makes a record in a collection of a city's ledger.
func (c *Client) Create(ctx context.Context, city, ledger, collection string, input any) (*Acknowledgement, error) {
	return call[Acknowledgement](ctx, c, http.MethodPost, path(city, ledger, collection), input)
}

// Do runs an operation, by its verb, on an existing record.
func (c *Client) Do(ctx context.Context, city, ledger, collection, id, verb string, input any) (*Acknowledgement, error) {
	return call[Acknowledgement](ctx, c, http.MethodPost, path(city, ledger, collection, id, verb), input)
}

// Get reads a record.
func (c *Client) Get(ctx context.Context, city, ledger, collection, id string) (*operation.Record, error) {
	return call[operation.Record](ctx, c, http.MethodGet, c.consistent(path(city, ledger, collection, id)), nil)
}

// History reads every version of a record, oldest first.
func (c *Client) History(ctx context.Context, city, ledger, collection, id string) ([]operation.Change, error) {
	h, err := call[struct {
		Changes []operation.Change `json:"changes"`
	}](ctx, c, http.MethodGet, c.consistent(path(city, ledger, collection, id, "history")), nil)
	if err != nil {
		return nil, err
	}
	return h.Changes, nil
}

// Verify asks whether a claim about a record holds. The collection gives the
// claim its type.
func (c *Client) Verify(ctx context.Context, city, ledger, collection string, claim map[string]any) (*operation.Verdict, error) {
	return call[operation.Verdict](ctx, c, http.MethodPost, c.consistent(path(city, ledger, collection)+":verify"), claim)
}

// Ask puts a query to a ledger; its answer is read into out.
func (c *Client) Ask(ctx context.Context, city, ledger, query string, input, out any) error {
	raw, err := call[json.RawMessage](ctx, c, http.MethodPost, path(city, ledger, "queries", query), input)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(*raw, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", query, err)
	}
	return nil
}

// Ready tells whether the gateway can do its work; the problem says what is
// missing where it cannot.
func (c *Client) Ready(ctx context.Context) error {
	_, err := call[json.RawMessage](ctx, c, http.MethodGet, "/readyz", nil)
	return err
}

func path(segments ...string) string {
	p := "/v1"
	for _, s := range segments {
		p += "/" + url.PathEscape(s)
	}
	return p
}
