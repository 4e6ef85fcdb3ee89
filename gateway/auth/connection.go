package auth

import (
	"context"
	"crypto/subtle"
	"sync/atomic"

	"henanchain/internal/gm"
)

// lastToken is the token that came last on a connection, with its SM3: callers
// keep their connections, and send the same token with each of thousands of
// requests.
type lastToken struct{ token, id string }

type connectionKey struct{}

// ConnContext gives a connection a memory of the token that came last on it; for
// an http.Server's ConnContext. Nothing of it outlives the connection.
func ConnContext(ctx context.Context) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(atomic.Pointer[lastToken]))
}

// tokenID is the token's SM3. The tokens of a connection may be those of several
// callers behind one proxy, so that the time a comparison takes must tell nothing.
func tokenID(ctx context.Context, token string) string {
	memory, ok := ctx.Value(connectionKey{}).(*atomic.Pointer[lastToken])
	if !ok {
		return gm.HexDigest([]byte(token))
	}
	if last := memory.Load(); last != nil && subtle.ConstantTimeCompare([]byte(last.token), []byte(token)) == 1 {
		return last.id
	}
	last := &lastToken{token, gm.HexDigest([]byte(token))}
	memory.Store(last)
	return last.id
}
