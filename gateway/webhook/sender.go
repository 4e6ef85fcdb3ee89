package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"henanchain/gateway/events"
	"henanchain/gateway/httpsig"
	"henanchain/internal/gm"
)

// SenderOptions tune a Sender.
type SenderOptions struct {
	// Networks may be called beside the public internet: loopback, private and
	// other special addresses are refused unless they are among these.
	Networks []netip.Prefix
	// Plain allows http:// beside https://.
	Plain bool
	// Timeout bounds one attempt (default 10 s).
	Timeout time.Duration
	// Key signs every request as RFC 9421 says; nil: the authentication code
	// stands alone.
	Key *gm.PrivateKey
}

// Sender posts events to receivers.
type Sender struct {
	opts   SenderOptions
	client *http.Client
}

// maxAnswer is how much of a receiver's answer is read, so that its connection
// can be used again. Nothing of it is kept.
const maxAnswer = 64 << 10

// NewSender makes a sender. Addresses are looked at when a connection is made,
// so that a name cannot point elsewhere later; redirects are not followed.
func NewSender(o SenderOptions) *Sender {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	var v4, v6 []netip.Prefix
	for _, p := range o.Networks {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	dialer := &net.Dialer{Timeout: o.Timeout, Control: guard.Safe}
	return &Sender{opts: o, client: &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: o.Timeout, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Key is the public half of the key that signs; nil where there is none.
func (s *Sender) Key() *gm.PublicKey {
	if s.opts.Key == nil {
		return nil
	}
	return s.opts.Key.Public()
}

// maxURL bounds a receiver's URL.
const maxURL = 2048

// CheckURL says what is wrong with a receiver's URL, as far as that can be told
// without calling it.
func (s *Sender) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxURL || u.Host == "" || u.Opaque != "":
		return fmt.Errorf("must be a URL of at most %d characters, such as https://system.example/events", maxURL)
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https://")
	case u.Scheme == "http" && !s.opts.Plain:
		return errors.New("must begin with https://; the operator of this gateway does not allow http")
	case u.User != nil || u.Fragment != "":
		return errors.New("must hold neither a user and a password nor a fragment")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil // a name: looked at when it is called
	}
	guard := ssrf.New(ssrf.WithAnyPort())
	for _, p := range s.opts.Networks {
		if p.Contains(addr.Unmap()) {
			return nil
		}
	}
	if guard.Safe(networkOf(addr), net.JoinHostPort(addr.String(), "443"), nil) != nil {
		return errors.New("names an address of a network that the operator of this gateway does not allow")
	}
	return nil
}

func networkOf(a netip.Addr) string {
	if a.Is4() {
		return "tcp4"
	}
	return "tcp6"
}

// Outcome is what came of one attempt.
type Outcome struct {
	Status int           // of the answer; 0 where there was none
	Error  string        // empty: taken
	Took   time.Duration // until the answer was there
	// Away tells that nobody is there to take anything now, whatever it is.
	Away bool
	// Gone tells that the receiver wants nothing any more (410).
	Gone bool
}

// Taken tells that the receiver has the event.
func (o *Outcome) Taken() bool { return o.Error == "" }

// Send posts one event once, with an authentication code by each of the secrets.
func (s *Sender) Send(ctx context.Context, target string, secrets [][]byte, id string, body []byte) Outcome {
	began := time.Now()
	o := s.send(ctx, target, secrets, id, body)
	o.Took = time.Since(began)
	return o
}

func (s *Sender) send(ctx context.Context, target string, secrets [][]byte, id string, body []byte) Outcome {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return Outcome{Error: "the URL cannot be called"}
	}
	if err := s.sign(r, secrets, id, body); err != nil {
		return Outcome{Error: err.Error()}
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return Outcome{Error: reason(err), Away: true}
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) //nolint:errcheck // the status is what counts
	o := Outcome{Status: resp.StatusCode}
	switch {
	case o.Status >= 200 && o.Status < 300:
		return o
	case o.Status >= 300 && o.Status < 400:
		o.Error = "redirects are not followed: give the URL that it leads to"
	case o.Status == http.StatusGone:
		o.Gone, o.Error = true, "410 Gone: the receiver wants no more events"
	default:
		o.Error = "answered " + strconv.Itoa(o.Status)
	}
	switch o.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		o.Away = true
	}
	return o
}

// sign completes a request: the receiver's authentication codes as Standard
// Webhooks has them, and the gateway's own signature over the whole.
func (s *Sender) sign(r *http.Request, secrets [][]byte, id string, body []byte) error {
	now := time.Now()
	var codes []string
	for _, secret := range secrets {
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return fmt.Errorf("the webhook's secret: %w", err)
		}
		code, err := hook.Sign(id, now, body)
		if err != nil {
			return fmt.Errorf("authenticate the event: %w", err)
		}
		codes = append(codes, code)
	}
	for name, value := range map[string]string{"Content-Type": events.MediaType, "User-Agent": "henanchain-gateway",
		standardwebhooks.HeaderWebhookID: id, standardwebhooks.HeaderWebhookTimestamp: strconv.FormatInt(now.Unix(), 10), standardwebhooks.HeaderWebhookSignature: strings.Join(codes, " ")} {
		r.Header.Set(name, value)
	}
	if s.opts.Key == nil {
		return nil
	}
	return (&httpsig.Signer{Key: s.opts.Key}).Sign(r, body)
}

// reason says why nobody was reached, without telling what stands in the
// gateway's own network.
func reason(err error) string {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrProhibitedPort):
		return "the name points into a network that the operator of this gateway does not allow"
	case errors.As(err, &certificate):
		return "the receiver's TLS certificate does not verify"
	case errors.As(err, &name):
		return "the name of the receiver is not known"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the receiver did not answer in time"
	default:
		return "the receiver could not be reached"
	}
}
