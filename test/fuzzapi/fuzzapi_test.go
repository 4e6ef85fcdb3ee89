package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"henanchain/gateway/rest"
	"henanchain/internal/catalog"
)

// serve is a gateway's document, and a handler behind it.
func serve(t *testing.T, handler http.HandlerFunc) (*document, string) {
	t.Helper()
	contracts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := rest.New(rest.Options{Contracts: contracts})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) { w.Write(s.Document()) }) //nolint:errcheck // the test tells
	mux.HandleFunc("/", handler)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	doc, err := fetch(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return doc, strings.TrimPrefix(server.URL, "http://")
}

// fuzz makes requests until n have come to the handler, and returns the judge.
func fuzz(t *testing.T, handler http.HandlerFunc, n int64) (*judge, *document) {
	t.Helper()
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	var came atomic.Int64
	doc, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		handler(w, r)
		if came.Add(1) == n {
			enough()
		}
	})
	if len(doc.operations) < 200 {
		t.Fatalf("only %d operations", len(doc.operations))
	}
	j := &judge{statuses: map[int]int{}, reached: map[string]int{}, secrets: []secret{{"the token of app", "token-0123456789"}}}
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2)), doc: doc, tokens: []string{"token-0123456789"}, cities: []string{"zhengzhou"}}
	work(ctx, address, g, j)
	return j, doc
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // whatever it is
		w.Header().Set("X-Request-ID", "r")
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // the test tells
	}
}

func TestManyKindsOfRequestsComeToWhomAnswersWell(t *testing.T) {
	var mu sync.Mutex
	methods, bodies := map[string]int{}, map[string]int{}
	j, doc := fuzz(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) //nolint:errcheck // whatever it is
		mu.Lock()
		methods[r.Method]++
		bodies[string(body[:min(len(body), 60)])]++
		mu.Unlock()
		w.Header().Set("X-Request-ID", "r")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"code":"ROUTE_UNKNOWN","title":"none"}`) //nolint:errcheck // the test tells
	}, 2000)
	mu.Lock()
	defer mu.Unlock()
	if len(j.faults) > 0 {
		t.Errorf("a gateway that answers well has %d faults, such as %s", len(j.faults), j.faults[0])
	}
	if j.requests < 1000 || len(j.reached) < 100 || methods["POST"] == 0 || methods["GET"] == 0 || len(bodies) < 100 {
		t.Errorf("%d requests to %d of %d operations, methods %v, %d bodies", j.requests, len(j.reached), len(doc.operations), methods, len(bodies))
	}
}

func TestWhatMustNotBeIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a 500":             {500, `{"code":"INTERNAL_ERROR","title":"x"}`, "was answered 500"},
		"no problem":        {400, `bad`, "no problem document"},
		"a stack trace":     {400, `{"code":"X","title":"goroutine 7 [running]"}`, "goroutine 7"},
		"a secret":          {200, `{"token":"token-0123456789"}`, "the token of app"},
		"a Go file's place": {200, `{"at":"writer.go:17"}`, ".go:17"},
	} {
		t.Run(name, func(t *testing.T) {
			// Enough that some requests do not carry the secret themselves.
			j, _ := fuzz(t, answer(c.status, c.body), 100)
			if len(j.faults) == 0 || !strings.Contains(j.faults[0], c.want) {
				t.Errorf("found %d faults: %.300v", len(j.faults), j.faults)
			}
		})
	}
}
