package lint

import (
	"go/ast"
	"go/token"
	"go/types"
)

// visitor walks one declaration and asks every rule about every node.
type visitor struct {
	pkg   *pkg
	file  *ast.File
	fn    *types.Func   // the function that is walked; nil at package level
	decl  *ast.FuncDecl // its declaration
	stack []ast.Node    // from the declaration to the node's parent
	float int           // last line with a floating-point finding
}

func (v *visitor) info() *types.Info { return v.pkg.pass.TypesInfo }

func (v *visitor) visit(root ast.Node) {
	ast.PreorderStack(root, nil, func(n ast.Node, stack []ast.Node) bool {
		v.stack = stack
		switch n := n.(type) {
		case *ast.Ident:
			v.mention(n)
		case *ast.GoStmt:
			v.report(Concurrency, n.Pos(), "a goroutine is started: contracts run alone")
		case *ast.SelectStmt:
			v.report(Concurrency, n.Pos(), "select takes whichever is ready first")
		case *ast.SendStmt:
			v.report(Concurrency, n.Pos(), "a channel is sent to")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				v.report(Concurrency, n.Pos(), "a channel is received from")
			}
			v.address(n)
		case *ast.RangeStmt:
			v.rangeOver(n)
		case *ast.CallExpr:
			v.callExpr(n)
		case *ast.AssignStmt:
			for _, target := range n.Lhs {
				v.assigned(target, n.Tok == token.DEFINE)
			}
		case *ast.IncDecStmt:
			v.assigned(n.X, false)
		case *ast.ValueSpec:
			v.globalTypes(n)
		case *ast.BasicLit:
			v.formatVerb(n)
		}
		if e, ok := n.(ast.Expr); ok {
			v.floating(e)
		}
		return true
	})
}

// parent is the n-th node above; 0 is the direct one.
func (v *visitor) parent(n int) ast.Node {
	if i := len(v.stack) - 1 - n; i >= 0 {
		return v.stack[i]
	}
	return nil
}

// mention judges the use of a named thing: a function or variable of a package
// that is refused, or a function that may be.
func (v *visitor) mention(id *ast.Ident) {
	obj := v.info().Uses[id]
	if obj == nil || obj.Pkg() == nil {
		return
	}
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv == nil || !types.IsInterface(recv.Type()) {
			fn := obj.Origin()
			if v.fn != nil {
				v.pkg.calls[v.fn] = append(v.pkg.calls[v.fn], call{callee: fn, pos: id.Pos()})
			}
		}
		v.refusedUse(id, obj)
	case *types.Var:
		if !obj.IsField() && obj.Parent() == obj.Pkg().Scope() {
			v.refusedUse(id, obj)
		}
	}
}

func (v *visitor) callExpr(c *ast.CallExpr) {
	v.makesChannel(c)
	v.changesGlobal(c)
	v.walksMap(c)
	v.drawsRandom(c)
}

func (v *visitor) makesChannel(c *ast.CallExpr) {
	if !isBuiltin(v.info(), c, "make") || len(c.Args) == 0 {
		return
	}
	if _, ok := v.info().TypeOf(c.Args[0]).Underlying().(*types.Chan); ok {
		v.report(Concurrency, c.Pos(), "a channel is made")
	}
}

func isBuiltin(info *types.Info, c *ast.CallExpr, name string) bool {
	id, ok := ast.Unparen(c.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := info.Uses[id].(*types.Builtin)
	return ok && b.Name() == name
}

// callee is the function or method that a call names, of an interface too.
func callee(info *types.Info, c *ast.CallExpr) *types.Func {
	switch f := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		fn, _ := info.Uses[f].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := info.Uses[f.Sel].(*types.Func)
		return fn
	case *ast.IndexExpr:
		return callee(info, &ast.CallExpr{Fun: f.X})
	case *ast.IndexListExpr:
		return callee(info, &ast.CallExpr{Fun: f.X})
	}
	return nil
}

// isFunc tells whether a call is of one of a package's functions.
func isFunc(info *types.Info, c *ast.CallExpr, path string, names ...string) bool {
	fn := callee(info, c)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != path {
		return false
	}
	for _, n := range names {
		if fn.Name() == n {
			return true
		}
	}
	return false
}
