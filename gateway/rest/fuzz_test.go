package rest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"henanchain/gateway/problem"
)

// FuzzRoutes sends any bytes to every route of the document. Whatever they are:
// no status of 5xx but 503, no panic, and every refusal is a problem document.
func FuzzRoutes(f *testing.F) {
	d := open(f, everybodyMayDoEverything)
	for i, r := range d.Routes() {
		body := []byte(`{}`)
		if r.Body != nil {
			for _, content := range r.Body.Content {
				if content.Example != nil {
					body = content.Example
				}
			}
		}
		f.Add(uint16(i), "x-1", "", typeJSON, "", body)
	}
	f.Add(uint16(3), "a%2Fb:batch", "limit=0&cursor=%ff", "application/x-ndjson", "\"3\"", []byte("[[[[\n{}"))
	f.Fuzz(func(t *testing.T, route uint16, id, query, media, header string, body []byte) {
		r := d.routes[int(route)%len(d.routes)]
		path := fill(strings.ReplaceAll(r.Path, "{id}", url.PathEscape(id)))
		request, err := http.NewRequest(r.Method, "http://gateway"+path, bytes.NewReader(body))
		if err != nil {
			t.Skip()
		}
		request.URL.RawQuery = query
		request.RemoteAddr = "192.0.2.1:1"
		for _, name := range []string{"If-Match", "If-None-Match", "Idempotency-Key", "X-Purpose", "Accept-Language", "X-Request-ID"} {
			if header != "" {
				request.Header.Set(name, header)
			}
		}
		request.Header.Set("Content-Type", media)
		request.Header.Set("Authorization", "Bearer "+depositorToken)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, request)
		if w.Code >= 500 && w.Code != 503 {
			t.Fatalf("%s %s: %d %s", r.Method, path, w.Code, w.Body)
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != problem.MediaType {
			t.Fatalf("%s %s: %d without a problem document: %s", r.Method, path, w.Code, w.Body)
		}
	})
}
