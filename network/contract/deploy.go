package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// Order is what `deploy` was asked for.
type Order struct {
	Name, Version string
	Channels      string // a list, "all", or empty: those that have the contract
	Path          string // folder of a contract that was not written here
	Package       string // file of a package whose service somebody else runs
	Rebuild       bool   // build a version anew that was built before
	Policy        string
	Collections   string // file, in the form of Fabric's own tools
	Init          string // the first call: a function, or {"Args":[…]}
}

// Report is what a deployment or a rollback came to. Its JSON form is stable.
type Report struct {
	Contract string          `json:"contract"`
	Channels []ChannelReport `json:"channels"`
	Services []string        `json:"services"` // that serve the contract on these channels now
	Stopped  []string        `json:"stopped"`  // services that nothing used any more
	Seconds  float64         `json:"seconds"`
}

// ChannelReport is one channel's part of it.
type ChannelReport struct {
	Name      string `json:"name"`
	From      string `json:"from,omitempty"` // version before; empty where there was none
	Version   string `json:"version"`
	Package   string `json:"package"`
	Sequence  int64  `json:"sequence"`
	Unchanged bool   `json:"unchanged"`
	// Waiting are the members on other machines whose approval it waits for.
	Waiting []string `json:"waiting,omitempty"`
	Seconds float64  `json:"seconds"`
	Error   string   `json:"error,omitempty"`
}

var (
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	versionPattern = regexp.MustCompile(`^[A-Za-z0-9]+([.+_-][A-Za-z0-9]+)*$`)
)

func (d *Order) check() error {
	switch {
	case !namePattern.MatchString(d.Name):
		return failure.New(failure.Usage, "%q is not a contract's name: small letters and digits, begun with a letter, parts joined by - or _", d.Name)
	case !versionPattern.MatchString(d.Version):
		return failure.New(failure.Usage, "%q is not a version: letters and digits, parts joined by . + - or _, such as 1.1", d.Version)
	case d.Path != "" && d.Package != "":
		return failure.New(failure.Usage, "give --path or --package, not both")
	case d.Package != "" && d.Rebuild:
		return failure.New(failure.Usage, "a package is not built here: leave out --rebuild")
	}
	return nil
}

// Deploy brings channels to a version. Run again after it was ended at any
// point, it goes on.
func (o *Operator) Deploy(ctx context.Context, d Order) (*Report, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	b, err := Open(o.State)
	if err != nil {
		return nil, err
	}
	channels, err := o.deployChannels(b, d)
	if err != nil {
		return nil, err
	}
	release, err := d.rules()
	if err != nil {
		return nil, err
	}
	board := progress.New(o.Out)
	defer board.Close()
	a, err := o.artefactFor(ctx, b, board, d)
	if err != nil {
		return nil, err
	}
	if err := o.serve(ctx, board, a); err != nil {
		return nil, err
	}
	release.Version, release.Package = a.Version, a.Package
	c := &change{Operator: o, book: b, board: board, contract: d.Name, channels: channels, what: ByDeploy, version: d.Version}
	c.note()
	for _, ch := range channels {
		b.place(d.Name, ch.Name, *release, ByDeploy, o.topologyVersion(ch, d.Name))
	}
	return c.run(ctx)
}

// topologyVersion is what the topology names for a channel; empty where it does
// not name the contract there.
func (o *Operator) topologyVersion(ch topology.Channel, contract string) string {
	if slices.Contains(ch.Contracts, contract) {
		return o.Net.Version(contract)
	}
	return ""
}

// deployChannels are the channels asked for, or those that have the contract.
func (o *Operator) deployChannels(b *Book, d Order) ([]topology.Channel, error) {
	if d.Channels != "" {
		return o.channelsNamed(d.Channels)
	}
	channels := o.having(b, d.Name)
	if len(channels) == 0 {
		return nil, failure.New(failure.Usage, "no channel has %s yet: say where it goes with --channels, such as --channels %s or --channels all", d.Name, o.Net.Channels[0].Name)
	}
	return channels, nil
}

// having are the channels that have, or are to have, a contract.
func (o *Operator) having(b *Book, name string) []topology.Channel {
	var out []topology.Channel
	for _, ch := range o.Net.Channels {
		if slices.Contains(b.OnChannel(ch), name) {
			out = append(out, ch)
		}
	}
	return out
}

// rules are the parts of a release that the order names.
func (d *Order) rules() (*Release, error) {
	r := &Release{Policy: d.Policy}
	if d.Collections != "" {
		data, err := os.ReadFile(d.Collections)
		if err != nil {
			return nil, failure.Wrap(failure.Usage, err, "cannot read the collections")
		}
		if !json.Valid(data) {
			return nil, failure.New(failure.Usage, "%s is not JSON: write a list of collections as Fabric's peer command takes it", d.Collections)
		}
		r.Collections = data
	}
	if err := lifecycle.CheckRules(d.Name, d.Version, r.Policy, r.Collections); err != nil {
		return nil, failure.Wrap(failure.Usage, err, "the contract's rules")
	}
	var err error
	r.Init, err = parseInit(d.Init)
	return r, err
}

// parseInit reads a first call: a function's name, or JSON as Fabric's peer
// command takes it.
func parseInit(text string) ([]string, error) {
	if text == "" || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return strings.Fields(text), nil
	}
	var call struct {
		Function string   `json:"function"`
		Args     []string `json:"Args"`
	}
	if err := json.Unmarshal([]byte(text), &call); err != nil {
		return nil, failure.Wrap(failure.Usage, err, `--init takes a function's name or {"function":"…","Args":["…"]}`)
	}
	if call.Function != "" {
		call.Args = slices.Insert(call.Args, 0, call.Function)
	}
	if len(call.Args) == 0 {
		return nil, failure.New(failure.Usage, `--init names no function: {"function":"Init","Args":["…"]}`)
	}
	return call.Args, nil
}

// artefactFor finds what serves the version, or makes it.
func (o *Operator) artefactFor(ctx context.Context, b *Book, board *progress.Board, d Order) (*Artefact, error) {
	task := board.Start("Program")
	a, said, err := o.artefact(ctx, b, task, d)
	if err == nil {
		err = b.save()
	}
	if err != nil {
		task.Fail()
		return nil, err
	}
	task.Done("%s", said)
	return a, nil
}

func (o *Operator) artefact(ctx context.Context, b *Book, task *progress.Task, d Order) (a *Artefact, said string, err error) {
	a = &Artefact{Contract: d.Name, Version: d.Version, Origin: FromHere}
	switch {
	case d.Package != "":
		a.Origin, a.Source = FromPackage, d.Package
	case d.Path != "":
		a.Origin, a.Source = FromPath, d.Path
	}
	if a.Source != "" {
		if a.Source, err = filepath.Abs(a.Source); err != nil {
			return nil, "", err
		}
	}
	if a.Origin == FromPackage {
		return o.packaged(b, *a)
	}
	if was := b.latest(d.Name, d.Version); was != nil && !d.Rebuild {
		if d.Path != "" && (was.Origin != a.Origin || was.Source != a.Source) {
			return nil, "", failure.New(failure.State, "%s %s was made of %s before: choose another version, or --rebuild to replace it", d.Name, d.Version, was.from())
		}
		return was, fmt.Sprintf("%s %s as it was built on %s (%s); --rebuild builds it anew", d.Name, d.Version, was.Made.Local().Format(time.DateTime), was.digest()), nil
	}
	task.Phase("building %s %s", d.Name, d.Version)
	build := func() (string, error) { return o.buildOwn(ctx, d.Name, d.Version) }
	if a.Origin == FromPath {
		build = func() (string, error) { return o.buildForeign(ctx, d.Name, a.Source) }
	}
	program, err := build()
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(filepath.Dir(program))
	if a, err = o.store().served(o.Net, b, *a, program); err != nil {
		return nil, "", err
	}
	return a, fmt.Sprintf("%s %s built (%s)", d.Name, d.Version, a.digest()), nil
}

// packaged registers a package that somebody else's service stands behind.
func (o *Operator) packaged(b *Book, a Artefact) (*Artefact, string, error) {
	p, err := readPackageFile(a.Source)
	if err != nil {
		return nil, "", err
	}
	said := "the package " + p.ID
	for _, was := range b.Artefacts {
		if was.Package == p.ID && was.Contract == a.Contract && was.Version == a.Version {
			return was, said, nil
		}
		if was.Package == p.ID {
			return nil, "", failure.New(failure.State, "the package %s serves %s %s already: a package belongs to one version", p.ID, was.Contract, was.Version)
		}
	}
	out, err := o.store().register(b, a, p)
	return out, said, err
}

// from says what an artefact was made of.
func (a *Artefact) from() string {
	if a.Origin == FromHere {
		return "chaincode/ of this repository"
	}
	return a.Source
}

// digest is short for people.
func (a *Artefact) digest() string {
	if a.Program == "" {
		return "served elsewhere"
	}
	return "sha256 " + a.Program[:12]
}

// serve starts an artefact's service beside the ones that run.
func (o *Operator) serve(ctx context.Context, board *progress.Board, a *Artefact) error {
	task := board.Start("Service")
	if a.Program != "" {
		task.Phase("starting %s", a.Service)
	} else {
		task.Phase("asking the service of the package")
	}
	if err := o.start(ctx, a); err != nil {
		task.Fail()
		return err
	}
	if a.Program == "" {
		task.Done("answers for %s, or is for the peers to find", a.Package)
		return nil
	}
	task.Done("%s answers on port %d", a.Service, a.Port)
	return nil
}
