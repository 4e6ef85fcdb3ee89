package auth

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"henanchain/internal/gm"
)

// Whatever tokens come on a connection, in whatever order, each has its own digest.
func TestATokenHasItsDigestOnAnyConnection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		connections := []context.Context{context.Background(), ConnContext(context.Background()), ConnContext(context.Background())}
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			token := strings.Repeat(rapid.SampledFrom([]string{"a", "b", "ab"}).Draw(t, "of"), rapid.IntRange(0, 20).Draw(t, "times"))
			on := rapid.SampledFrom(connections).Draw(t, "on")
			if got := tokenID(on, token); got != gm.HexDigest([]byte(token)) {
				t.Fatalf("the digest of %q is %s", token, got)
			}
		}
	})
}

func TestATokenThatCameBeforeIsNotDigestedAgain(t *testing.T) {
	token := strings.Repeat("t", 43)
	on := ConnContext(context.Background())
	tokenID(on, token)
	if n := testing.AllocsPerRun(100, func() { tokenID(on, token) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
