package httpsig

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/dunglas/httpsfv"

	"henanchain/internal/gm"
)

// label names the one signature of a request.
const label = "sig1"

// Lifetime is how long a signature that Signer makes is good.
const Lifetime = time.Minute

// Signer signs requests with an application's key.
type Signer struct {
	Key *gm.PrivateKey
	Now func() time.Time // time.Now where nil
}

// ContentDigest is the Content-Digest of a body: sm3=:BASE64:.
func ContentDigest(body []byte) string {
	digest := gm.Digest(body)
	return DigestAlgorithm + "=:" + base64.StdEncoding.EncodeToString(digest[:]) + ":"
}

// Sign puts a signature into a request that is otherwise complete: whatever
// of it is changed later breaks the signature. Each time it is sent it must be
// signed anew, for the nonce is taken once.
func (s *Signer) Sign(r *http.Request, body []byte) error {
	m := outgoing(r)
	covered := []string{compMethod, compTargetURI}
	r.Header.Del(DigestHeader)
	if len(body) > 0 {
		r.Header.Set(DigestHeader, ContentDigest(body))
		covered = append(covered, compDigest)
	}
	for _, name := range append([]string{"content-type"}, meaningful...) {
		if len(r.Header.Values(name)) > 0 {
			covered = append(covered, name)
		}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	created := now()
	list := innerList(covered, s.Key.Public().ID(), created, created.Add(Lifetime))
	base, err := m.base(list)
	if err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	signature, err := s.Key.Sign(base)
	if err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	return attach(r.Header, list, signature)
}

func innerList(covered []string, keyID string, created, expires time.Time) httpsfv.InnerList {
	list := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, name := range covered {
		list.Items = append(list.Items, httpsfv.NewItem(name))
	}
	list.Params.Add("created", created.Unix())
	list.Params.Add("expires", expires.Unix())
	list.Params.Add("nonce", rand.Text())
	list.Params.Add("keyid", keyID)
	list.Params.Add("alg", Algorithm)
	return list
}

func attach(h http.Header, list httpsfv.InnerList, signature []byte) error {
	for name, member := range map[string]httpsfv.Member{InputHeader: list, SignatureHeader: httpsfv.NewItem(signature)} {
		dictionary := httpsfv.NewDictionary()
		dictionary.Add(label, member)
		text, err := httpsfv.Marshal(dictionary)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		h.Set(name, text)
	}
	return nil
}

// outgoing is a request as its receiver will see it.
func outgoing(r *http.Request) *message {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return &message{method: r.Method, scheme: r.URL.Scheme, host: host, target: r.URL.RequestURI(), header: r.Header}
}
