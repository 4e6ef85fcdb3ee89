package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"henanchain/gateway/httpsig"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/internal/gm"
)

// signed takes a request that is signed with a registered key, made now, and
// that did not come before. Its body is held to the signature while it is read.
func (a *Authenticator) signed(ctx context.Context, r *http.Request) (*Caller, error) {
	s, err := httpsig.Parse(r, a.Scheme)
	if err != nil {
		return nil, problem.New(problem.SignatureInvalid, "The signature is not as docs/signing.md says: %s.", err)
	}
	if err := a.timely(s); err != nil {
		return nil, err
	}
	cr, caller, err := a.lookUp(ctx, s.KeyID, store.KindKey, Signature)
	if err != nil {
		return nil, err
	}
	if caller == nil {
		return nil, problem.New(problem.Unauthenticated, "The key %s is not registered for an application.", s.KeyID)
	}
	key, err := a.key(cr)
	if err != nil {
		return nil, problem.New(problem.InternalError, "The registered key cannot be used.").Because(err)
	}
	if err := s.Verify(key); err != nil {
		if errors.Is(err, gm.ErrSignatureFormat) {
			return nil, problem.New(problem.SignatureInvalid, "The signature's bytes are not DER of two numbers, as openssl pkeyutl writes them.")
		}
		return nil, problem.New(problem.SignatureInvalid, "The signature does not fit the key and the request. The gateway sees its target as %s://%s%.200s.", a.Scheme, r.Host, r.URL.EscapedPath())
	}
	if err := a.first(ctx, s); err != nil {
		return nil, err
	}
	r.Body = s.Body(r.Body)
	return caller, nil
}

// timely holds a signature's times to this gateway's clock.
func (a *Authenticator) timely(s *httpsig.Signature) error {
	now := a.Now()
	switch {
	case s.Expires.Sub(s.Created) > a.Window:
		return problem.New(problem.SignatureExpired, "The signature may be good for %s at most, from created to expires.", a.Window)
	case s.Created.After(now.Add(a.Skew)):
		return problem.New(problem.SignatureExpired, "The request was signed at %s, and it is %s here: set the clock.", stamp(s.Created), stamp(now))
	case !now.Before(s.Expires.Add(a.Skew)):
		return problem.New(problem.SignatureExpired, "The signature expired at %s, and it is %s here: sign anew, or set the clock.", stamp(s.Expires), stamp(now))
	}
	return nil
}

// first takes the signature's nonce. It is remembered for as long as the
// signature could be shown, by the clock of any gateway.
func (a *Authenticator) first(ctx context.Context, s *httpsig.Signature) error {
	fresh, err := a.Credentials.TakeNonce(ctx, s.KeyID, s.Nonce, s.Expires.Add(2*a.Skew+time.Minute))
	switch {
	case err != nil:
		return problem.New(problem.StoreUnavailable, "Nonces cannot be looked up; nothing was done. Sign anew with another nonce.").Because(err)
	case !fresh:
		return problem.New(problem.NonceUsed, "A request with this nonce came before. Sign each request anew, with a nonce of its own; to send the same write again, repeat its Idempotency-Key.")
	}
	return nil
}

// key reads a registered key. It is kept by its ID, which is its digest.
func (a *Authenticator) key(cr *store.Credential) (*gm.PublicKey, error) {
	if known, ok := a.keys.Load(cr.ID); ok {
		return known.(*gm.PublicKey), nil
	}
	key, err := gm.ParsePublicKeyPEM([]byte(cr.Public))
	if err != nil {
		return nil, err
	}
	if key.ID() != cr.ID {
		return nil, errors.New("the stored key is not the one that its ID names")
	}
	a.keys.Store(cr.ID, key)
	return key, nil
}
