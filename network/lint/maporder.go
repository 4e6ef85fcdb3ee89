package lint

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

const walkSorted = "walk slices.Sorted(maps.Keys(m)) instead"

// rangeOver judges a range statement: over a channel it waits, and over a map
// its order differs each time.
func (v *visitor) rangeOver(r *ast.RangeStmt) {
	switch t := v.info().TypeOf(r.X); {
	case isKind[*types.Chan](t):
		v.report(Concurrency, r.Pos(), "a channel is received from")
	case isKind[*types.Map](t) || isMapIterator(v.info(), r.X):
		w := &walk{v: v, loop: r}
		w.key, w.value = w.variable(r.Key), w.variable(r.Value)
		if _, keys := mapIterator(v.info(), r.X); keys == "Values" {
			w.key, w.value = nil, w.key
		}
		w.block(r.Body)
		w.conclude()
	}
}

func isKind[T types.Type](t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(T)
	return ok
}

// mapIterator tells whether an expression is maps.Keys, Values or All of a map.
func mapIterator(info *types.Info, e ast.Expr) (*ast.CallExpr, string) {
	c, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || !isFunc(info, c, "maps", "Keys", "Values", "All") {
		return nil, ""
	}
	return c, callee(info, c).Name()
}

func isMapIterator(info *types.Info, e ast.Expr) bool {
	c, _ := mapIterator(info, e)
	return c != nil
}

// walksMap judges iterators over maps that are handed on, and the other ways to
// walk one.
func (v *visitor) walksMap(c *ast.CallExpr) {
	fn := callee(v.info(), c)
	if fn == nil || fn.Pkg() == nil {
		return
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "reflect.MapKeys", "reflect.MapRange":
		v.report(MapOrder, c.Pos(), "%s gives the keys in an order that differs: %s", name(fn), walkSorted)
	case "sync.Range":
		v.report(MapOrder, c.Pos(), "%s walks in an order that differs", name(fn))
	case "maps.Keys", "maps.Values", "maps.All":
		if !v.iteratorIsOrdered(c) {
			v.report(MapOrder, c.Pos(), "%s gives an order that differs each time: %s", name(fn), walkSorted)
		}
	}
}

// iteratorIsOrdered tells whether whoever takes the iterator puts it in order or
// makes nothing of the order. A range statement is judged by its body.
func (v *visitor) iteratorIsOrdered(c *ast.CallExpr) bool {
	switch up := v.parent(0).(type) {
	case *ast.RangeStmt:
		return up.X == ast.Expr(c)
	case *ast.CallExpr:
		if isFunc(v.info(), up, "slices", "Sorted", "SortedFunc", "SortedStableFunc") || isFunc(v.info(), up, "maps", "Collect", "Insert") {
			return true
		}
		if !isFunc(v.info(), up, "slices", "Collect", "AppendSeq") {
			return false
		}
		if assign, ok := v.parent(1).(*ast.AssignStmt); ok && len(assign.Lhs) == 1 {
			return v.sortedAfter(assign.Lhs[0], up.End())
		}
	}
	return false
}

// sortedAfter tells whether the function sorts what a target holds, further down.
func (v *visitor) sortedAfter(target ast.Expr, after token.Pos) bool {
	if v.decl == nil {
		return false
	}
	held := types.ExprString(ast.Unparen(target))
	found := false
	ast.Inspect(v.decl, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || found || c.Pos() < after || !sorts(v.info(), c) {
			return !found
		}
		for _, arg := range c.Args {
			ast.Inspect(arg, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok && types.ExprString(e) == held {
					found = true
				}
				return !found
			})
		}
		return !found
	})
	return found
}

func sorts(info *types.Info, c *ast.CallExpr) bool {
	fn := callee(info, c)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "sort":
		return fn.Signature().Recv() == nil && !strings.HasPrefix(fn.Name(), "Search") && !strings.HasSuffix(fn.Name(), "AreSorted")
	case "slices":
		return strings.HasPrefix(fn.Name(), "Sort")
	}
	return strings.HasPrefix(strings.ToLower(fn.Name()), "sort")
}

// walk judges the body of a loop over a map. It knows the forms that come to
// the same whatever the order; all else is refused.
type walk struct {
	v          *visitor
	loop       *ast.RangeStmt
	key, value types.Object

	collected []ast.Expr // slices appended to: to be sorted later
	constants map[string]string
	returns   string // what it returns, where it does
	returned  bool
	left      bool // by break
	changes   bool // something that stays, and that an early end would cut short
	counts    bool // a sum or a collection, in a variable
	why       string
	at        token.Pos
}

func (w *walk) variable(e ast.Expr) types.Object {
	id, ok := e.(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	if obj := w.v.info().Defs[id]; obj != nil {
		return obj
	}
	return w.v.info().Uses[id]
}

func (w *walk) refuse(at token.Pos, why string) {
	if w.why == "" {
		w.why, w.at = why, at
	}
}

// conclude reports what the body came to.
func (w *walk) conclude() {
	switch {
	case w.why != "":
	case w.left && (w.counts || w.changes || len(w.collected) > 0):
		w.refuse(w.loop.Pos(), "it ends early, and what it has done by then depends on the order")
	case w.returned && w.changes:
		w.refuse(w.loop.Pos(), "it returns early, and what it has changed by then depends on the order")
	}
	for _, target := range w.collected {
		if w.why == "" && !w.v.sortedAfter(target, w.loop.End()) {
			w.refuse(target.Pos(), types.ExprString(target)+" is filled in the map's order and not sorted afterwards")
		}
	}
	if w.why != "" {
		w.v.report(MapOrder, w.loop.Pos(), "the order of a map differs each time, and here (line %d) %s: %s",
			w.v.pkg.pass.Fset.Position(w.at).Line, w.why, walkSorted)
	}
}

func (w *walk) block(b *ast.BlockStmt) {
	for _, s := range b.List {
		w.statement(s)
	}
}

func (w *walk) statement(s ast.Stmt) {
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
	case *ast.BlockStmt:
		w.block(s)
	case *ast.AssignStmt:
		w.assign(s)
	case *ast.IncDecStmt:
		w.sum(s.X)
	case *ast.ExprStmt:
		w.expressionStatement(s)
	case *ast.IfStmt:
		w.statement(s.Init)
		w.pure(s.Cond)
		w.block(s.Body)
		w.statement(s.Else)
	case *ast.SwitchStmt:
		w.statement(s.Init)
		w.pure(s.Tag)
		w.block(s.Body)
	case *ast.CaseClause:
		for _, e := range s.List {
			w.pure(e)
		}
		for _, s := range s.Body {
			w.statement(s)
		}
	case *ast.RangeStmt:
		w.pure(s.X)
		w.block(s.Body)
	case *ast.ForStmt:
		w.statement(s.Init)
		w.pure(s.Cond)
		w.statement(s.Post)
		w.block(s.Body)
	case *ast.DeclStmt:
		w.declares(s)
	case *ast.BranchStmt:
		w.branch(s)
	case *ast.ReturnStmt:
		w.leave(s)
	default:
		w.refuse(s.Pos(), "something is done for each entry")
	}
}

func (w *walk) declares(s *ast.DeclStmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, e := range spec.Values {
				w.pure(e)
			}
		}
		return true
	})
}

func (w *walk) branch(s *ast.BranchStmt) {
	switch s.Tok {
	case token.CONTINUE, token.FALLTHROUGH:
	case token.BREAK:
		w.left = true
	default:
		w.refuse(s.Pos(), "it jumps away")
	}
}

// leave takes a return of the same constants from every place of the loop.
func (w *walk) leave(s *ast.ReturnStmt) {
	var texts []string
	for _, e := range s.Results {
		tv := w.v.info().Types[e]
		if tv.Value == nil && !tv.IsNil() && !w.fixed(e) {
			w.refuse(s.Pos(), "what it returns depends on which entry comes first")
			return
		}
		texts = append(texts, types.ExprString(e))
	}
	text := strings.Join(texts, ", ")
	if w.returned && text != w.returns {
		w.refuse(s.Pos(), "which of its returns is reached first depends on the order")
	}
	w.returned, w.returns = true, text
}

// fixed tells whether an expression is a package's variable, such as an error.
func (w *walk) fixed(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if sel, isSel := ast.Unparen(e).(*ast.SelectorExpr); isSel {
		id, ok = sel.Sel, true
	}
	if !ok {
		return false
	}
	obj, ok := w.v.info().Uses[id].(*types.Var)
	return ok && obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope()
}

func (w *walk) expressionStatement(s *ast.ExprStmt) {
	c, ok := s.X.(*ast.CallExpr)
	if ok && isBuiltin(w.v.info(), c, "delete") && len(c.Args) == 2 && w.isKey(c.Args[1]) {
		w.changes = w.changes || !w.inside(c.Args[0])
		return
	}
	if ok && isFunc(w.v.info(), c, "slices", "Sort", "SortFunc") {
		return
	}
	w.refuse(s.Pos(), "something is called for each entry")
}
