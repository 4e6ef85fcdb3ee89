package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"henanchain/gateway/fabric"
	"henanchain/gateway/follow"
	"henanchain/gateway/rest"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/connection"
)

var metricName = regexp.MustCompile(`\b(henanchain|process|go)_[a-z_]+\b`)

// The names in the dashboard are those that the gateway's parts register.
func TestTheDashboardAsksForMetricsThatThereAre(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "gateway.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	network, err := fabric.New(&connection.Connection{}, fabric.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	w := write.New(network, db, write.Options{Metrics: registry})
	defer w.Close(t.Context())
	follow.New(network, nil, follow.Options{Metrics: registry})
	if _, err := rest.New(rest.Options{Metrics: registry}); err != nil {
		t.Fatal(err)
	}
	descriptions := make(chan *prometheus.Desc, 1024)
	registry.Describe(descriptions)
	close(descriptions)
	var known strings.Builder
	for d := range descriptions {
		known.WriteString(d.String() + "\n")
	}
	text, err := os.ReadFile(filepath.Join("..", "docs", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, name := range metricName.FindAllString(string(text), -1) {
		base := name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			base = strings.TrimSuffix(base, suffix)
		}
		asked++
		if !strings.Contains(known.String(), `"`+base+`"`) && !strings.Contains(known.String(), `"`+name+`"`) {
			t.Errorf("the dashboard asks for %s, which no part registers", name)
		}
	}
	if asked < 15 {
		t.Errorf("the dashboard asks for %d metrics only", asked)
	}
}
