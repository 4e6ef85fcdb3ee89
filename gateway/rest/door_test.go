package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"henanchain/gateway/auth"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/catalog"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// The tokens of the two applications that tests call as.
const (
	courtToken     = "court-token-of-the-tests"
	depositorToken = "depositor-token-of-the-tests"
	makerToken     = "maker-token-of-the-tests"
)

// town is a network of the main channel and two cities, of which the
// applications may call one.
func town() *connection.Connection {
	peers := []connection.Peer{{Name: "peer0", MSPID: "HenanMSP", Address: "127.0.0.1:1"}}
	contracts := []string{"elicense", "evidence", "basic", "toy"}
	app := func(name, token string, roles ...string) connection.Application {
		return connection.Application{Name: name, MSPID: "ZhengzhouMSP", Dept: "11410100005252082W", Roles: roles,
			Cities: []string{"zhengzhou"}, Cert: "cert.pem", Key: "key.pem", TokenID: gm.HexDigest([]byte(token))}
	}
	return &connection.Connection{Province: "HenanMSP", MainChannel: "henan",
		Channels: []connection.Channel{
			{Name: "henan", Division: "410000", Title: "河南省", Organisations: []string{"HenanMSP", "ZhengzhouMSP"}, Peers: peers},
			{Name: "zhengzhou", Division: "410100", Title: "郑州市", Organisations: []string{"ZhengzhouMSP", "HenanMSP"}, Peers: peers, Contracts: contracts},
			{Name: "kaifeng", Division: "410200", Title: "开封市", Organisations: []string{"KaifengMSP", "HenanMSP"}, Peers: peers, Contracts: contracts},
		},
		Applications: []connection.Application{
			app("court", courtToken, "evidence.court", ContractCaller),
			app("depositor", depositorToken, "evidence.depositor", "licence.issuer", "signing.registrar"),
			app("maker", makerToken, "toy.maker", SubjectReader),
		},
	}
}

// ledgerFake answers as a ledger would, for what concerns HTTP only: what the
// ledgers themselves do is tested on a real network, in /test.
type ledgerFake struct {
	mu      sync.Mutex
	calls   []write.Call
	invoked []write.Invocation
	refuse  map[string]*operation.Refusal // by operation
	err     error
	records map[string]*operation.Record
	claim   operation.Claim
}

func (f *ledgerFake) Submit(_ context.Context, call write.Call) ([]write.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
	if f.err != nil {
		return nil, f.err
	}
	out := make([]write.Outcome, len(call.Requests))
	for i, r := range call.Requests {
		if refusal := f.refuse[r.Op]; refusal != nil {
			out[i].Result.Refusal = refusal
			continue
		}
		out[i] = write.Outcome{
			Result:  operation.Result{Type: "evidence", ID: "ev-1", Version: 1, Status: "ANCHORED", Digest: strings.Repeat("0", 64)},
			Receipt: &operation.Receipt{Channel: call.Channel, Contract: call.Contract, TxID: "tx", Block: 7, Index: i, Type: "evidence", ID: "ev-1", Version: 1},
		}
	}
	return out, nil
}

func (f *ledgerFake) Get(_ context.Context, at fabric.Place, recordType, id string) (*operation.Record, error) {
	if f.err != nil {
		return nil, f.err
	}
	if r := f.records[recordType+"/"+id]; r != nil {
		return r, nil
	}
	return nil, operation.Refuse("RECORD_NOT_FOUND", "there is no %s %s on %s", recordType, id, at.Channel)
}

func (f *ledgerFake) History(ctx context.Context, at fabric.Place, recordType, id string) ([]operation.Change, error) {
	r, err := f.Get(ctx, at, recordType, id)
	if err != nil {
		return nil, err
	}
	return []operation.Change{{TxID: "tx", Time: r.Time, Record: r}}, nil
}

func (f *ledgerFake) Range(context.Context, fabric.Place, string, string, int, string) (*operation.Page, error) {
	return &operation.Page{Records: []operation.Record{}}, f.err
}

func (f *ledgerFake) Verify(_ context.Context, _ fabric.Place, c operation.Claim) (*operation.Verdict, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.claim = c
	return &operation.Verdict{Type: c.Type, ID: c.ID, Reason: "there is no such record on this ledger"}, f.err
}

func (f *ledgerFake) Query(context.Context, fabric.Place, string, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage(`{}`), f.err
}

func (f *ledgerFake) Evaluate(_ context.Context, p fabric.Proposal) ([]byte, error) {
	return []byte(p.Function + "(" + string(bytes.Join(p.Args, []byte(","))) + ")"), f.err
}

func (f *ledgerFake) Invoke(_ context.Context, i write.Invocation) (*write.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.invoked = append(f.invoked, i)
	if f.err != nil {
		return nil, f.err
	}
	return &write.Outcome{Result: operation.Result{Data: json.RawMessage(`{"ok":true}`)},
		Receipt: &operation.Receipt{Channel: i.Channel, Contract: i.Contract, TxID: "tx"}}, nil
}

func (f *ledgerFake) Propose(fabric.Proposal, *fabric.Outside) (*fabric.Unsigned, error) {
	return nil, errors.New("proposals are made by the real client, see outsideDoor")
}

func (f *ledgerFake) EndorseSigned(context.Context, fabric.Proposal, *fabric.Unsigned, []byte) (*fabric.Unsigned, error) {
	return nil, errors.New("no peer is here")
}

// door is a server for tests, over real HTTP.
type door struct {
	*Server
	*ledgerFake
	url string
}

// contracts are the real ones, and the toy.
func contracts(t testing.TB) []catalog.Contract {
	t.Helper()
	all, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the catalogue is empty")
	}
	return append(all, toy())
}

// small are two contracts in a fixed form, and the toy: what the tests of HTTP
// itself are about does not move with the ledgers.
func small(t testing.TB) []catalog.Contract {
	t.Helper()
	var all []catalog.Contract
	for _, name := range []string{"elicense", "evidence"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var c catalog.Contract
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return append(all, toy())
}

// realContracts has the door serve the real contracts, in every city.
func realContracts(t testing.TB) func(*Options) {
	return func(o *Options) {
		o.Contracts = contracts(t)
		network := o.Network.Connection()
		for i := range network.Channels {
			for _, c := range o.Contracts {
				network.Channels[i].Contracts = append(network.Channels[i].Contracts, c.Name)
			}
		}
	}
}

func options(t testing.TB, f *ledgerFake) Options {
	log := zap.NewNop()
	if testing.Verbose() {
		log = zaptest.NewLogger(t)
	}
	network := directory.Fixed(town())
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "gateway.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return Options{
		Subjects: testKey(t).Resolve, Digest: testKey(t).Digest,
		Contracts: small(t), Network: network, Auth: auth.New(network, auth.Options{}), Writer: f, Store: db, Reader: f, Invoker: f, Outsider: f, Log: log,
		Limits: Limits{BodyBytes: 64 << 10, BatchBytes: 1 << 20, UploadBytes: 8 << 20, BatchOperations: 100, PageSize: 200, Timeout: 5 * time.Second},
	}
}

func open(t testing.TB, change ...func(*Options)) *door {
	t.Helper()
	f := &ledgerFake{refuse: map[string]*operation.Refusal{}, records: map[string]*operation.Record{}}
	o := options(t, f)
	for _, c := range change {
		c(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	if m, ok := o.Index.(*model); ok {
		m.begin(t, s)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &door{s, f, h.URL}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) code(t testing.TB) string {
	t.Helper()
	var d problem.Document
	if err := json.Unmarshal(a.body, &d); err != nil {
		t.Fatalf("%d with a body that is no problem document: %s", a.status, a.body)
	}
	return d.Code
}

func (a answer) problem(t testing.TB) problem.Document {
	t.Helper()
	var d problem.Document
	if err := json.Unmarshal(a.body, &d); err != nil {
		t.Fatalf("%d with a body that is no problem document: %s", a.status, a.body)
	}
	if got := a.header.Get("Content-Type"); got != problem.MediaType {
		t.Errorf("a problem document came as %q", got)
	}
	if d.Status != a.status || d.Type != problem.TypePrefix+d.Code || d.Title == "" || d.RequestID != a.header.Get(RequestIDHeader) {
		t.Errorf("the problem document does not fit its answer %d: %+v", a.status, d)
	}
	return d
}

// call makes a request as the depositor, in JSON where it has a body; headers
// are name, value, name, value and replace those.
func (d *door) call(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+depositorToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, resp.Body); err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b.Bytes()}
}

// example is an operation's example from the catalogue.
func (d *door) example(t testing.TB, contract, op string) string {
	t.Helper()
	o, ok := d.contracts[contract].Operation(op)
	if !ok || o.Example == nil {
		t.Fatalf("%s.%s has no example", contract, op)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, o.Example); err != nil {
		t.Fatal(err)
	}
	return line.String()
}

func readAll(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
