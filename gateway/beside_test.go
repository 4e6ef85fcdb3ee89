package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/directory"
	"henanchain/internal/connection"
)

func TestAProgramBesideAGatewayTellsHowItIsAndEndsWithItsWork(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	var missing error
	b := &beside{dir: directory.Fixed(&connection.Connection{}), log: zap.NewNop(), metrics: prometheus.NewRegistry(), ready: func(context.Context) error { return missing }}
	b.metrics.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "one"}))
	worked := false
	work := func(context.Context) { worked = true }
	// It waits for nothing, though its context never ends.
	if err := b.run(t.Context(), address, work); err == nil || worked {
		t.Errorf("with an address that is taken: %v, worked: %v", err, worked)
	}
	if err := b.run(t.Context(), "", work); err != nil || !worked {
		t.Errorf("without an address: %v, worked: %v", err, worked)
	}

	defer b.tell(taken).Close()
	get := func(path string) (int, string) {
		t.Helper()
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if status, body := get("/readyz"); status != 200 || body != "ok\n" {
		t.Errorf("ready: %d %s", status, body)
	}
	if status, body := get("/metrics"); status != 200 || !strings.Contains(body, "one 0") {
		t.Errorf("metrics: %d %s", status, body)
	}
	missing = errors.New("henan/follower: stopped")
	if status, body := get("/readyz"); status != 503 || !strings.Contains(body, "henan/follower") {
		t.Errorf("not ready: %d %s", status, body)
	}
}
