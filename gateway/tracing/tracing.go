// Package tracing tells an OpenTelemetry collector (OTLP) what became of each
// request, from the REST door to the commit. It is off unless somebody names a
// collector, by the configuration or by OpenTelemetry's own environment.
//
// A group commit carries the writes of many callers in one transaction. Its span
// belongs to the trace of one of them and is linked with the others; each
// caller's own span names the transaction.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// serviceName is the gateway's where OTEL_SERVICE_NAME gives it no other.
const serviceName = "henanchain-gateway"

// OpenTelemetry's own variables that decide whether, and how, anything is sent.
// The others (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, …) are read by its
// libraries.
const (
	envDisabled       = "OTEL_SDK_DISABLED"
	envExporter       = "OTEL_TRACES_EXPORTER"
	envEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	envTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	envProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	envTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
)

// Protocols of OTLP.
const (
	overGRPC = "grpc"
	overHTTP = "http/protobuf"
)

var on atomic.Bool

// On tells whether anything is sent, so that what only a span needs is not made
// where it is not.
func On() bool { return on.Load() }

// Start begins to send spans to the collector at endpoint, an http or https URL,
// or, where that is empty, to the one that the environment names. Where none is
// named it does nothing. The function that it returns sends what is left.
func Start(ctx context.Context, endpoint string, log *zap.Logger) (stop func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	named := endpoint != "" || os.Getenv(envEndpoint) != "" || os.Getenv(envTracesEndpoint) != ""
	if !named || strings.EqualFold(os.Getenv(envDisabled), "true") || os.Getenv(envExporter) == "none" {
		return nothing, nil
	}
	exporter, err := newExporter(ctx, endpoint)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	what, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", serviceName)), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(what))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be sent", zap.Error(err)) }))
	otel.SetTracerProvider(provider)
	on.Store(true)
	return func(ctx context.Context) error {
		on.Store(false)
		if err := provider.Shutdown(ctx); err != nil {
			return fmt.Errorf("send the last traces: %w", err)
		}
		return nil
	}, nil
}

func newExporter(ctx context.Context, endpoint string) (*otlptrace.Exporter, error) {
	protocol := os.Getenv(envTracesProtocol)
	if protocol == "" {
		protocol = os.Getenv(envProtocol)
	}
	switch protocol {
	case "", overHTTP:
		var options []otlptracehttp.Option
		if endpoint != "" {
			at, err := tracesURL(endpoint)
			if err != nil {
				return nil, err
			}
			options = append(options, otlptracehttp.WithEndpointURL(at))
		}
		return otlptracehttp.New(ctx, options...)
	case overGRPC:
		var options []otlptracegrpc.Option
		if endpoint != "" {
			options = append(options, otlptracegrpc.WithEndpointURL(endpoint))
		}
		return otlptracegrpc.New(ctx, options...)
	}
	return nil, fmt.Errorf("%s is %q: the gateway speaks %s and %s", envProtocol, protocol, overHTTP, overGRPC)
}

// tracesURL is where a collector takes traces, as the environment's endpoint is
// completed too.
func tracesURL(endpoint string) (string, error) {
	if err := Check(endpoint); err != nil {
		return "", err
	}
	return strings.TrimRight(endpoint, "/") + "/v1/traces", nil
}

// Check tells what is wrong with a collector's URL.
func Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("must be the http or https URL of an OTLP collector, such as http://127.0.0.1:4318")
	}
	return nil
}

func tracer() api.Tracer { return otel.Tracer("henanchain/gateway") }

// Begin begins a span within that of ctx.
func Begin(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, api.Span) {
	if !On() {
		return ctx, api.SpanFromContext(ctx)
	}
	return tracer().Start(ctx, name, api.WithAttributes(attributes...))
}

// BeginServer begins the span of a request, within the caller's own (W3C trace
// context) where the headers name one.
func BeginServer(ctx context.Context, name string, header propagation.TextMapCarrier) (context.Context, api.Span) {
	if !On() {
		return ctx, api.SpanFromContext(ctx)
	}
	ctx = propagation.TraceContext{}.Extract(ctx, header)
	return tracer().Start(ctx, name, api.WithSpanKind(api.SpanKindServer))
}

// maxLinks bounds the links of one transaction.
const maxLinks = 64

// BeginShared begins the span of what is done for several callers at once: within
// the first one's, and linked with the others.
func BeginShared(ctx context.Context, name string, callers []api.SpanContext, attributes ...attribute.KeyValue) (context.Context, api.Span) {
	if !On() {
		return ctx, api.SpanFromContext(ctx)
	}
	options := []api.SpanStartOption{api.WithAttributes(attributes...)}
	first := true
	for _, c := range callers {
		switch {
		case !c.IsSampled() || len(options) > maxLinks:
			continue
		case first:
			ctx, first = api.ContextWithSpanContext(ctx, c), false
		default:
			options = append(options, api.WithLinks(api.Link{SpanContext: c}))
		}
	}
	return tracer().Start(ctx, name, options...)
}

// Between records what took from began until now, within the span of ctx.
func Between(ctx context.Context, name string, began time.Time, err error, attributes ...attribute.KeyValue) {
	if !On() {
		return
	}
	_, span := tracer().Start(ctx, name, api.WithTimestamp(began), api.WithAttributes(attributes...))
	End(span, err)
}

// End ends a span, as failed where there is an error. Its text stays in the log:
// a collector is not told what callers sent.
func End(span api.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "see the gateway's log")
	}
	span.End()
}

// EndShared is End for a span of BeginShared, which was begun only where anything
// is sent.
func EndShared(span api.Span, err error) {
	if span.SpanContext().IsValid() {
		End(span, err)
	}
}
