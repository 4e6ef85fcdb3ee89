package lint

import (
	"go/ast"
	"go/token"
	"go/types"
)

// outlives tells what of a target outlives a transaction: a package's variable,
// or a field of the contract; "" where nothing does.
func (v *visitor) outlives(target ast.Expr) string {
	if v.fn == nil {
		return ""
	}
	through := false // a field, an element, or what a pointer leads to
	for {
		switch e := target.(type) {
		case *ast.ParenExpr:
			target = e.X
		case *ast.StarExpr:
			target, through = e.X, true
		case *ast.IndexExpr:
			target, through = e.X, true
		case *ast.SliceExpr:
			target, through = e.X, true
		case *ast.SelectorExpr:
			if obj, ok := v.info().Uses[e.Sel].(*types.Var); ok && !obj.IsField() {
				return v.packageVariable(obj)
			}
			target, through = e.X, true
		case *ast.Ident:
			obj, ok := v.info().Uses[e].(*types.Var)
			if !ok {
				return ""
			}
			if through && v.contractItself(obj) {
				return "a field of the contract " + obj.Name()
			}
			return v.packageVariable(obj)
		default:
			return ""
		}
	}
}

// packageVariable names a variable of a package. Changing it while the package
// is being set up is free.
func (v *visitor) packageVariable(obj *types.Var) string {
	if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	if v.fn.Name() == "init" && v.fn.Signature().Recv() == nil && obj.Pkg() == v.pkg.pass.Pkg {
		return ""
	}
	return "the package variable " + obj.Name()
}

// contractItself tells whether a variable is the receiver of a function that a
// transaction calls, by a pointer or something else that is shared.
func (v *visitor) contractItself(obj *types.Var) bool {
	sig := v.fn.Signature()
	if sig.Recv() == nil || sig.Recv() != obj {
		return false
	}
	if _, ok := types.Unalias(obj.Type()).(*types.Pointer); !ok {
		return false
	}
	return isContract(obj.Type())
}

// assigned judges the target of an assignment.
func (v *visitor) assigned(target ast.Expr, define bool) {
	if define {
		return
	}
	if what := v.outlives(target); what != "" {
		v.report(Globals, target.Pos(), "%s is changed: it outlives the transaction and differs between peers; keep it on the ledger", what)
	}
}

// address refuses a pointer to a package's variable, through which it can be
// changed unseen.
func (v *visitor) address(u *ast.UnaryExpr) {
	if u.Op != token.AND {
		return
	}
	if what := v.outlives(u.X); what != "" {
		v.report(Globals, u.Pos(), "a pointer to %s is taken: what is changed through it outlives the transaction", what)
	}
}

// changesGlobal judges calls that change what they are given, and locks and the
// like, which are there for what is shared.
func (v *visitor) changesGlobal(c *ast.CallExpr) {
	for _, builtin := range []string{"delete", "clear", "copy"} {
		if isBuiltin(v.info(), c, builtin) && len(c.Args) > 0 {
			if what := v.outlives(c.Args[0]); what != "" {
				v.report(Globals, c.Pos(), "%s is changed by %s: it outlives the transaction and differs between peers", what, builtin)
			}
		}
	}
	if fn := callee(v.info(), c); fn != nil && fn.Pkg() != nil && len(c.Args) > 0 {
		changes := (fn.Pkg().Path() == "sort" && fn.Signature().Recv() == nil && fn.Name() != "Search") ||
			(fn.Pkg().Path() == "slices" && (fn.Name() == "Sort" || fn.Name() == "SortFunc" || fn.Name() == "SortStableFunc" || fn.Name() == "Reverse"))
		if what := v.outlives(c.Args[0]); changes && what != "" {
			v.report(Globals, c.Pos(), "%s is changed by %s: it outlives the transaction", what, name(fn))
		}
	}
}

// globalTypes refuses a package's variable of a type that is made to be shared
// and changed.
func (v *visitor) globalTypes(spec *ast.ValueSpec) {
	if v.fn != nil {
		return
	}
	for _, id := range spec.Names {
		obj, ok := v.info().Defs[id].(*types.Var)
		if !ok {
			continue
		}
		if shared := sharedType(obj.Type(), 0); shared != "" {
			v.report(Globals, id.Pos(), "the package variable %s holds a %s: it is there to be changed, and outlives the transaction", id.Name, shared)
		}
	}
}

// sharedType finds a type of sync or sync/atomic in a type, but for those that
// make a value once and keep it.
func sharedType(t types.Type, depth int) string {
	if depth > 4 {
		return ""
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil && (p.Path() == "sync" || p.Path() == "sync/atomic") {
			if t.Obj().Name() == "Once" {
				return ""
			}
			return p.Name() + "." + t.Obj().Name()
		}
		if p := t.Obj().Pkg(); p != nil && !ours(p.Path()) {
			return ""
		}
		return sharedType(t.Underlying(), depth+1)
	case *types.Pointer:
		return sharedType(t.Elem(), depth+1)
	case *types.Struct:
		for f := range t.Fields() {
			if s := sharedType(f.Type(), depth+1); s != "" {
				return s
			}
		}
	case *types.Chan:
		return "channel"
	}
	return ""
}
