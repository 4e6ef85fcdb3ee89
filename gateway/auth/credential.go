package auth

import (
	"context"
	"errors"
	"time"

	"henanchain/gateway/problem"
	"henanchain/gateway/store"
)

// lookUp finds a credential, as it is at this moment, and its application; nil
// where there is none. It is asked for with every request, so that one that
// was revoked is not taken again anywhere.
func (a *Authenticator) lookUp(ctx context.Context, id, kind, method string) (*store.Credential, *Caller, error) {
	if a.Credentials == nil {
		return nil, nil, nil
	}
	cr, err := a.Credentials.Credential(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil, nil
	case err != nil:
		return nil, nil, problem.New(problem.StoreUnavailable, "Credentials cannot be looked up; nothing was done.").Because(err)
	case cr.Kind != kind:
		return nil, nil, nil
	case !cr.Revoked.IsZero():
		return nil, nil, problem.New(problem.CredentialRevoked, "The %s was revoked at %s.", kindText[kind], stamp(cr.Revoked))
	case !cr.Expires.IsZero() && !a.Now().Before(cr.Expires):
		return nil, nil, problem.New(problem.CredentialExpired, "The %s expired at %s; ask for a new one.", kindText[kind], stamp(cr.Expires))
	}
	app, ok := a.registry.Application(cr.App)
	if !ok {
		return nil, nil, problem.New(problem.Unauthenticated, "The %s is of an application that is not on this network any more.", kindText[kind])
	}
	return cr, &Caller{Application: app, Method: method, Credential: id}, nil
}

var kindText = map[string]string{
	store.KindToken: "token", store.KindKey: "key", store.KindCertificate: "certificate's key", store.KindSubject: "certificate's subject",
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
