package auth

import (
	"context"
	"crypto/x509/pkix"
	"strings"

	"henanchain/gateway/store"
	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// certificate tells whose the connection's certificate is; nil where there is
// none, or it is nobody's. The listener has verified it against the operator's
// authorities.
func (a *Authenticator) certificate(ctx context.Context) (*Caller, error) {
	peer, ok := tlcp.PeerFrom(ctx)
	if !ok || peer.Certificate == nil {
		return nil, nil
	}
	method := MTLS
	if strings.HasPrefix(peer.Protocol, "TLCP") {
		method = TLCP
	}
	_, caller, err := a.lookUp(ctx, store.CertificateID(peer.Certificate.KeyID), store.KindCertificate, method)
	if err != nil || caller != nil {
		return caller, err
	}
	_, caller, err = a.lookUp(ctx, SubjectID(peer.Certificate.Subject), store.KindSubject, method)
	return caller, err
}

// SubjectID is the credential ID of certificates with that subject.
func SubjectID(subject pkix.Name) string {
	return store.SubjectID(gm.HexDigest([]byte(subject.String())))
}
