package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// finding is one place that breaks a rule.
type finding struct {
	rule    Rule
	pos     token.Pos
	message string
	fn      *types.Func // in which it stands; nil at package level
}

// effect is what is known of a function beyond its own package: which rules a
// call of it breaks, and why.
type effect struct{ Why map[Rule]string }

func (*effect) AFact()           {}
func (e *effect) String() string { return fmt.Sprint(e.Why) }

// effects finds everything once; the rules' analyzers each report their part.
var effects = &analysis.Analyzer{
	Name:       "effects",
	Doc:        "finds what is not deterministic, and which functions lead there",
	Run:        runEffects,
	FactTypes:  []analysis.Fact{new(effect)},
	ResultType: reflect.TypeFor[[]finding](),
}

// scope are the import paths, separated by commas, that hold contracts. Empty:
// every package that is looked at.
var scope string

func init() {
	effects.Flags.StringVar(&scope, "scope", "", "import paths that hold contracts, separated by commas; all where empty")
}

func inScope(path string) bool {
	return scope == "" || slices.Contains(strings.Split(scope, ","), path)
}

// call is a mention of a function by its name: it is called there, or handed on
// to be called.
type call struct {
	callee *types.Func
	pos    token.Pos
}

// pkg is one package while it is looked at.
type pkg struct {
	pass     *analysis.Pass
	allowed  *directives
	findings []finding
	calls    map[*types.Func][]call
	order    []*types.Func // declared functions, in the order of the source
	decls    map[*types.Func]*ast.FuncDecl
}

func runEffects(pass *analysis.Pass) (any, error) {
	if len(pass.Files) == 0 || !ours(pass.Pkg.Path()) {
		return []finding(nil), nil // judged by what is known of it
	}
	p := &pkg{pass: pass, calls: map[*types.Func][]call{}, decls: map[*types.Func]*ast.FuncDecl{}}
	var files []*ast.File
	for _, file := range pass.Files {
		if !strings.HasSuffix(pass.Fset.File(file.FileStart).Name(), "_test.go") {
			files = append(files, file)
		}
	}
	p.allowed = readDirectives(pass.Fset, files)
	for _, file := range files {
		for _, decl := range file.Decls {
			p.declaration(file, decl)
		}
	}
	startUp := p.startUp()
	var judged []finding
	for _, f := range p.findings {
		if !startUp[f.fn] && !p.allowed.covers(f.rule, f.pos) {
			judged = append(judged, f)
		}
	}
	p.spread(judged)
	if !inScope(pass.Pkg.Path()) {
		return []finding(nil), nil
	}
	for _, fn := range p.order {
		if !startUp[fn] {
			judged = append(judged, p.callsOut(fn)...)
		}
	}
	return append(judged, p.allowed.problems()...), nil
}

func (p *pkg) declaration(file *ast.File, decl ast.Decl) {
	v := &visitor{pkg: p, file: file}
	if fd, ok := decl.(*ast.FuncDecl); ok {
		fn, ok := p.pass.TypesInfo.Defs[fd.Name].(*types.Func)
		if !ok {
			return
		}
		v.fn, v.decl = fn, fd
		p.order = append(p.order, fn)
		p.decls[fn] = fd
	}
	v.visit(decl)
}

// report adds a finding.
func (v *visitor) report(rule Rule, pos token.Pos, format string, args ...any) {
	v.pkg.findings = append(v.pkg.findings, finding{rule: rule, pos: pos, message: fmt.Sprintf(format, args...), fn: v.fn})
}

// spread works out which functions break which rules, by what stands in them or
// by what they call, and tells the packages that import this one.
func (p *pkg) spread(judged []finding) {
	why := map[*types.Func]map[Rule]string{}
	add := func(fn *types.Func, rule Rule, reason string) bool {
		if why[fn] == nil {
			why[fn] = map[Rule]string{}
		}
		if _, ok := why[fn][rule]; ok {
			return false
		}
		why[fn][rule] = reason
		return true
	}
	for _, f := range judged {
		if f.fn != nil {
			add(f.fn, f.rule, fmt.Sprintf("%s (%s)", f.message, p.place(f.pos)))
		}
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range p.order {
			for _, c := range p.calls[fn] {
				for _, rule := range rules(p.why(c.callee, why)) {
					if !p.allowed.covers(rule, c.pos) && add(fn, rule, leads(c.callee, p.why(c.callee, why)[rule])) {
						changed = true
					}
				}
			}
		}
	}
	for _, fn := range p.order {
		if why[fn] != nil {
			p.pass.ExportObjectFact(fn, &effect{Why: why[fn]})
		}
	}
}

func (p *pkg) why(fn *types.Func, local map[*types.Func]map[Rule]string) map[Rule]string {
	if fn.Pkg() == p.pass.Pkg {
		return local[fn]
	}
	var fact effect
	if p.pass.ImportObjectFact(fn, &fact) {
		return fact.Why
	}
	return nil
}

// rules are the keys in the order of the documentation.
func rules(why map[Rule]string) []Rule {
	var out []Rule
	for _, d := range docs {
		if _, ok := why[d.rule]; ok {
			out = append(out, d.rule)
		}
	}
	return out
}

// callsOut finds the calls from a contract into packages beside the contracts
// that break a rule there. What contracts call among themselves is found in
// its own place.
func (p *pkg) callsOut(fn *types.Func) []finding {
	var out []finding
	for _, c := range p.calls[fn] {
		if c.callee.Pkg() == p.pass.Pkg || inScope(c.callee.Pkg().Path()) {
			continue
		}
		why := p.why(c.callee, nil)
		for _, rule := range rules(why) {
			if !p.allowed.covers(rule, c.pos) {
				out = append(out, finding{rule: rule, pos: c.pos, message: leads(c.callee, why[rule]), fn: fn})
			}
		}
	}
	return out
}

func leads(callee *types.Func, reason string) string {
	const most = 200
	text := fmt.Sprintf("%s is called: %s", name(callee), reason)
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

// name writes a function as its callers do: gm.Sign, (*gm.Key).Sign.
func name(fn *types.Func) string {
	qualifier := func(p *types.Package) string { return p.Name() }
	if recv := fn.Signature().Recv(); recv != nil {
		return "(" + types.TypeString(recv.Type(), qualifier) + ")." + fn.Name()
	}
	if fn.Pkg() == nil {
		return fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

func (p *pkg) place(pos token.Pos) string {
	at := p.pass.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
}

// startUp are the functions of a program that no transaction reaches: what
// main leads to, before and beside the contract. In a package that is no
// program there are none.
func (p *pkg) startUp() map[*types.Func]bool {
	out := map[*types.Func]bool{}
	if p.pass.Pkg.Name() != "main" {
		return out
	}
	contract := map[*types.Func]bool{}
	for _, fn := range p.order {
		if p.entry(fn) {
			p.reach(fn, contract)
		}
	}
	for _, fn := range p.order {
		if (fn.Name() == "main" || fn.Name() == "init") && fn.Signature().Recv() == nil {
			p.reach(fn, out)
		}
	}
	for fn := range contract {
		delete(out, fn)
	}
	return out
}

func (p *pkg) reach(fn *types.Func, seen map[*types.Func]bool) {
	if seen[fn] {
		return
	}
	seen[fn] = true
	for _, c := range p.calls[fn] {
		if c.callee.Pkg() == p.pass.Pkg {
			p.reach(c.callee, seen)
		}
	}
}

// entry tells whether Fabric calls a function, or a contract hands it a
// transaction: it takes a stub or a transaction's context.
func (p *pkg) entry(fn *types.Func) bool {
	sig := fn.Signature()
	for param := range sig.Params().Variables() {
		if transactional(param.Type()) {
			return true
		}
	}
	return sig.Recv() != nil && isContract(sig.Recv().Type())
}

// transactional tells whether a type gives access to a transaction.
func transactional(t types.Type) bool {
	methods := types.NewMethodSet(t)
	for _, m := range []string{"GetStub", "PutState", "GetTxTimestamp"} {
		if methods.Lookup(nil, m) != nil {
			return true
		}
	}
	return false
}

// isContract tells whether a type is served as a contract: by its Invoke with a
// stub, or by embedding a Contract of the contract API.
func isContract(t types.Type) bool {
	if m := types.NewMethodSet(t).Lookup(nil, "Invoke"); m != nil {
		if sig, ok := m.Type().(*types.Signature); ok && sig.Params().Len() == 1 && transactional(sig.Params().At(0).Type()) {
			return true
		}
	}
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range st.Fields() {
		named, ok := types.Unalias(field.Type()).(*types.Named)
		if ok && field.Embedded() && named.Obj().Name() == "Contract" && named.Obj().Pkg() != nil && strings.Contains(named.Obj().Pkg().Path(), "contractapi") {
			return true
		}
	}
	return false
}
