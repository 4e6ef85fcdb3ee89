package supervise

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"henanchain/network/failure"
)

// Client talks to the daemon of a state folder.
type Client struct {
	root string
	http *http.Client
}

// NewClient makes a client; it does not connect yet.
func NewClient(root string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, done, err := socketPath(root)
		if err != nil {
			return nil, err
		}
		defer done()
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{root: root, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Alive tells whether the daemon answers.
func (c *Client) Alive() bool {
	_, err := c.Services()
	return err == nil
}

// Ensure starts the daemon where none runs: command is the program and
// arguments that call Serve.
func (c *Client) Ensure(command []string) error {
	if c.Alive() {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(c.root, "logs"), 0o700); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	path := logPath(c.root, daemonName)
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.root, log, log
	cmd.Env = append(os.Environ(), markState+c.root, markService+daemonName, markDigest+"-")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var exit error
	ok := waitFor(30*time.Second, func() bool {
		if c.Alive() {
			return true
		}
		select {
		case exit = <-ended:
			return true
		default:
			return false
		}
	})
	if !ok || !c.Alive() {
		return failure.New(failure.Other, "the supervisor did not start (%v): see %s", exit, path)
	}
	return nil
}

func (c *Client) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, "http://supervisor"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the supervisor: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		if resp.StatusCode == http.StatusNotFound {
			return errUnknown
		}
		return errors.New(strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// Services lists the services, in the order of starting.
func (c *Client) Services() ([]Status, error) {
	var out []Status
	err := c.call(http.MethodGet, "/services", nil, &out)
	return out, err
}

// Run defines a service and starts it; one that runs otherwise is restarted,
// one that runs so is left alone.
func (c *Client) Run(s Service) error {
	if err := c.call(http.MethodPut, "/services", s, nil); err != nil {
		return fmt.Errorf("run %s: %w", s.Name, err)
	}
	return nil
}

// Start, Stop and Restart act on a service that is defined; Remove stops one
// and forgets it.
func (c *Client) Start(name string) error   { return c.act(name, "start") }
func (c *Client) Stop(name string) error    { return c.act(name, "stop") }
func (c *Client) Restart(name string) error { return c.act(name, "restart") }
func (c *Client) Remove(name string) error  { return c.act(name, "remove") }

func (c *Client) act(name, action string) error {
	err := c.call(http.MethodPost, "/services/"+url.PathEscape(name)+"/"+action, nil, nil)
	if errors.Is(err, errUnknown) {
		return failure.New(failure.NotThere, "there is no service %q: `network status` lists them", name)
	}
	return err
}

// Down stops everything of the state folder, whether a daemon answers or not,
// and returns how many processes it found and ended.
func (c *Client) Down() (int, error) {
	before := len(scan(c.root))
	if c.Alive() {
		if err := c.call(http.MethodPost, "/shutdown", nil, nil); err != nil {
			return 0, err
		}
		waitFor(3*time.Second, func() bool { return len(scan(c.root)) == 0 })
	}
	// What is left had no daemon, or did not listen to it. The daemon goes
	// first, or it would start again what ends.
	for _, daemons := range []bool{true, false} {
		var wg sync.WaitGroup
		for _, f := range scan(c.root) {
			if (f.service == daemonName) != daemons {
				continue
			}
			if p, ok := hold(f, c.root); ok {
				wg.Go(func() { p.end(grace); closeFD(p) })
			}
		}
		wg.Wait()
	}
	if rest := scan(c.root); len(rest) > 0 {
		return 0, failure.New(failure.Other, "process %d (%s) could not be ended", rest[0].pid, rest[0].service)
	}
	return before, c.forget()
}

// forget marks every service as not wanted, where no daemon could.
func (c *Client) forget() error {
	paths, _ := filepath.Glob(filepath.Join(serviceDir(c.root), "*.json"))
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
