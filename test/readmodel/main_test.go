//go:build e2e

// Package readmodel tests the read model and what stands on it, on a real
// network: lists, search, history, statistics, the explorer, the follower as a
// process of its own, events, and that none of it is other than the ledger.
package readmodel

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/gateway/store/storetest"
	"henanchain/internal/gm"
	"henanchain/test/testnet"
)

const (
	city   = "zhengzhou"
	notary = "zhengzhou-notary"
	court  = "zhengzhou-court"
)

var net *testnet.Net

func TestMain(m *testing.M) { testnet.Main(m, &net) }

// run tells this run's records from those of other runs on the same network.
var run = time.Now().UTC().Format("20060102150405")

type fields = map[string]any

// program is a gateway program of a test's own, beside the network's gateway.
type program struct {
	t    testing.TB
	env  []string
	url  string // of a gateway that serves
	cmd  *exec.Cmd
	args []string
	log  string
}

// settings are the environment of a gateway with state of its own.
func settings(t testing.TB, dsn string, more ...string) []string {
	t.Helper()
	dir := t.TempDir()
	if dsn == "" {
		dsn = "sqlite:" + filepath.Join(dir, "index.db")
	}
	return append([]string{"HNC_GATEWAY_STORE_DSN=sqlite:" + filepath.Join(dir, "gateway.db"), "HNC_GATEWAY_INDEX_DSN=" + dsn, "HNC_GATEWAY_AUDIT_FILE=" + filepath.Join(dir, "audit.jsonl"),
		"HNC_GATEWAY_WEBHOOKS_NETWORKS=127.0.0.0/8", "HNC_GATEWAY_WEBHOOKS_PLAIN=true", "HNC_GATEWAY_LOG_LEVEL=warn"}, more...)
}

// serve starts a gateway on a free port and waits until it serves.
func serve(t testing.TB, env []string) *program {
	t.Helper()
	address := testnet.Address(t)
	p := &program{t: t, env: append(env, "HNC_GATEWAY_LISTEN="+address), url: "http://" + address, args: []string{"serve"}, log: filepath.Join(t.TempDir(), "log")}
	p.start()
	p.ready()
	return p
}

// follow starts a follower of its own.
func follow(t testing.TB, env []string) *program {
	t.Helper()
	p := &program{t: t, env: env, args: []string{"follow"}, log: filepath.Join(t.TempDir(), "log")}
	p.start()
	return p
}

func (p *program) start() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = net.Gateway(p.args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = append(os.Environ(), p.env...), log, log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	log.Close()
	cmd := p.cmd
	p.t.Cleanup(func() { p.end(cmd, syscall.SIGTERM) })
}

// end ends a process and waits for it; one that has ended is left.
func (p *program) end(cmd *exec.Cmd, s syscall.Signal) {
	if cmd.ProcessState != nil {
		return
	}
	cmd.Process.Signal(s) //nolint:errcheck // it may have ended
	cmd.Wait()            //nolint:errcheck // likewise
	if p.t.Failed() {
		text, _ := os.ReadFile(p.log)
		p.t.Logf("%v:\n%s", p.args, text[max(0, len(text)-4000):])
	}
}

func (p *program) kill() { p.end(p.cmd, syscall.SIGKILL) }
func (p *program) stop() { p.end(p.cmd, syscall.SIGTERM) }

// ready waits until a gateway serves.
func (p *program) ready() {
	p.t.Helper()
	testnet.Ready(p.t, p.url)
}

// command runs a command of the gateway to its end.
func command(t testing.TB, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := net.Gateway(args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func must(t testing.TB, env []string, args ...string) string {
	t.Helper()
	out, err := command(t, env, args...)
	if err != nil {
		t.Fatalf("gateway %v: %v\n%s", args, err, out)
	}
	return out
}

// system is a business system's client of a gateway.
func (p *program) system(name string) *client.Client {
	p.t.Helper()
	token, err := net.Token(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return client.New(p.url, token, nil)
}

// call makes a call as a system, and answers whatever it is.
func (p *program) call(system, method, path string, body any, header ...string) (int, http.Header, []byte) {
	p.t.Helper()
	c := p.by(system, method, path, body)
	c.Header = map[string]string{}
	for i := 0; i < len(header); i += 2 {
		c.Header[header[i]] = header[i+1]
	}
	a, err := c.Do(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return a.Status, a.Header, a.Body
}

// by is a call by a system.
func (p *program) by(system, method, path string, body any) testnet.Call {
	p.t.Helper()
	token, err := net.Token(system)
	if err != nil {
		p.t.Fatal(err)
	}
	c := testnet.Call{Method: method, URL: p.url + path, Token: token}
	if body != nil {
		c.Type = "application/json"
		if c.Body, err = json.Marshal(body); err != nil {
			p.t.Fatal(err)
		}
	}
	return c
}

// in is the program for a part of a test.
func (p *program) in(t testing.TB) *program {
	part := *p
	part.t = t
	return &part
}

// holds tells whether the read model has come to a record.
func (p *program) holds(id string) error {
	status, _, body := p.call(notary, http.MethodGet, evidences+"/"+id, nil)
	if status != http.StatusOK || !strings.Contains(string(body), `"asOf"`) {
		return fmt.Errorf("the read model has not come to %s: %d %.200s", id, status, body)
	}
	return nil
}

// caughtUp waits until a read model that began from nothing is as far as that of
// the network's own gateway.
func (p *program) caughtUp() {
	p.t.Helper()
	type heads struct {
		Channels []struct {
			Name string
			AsOf *asOf
		}
	}
	block := func(p *program) (number uint64) {
		for _, c := range get[heads](p, "/v1/channels").Channels {
			if c.Name == city && c.AsOf != nil {
				number = c.AsOf.Block
			}
		}
		return number
	}
	goal := block(&program{t: p.t, url: net.Connection.Gateway})
	testnet.Eventually(p.t, "the read model has caught up", func() error {
		if at := block(p); at < goal {
			return fmt.Errorf("the read model is at block %d of %d", at, goal)
		}
		return nil
	})
}

// get reads an answer that must be 200.
func get[T any](p *program, path string) T {
	p.t.Helper()
	return ask[T](p, http.MethodGet, path, nil)
}

func ask[T any](p *program, method, path string, body any) T {
	p.t.Helper()
	return askAs[T](p, notary, method, path, body)
}

func askAs[T any](p *program, system, method, path string, body any) T {
	p.t.Helper()
	var out T
	a, err := p.by(system, method, path, body).DoFresh(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if a.Status != http.StatusOK && a.Status != http.StatusCreated {
		p.t.Fatalf("%s %s: %d %.500s", method, path, a.Status, a.Body)
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		p.t.Fatalf("%s %s: %.500s: %v", method, path, a.Body, err)
	}
	return out
}

// indexed is ask of what the peers answer where the read model is behind: it asks
// until the read model does.
func indexed[T any](p *program, method, path string, body any) (out T) {
	p.t.Helper()
	testnet.Eventually(p.t, path+" is answered by the read model", func() error {
		raw := ask[json.RawMessage](p, method, path, body)
		if err := has(string(raw), `"asOf":{`); err != nil {
			return err
		}
		return json.Unmarshal(raw, &out)
	})
	return out
}

// hash is the digest of a file of this run.
func hash(content string) string { return gm.HexDigest([]byte(run + content)) }

// deposit is the input of a deposit.
func deposit(content, name string, day int) fields {
	return fields{"fileHash": hash(content), "name": name, "size": len(content), "dataType": "1", "depositorType": "ORGANISATION",
		"depositorKey": fields{"type": "001", "number": "91410100MA9YTT01X0"}, "collectedAt": time.Date(2026, 2, 1+day, 2, 0, 0, 0, time.UTC).Format(time.RFC3339)}
}

// made makes so many records in one batch, and answers their ids.
func made(t testing.TB, c *client.Client, prefix string, n int) []string {
	t.Helper()
	var all []client.Request
	for i := range n {
		all = append(all, client.Request{Op: "Deposit", In: deposit(fmt.Sprintf("%s-%d", prefix, i), fmt.Sprintf("%s第%d号.pdf", prefix, i), i%20)})
	}
	out, err := c.Batch(t.Context(), city, "evidence", all)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range out {
		if o.Status >= 300 || o.Result == nil {
			t.Fatalf("a deposit was answered %+v", o)
		}
		ids = append(ids, o.Result.ID)
	}
	return ids
}

// databases are the two kinds that the read model is in; an empty DSN is a file
// of its own.
var databases = map[string]func(t testing.TB) string{
	"sqlite":   func(testing.TB) string { return "" },
	"postgres": func(t testing.TB) string { return storetest.Postgres(t).DSN() },
}

func has(text string, parts ...string) error {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return fmt.Errorf("%q is not in %.2000s", p, text)
		}
	}
	return nil
}
