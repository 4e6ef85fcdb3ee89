package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/tmaxmax/go-sse"
	"go.uber.org/zap"

	"henanchain/gateway/events"
	"henanchain/gateway/index"
	"henanchain/gateway/store"
	"henanchain/gateway/webhook"
	chain "henanchain/internal/block"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// model is a read model of the tests, with blocks that they make.
type model struct {
	*index.Index
	hub        *events.Hub
	sender     *webhook.Sender
	deliverer  *webhook.Deliverer
	key        *gm.PrivateKey
	next       map[string]uint64
	body, dept string // of the records that are written; empty: something
}

// withModel has the door serve a read model, and tell of events from it.
func withModel(t testing.TB, m *model) func(*Options) {
	return func(o *Options) {
		x, err := index.Open(context.Background(), filepath.Join(t.TempDir(), "index.db"), index.Options{Contracts: o.Contracts})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close() })
		key, err := gm.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		*m = model{Index: x, key: key, next: map[string]uint64{}, hub: events.NewHub(x, zap.NewNop()),
			sender: webhook.NewSender(webhook.SenderOptions{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Plain: true, Key: key})}
		o.Index, o.IndexWait, o.Events, o.Sight, o.Webhooks, o.Sender = m, 10*time.Millisecond, m.hub, events.NewSight(x, o.Contracts), o.Store.(*store.Store), m.sender
		o.Wake = func() { m.deliverer.Wake() }
	}
}

// begin tells of events as long as the test runs.
func (m *model) begin(t testing.TB, s *Server) {
	m.deliverer = webhook.New(s.Store.(*store.Store), m.hub, m.sender, s.WebhookRights(), webhook.Options{Attempts: 2})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { m.hub.Run(ctx) })
	running.Go(func() { m.deliverer.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// write brings a block with records of the evidence ledger.
func (m *model) write(t testing.TB, channel, op string, ids ...string) uint64 {
	t.Helper()
	body := m.body
	if body == "" {
		body = `{"name":"购销合同"}`
	}
	var all []operation.Record
	for _, id := range ids {
		all = append(all, operation.Record{Type: "evidence", ID: id, Status: "ANCHORED", Op: op, Dept: m.dept, Body: json.RawMessage(body)})
	}
	return m.put(t, channel, "evidence", all...)
}

// put brings a block with records of a ledger.
func (m *model) put(t testing.TB, channel, contract string, records ...operation.Record) uint64 {
	t.Helper()
	number := m.next[channel]
	m.next[channel]++
	at := time.Date(2026, 3, 1, 2, 0, int(number), 0, time.UTC)
	tx := chain.Transaction{ID: fmt.Sprintf("%s-tx-%d", channel, number), Type: common.HeaderType_ENDORSER_TRANSACTION, Channel: channel, Time: at, Contract: contract, Function: operation.Apply,
		Creator: chain.Identity{MSP: "ZhengzhouMSP", App: "depositor"}}
	ns := chain.Namespace{Contract: contract}
	for _, r := range records {
		r.Version, r.Org, r.App, r.Time = max(r.Version, 1), "ZhengzhouMSP", "depositor", at.Format(time.RFC3339)
		value, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		ns.Writes = append(ns.Writes, chain.Write{Key: r.Type + "/" + r.ID, Value: value})
	}
	tx.Namespaces = []chain.Namespace{ns}
	b := index.Block{Number: number, Hash: []byte(tx.ID), DataHash: []byte("d"), Transactions: []chain.Transaction{tx}}
	if number == 0 {
		b.Config = &common.Block{Header: &common.BlockHeader{}}
	}
	if err := m.Apply(t.Context(), channel, []index.Block{b}); err != nil {
		t.Fatal(err)
	}
	return number
}

// listen reads a stream until so many events came, and returns them with the
// id of the last.
func listen(t *testing.T, d *door, path string, n int, header ...string) (all []events.Event, last string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+depositorToken)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s: %d %s %s", path, resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
	for e, err := range sse.Read(resp.Body, nil) {
		if err != nil {
			t.Fatalf("%s: %d events, then %v", path, len(all), err)
		}
		last = e.LastEventID
		if e.Data == "" {
			continue
		}
		var got events.Event
		if err := json.Unmarshal([]byte(e.Data), &got); err != nil {
			t.Fatalf("%q: %v", e.Data, err)
		}
		if all = append(all, got); len(all) == n {
			return all, last
		}
	}
	t.Fatalf("%s: the stream ended after %d events", path, len(all))
	return nil, ""
}

func idsOf(all []events.Event) string {
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

func TestAStreamGoesOnAfterTheLastEventWithoutAGap(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	m.write(t, "zhengzhou", "Deposit", "a", "b")
	m.write(t, "zhengzhou", "Deposit", "c")
	m.write(t, "kaifeng", "Deposit", "x") // which the depositor may not call
	got, last := listen(t, d, "/v1/events?city=zhengzhou&from=0", 2)
	if idsOf(got) != "zhengzhou-1 zhengzhou-2" || got[0].Data.City != "zhengzhou" || got[0].Type != "henanchain.evidence.Deposit" || got[0].Data.Status != "ANCHORED" || len(got[0].Data.Record) == 0 || got[0].Data.TxID != "zhengzhou-tx-0" {
		t.Errorf("the stream began with %+v", got)
	}
	m.write(t, "zhengzhou", "Deposit", "d")
	if got, last = listen(t, d, "/v1/events", 2, "Last-Event-ID", last); idsOf(got) != "zhengzhou-3 zhengzhou-4" {
		t.Errorf("it went on with %s", idsOf(got))
	}
	go func() {
		time.Sleep(100 * time.Millisecond)
		m.write(t, "zhengzhou", "Deposit", "e")
	}()
	if got, _ = listen(t, d, "/v1/events?lastEventId="+last, 1); idsOf(got) != "zhengzhou-5" {
		t.Errorf("then came %s", idsOf(got))
	}
	if got, _ = listen(t, d, "/v1/events?city=410100&from=1", 1); idsOf(got) != "zhengzhou-3" {
		t.Errorf("from block 1 came %s", idsOf(got))
	}
}

func TestAStreamHoldsWhatItsFilterLetsThrough(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	m.write(t, "zhengzhou", "Deposit", "a")
	m.write(t, "zhengzhou", "Submit", "a")
	m.write(t, "zhengzhou", "Deposit", "b")
	if got, _ := listen(t, d, "/v1/events?from=0&operation=Submit&ledger=evidence&type=evidence&status=ANCHORED", 1); idsOf(got) != "zhengzhou-2" {
		t.Errorf("came %s", idsOf(got))
	}
	for query, want := range map[string]string{
		"city=atlantis": "404 CITY_UNKNOWN", "city=kaifeng": "403 CITY_FORBIDDEN", "colour=red": "422 INPUT_INVALID", "ledger=astrology": "422 INPUT_INVALID", "operation=Depsoit": "422 INPUT_INVALID",
		"status=LOST": "422 INPUT_INVALID", "from=x": "422 INPUT_INVALID", "from=99": "404 BLOCK_NOT_FOUND", "lastEventId=nonsense": "422 INPUT_INVALID",
	} {
		a := d.call(t, "GET", "/v1/events?"+query, "")
		if got := fmt.Sprintf("%d %s", a.status, a.code(t)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// What is hidden from a caller on every other way of reading is in no event.
func TestAnEventOfASealedRecordIsForThoseWhoHaveAPartInIt(t *testing.T) {
	var m model
	d := open(t, realContracts(t), withModel(t, &m))
	m.write(t, "zhengzhou", "Deposit", "a", "b")
	m.body, m.dept = `{"name":"购销合同","sealed":"涉密"}`, "91410100MA9YTT01X0" // of another department than the caller's
	m.write(t, "zhengzhou", "Seal", "a")
	m.write(t, "zhengzhou", "Deposit", "c")
	m.body = ""
	m.write(t, "zhengzhou", "Deposit", "d")
	if got, _ := listen(t, d, "/v1/events?from=0", 2); idsOf(got) != "zhengzhou-2 zhengzhou-5" {
		t.Errorf("came %s", idsOf(got))
	}
}

func TestStreamsEndWhenTheGatewayStops(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	r, err := http.NewRequest(http.MethodGet, d.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+depositorToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	d.EndStreams()
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, resp.Body) //nolint:errcheck // that it ends is what counts
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the stream goes on")
	}
}

func TestAStreamOutlivesTheTimeLimitOfRequests(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m), func(o *Options) { o.Limits.Timeout = time.Second })
	h := httptest.NewUnstartedServer(d.Server)
	h.Config.ReadTimeout = 2 * time.Second
	h.Start()
	defer h.Close()
	defer d.EndStreams()
	d.url = h.URL
	m.write(t, "zhengzhou", "Deposit", "a")
	go func() {
		time.Sleep(3 * time.Second)
		m.write(t, "zhengzhou", "Deposit", "b")
	}()
	if got, _ := listen(t, d, "/v1/events?from=0", 2); idsOf(got) != "zhengzhou-1 zhengzhou-2" {
		t.Errorf("came %s", idsOf(got))
	}
}
