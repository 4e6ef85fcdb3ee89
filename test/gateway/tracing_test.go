//go:build e2e

package gateway

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"henanchain/gateway/client"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// spans is an OTLP collector.
type spans struct {
	mu  sync.Mutex
	all []*otlp.Span
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &in) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range in.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			s.all = append(s.all, scope.Spans...)
		}
	}
}

// of finds the spans of a trace by their names.
func (s *spans) of(trace string) map[string]*otlp.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]*otlp.Span{}
	for _, span := range s.all {
		if hex.EncodeToString(span.TraceId) == trace {
			found[span.Name] = span
		}
	}
	return found
}

func attributes(s *otlp.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.GetAttributes() {
		all[a.Key] = a.Value.GetStringValue()
	}
	return all
}

// secondGateway runs a gateway beside the network's own, on this network, with a
// store and a log of its own.
func secondGateway(t *testing.T, env ...string) (url string, log *bytes.Buffer) {
	t.Helper()
	address := testnet.Address(t)
	dir := t.TempDir()
	cmd := net.Gateway("serve")
	cmd.Env = append(append(os.Environ(), "HNC_GATEWAY_LISTEN="+address, "HNC_GATEWAY_STORE_DSN=sqlite:"+filepath.Join(dir, "gateway.db"),
		"HNC_GATEWAY_AUDIT_FILE="+filepath.Join(dir, "audit.jsonl"), "HNC_GATEWAY_INDEX_ENABLED=false"), env...)
	log = &bytes.Buffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("the second gateway ended with %v: %.2000s", err, log)
		}
	})
	url = "http://" + address
	testnet.Ready(t, url)
	return url, log
}

func TestATraceGoesFromTheDoorToTheCommit(t *testing.T) {
	told := &spans{}
	receiver := httptest.NewServer(told)
	defer receiver.Close()
	url, _ := secondGateway(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.URL, "OTEL_BSP_SCHEDULE_DELAY=100")
	token, err := net.Token(journey.Notary)
	if err != nil {
		t.Fatal(err)
	}
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	calls := &http.Client{Transport: withHeader{"Traceparent", "00-" + trace + "-" + parent + "-01"}}
	ack, err := client.New(url, token, calls).Create(t.Context(), journey.City, "evidence", "evidences", deposit(t, "traced"))
	if err != nil {
		t.Fatal(err)
	}
	within := map[string]string{"POST /v1/{city}/evidence/evidences": "", "write": "POST /v1/{city}/evidence/evidences", "transaction": "write",
		"endorse": "transaction", "outbox": "transaction", "order and commit": "transaction"}
	testnet.Eventually(t, "every span is told", func() error {
		found := told.of(trace)
		for name, outer := range within {
			span := found[name]
			switch {
			case span == nil:
				return fmt.Errorf("there is no span %q among %d", name, len(found))
			case outer == "" && hex.EncodeToString(span.ParentSpanId) != parent:
				return fmt.Errorf("the request is not within the caller's span: %v", span)
			case outer != "" && (found[outer] == nil || !bytes.Equal(span.ParentSpanId, found[outer].SpanId)):
				return fmt.Errorf("%q is not within %q: %v", name, outer, span)
			}
		}
		if got := attributes(found["transaction"]); got["hnc.tx_id"] != ack.Receipt.TxID || got["hnc.code"] != "VALID" {
			return fmt.Errorf("the transaction's span is %v, the receipt %+v", got, ack.Receipt)
		}
		return nil
	})
}

// withHeader sends a header with each request.
type withHeader struct{ name, value string }

func (h withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set(h.name, h.value)
	return http.DefaultTransport.RoundTrip(r)
}
