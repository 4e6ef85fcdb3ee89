// Package identity gives every member of the network its certificate, through
// Fabric CA.
//
// One CA server process runs on each machine, with one CA for each organisation
// there (own key, own database): twenty processes would idle at some 30 MB each,
// one with twenty CAs idles at hardly more than one. Its REST interface is
// called directly: a fabric-ca-client process for every certificate would cost
// a hundred milliseconds of start-up each time, and the library behind it brings
// a hundred modules.
package identity

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// caClient speaks to one CA (of one organisation) of a CA server.
type caClient struct {
	url  string // https://host:port
	name string // the CA's name on that server
	http *http.Client
}

// caError is a refusal of the CA.
type caError struct {
	Status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *caError) Error() string {
	return fmt.Sprintf("the CA answers %d: %s (code %d)", e.Status, e.Message, e.Code)
}

// Codes of Fabric CA that are acted upon.
const codeRegistered = 74 // the identity is registered already

func newCAClient(url, name string, root []byte) (*caClient, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, errors.New("the CA server's TLS root is not a certificate in PEM")
	}
	return &caClient{url: url, name: name, http: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 8,
		},
	}}, nil
}

func (c *caClient) close() { c.http.CloseIdleConnections() }

// call sends one request; authorise adds the credentials.
func (c *caClient) call(ctx context.Context, method, path string, in, out any, authorise func(*http.Request, []byte) error) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := authorise(req, body); err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the CA %s: %w", c.name, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("read the answer of the CA %s: %w", c.name, err)
	}
	var answer struct {
		Success bool            `json:"success"`
		Result  json.RawMessage `json:"result"`
		Errors  []caError       `json:"errors"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("the CA %s answers %d with no JSON: %w", c.name, resp.StatusCode, err)
	}
	if !answer.Success || resp.StatusCode >= 300 {
		e := caError{Status: resp.StatusCode, Message: "no reason given"}
		if len(answer.Errors) > 0 {
			e.Code, e.Message = answer.Errors[0].Code, answer.Errors[0].Message
		}
		return &e
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, out)
}

func basic(name, secret string) func(*http.Request, []byte) error {
	return func(r *http.Request, _ []byte) error {
		r.SetBasicAuth(name, secret)
		return nil
	}
}

// token signs the request with an enrolled key, in Fabric CA's own form:
// certificate.signature, over method.uri.body.certificate, each in base64.
func (k *credentials) token(r *http.Request, body []byte) error {
	b64 := base64.StdEncoding.EncodeToString
	cert := b64(k.cert)
	sum := sha256.Sum256([]byte(r.Method + "." + b64([]byte(r.URL.RequestURI())) + "." + b64(body) + "." + cert))
	sig, err := k.sign(sum[:])
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", cert+"."+b64(sig))
	return nil
}

// attribute is a name and value that the CA writes into certificates.
type attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	ECert bool   `json:"ecert"` // in every certificate, asked for or not
}

// registration is what the CA is told of a new identity.
type registration struct {
	ID             string      `json:"id,omitempty"`
	Type           string      `json:"type"` // becomes the NodeOU: client, peer, orderer, admin
	Secret         string      `json:"secret"`
	Affiliation    string      `json:"affiliation"`
	MaxEnrollments int         `json:"max_enrollments"`
	Attributes     []attribute `json:"attrs"`
	CAName         string      `json:"caname"`
}

// register makes an identity known, or, where a killed run did so before, gives
// it a new secret. What a killed run asked for may still be under way in the CA,
// which then answers with an error of its database: it is asked again.
func (c *caClient) register(ctx context.Context, as *credentials, r registration) error {
	r.CAName = c.name
	for try := 1; ; try++ {
		err := c.call(ctx, http.MethodPost, "register", r, nil, as.token)
		var ce *caError
		if !errors.As(err, &ce) {
			return err
		}
		if ce.Code == codeRegistered {
			id := r.ID
			r.ID = ""
			return c.call(ctx, http.MethodPut, "identities/"+url.PathEscape(id)+"?ca="+url.QueryEscape(c.name), r, nil, as.token)
		}
		if ce.Status < http.StatusInternalServerError || try == 5 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// signRequest asks for a certificate.
type signRequest struct {
	Hosts   []string `json:"hosts,omitempty"`
	Request string   `json:"certificate_request"`
	Profile string   `json:"profile,omitempty"`
	CAName  string   `json:"caname"`
}

// enrol gets a certificate for a new key, by path "enroll" or "reenroll".
func (c *caClient) enrol(ctx context.Context, path, name, profile string, hosts []string, auth func(*http.Request, []byte) error) (*credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for %s: %w", name, err)
	}
	return c.certify(ctx, path, name, profile, hosts, key, auth)
}

// certify gets a certificate for a key.
func (c *caClient) certify(ctx context.Context, path, name, profile string, hosts []string, key *ecdsa.PrivateKey, auth func(*http.Request, []byte) error) (*credentials, error) {
	csr, err := newRequest(name, hosts, key)
	if err != nil {
		return nil, err
	}
	var out struct {
		Cert       string `json:"Cert"`
		ServerInfo struct {
			CAChain string `json:"CAChain"`
		} `json:"ServerInfo"`
	}
	req := signRequest{Hosts: hosts, Request: csr, Profile: profile, CAName: c.name}
	if err := c.call(ctx, http.MethodPost, path, req, &out, auth); err != nil {
		return nil, err
	}
	cert, err := base64.StdEncoding.DecodeString(out.Cert)
	if err != nil {
		return nil, fmt.Errorf("certificate from the CA %s: %w", c.name, err)
	}
	chain, err := base64.StdEncoding.DecodeString(out.ServerInfo.CAChain)
	if err != nil {
		return nil, fmt.Errorf("chain from the CA %s: %w", c.name, err)
	}
	return &credentials{key: key, cert: cert, root: []byte(strings.TrimSpace(string(chain)) + "\n")}, nil
}
