package relay

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// Question is what a source is asked.
type Question struct {
	RequestID string   `json:"requestId"`
	Chain     string   `json:"chain"`
	Contract  string   `json:"contract"`
	Function  string   `json:"function"`
	Args      []string `json:"args"`
	Purpose   string   `json:"purpose"`
	Nonce     string   `json:"nonce"` // hex
	Deadline  string   `json:"deadline"`
	ReplyKey  string   `json:"replyKey,omitempty"`
}

// Source asks the chains of one kind, and returns the answer with what proves
// it: the bytes that the relay contract verifies. A chain that says no is an
// *operation.Refusal; any other error is one to try again after. This is all
// that a further kind of chain has to bring on this side; on the other it is a
// kind of terms in the contract.
type Source interface {
	Answer(ctx context.Context, c chain, app string, q Question, preferred ...string) ([]byte, error)
}

// fabricSource asks the peers of a channel.
type fabricSource struct{ network *fabric.Network }

// refusedTwice is the pause before a refusal is believed: a peer that is a
// block behind does not know yet what another knows.
const refusedTwice = 400 * time.Millisecond

func (s *fabricSource) Answer(ctx context.Context, c chain, app string, q Question, preferred ...string) ([]byte, error) {
	nonce, err := hex.DecodeString(q.Nonce)
	if err != nil {
		return nil, fmt.Errorf("the nonce of %s: %w", q.RequestID, err)
	}
	endorsers, err := c.endorsers(preferred...)
	if err != nil {
		return nil, err
	}
	p := fabric.Proposal{Channel: c.Name, Contract: q.Contract, App: app, Function: q.Function}
	for _, a := range q.Args {
		p.Args = append(p.Args, []byte(a))
	}
	view, err := s.network.Attest(ctx, p, nonce, endorsers...)
	if fabric.KindOf(err) == fabric.Refused {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(refusedTwice):
		}
		view, err = s.network.Attest(ctx, p, nonce, endorsers...)
	}
	var e *fabric.Error
	if errors.As(err, &e) && e.Refusal != nil {
		return nil, e.Refusal
	}
	if err != nil {
		return nil, err
	}
	return view.Encode()
}

// outsideSource asks a system that is no Fabric network: one POST of the
// question as JSON to its endpoint, answered with a signed statement, or with a
// problem whose code is the refusal's.
type outsideSource struct{ client *http.Client }

const (
	outsideTimeout = 15 * time.Second
	maxAnswer      = 1 << 20
)

func newOutsideSource() *outsideSource {
	return &outsideSource{&http.Client{Timeout: outsideTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (s *outsideSource) Answer(ctx context.Context, c chain, _ string, q Question, _ ...string) ([]byte, error) {
	if c.Terms == nil {
		return nil, fmt.Errorf("the chain %s has no terms in force", c.Name)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.Terms.Endpoint, "/")+"/answers", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.Name, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.Name, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(raw) > maxAnswer {
		return nil, fmt.Errorf("ask %s: the answer cannot be read, or is larger than %d bytes: %w", c.Name, maxAnswer, err)
	}
	switch {
	case response.StatusCode == http.StatusOK:
		if _, err := proof.DecodeSigned(raw); err != nil {
			return nil, fmt.Errorf("ask %s: %w", c.Name, err)
		}
		return raw, nil
	case response.StatusCode >= 400 && response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests:
		return nil, refusalOf(raw, response.StatusCode)
	default:
		return nil, fmt.Errorf("ask %s: it answered %s", c.Name, response.Status)
	}
}

// refusalOf reads an outside system's no; one without a code has that of its status.
func refusalOf(raw []byte, status int) *operation.Refusal {
	var said struct{ Code, Detail string }
	if json.Unmarshal(raw, &said) != nil || said.Code == "" || len(said.Code) > 64 {
		said.Code, said.Detail = fmt.Sprintf("HTTP_%d", status), ""
	}
	return &operation.Refusal{Code: said.Code, Message: said.Detail}
}
