// Package auth decides who is calling. Nobody is, by default: a request
// without a credential that one of the schemes accepts is refused.
package auth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"henanchain/gateway/httpsig"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/internal/connection"
)

// The ways in which a caller proves who it is, as the audit log names them.
const (
	Bearer    = "bearer"    // a token in the Authorization header
	Signature = "signature" // an SM2 signature over the request
	MTLS      = "mtls"      // a client certificate under TLS
	TLCP      = "tlcp"      // a client certificate under TLCP
)

// Methods lists them.
var Methods = []string{Bearer, Signature, MTLS, TLCP}

// Caller is an application that proved who it is.
type Caller struct {
	*connection.Application
	Method string // one of Methods
	// Credential is the ID of what it showed: the SM3 of a token or of a key.
	Credential string
}

// May tells whether the caller may call a channel.
func (c *Caller) May(channel string) bool { return slices.Contains(c.Cities, channel) }

// HasAny tells whether the caller has one of the roles. No role at all in the
// list means that nobody may: deny by default.
func (c *Caller) HasAny(roles []string) bool {
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.Roles, r) })
}

// Registry finds applications: the network's hand-over, *directory.Directory in
// a gateway.
type Registry interface {
	ByToken(digest string) (*connection.Application, bool)
	Application(name string) (*connection.Application, bool)
}

// Credentials are those that operators register and revoke while the gateway
// runs; *store.Store in a gateway.
type Credentials interface {
	Credential(ctx context.Context, id string) (*store.Credential, error)
	TakeNonce(ctx context.Context, keyID, nonce string, expires time.Time) (fresh bool, err error)
}

// Options say what an Authenticator takes beside the tokens of the hand-over.
type Options struct {
	Credentials Credentials // nil: none
	// Scheme is that of the URLs under which callers know the gateway: https
	// where TLS ends here or at a proxy, else http, which is also the default.
	Scheme string
	// Window is how long a signature may be good at most (default 5 minutes),
	// Skew how far a caller's clock may be off (default 1 minute).
	Window, Skew time.Duration
	// Methods are the only ones that an application may use; those that are
	// not in the map may use any.
	Methods map[string][]string
	Now     func() time.Time // default time.Now
}

// Authenticator tells who calls. It is safe for concurrent use.
type Authenticator struct {
	registry Registry
	Options
	keys sync.Map // gm.PublicKey by its ID, of those that were looked up before
}

// New makes an authenticator over the registered applications.
func New(registry Registry, o Options) *Authenticator {
	if o.Scheme == "" {
		o.Scheme = "http"
	}
	if o.Window <= 0 {
		o.Window = 5 * time.Minute
	}
	if o.Skew <= 0 {
		o.Skew = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Authenticator{registry: registry, Options: o}
}

// Challenge is the WWW-Authenticate header of a 401; AcceptSignature tells how
// to sign instead (RFC 9421, 5.1).
const (
	Challenge       = `Bearer realm="henanchain"`
	AcceptSignature = `sig1=("@method" "@target-uri" "content-digest");created;expires;nonce;keyid;alg="` + httpsig.Algorithm + `"`
)

// Authenticate tells who calls, or why that cannot be told; ctx is the request's,
// or made from it. What is in the request comes before the connection's
// certificate; both must name the same application.
func (a *Authenticator) Authenticate(ctx context.Context, r *http.Request) (*Caller, error) {
	caller, err := a.request(ctx, r)
	if err != nil {
		return nil, err
	}
	connected, err := a.certificate(ctx)
	switch {
	case err != nil:
		return nil, err
	case caller == nil && connected == nil:
		return nil, problem.New(problem.Unauthenticated,
			"Send the application's token as Authorization: Bearer TOKEN, sign the request, or connect with the application's certificate.")
	case caller == nil:
		caller = connected
	case connected != nil && connected.Name != caller.Name:
		return nil, problem.New(problem.Unauthenticated, "The request is of the application %s and the certificate of %s.", caller.Name, connected.Name)
	}
	if only, ok := a.Methods[caller.Name]; ok && !slices.Contains(only, caller.Method) {
		return nil, problem.New(problem.CredentialKind, "The application %s must use %s, and used %s.", caller.Name, strings.Join(only, " or "), caller.Method)
	}
	return caller, nil
}

// request reads what the request itself carries; nil where it carries nothing.
func (a *Authenticator) request(ctx context.Context, r *http.Request) (*Caller, error) {
	headers := r.Header.Values("Authorization")
	switch {
	case len(headers) > 1:
		return nil, problem.New(problem.Unauthenticated, "The Authorization header stands there twice.")
	case httpsig.Present(r) && len(headers) > 0:
		return nil, problem.New(problem.Unauthenticated, "The request is signed and carries a token too: send one of them.")
	case httpsig.Present(r):
		return a.signed(ctx, r)
	case len(headers) == 0:
		return nil, nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, problem.New(problem.Unauthenticated, "The scheme of the Authorization header must be Bearer.")
	}
	return a.bearer(ctx, strings.TrimSpace(token))
}

// minToken is the least length of a token: shorter ones can be guessed.
const minToken = 16

// bearer looks the token's SM3 up. Nothing is learnt from the time that takes:
// what is compared is a digest, of which a caller cannot choose a single byte
// without inverting SM3.
func (a *Authenticator) bearer(ctx context.Context, token string) (*Caller, error) {
	unknown := func() error {
		return problem.New(problem.Unauthenticated, "The token is not one that was given to an application.")
	}
	if len(token) < minToken || len(token) > 512 {
		return nil, unknown()
	}
	id := tokenID(ctx, token)
	if app, ok := a.registry.ByToken(id); ok {
		return &Caller{Application: app, Method: Bearer, Credential: id}, nil
	}
	if !IsToken(token) {
		return nil, unknown()
	}
	_, caller, err := a.lookUp(ctx, id, store.KindToken, Bearer)
	if err != nil {
		return nil, err
	}
	if caller == nil {
		return nil, unknown()
	}
	return caller, nil
}
