package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"henanchain/internal/connection"
)

// judge looks at what came back.
type judge struct {
	secrets []secret

	mu       sync.Mutex
	requests int
	statuses map[int]int
	reached  map[string]int // by operation: requests that came to its handler
	faults   []string
}

// secret is a text that no answer and no log may hold.
type secret struct{ what, text string }

// traces are what a stack trace or an inner path looks like.
var traces = regexp.MustCompile(`goroutine \d+|runtime error|panic:|\.go:\d+|/usr/local/go/|SQLSTATE|sql: |rpc error: code|connection\.json|BEGIN (EC |RSA )?PRIVATE KEY`)

// newJudge reads what must stay secret: tokens, keys, and where things are.
func newJudge(state string, c *connection.Connection) (*judge, error) {
	j := &judge{statuses: map[int]int{}, reached: map[string]int{}}
	for _, a := range c.Applications {
		token, err := os.ReadFile(filepath.Join(state, "apps", a.Name, "token"))
		if err != nil {
			return nil, fmt.Errorf("read a token: %w", err)
		}
		key, err := os.ReadFile(a.Key)
		if err != nil {
			return nil, fmt.Errorf("read a key: %w", err)
		}
		j.secrets = append(j.secrets, secret{"the token of " + a.Name, strings.TrimSpace(string(token))})
		for _, line := range strings.Split(string(key), "\n") {
			if len(line) > 40 && !strings.HasPrefix(line, "-----") {
				j.secrets = append(j.secrets, secret{"the key of " + a.Name, line})
			}
		}
	}
	for _, name := range []string{"subject.key", "kek.key"} {
		text, err := os.ReadFile(filepath.Join(state, "gateway", name))
		if err != nil {
			return nil, fmt.Errorf("read a key: %w", err)
		}
		if t := strings.TrimSpace(string(text)); len(t) >= 16 {
			j.secrets = append(j.secrets, secret{"the " + name, t})
		}
	}
	for _, ch := range c.Channels {
		for _, p := range ch.Peers {
			j.secrets = append(j.secrets, secret{"the address of " + p.Name, p.Address})
		}
	}
	j.secrets = append(j.secrets, secret{"the state folder", state})
	return j, nil
}

func (j *judge) fault(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.faults) < 200 {
		j.faults = append(j.faults, fmt.Sprintf(format, args...))
	}
}

// answer judges one answer.
func (j *judge) answer(r *request, resp *http.Response, body []byte) {
	j.mu.Lock()
	j.requests++
	j.statuses[resp.StatusCode]++
	inside := resp.Header.Get("X-Request-Id") != ""
	if inside {
		j.reached[r.operation]++
	}
	j.mu.Unlock()
	if resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable {
		j.fault("%s was answered %d: %.300s\n  request: %.600q", r.line, resp.StatusCode, body, r.bytes)
	}
	if resp.StatusCode >= 400 && inside {
		var p struct{ Code, Title string }
		if r.line[:4] != "HEAD" && (json.Unmarshal(body, &p) != nil || p.Code == "" || p.Title == "") {
			j.fault("%s was answered %d with no problem document: %.300s\n  request: %.600q", r.line, resp.StatusCode, body, r.bytes)
		}
	}
	if m := traces.Find(body); m != nil && !bytes.Contains(r.bytes, m) {
		j.fault("%s: the answer %d holds %q: %.400s\n  request: %.600q", r.line, resp.StatusCode, m, body, r.bytes)
	}
	for _, s := range j.secrets {
		if bytes.Contains(body, []byte(s.text)) && !bytes.Contains(r.bytes, []byte(s.text)) {
			j.fault("%s: the answer %d holds %s\n  request: %.600q", r.line, resp.StatusCode, s.what, r.bytes)
		}
	}
}

// log judges what the gateway wrote meanwhile. Addresses and folders are the
// operator's business; secrets are nobody's.
func (j *judge) log(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the gateway's log: %w", err)
	}
	for _, line := range bytes.Split(data, []byte("\n")) {
		if bytes.Contains(line, []byte(`"msg":"panic"`)) || bytes.HasPrefix(line, []byte("panic:")) || bytes.HasPrefix(line, []byte("fatal error:")) {
			j.fault("the log: %.1500s", line)
		}
		for _, s := range j.secrets {
			if !strings.HasPrefix(s.what, "the address") && s.what != "the state folder" && bytes.Contains(line, []byte(s.text)) {
				j.fault("the log holds %s: %.300s", s.what, line)
			}
		}
	}
	return nil
}
