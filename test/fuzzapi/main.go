// Command fuzzapi makes requests from the OpenAPI document of a running gateway,
// good ones, nearly good ones and bytes that are no HTTP, and looks at every
// answer: none may be a 500, show how the gateway is made, or give away a secret.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"henanchain/internal/connection"
	"henanchain/network/supervise"
)

type options struct {
	state   string
	span    time.Duration
	workers int
	seed    uint64
}

func main() {
	var o options
	flag.StringVar(&o.state, "state", "", "state folder of the running network")
	flag.DurationVar(&o.span, "time", 10*time.Minute, "how long")
	flag.IntVar(&o.workers, "workers", 6, "how many requests at once")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "where chance begins")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	good, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzapi:", err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (good bool, err error) {
	state, err := filepath.Abs(o.state)
	if err != nil {
		return false, err
	}
	conn, err := connection.Read(filepath.Join(state, connection.FileName))
	if err != nil {
		return false, err
	}
	doc, err := fetch(conn.Gateway)
	if err != nil {
		return false, err
	}
	j, err := newJudge(state, conn)
	if err != nil {
		return false, err
	}
	before, err := gatewayPID(state)
	if err != nil {
		return false, err
	}
	span, cancel := context.WithTimeout(ctx, o.span)
	defer cancel()
	var wait sync.WaitGroup
	for w := range o.workers {
		g := &generator{Rand: rand.New(rand.NewPCG(o.seed, uint64(w))), doc: doc}
		for _, s := range j.secrets {
			if strings.HasPrefix(s.what, "the token of ") {
				g.tokens = append(g.tokens, s.text)
			}
		}
		for _, ch := range conn.Channels {
			g.cities = append(g.cities, ch.Name)
		}
		wait.Go(func() { work(span, strings.TrimPrefix(conn.Gateway, "http://"), g, j) })
	}
	wait.Wait()
	after, err := gatewayPID(state)
	if err != nil {
		return false, err
	}
	if before != after {
		j.fault("the gateway died and was started again")
	}
	if err := j.log(filepath.Join(state, "logs", "gateway.log")); err != nil {
		return false, err
	}
	j.print(o, doc)
	return len(j.faults) == 0, nil
}

func gatewayPID(state string) (int, error) {
	all, err := supervise.NewClient(state).Services()
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		if s.Role == "gateway" {
			return s.PID, nil
		}
	}
	return 0, fmt.Errorf("no gateway runs in %s", state)
}

var recordID = regexp.MustCompile(`"id":"([^"]{1,64})"`)

// work makes one request after the other, on connections of its own.
func work(ctx context.Context, address string, g *generator, j *judge) {
	var conn net.Conn
	var reader *bufio.Reader
	for ctx.Err() == nil {
		if conn == nil {
			c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
			if err != nil {
				if ctx.Err() == nil {
					j.fault("the gateway takes no connection: %v", err)
				}
				pause(ctx, time.Second)
				continue
			}
			conn, reader = c, bufio.NewReader(c)
		}
		r := g.request(&g.doc.operations[g.IntN(len(g.doc.operations))])
		resp, body, err := exchange(conn, reader, r)
		if err == nil {
			j.answer(r, resp, body)
			if m := recordID.FindSubmatch(body); m != nil && resp.StatusCode < 300 {
				g.ids = append(g.ids, string(m[1]))
				g.ids = g.ids[max(0, len(g.ids)-200):]
			}
		}
		if err != nil || resp.Close || resp.StatusCode == http.StatusBadRequest && resp.Header.Get("X-Request-Id") == "" || resp.Header.Get("Content-Type") == "text/event-stream" {
			conn.Close()
			conn = nil
		}
	}
	if conn != nil {
		conn.Close()
	}
}

// exchange sends a request and reads its answer; of an endless one, the head.
func exchange(conn net.Conn, reader *bufio.Reader, r *request) (*http.Response, []byte, error) {
	patience := 70 * time.Second
	if r.damaged { // where its length was hit, the gateway waits for the rest, and nobody has it
		patience = 3 * time.Second
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(r.bytes, []byte("HEAD ")) {
		return nil, nil, fmt.Errorf("not sent") // its answer would be read wrongly
	}
	if _, err := conn.Write(r.bytes); err != nil {
		return nil, nil, err
	}
	for {
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			return nil, nil, err
		}
		if resp.StatusCode == http.StatusContinue {
			continue
		}
		if resp.Header.Get("Content-Type") == "text/event-stream" {
			return resp, nil, nil
		}
		body, err := io.ReadAll(resp.Body)
		return resp, body, err
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// print says what was done and what was found.
func (j *judge) print(o options, doc *document) {
	least, unreached := -1, []string{}
	for _, op := range doc.operations {
		n := j.reached[op.id]
		if least < 0 || n < least {
			least = n
		}
		if n == 0 {
			unreached = append(unreached, op.id)
		}
	}
	fmt.Printf("%d requests in %s to %d operations (at least %d to each), seed %d\n", j.requests, o.span, len(doc.operations), least, o.seed)
	for _, status := range slices.Sorted(maps.Keys(j.statuses)) {
		fmt.Printf("  %d %s: %d\n", status, http.StatusText(status), j.statuses[status])
	}
	if len(unreached) > 0 {
		fmt.Printf("never reached: %s\n", strings.Join(unreached, ", "))
	}
	for _, f := range j.faults {
		fmt.Println("FAULT", f)
	}
	summary, err := json.Marshal(map[string]any{"requests": j.requests, "operations": len(doc.operations), "faults": len(j.faults), "seed": o.seed})
	if err == nil { // plain numbers
		fmt.Println(string(summary))
	}
}
