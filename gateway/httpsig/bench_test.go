package httpsig

import (
	"strings"
	"testing"
)

// What a signed request costs the gateway beside its work: parse, verify, and
// the body's digest; the nonce's row comes on top.
func BenchmarkVerify(b *testing.B) {
	r := request(b, strings.Repeat("x", 1024), "Content-Type", "application/json")
	for b.Loop() {
		s, err := Parse(r, "http")
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Verify(key.Public()); err != nil {
			b.Fatal(err)
		}
	}
}
