package rest

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"henanchain/gateway/tracing"
)

// trace begins the request's span, within the caller's own where the request
// names one. Probes have none.
func (x *exchange) trace() trace.Span {
	if !tracing.On() || x.route.Public || x.route.Path == "" {
		return trace.SpanFromContext(x.ctx())
	}
	var span trace.Span
	x.context, span = tracing.BeginServer(x.ctx(), x.name(), propagation.HeaderCarrier(x.request().Header))
	return span
}

// traced ends it with what the log tells as well: no path, no body, no person.
func (x *exchange) traced(span trace.Span) {
	if !span.IsRecording() {
		return
	}
	status := x.gin.Writer.Status()
	span.SetAttributes(attribute.String("http.request.method", x.route.Method), attribute.String("http.route", x.route.Path),
		attribute.Int("http.response.status_code", status), attribute.String("hnc.request_id", x.id))
	if x.caller != nil {
		span.SetAttributes(attribute.String("hnc.app", x.caller.Name))
	}
	if x.channel != nil {
		span.SetAttributes(attribute.String("hnc.channel", x.channel.Name))
	}
	if x.txID != "" {
		span.SetAttributes(attribute.String("hnc.tx_id", x.txID))
	}
	if x.problem != nil {
		span.SetAttributes(attribute.String("error.type", x.problem.Code))
	}
	if status >= 500 {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
