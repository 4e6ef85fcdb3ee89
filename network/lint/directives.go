package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

const prefix = "//lint:allow"

// directive allows one rule over some lines of one file.
type directive struct {
	rule     Rule
	pos      token.Pos
	file     *token.File
	from, to int // lines
	used     bool
	wrong    string // why it is none
}

// directives are all of a package.
type directives struct{ list []*directive }

func readDirectives(fset *token.FileSet, files []*ast.File) *directives {
	out := &directives{}
	for _, file := range files {
		tf := fset.File(file.FileStart)
		docs := functionDocs(file)
		for _, group := range file.Comments {
			for _, c := range group.List {
				if c.Text == prefix || strings.HasPrefix(c.Text, prefix+" ") || strings.HasPrefix(c.Text, prefix+"\t") {
					d := parse(c)
					d.file = tf
					d.lines(file, group, c, docs[group])
					out.list = append(out.list, d)
				}
			}
		}
	}
	return out
}

func functionDocs(file *ast.File) map[*ast.CommentGroup]*ast.FuncDecl {
	out := map[*ast.CommentGroup]*ast.FuncDecl{}
	for _, decl := range file.Decls {
		if fd, ok := decl.(*ast.FuncDecl); ok && fd.Doc != nil {
			out[fd.Doc] = fd
		}
	}
	return out
}

func parse(c *ast.Comment) *directive {
	d := &directive{pos: c.Pos()}
	// What a test of a rule expects stands in the same comment and is no reason.
	text, _, _ := strings.Cut(strings.TrimPrefix(c.Text, prefix), "// want")
	fields := strings.Fields(text)
	switch {
	case len(fields) == 0:
		d.wrong = "names no rule: write //lint:allow RULE reason"
	case !known(fields[0]):
		d.wrong = fmt.Sprintf("names %q, which is no rule: %s are", fields[0], ruleNames())
	case len(fields) < 3:
		d.wrong = "gives no reason: say in a few words why this is no fault here"
	default:
		d.rule = Rule(fields[0])
	}
	return d
}

func ruleNames() string {
	var names []string
	for _, d := range docs {
		if d.rule != Directives {
			names = append(names, string(d.rule))
		}
	}
	return strings.Join(names, ", ")
}

// lines works out what a directive covers by where it stands.
func (d *directive) lines(file *ast.File, group *ast.CommentGroup, c *ast.Comment, fd *ast.FuncDecl) {
	switch {
	case c.End() < file.Package:
		d.from, d.to = 1, d.file.LineCount()
	case fd != nil:
		d.from, d.to = d.file.Line(fd.Pos()), d.file.Line(fd.End())
	default:
		d.from = d.file.Line(c.Pos())
		d.to = d.file.Line(group.End()) + 1
		if !alone(file, d.file, c) {
			d.to = d.from
		}
	}
}

// alone tells whether nothing but the comment is on its line.
func alone(file *ast.File, tf *token.File, c *ast.Comment) bool {
	line := tf.Line(c.Pos())
	found := true
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		}
		if tf.Line(n.Pos()) > line || tf.Line(n.End()) < line {
			return n == ast.Node(file)
		}
		if (tf.Line(n.Pos()) == line && n.Pos() < c.Pos()) || (tf.Line(n.End()) == line && n.End() <= c.Pos()) {
			found = false
		}
		return found
	})
	return found
}

// covers tells whether a rule is allowed at a place, and remembers its use.
func (ds *directives) covers(rule Rule, pos token.Pos) bool {
	covered := false
	for _, d := range ds.list {
		if d.rule != rule || pos < d.file.Pos(0) || pos > d.file.Pos(d.file.Size()) {
			continue
		}
		if line := d.file.Line(pos); d.from <= line && line <= d.to {
			d.used, covered = true, true
		}
	}
	return covered
}

// problems are the directives that are wrong or allow nothing.
func (ds *directives) problems() []finding {
	var out []finding
	for _, d := range ds.list {
		switch {
		case d.wrong != "":
			out = append(out, finding{rule: Directives, pos: d.pos, message: "this lint:allow " + d.wrong})
		case !d.used:
			out = append(out, finding{rule: Directives, pos: d.pos, message: fmt.Sprintf("this lint:allow allows nothing: there is no %s here any more", d.rule)})
		}
	}
	slices.SortFunc(out, func(a, b finding) int { return int(a.pos) - int(b.pos) })
	return out
}
