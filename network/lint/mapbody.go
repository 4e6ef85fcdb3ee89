package lint

import (
	"go/ast"
	"go/token"
	"go/types"
)

// assign takes the assignments that come to the same in every order.
func (w *walk) assign(s *ast.AssignStmt) {
	switch s.Tok {
	case token.DEFINE:
		for _, e := range s.Rhs {
			w.pure(e)
		}
		return
	case token.ADD_ASSIGN, token.SUB_ASSIGN, token.OR_ASSIGN, token.AND_ASSIGN, token.XOR_ASSIGN:
		w.pure(s.Rhs[0])
		w.sum(s.Lhs[0])
		return
	case token.ASSIGN:
	default:
		w.refuse(s.Pos(), types.ExprString(s.Lhs[0])+" is changed step by step")
		return
	}
	for i, target := range s.Lhs {
		if len(s.Rhs) == len(s.Lhs) {
			w.assignOne(target, s.Rhs[i])
		} else {
			w.pure(s.Rhs[0])
			if !w.inside(target) {
				w.refuse(target.Pos(), "the last entry decides what "+types.ExprString(target)+" is")
			}
		}
	}
}

func (w *walk) assignOne(target, value ast.Expr) {
	if id, ok := target.(*ast.Ident); ok && id.Name == "_" {
		w.pure(value)
		return
	}
	if c, ok := ast.Unparen(value).(*ast.CallExpr); ok && isBuiltin(w.v.info(), c, "append") && types.ExprString(c.Args[0]) == types.ExprString(target) {
		for _, e := range c.Args[1:] {
			w.pure(e)
		}
		if !w.inside(target) && !w.ownEntry(target) {
			w.collected = append(w.collected, target)
		}
		return
	}
	w.pure(value)
	switch {
	case w.inside(target):
	case w.ownEntry(target):
		w.changes = true
	case w.v.info().Types[value].Value != nil || w.v.info().Types[value].IsNil():
		w.constant(target, value)
	case w.extreme(target, value):
		w.counts = true
	default:
		w.refuse(target.Pos(), "the last entry decides what "+types.ExprString(target)+" is")
	}
}

// constant takes the same constant for a target wherever it is set.
func (w *walk) constant(target, value ast.Expr) {
	if w.constants == nil {
		w.constants = map[string]string{}
	}
	held, is := types.ExprString(target), types.ExprString(value)
	if was, ok := w.constants[held]; ok && was != is {
		w.refuse(target.Pos(), held+" is set to more than one value")
	}
	w.constants[held] = is
}

// extreme takes x = max(x, …) and x = min(x, …).
func (w *walk) extreme(target, value ast.Expr) bool {
	c, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || !(isBuiltin(w.v.info(), c, "max") || isBuiltin(w.v.info(), c, "min")) {
		return false
	}
	for _, arg := range c.Args {
		if types.ExprString(arg) == types.ExprString(target) {
			return true
		}
	}
	return false
}

// sum takes additions of whole numbers, which may be done in any order.
func (w *walk) sum(target ast.Expr) {
	basic, ok := w.v.info().TypeOf(target).Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 {
		w.refuse(target.Pos(), types.ExprString(target)+" is changed step by step")
		return
	}
	if w.inside(target) {
		return
	}
	w.counts = true
	if _, plain := ast.Unparen(target).(*ast.Ident); !plain {
		w.changes = true
	}
}

// ownEntry tells whether a target is the entry of another map under this very
// key, so that each entry is set once.
func (w *walk) ownEntry(target ast.Expr) bool {
	index, ok := ast.Unparen(target).(*ast.IndexExpr)
	return ok && isKind[*types.Map](w.v.info().TypeOf(index.X)) && w.isKey(index.Index)
}

func (w *walk) isKey(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && w.key != nil && w.v.info().Uses[id] == w.key
}

// inside tells whether a target is a variable of the loop's body, or a part of
// one that is held by value.
func (w *walk) inside(target ast.Expr) bool {
	for {
		switch e := ast.Unparen(target).(type) {
		case *ast.SelectorExpr:
			if isKind[*types.Pointer](w.v.info().TypeOf(e.X)) {
				return false
			}
			target = e.X
		case *ast.IndexExpr:
			target = e.X
		case *ast.Ident:
			obj := w.v.info().Uses[e]
			if obj == nil {
				obj = w.v.info().Defs[e]
			}
			return obj != nil && w.loop.Body.Pos() <= obj.Pos() && obj.Pos() < w.loop.Body.End()
		default:
			return false
		}
	}
}

// pure refuses an expression that does more than to compute: a call of anything
// that is not known to do nothing else.
func (w *walk) pure(e ast.Expr) {
	if e == nil {
		return
	}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if !w.pureCall(n) {
				w.refuse(n.Pos(), types.ExprString(n.Fun)+" is called for each entry")
			}
		case *ast.FuncLit:
			w.refuse(n.Pos(), "a function is made for each entry")
			return false
		}
		return true
	})
}

// purePackages only compute.
var purePackages = names("strings strconv bytes unicode unicode/utf8 utf8 cmp math/bits encoding/hex encoding/base64 errors slices maps path")

func (w *walk) pureCall(c *ast.CallExpr) bool {
	if w.v.info().Types[c.Fun].IsType() {
		return true // a conversion
	}
	for _, b := range []string{"len", "cap", "min", "max", "append", "make", "new", "complex", "real", "imag"} {
		if isBuiltin(w.v.info(), c, b) {
			return true
		}
	}
	fn := callee(w.v.info(), c)
	if fn == nil || fn.Pkg() == nil {
		return fn != nil && fn.Name() == "Error" // of the error interface
	}
	if fn.Pkg().Path() == "fmt" {
		return fn.Name() == "Sprintf" || fn.Name() == "Sprint" || fn.Name() == "Errorf"
	}
	if fn.Signature().Recv() != nil {
		return fn.Pkg().Path() == "time" || fn.Name() == "String"
	}
	return purePackages[fn.Pkg().Path()]
}
