package rest

import (
	"encoding/json"
	"net/url"
	"sort"
	"strings"
	"testing"
)

// documented lists METHOD path of the document.
func documented(t *testing.T, document []byte) []string {
	t.Helper()
	var d struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	var all []string
	for path, methods := range d.Paths {
		for method := range methods {
			all = append(all, strings.ToUpper(method)+" "+path)
		}
	}
	sort.Strings(all)
	return all
}

// fill puts values into a path's parameters.
func fill(path string) string {
	return strings.NewReplacer("{city}", "zhengzhou", "{id}", "x-1", "{name}", "basic", "{function}", "F", "{job}", "J", "{webhook}", "W", "{number}", "1", "{tx}", "T", "{code}", "INPUT_INVALID").Replace(path)
}

func TestEveryDocumentedPathIsServed(t *testing.T) {
	d := open(t, realContracts(t), withModel(t, new(model)))
	d.EndStreams() // an answer that goes on and on would not be read to its end
	all := documented(t, d.Document())
	if len(all) < 30 {
		t.Fatalf("only %d paths: %v", len(all), all)
	}
	for _, route := range all {
		method, path, _ := strings.Cut(route, " ")
		body := map[string]string{"POST": "{}"}[method]
		a := d.call(t, method, fill(path), body)
		if a.status == 405 || a.status == 404 && a.code(t) == "ROUTE_UNKNOWN" {
			t.Errorf("%s is documented and not served: %d %s", route, a.status, a.body)
		}
	}
}

func TestEveryServedPathIsDocumented(t *testing.T) {
	d := open(t, realContracts(t), withModel(t, new(model)))
	in := map[string]bool{}
	for _, route := range documented(t, d.Document()) {
		method, path, _ := strings.Cut(route, " ")
		ginPath, _ := split(path)
		in[method+" "+ginPath] = true
	}
	registered := d.engine.Routes()
	if len(registered) == 0 {
		t.Fatal("nothing is registered")
	}
	for _, r := range registered {
		if !in[r.Method+" "+r.Path] {
			t.Errorf("%s %s is served and not documented", r.Method, r.Path)
		}
	}
	if actions := len(d.routes); actions != len(documented(t, d.Document())) {
		t.Errorf("%d routes and %d documented ones", actions, len(documented(t, d.Document())))
	}
}

// examples lists every example of a request's body, by route; the id in a
// route is the example's own.
func examples(t *testing.T, document []byte) map[string]map[string]json.RawMessage {
	t.Helper()
	var d struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name    string `json:"name"`
				Example string `json:"example"`
			} `json:"parameters"`
			RequestBody struct {
				Content map[string]struct {
					Example json.RawMessage `json:"example"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]json.RawMessage{}
	for path, methods := range d.Paths {
		for method, entry := range methods {
			path := path
			for _, p := range entry.Parameters {
				if p.Name == "id" {
					path = strings.Replace(path, "{id}", url.PathEscape(p.Example), 1)
				}
			}
			for media, content := range entry.RequestBody.Content {
				if content.Example == nil {
					continue
				}
				route := strings.ToUpper(method) + " " + path
				if all[route] == nil {
					all[route] = map[string]json.RawMessage{}
				}
				all[route][media] = content.Example
			}
		}
	}
	return all
}

func TestExamplesWorkAsTheyStand(t *testing.T) {
	d := open(t, realContracts(t), everybodyMayDoEverything)
	all := examples(t, d.Document())
	if len(all) < 5 {
		t.Fatalf("only %d examples", len(all))
	}
	for route, bodies := range all {
		for media, body := range bodies {
			method, path, _ := strings.Cut(route, " ")
			a := d.call(t, method, fill(path), string(body), "Content-Type", media)
			if a.status >= 400 && !strings.Contains(path, "/contracts/") && !strings.Contains(path, "/transactions:") { // these need a contract, or a certificate, of one's own
				t.Errorf("%s: the example is answered with %d %s", route, a.status, a.body)
			}
		}
	}
}
