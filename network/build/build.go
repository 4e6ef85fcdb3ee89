// Package build makes every program that a network runs, out of source alone:
// Fabric and Fabric CA from their pinned Go modules, and this project's own.
// A machine needs Go and nothing else: all is built without a C compiler, so
// that the programs also run in an image that holds nothing but them.
//
// What is up to date is left alone, so building again costs a second.
package build

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"henanchain/network/failure"
	"henanchain/network/progress"
)

// Options say what to build and where.
type Options struct {
	Root string    // the repository
	Out  io.Writer // where people look; os.Stderr where nil
	Only []string  // units to build: "fabric", "fabric-ca", "programs"; all where empty

	units []unit // in place of the repository's own; for tests
}

// Result is what was built.
type Result struct {
	Bin     string        // folder of the programs
	Config  string        // folder of Fabric's sample core.yaml and orderer.yaml
	Log     string        // every command that was run, with its whole output
	Built   []string      // units that were not up to date
	Elapsed time.Duration // of the whole
}

// Bin is the folder of the programs in a repository.
func Bin(root string) string { return filepath.Join(root, "build", "bin") }

// Builder is the folder of the peer's external builder, whose bin folder holds
// detect, build and release.
func Builder(root string) string { return filepath.Join(root, "build", "builder", "ccaas") }

// Config is the folder of Fabric's sample configuration in a repository.
func Config(root string) string { return filepath.Join(root, "build", "config") }

// unit is what one `go build` makes.
type unit struct {
	name     string
	title    string
	dir      string // of its module, under the repository
	packages []string
	programs []string
	ldflags  string
	pinned   bool     // its source never changes but by its go.sum, so a stamp can tell
	sources  []string // besides go.mod and go.sum, what a pinned unit is made of
	samples  string   // module whose sampleconfig is wanted
	change   *change  // of a module that it is made of
}

const (
	fabricModule  = "github.com/hyperledger/fabric"
	fabricVersion = "v3.1.1" // the release whose commit network/fabric/go.mod pins
)

var units = []unit{
	{
		name: "fabric", title: "Fabric", dir: "network/fabric", packages: []string{"tool"}, pinned: true,
		programs: []string{"configtxgen", "configtxlator", "cryptogen", "orderer", "osnadmin", "peer"},
		ldflags:  "-X " + fabricModule + "/common/metadata.Version=" + fabricVersion,
		samples:  fabricModule, change: &stores,
	},
	{
		name: "fabric-ca", title: "Fabric CA", dir: "network/fabric/ca", packages: []string{"tool"}, pinned: true,
		programs: []string{"fabric-ca-client", "fabric-ca-server"},
		sources:  []string{"sqlite/driver.go", "sqlite/go.mod", "sqlite/go.sum"},
	},
	{
		name: "programs", title: "Henan Chain", dir: ".",
		packages: []string{"./chaincode", "./gateway", "./network", "./network/builder/ccaas"},
		programs: []string{"ccaas", "chaincode", "gateway", "network"},
	},
}

// common is what a first build compiles while modules are still on their way.
var common = []string{"net/http/pprof", "encoding/gob", "html/template", "database/sql", "archive/tar", "testing", "expvar", "log/slog", "math/big", "os/user", "go/format"}

// job is one build under way.
type job struct {
	Options
	tool    *goTool
	board   *progress.Board
	compile sync.Mutex // one `go build` at a time: each takes all the cores
	mu      sync.Mutex
	built   []string
}

// All builds what is not up to date. An error says which step failed and names
// the log; its status is failure.Toolchain, or Disk, or Busy.
func All(ctx context.Context, o Options) (*Result, error) {
	start := time.Now()
	if o.Out == nil {
		o.Out = os.Stderr
	}
	if o.units == nil {
		o.units = units
	}
	wanted, err := choose(o.units, o.Only)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{Bin(o.Root), Config(o.Root)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, failure.Wrap(failure.Other, err, "cannot make the build folder %s", dir)
		}
	}
	unlock, err := lock(ctx, o.Root, o.Out)
	if err != nil {
		return nil, err
	}
	defer unlock()
	tool, err := newGoTool(o.Root)
	if err != nil {
		return nil, err
	}
	defer tool.close()
	if err := checkGo(ctx, tool, o.Root); err != nil {
		return nil, err
	}
	j := &job{Options: o, tool: tool, board: progress.New(o.Out)}
	err = j.run(ctx, wanted)
	j.board.Close()
	if err != nil {
		return nil, err
	}
	slices.Sort(j.built)
	return &Result{Bin: Bin(o.Root), Config: Config(o.Root), Log: tool.logPath, Built: j.built, Elapsed: time.Since(start)}, nil
}

func choose(units []unit, only []string) ([]unit, error) {
	if len(only) == 0 {
		return units, nil
	}
	var chosen []unit
	for _, name := range only {
		i := slices.IndexFunc(units, func(u unit) bool { return u.name == name })
		if i < 0 {
			return nil, failure.New(failure.Usage, "there is no unit %q to build: fabric, fabric-ca and programs are there", name)
		}
		chosen = append(chosen, units[i])
	}
	return chosen, nil
}

// run builds the units side by side: while one compiles, the others' modules
// come in. The first failure ends the rest.
func (j *job) run(ctx context.Context, wanted []unit) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var todo []unit
	for _, u := range wanted {
		if !u.pinned || !upToDate(j.Root, u, j.tool.version) {
			todo = append(todo, u)
		}
	}
	if err := checkDisk(j.Root, j.tool, todo); err != nil {
		return err
	}
	var wg sync.WaitGroup
	failures := make([]error, len(todo))
	for i, u := range todo {
		wg.Go(func() {
			if failures[i] = j.make(ctx, u); failures[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	return first(failures)
}

// first is the failure that ended the build, not those that it caused.
func first(failures []error) error {
	var cancelled error
	for _, err := range failures {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		cancelled = errors.Join(cancelled, err)
	}
	return cancelled
}

// make downloads, compiles and stamps one unit.
func (j *job) make(ctx context.Context, u unit) error {
	task := j.board.Start(u.title)
	count, err := j.modules(ctx, u, task)
	if err != nil {
		task.Fail()
		return err
	}
	built, err := j.build(ctx, u, task, count)
	if err != nil {
		task.Fail()
		return err
	}
	if u.samples != "" {
		if err := j.copySamples(ctx, u); err != nil {
			task.Fail()
			return err
		}
	}
	if slices.Contains(u.programs, builderProgram) {
		if err := installBuilder(j.Root); err != nil {
			task.Fail()
			return failure.Wrap(diskOr(err, failure.Other), err, "cannot set up the peer's external builder")
		}
	}
	if u.pinned {
		if err := writeStamp(j.Root, u, j.tool.version); err != nil {
			task.Fail()
			return err
		}
	}
	if built == 0 {
		task.Done("%s up to date", strings.Join(u.programs, ", "))
		return nil
	}
	j.mu.Lock()
	j.built = append(j.built, u.name)
	j.mu.Unlock()
	task.Done("built %s", strings.Join(u.programs, ", "))
	return nil
}

// modules sees to it that a unit's modules are on this machine, and counts the
// packages to compile.
func (j *job) modules(ctx context.Context, u unit, task *progress.Task) (int, error) {
	dir := filepath.Join(j.Root, u.dir)
	args := append([]string{"list", "-deps"}, u.packages...)
	if out, err := j.tool.quiet(ctx, dir, []string{"GOPROXY=off"}, args...); err == nil {
		return strings.Count(out, "\n"), nil
	} else if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	task.Phase("downloading modules")
	go j.compileCommon(ctx)
	fetched := 0
	out, err := j.tool.run(ctx, dir, []string{"GOMAXPROCS=16"}, func(line string) {
		if strings.HasPrefix(line, "go: downloading ") {
			fetched++
			task.Count(fetched, 0)
		}
	}, args...)
	if err != nil {
		return 0, j.tool.explain(ctx, "cannot get the modules of "+u.title, err)
	}
	return strings.Count(out, "\n"), nil
}

// compileCommon uses the cores while modules are downloaded. Its failure is of
// no interest: the same packages are compiled again, and reported, in a build.
func (j *job) compileCommon(ctx context.Context) {
	if !j.compile.TryLock() {
		return
	}
	defer j.compile.Unlock()
	_, _ = j.tool.quiet(ctx, filepath.Join(j.Root, "network/fabric"), nil, append([]string{"build", "-trimpath"}, common...)...)
}

// build compiles a unit and returns how many packages that took.
func (j *job) build(ctx context.Context, u unit, task *progress.Task, count int) (int, error) {
	if !j.compile.TryLock() {
		task.Phase("waiting for its turn to compile")
		j.compile.Lock()
	}
	defer j.compile.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	task.Phase("compiling, packages")
	modFile, err := j.changed(ctx, u)
	if err != nil {
		return 0, err
	}
	args := []string{"build", "-v", "-trimpath", "-buildvcs=false", "-ldflags=" + strings.TrimSpace("-s -w "+u.ldflags), "-o", Bin(j.Root) + string(filepath.Separator)}
	if modFile != "" {
		args = append(args, "-modfile="+modFile)
	}
	compiled := 0
	before := stats(j.Root, u)
	_, err = j.tool.run(ctx, filepath.Join(j.Root, u.dir), nil, func(line string) {
		if !strings.ContainsAny(line, " \t:#") {
			compiled++
			task.Count(compiled, count)
		}
	}, append(args, u.packages...)...)
	if err != nil {
		return 0, j.tool.explain(ctx, "cannot build "+u.title, err)
	}
	if compiled == 0 && linked(before, stats(j.Root, u)) {
		compiled = 1
	}
	return compiled, nil
}

// stats are a unit's programs as they lie on the disk; nil for one that does not.
func stats(root string, u unit) []os.FileInfo {
	out := make([]os.FileInfo, 0, len(u.programs))
	for _, program := range u.programs {
		info, err := os.Stat(filepath.Join(Bin(root), program))
		if err != nil {
			info = nil
		}
		out = append(out, info)
	}
	return out
}

// linked tells whether programs were put in place since. Their times do not:
// go touches a program that it finds up to date.
func linked(before, after []os.FileInfo) bool {
	return !slices.EqualFunc(before, after, func(a, b os.FileInfo) bool { return a != nil && b != nil && os.SameFile(a, b) })
}
