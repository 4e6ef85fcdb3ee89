package tracing

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	api "go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	proto "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	pb "google.golang.org/protobuf/proto"
)

// receiver is an OTLP collector.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu      sync.Mutex
	spans   []*proto.Span
	service string
}

func (r *receiver) Export(_ context.Context, in *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range in.ResourceSpans {
		for _, a := range of.Resource.Attributes {
			if a.Key == "service.name" {
				r.service = a.Value.GetStringValue()
			}
		}
		for _, s := range of.ScopeSpans {
			r.spans = append(r.spans, s.Spans...)
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	in := &collector.ExportTraceServiceRequest{}
	if err != nil || req.URL.Path != "/v1/traces" || pb.Unmarshal(body, in) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	r.Export(req.Context(), in) //nolint:errcheck // it never fails
}

func (r *receiver) named(t *testing.T, name string) *proto.Span {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no span %q among %d", name, len(r.spans))
	return nil
}

func serveGRPC(t *testing.T, r *receiver) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	collector.RegisterTraceServiceServer(s, r)
	go s.Serve(l) //nolint:errcheck // it ends with the test
	t.Cleanup(s.Stop)
	return "http://" + l.Addr().String()
}

func serveHTTP(t *testing.T, r *receiver) string {
	t.Helper()
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s.URL
}

// calm clears what the environment of the test may say.
func calm(t *testing.T) {
	for _, name := range []string{envDisabled, envExporter, envEndpoint, envTracesEndpoint, envProtocol, envTracesProtocol} {
		t.Setenv(name, "")
	}
}

func TestACollectorIsToldOfARequestAndOfWhatItSharesWithOthers(t *testing.T) {
	for name, c := range map[string]struct {
		serve    func(*testing.T, *receiver) string
		protocol string
		byConfig bool
	}{
		"HTTP, by the environment":  {serveHTTP, "", false},
		"HTTP, by configuration":    {serveHTTP, overHTTP, true},
		"gRPC, by the environment":  {serveGRPC, overGRPC, false},
		"gRPC, by configuration":    {serveGRPC, overGRPC, true},
		"HTTP, by its own variable": {serveHTTP, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			calm(t)
			r := &receiver{}
			endpoint := c.serve(t, r)
			t.Setenv(envProtocol, c.protocol)
			if !c.byConfig {
				t.Setenv(envEndpoint, endpoint)
				endpoint = ""
			}
			stop, err := Start(t.Context(), endpoint, zap.NewNop())
			if err != nil || !On() {
				t.Fatal(err)
			}
			header := propagation.HeaderCarrier{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
			ctx, request := BeginServer(t.Context(), "POST /v1/{city}/evidence/evidences", header)
			_, other := BeginServer(t.Context(), "another", propagation.HeaderCarrier{})
			within, shared := BeginShared(context.Background(), "transaction", []api.SpanContext{{}, request.SpanContext(), other.SpanContext()})
			_, step := Begin(within, "endorse")
			End(step, errors.New("a secret"))
			End(shared, nil)
			End(request, nil)
			End(other, nil)
			if api.SpanFromContext(ctx) != request {
				t.Error("the request's span is not in its context")
			}
			if err := stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			first, tx, endorse := r.named(t, "POST /v1/{city}/evidence/evidences"), r.named(t, "transaction"), r.named(t, "endorse")
			if hexOf(first.TraceId) != "0af7651916cd43dd8448eb211c80319c" || hexOf(first.ParentSpanId) != "b7ad6b7169203331" || first.Kind != proto.Span_SPAN_KIND_SERVER {
				t.Errorf("the request's span is %v", first)
			}
			if string(tx.ParentSpanId) != string(first.SpanId) || len(tx.Links) != 1 || string(tx.Links[0].SpanId) != string(r.named(t, "another").SpanId) {
				t.Errorf("the transaction's span is %v", tx)
			}
			if string(endorse.ParentSpanId) != string(tx.SpanId) || endorse.Status.Code != proto.Status_STATUS_CODE_ERROR || endorse.Status.Message == "a secret" {
				t.Errorf("the endorsement's span is %v", endorse)
			}
			if r.service != serviceName {
				t.Errorf("the service is %q", r.service)
			}
		})
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := []byte{}
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

func TestNothingIsSentWhereNobodyNamesACollector(t *testing.T) {
	for name, set := range map[string][2]string{"nothing": {envProtocol, ""}, "disabled": {envDisabled, "true"}, "no exporter": {envExporter, "none"}} {
		t.Run(name, func(t *testing.T) {
			calm(t)
			if name != "nothing" {
				t.Setenv(envEndpoint, "http://127.0.0.1:1")
			}
			t.Setenv(set[0], set[1])
			stop, err := Start(t.Context(), "", zap.NewNop())
			if err != nil || On() {
				t.Errorf("%v, on: %v", err, On())
			}
			if _, span := Begin(t.Context(), "x"); span.IsRecording() {
				t.Error("a span is recorded")
			}
			if err := stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACollectorThatCannotBeIsRefused(t *testing.T) {
	calm(t)
	for _, endpoint := range []string{"collector", "ftp://x", "http://", "://"} {
		if _, err := Start(t.Context(), endpoint, zap.NewNop()); err == nil {
			t.Errorf("%q is a collector", endpoint)
		}
	}
	t.Setenv(envProtocol, "http/json")
	if _, err := Start(t.Context(), "http://127.0.0.1:4318", zap.NewNop()); err == nil {
		t.Error("JSON is spoken")
	}
}
