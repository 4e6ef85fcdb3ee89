package rest

import (
	"errors"
	"strconv"
	"strings"

	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/internal/gm"
)

// Headers by which a caller asks for a write to be done once, or later.
const (
	headerKey    = "Idempotency-Key"
	headerPrefer = "Prefer"
)

const maxKey = 255

// idempotencyKey reads the caller's key; "" where there is none.
func (x *exchange) idempotencyKey() (string, error) {
	keys := x.request().Header.Values(headerKey)
	if len(keys) == 0 {
		return "", nil
	}
	ok := len(keys) == 1 && keys[0] != "" && len(keys[0]) <= maxKey
	for _, c := range []byte(keys[0]) {
		ok = ok && c > ' ' && c < 0x7f
	}
	if !ok {
		return "", problem.New(problem.RequestMalformed, "%s must be 1 to %d printable ASCII characters without spaces, once.", headerKey, maxKey)
	}
	return keys[0], nil
}

// beginOnce takes the caller's key, where it gave one: a ticket to do the task,
// or the answer that the same request got before.
func (x *exchange) beginOnce(t *task, raw []byte) (*store.Ticket, *store.Answer, error) {
	key, err := x.idempotencyKey()
	if key == "" || err != nil {
		return nil, nil, err
	}
	ticket, answer, err := x.Store.Begin(x.ctx(), t.App, key, x.requestDigest(t, raw))
	switch {
	case errors.Is(err, store.ErrKeyReused):
		return nil, nil, problem.New(problem.IdempotencyReused, "This %s came before with another request. Send a new one with a new request.", headerKey)
	case errors.Is(err, store.ErrInFlight):
		return nil, nil, problem.New(problem.IdempotencyRunning, "The request with this %s is being worked on. Send it again in a moment to read its answer.", headerKey)
	case err != nil:
		return nil, nil, storeAway(err)
	}
	return ticket, answer, nil
}

// requestDigest tells one request from another: where it goes, what it asks
// for and its body. The body may name a person; a digest without a key could
// be guessed, so that it is keyed where the gateway has a key.
func (x *exchange) requestDigest(t *task, raw []byte) string {
	head := strings.Join([]string{x.name(), t.Channel, x.gin.Param("id"), x.gin.Param("name"), x.gin.Param("function"), x.header("If-Match"), strconv.Itoa(len(raw))}, "\n") + "\n"
	digest := gm.HexDigest
	if x.Digest != nil {
		digest = x.Digest
	}
	return digest(append([]byte(head), raw...))
}

func storeAway(err error) error {
	return problem.New(problem.StoreUnavailable, "The gateway's database does not answer; nothing was done.").Because(err)
}

// prefersAsync tells whether the caller would rather have a job (RFC 7240).
func (x *exchange) prefersAsync() bool {
	for _, header := range x.request().Header.Values(headerPrefer) {
		for _, p := range strings.Split(header, ",") {
			name, _, _ := strings.Cut(p, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}
