package lint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// mostErrors of the compiler are shown.
const mostErrors = 10

// Problem is one finding as it is shown.
type Problem struct {
	Rule    Rule   `json:"rule"`
	File    string `json:"file"` // relative to the folder that was checked, where it is inside
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Rule, p.Message)
}

// Run checks the contracts that patterns such as ./chaincode/... name, in the
// module that dir is in. What they use of the same module is followed into; other
// modules are judged by what is known of them. Problems are sorted by place.
// An error says that the source could not be checked.
func Run(ctx context.Context, dir string, patterns ...string) ([]Problem, error) {
	contracts, all, err := modulePackages(ctx, dir, patterns)
	if err != nil {
		return nil, err
	}
	pkgs, err := load(ctx, dir, packages.LoadSyntax|packages.NeedModule, all)
	if err != nil {
		return nil, err
	}
	if err := effects.Flags.Set("scope", strings.Join(contracts, ",")); err != nil {
		return nil, fmt.Errorf("set the scope: %w", err)
	}
	graph, err := checker.Analyze(Analyzers(), pkgs, nil)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", dir, err)
	}
	return collect(dir, graph)
}

// modulePackages lists the contracts' packages, and with them the packages of
// their module that they use.
func modulePackages(ctx context.Context, dir string, patterns []string) (contracts, all []string, err error) {
	roots, err := load(ctx, dir, packages.NeedName|packages.NeedImports|packages.NeedDeps|packages.NeedModule, patterns)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range roots {
		if p.Imports["testing"] == nil { // what serves tests never runs in a peer's service
			contracts = append(contracts, p.PkgPath)
		}
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module != nil && p.Module.Main {
			all = append(all, p.PkgPath)
		}
	})
	slices.Sort(contracts)
	slices.Sort(all)
	if len(contracts) == 0 {
		return nil, nil, fmt.Errorf("%s holds no Go package in %s", strings.Join(patterns, " "), dir)
	}
	return contracts, all, nil
}

// load reads packages as the build does, so that what is compiled is shared.
func load(ctx context.Context, dir string, mode packages.LoadMode, patterns []string) ([]*packages.Package, error) {
	pkgs, err := packages.Load(&packages.Config{
		Context: ctx, Mode: mode, Dir: dir,
		Env: append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off"), BuildFlags: []string{"-trimpath", "-buildvcs=false"},
	}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", strings.Join(patterns, " "), err)
	}
	var errs []error
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			if len(errs) < mostErrors && !strings.HasPrefix(e.Msg, "# ") { // that heads a compiler's whole output
				errs = append(errs, e)
			}
		}
		if len(p.Errors) > 0 && len(errs) == 0 {
			errs = append(errs, p.Errors[0])
		}
	})
	if len(errs) > 0 {
		return nil, fmt.Errorf("the source does not compile:\n%w", errors.Join(errs...))
	}
	return pkgs, nil
}

func collect(dir string, graph *checker.Graph) ([]Problem, error) {
	seen := map[Problem]bool{}
	var out []Problem
	for _, action := range graph.Roots {
		if action.Err != nil {
			return nil, fmt.Errorf("check %s: %w", action.Package.PkgPath, action.Err)
		}
		for _, d := range action.Diagnostics {
			at := action.Package.Fset.Position(d.Pos)
			p := Problem{Rule: Rule(d.Category), File: relative(dir, at.Filename), Line: at.Line, Column: at.Column, Message: d.Message}
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.String(), b.String())
	})
	return out, nil
}

func relative(dir, file string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(abs, file); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return file
}
