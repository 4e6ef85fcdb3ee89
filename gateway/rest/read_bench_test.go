package rest

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkGetIndexed measures what the door adds to a read of the read model:
// everything between the request and the answer but the connection.
func BenchmarkGetIndexed(b *testing.B) {
	var m model
	d := open(b, withModel(b, &m))
	m.write(b, "zhengzhou", "Deposit", "a")
	for b.Loop() {
		r := httptest.NewRequest("GET", evidences+"/a", nil)
		r.Header.Set("Authorization", "Bearer "+depositorToken)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// BenchmarkVerifyIndexed measures the same of a verification by fields.
func BenchmarkVerifyIndexed(b *testing.B) {
	var m model
	d := open(b, withModel(b, &m))
	m.write(b, "zhengzhou", "Deposit", "a")
	claim := `{"id":"a","fileHash":"` + strings.Repeat("0", 64) + `"}`
	for b.Loop() {
		r := httptest.NewRequest("POST", evidences+":verify", strings.NewReader(claim))
		r.Header.Set("Authorization", "Bearer "+depositorToken)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
}
