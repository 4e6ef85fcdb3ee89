package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// defaultWait is between two tries where the gateway names no time.
const defaultWait = time.Second

func call[T any](ctx context.Context, c *Client, method, path string, input any) (*T, error) {
	var body []byte
	if input != nil {
		var err error
		if body, err = json.Marshal(input); err != nil {
			return nil, fmt.Errorf("encode the input of %s %s: %w", method, path, err)
		}
	}
	for left := c.retries; ; left-- {
		resp, data, err := c.send(ctx, method, path, body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		if resp.StatusCode < 300 {
			out := new(T)
			if err := json.Unmarshal(data, out); err != nil {
				return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
			}
			return out, nil
		}
		refused := problemOf(resp, data)
		if left <= 0 || !c.again(method, resp) {
			return nil, refused
		}
		select {
		case <-ctx.Done():
			return nil, refused
		case <-time.After(wait(resp)):
		}
	}
}

// send sends a request once; each time it is signed anew.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.signer != nil:
		if err := c.signer.Sign(req, body); err != nil {
			return nil, nil, err
		}
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	return resp, data, nil
}

// again tells whether the same call may be tried once more.
func (c *Client) again(method string, resp *http.Response) bool {
	busy := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
	return busy && (method == http.MethodGet || c.header.Get("Idempotency-Key") != "")
}

func wait(resp *http.Response) time.Duration {
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	return defaultWait
}

// problemOf reads a problem document; an answer that is none, from a proxy
// perhaps, becomes one.
func problemOf(resp *http.Response, data []byte) *Problem {
	p := &Problem{}
	if json.Unmarshal(data, p) != nil || p.Code == "" {
		p.Code, p.Detail = "ANSWER_UNKNOWN", fmt.Sprintf("%.200s", data)
	}
	p.Status, p.Location = resp.StatusCode, resp.Header.Get("Location")
	return p
}
