//go:build e2e

// Package compose tests the network of docker-compose.yaml: real containers, of
// images made for the test, in a project of their own.
package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// project is one Compose project of the test.
type project struct {
	t       *testing.T
	root    string
	name    string
	compose []string // the program: `docker compose` or docker-compose
	gateway string
	env     []string
	tokens  map[string]string
}

// newProject finds an engine and Compose, or skips the test.
func newProject(t *testing.T) *project {
	t.Helper()
	if out, err := exec.Command("docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		t.Skipf("skipped: no Docker Engine answers here: %v: %s", err, bytes.TrimSpace(out))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, root: root, name: "hnc-test-" + strconv.Itoa(os.Getpid()), tokens: map[string]string{}}
	for _, program := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.Command(program[0], append(program[1:], "version")...).Run() == nil {
			p.compose = program
			break
		}
	}
	if p.compose == nil {
		t.Skip("skipped: neither `docker compose` nor docker-compose is here")
	}
	address := testnet.Address(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	p.gateway = "http://" + address
	p.env = append(os.Environ(), "HNC_IMAGE_TAG="+p.name, "HNC_GATEWAY_PORT="+port, "COMPOSE_PROJECT_NAME="+p.name)
	return p
}

func (p *project) try(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = p.root, p.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

func (p *project) run(program string, args ...string) string {
	p.t.Helper()
	out, err := p.try(program, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *project) do(args ...string) string {
	p.t.Helper()
	return p.run(p.compose[0], append(slices.Clone(p.compose[1:]), args...)...)
}

// network is the network program in a setup container of its own.
func (p *project) network(args ...string) (string, error) {
	return p.try(p.compose[0], slices.Concat(p.compose[1:], []string{"run", "--rm", "-T", "setup"}, args)...)
}

// images builds the images as the README says, and removes them in the end with
// all else of the project.
func (p *project) images() {
	p.t.Helper()
	bin := os.Getenv("HNC_BIN")
	if bin == "" {
		bin = filepath.Join(p.root, "build", "bin")
	}
	p.t.Cleanup(func() {
		if p.t.Failed() {
			out, _ := p.try(p.compose[0], append(slices.Clone(p.compose[1:]), "logs", "--tail=40", "--no-color")...)
			p.t.Log(out)
		}
		if _, err := p.try(p.compose[0], append(slices.Clone(p.compose[1:]), "down", "--volumes", "--remove-orphans", "--timeout", "20")...); err != nil {
			p.t.Error(err)
		}
		if _, err := p.try(filepath.Join(bin, "network"), "images", "--remove", "--tag", p.name, "--root", p.root, "--bin", bin); err != nil {
			p.t.Error(err)
		}
		for _, what := range []string{"container", "volume", "network"} {
			args := []string{what, "ls", "-q", "--filter", "label=com.docker.compose.project=" + p.name}
			if what == "container" {
				args = append(args, "-a")
			}
			if left, err := p.try("docker", args...); err != nil || strings.TrimSpace(left) != "" {
				p.t.Errorf("what is left of the project: %s %s (%v)", what, left, err)
			}
		}
	})
	p.run(filepath.Join(bin, "network"), "images", "--tag", p.name, "--root", p.root, "--bin", bin)
}

func (p *project) client(system string) (*client.Client, error) {
	if p.tokens[system] == "" {
		out, err := p.network("token", system)
		if err != nil {
			return nil, err
		}
		p.tokens[system] = strings.TrimSpace(out)
	}
	return client.New(p.gateway, p.tokens[system], nil), nil
}

func (p *project) deposit(system, city, what string) error {
	c, err := p.client(system)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = c.Create(ctx, city, "evidence", "evidences", journey.Evidence(what, gm.HexDigest([]byte(what+time.Now().String()))))
	return err
}

type report struct {
	Healthy  bool
	Channels []struct {
		Name   string
		Height uint64
		Peers  []struct {
			Name   string
			Height uint64
		}
		Contracts []struct {
			Name, Version string
			Sequence      uint64
		}
	}
}

func (p *project) status() (report, error) {
	out, err := p.network("status", "--json")
	var r report
	if jerr := json.Unmarshal([]byte(out), &r); jerr != nil {
		return r, fmt.Errorf("%w: %v: %s", jerr, err, out)
	}
	return r, nil
}

func (p *project) healthy() error {
	r, err := p.status()
	if err == nil && !r.Healthy {
		err = fmt.Errorf("not healthy: %+v", r.Channels)
	}
	return err
}

// heights are the heights of the cities' channels, and how often each contract was
// changed on any: the main channel grows by itself, since the carrier anchors the
// cities there whenever it starts.
func (p *project) heights() map[string]uint64 {
	p.t.Helper()
	r, err := p.status()
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]uint64{}
	for _, c := range r.Channels {
		if c.Name != "henan" {
			out[c.Name] = c.Height
		}
		for _, contract := range c.Contracts {
			out[contract.Name+" on "+c.Name] = contract.Sequence
		}
	}
	return out
}

// containers are the ids of the project's containers that run.
func (p *project) containers() []string {
	p.t.Helper()
	ids := strings.Fields(p.run("docker", "ps", "-q", "--no-trunc", "--filter", "label=com.docker.compose.project="+p.name))
	slices.Sort(ids)
	return ids
}

func (p *project) container(service string) string {
	p.t.Helper()
	return strings.TrimSpace(p.run("docker", "ps", "-aq", "--filter", "label=com.docker.compose.project="+p.name, "--filter", "label=com.docker.compose.service="+service))
}

func TestThePilotRunsInContainers(t *testing.T) {
	p := newProject(t)
	p.images()
	start := time.Now()
	p.do("up", "-d")
	t.Logf("up after %.1f s", time.Since(start).Seconds())
	testnet.Ready(p.t, p.gateway)
	p.journey()
	p.cutOff()
	p.upgrade()
	p.again()
}

func (p *project) journey() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testnet.Patience)
	defer cancel()
	o := journey.Options{Client: p.client, IssuerDept: "11410100MB0Y0001XD", Now: time.Now()}
	if steps, err := journey.Run(ctx, o); err != nil {
		p.t.Fatalf("after %d steps: %v", len(steps), err)
	}
	p.do("exec", "-T", "gateway", "gateway", "relay", "register")
	if steps, err := journey.Across(ctx, o); err != nil {
		p.t.Fatalf("across the ledgers, after %d steps: %v", len(steps), err)
	}
}

// cutOff takes one city's peer off the network: the other city goes on, the cut
// one cannot write, and catches up when it is back.
func (p *project) cutOff() {
	p.t.Helper()
	peer, network := p.container("peer0.xinyang"), p.name+"_default"
	if err := p.deposit("xinyang-notary", "xinyang", "before"); err != nil {
		p.t.Fatalf("before the cut: %v", err)
	}
	p.run("docker", "network", "disconnect", network, peer)
	for range 3 {
		if err := p.deposit("zhengzhou-notary", "zhengzhou", "meanwhile"); err != nil {
			p.t.Errorf("zhengzhou could not write while xinyang's peer was cut off: %v", err)
		}
	}
	if err := p.deposit("zhengzhou-elicense", "henan", "x"); err == nil {
		p.t.Error("a system without the role deposited evidence")
	}
	if err := p.deposit("xinyang-notary", "xinyang", "cut off"); err == nil {
		p.t.Error("a city whose peer is cut off wrote on its ledger")
	}
	p.run("docker", "network", "connect", "--alias", "peer0.xinyang", network, peer)
	testnet.Eventually(p.t, "xinyang writes again", func() error { return p.deposit("xinyang-notary", "xinyang", "after") })
	testnet.Eventually(p.t, "all is healthy and level", func() error {
		r, err := p.status()
		for _, ch := range r.Channels {
			for _, at := range ch.Peers {
				if err == nil && (!r.Healthy || at.Height != ch.Height) {
					err = fmt.Errorf("%s has %d of %d blocks of %s; healthy: %v", at.Name, at.Height, ch.Height, ch.Name, r.Healthy)
				}
			}
		}
		return err
	})
}

// upgrade brings all channels to a new version of a contract, of the program that
// the image has, while a business system writes.
func (p *project) upgrade() {
	p.t.Helper()
	if err := testnet.Meanwhile(func(n int) error {
		return p.deposit("zhengzhou-notary", "zhengzhou", fmt.Sprintf("upgrade %d", n))
	}, func() error {
		_, err := p.network("chaincode", "deploy", "evidence", "1.1")
		return err
	}); err != nil {
		p.t.Fatalf("an upgrade while records were written: %v", err)
	}
	r, err := p.status()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, ch := range r.Channels {
		for _, c := range ch.Contracts {
			if want := map[bool]string{true: "1.1", false: "1.0"}[c.Name == "evidence"]; c.Version != want {
				p.t.Errorf("%s has %s %s, not %s", ch.Name, c.Name, c.Version, want)
			}
		}
	}
}

// again does what was done again: nothing changes. Taken down and up, the
// ledgers are what they were.
func (p *project) again() {
	p.t.Helper()
	before, ids := p.heights(), p.containers()
	p.do("up", "-d")
	if now := p.containers(); !slices.Equal(now, ids) {
		p.t.Errorf("`up -d` a second time replaced containers: %v, were %v", now, ids)
	}
	if now := p.heights(); fmt.Sprint(now) != fmt.Sprint(before) {
		p.t.Errorf("`up -d` a second time wrote blocks: %v, were %v", now, before)
	}
	p.do("down", "--timeout", "20")
	p.do("up", "-d")
	testnet.Eventually(p.t, "all is healthy", p.healthy)
	if now := p.heights(); fmt.Sprint(now) != fmt.Sprint(before) {
		p.t.Errorf("after down and up the heights are %v, were %v", now, before)
	}
	testnet.Eventually(p.t, "writes go on", func() error { return p.deposit("zhengzhou-notary", "zhengzhou", "anew") })
	p.health()
}

// health waits until every container's own health command is content.
func (p *project) health() {
	p.t.Helper()
	testnet.Eventually(p.t, "every container calls itself healthy", func() error {
		for _, id := range p.containers() {
			out, err := p.try("docker", "inspect", "--format", "{{.Name}} {{.State.Health.Status}} {{.RestartCount}}", id)
			if err != nil || !strings.Contains(out, " healthy 0") {
				return fmt.Errorf("%s: %v", strings.TrimSpace(out), err)
			}
		}
		return nil
	})
}
