package lineage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"unicode/utf8"
)

// A simple layered drawing: what came first on the left, a column for each step,
// one box for each node in the order in which it was found. Graph layout libraries
// in pure Go either bring a browser's worth of code or draw no text; for graphs of
// seven kinds of nodes that only lead forward, columns suffice.
const (
	boxWidth, boxHeight = 236, 52
	gapX, gapY          = 64, 18
	margin              = 24
	headHeight          = 28
)

// looks are the boxes' colours and names, by kind.
var looks = map[string]struct{ fill, line, name string }{
	Department: {"#eef2f7", "#52606d", "部门"},
	Item:       {"#e3f2fd", "#1565c0", "目录项"},
	Parcel:     {"#e0f2f1", "#00695c", "加密数据"},
	Grant:      {"#e8f5e9", "#2e7d32", "授权"},
	Use:        {"#fff8e1", "#b26a00", "使用"},
	Joint:      {"#ede7f6", "#4527a0", "联合计算"},
	Derivation: {"#f3e5f5", "#6a1b9a", "派生"},
}

const deniedFill = "#fdecea"

// place is where a box stands.
type place struct{ x, y int }

// SVG draws the graph for people. The text in it is escaped.
func (g *Graph) SVG() []byte {
	layers := g.layers()
	at, width, height := arrange(g, layers)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">`, width, height, width, height)
	b.WriteString("<title>数据溯源 " + escaped(g.Start) + "</title>")
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#7b8794"/></marker></defs>`)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	for _, e := range g.Edges {
		g.drawEdge(&b, at, e)
	}
	for i := range g.Nodes {
		g.drawNode(&b, at[g.Nodes[i].Key], &g.Nodes[i])
	}
	if g.Cut {
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#b00020">节点过多，仅显示前 %d 个</text>`, margin, height-8, MaxNodes)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// layers gives each node its column: one after the last of those that lead to it.
func (g *Graph) layers() map[string]int {
	layer := map[string]int{}
	for range g.Nodes { // no path is longer than there are nodes
		moved := false
		for _, e := range g.Edges {
			if layer[e.To] < layer[e.From]+1 && layer[e.From]+1 < len(g.Nodes) {
				layer[e.To] = layer[e.From] + 1
				moved = true
			}
		}
		if !moved {
			break
		}
	}
	return layer
}

func arrange(g *Graph, layer map[string]int) (at map[string]place, width, height int) {
	at = map[string]place{}
	rows := map[int]int{}
	for _, n := range g.Nodes {
		l := layer[n.Key]
		at[n.Key] = place{margin + l*(boxWidth+gapX), margin + rows[l]*(boxHeight+gapY)}
		rows[l]++
		width = max(width, at[n.Key].x+boxWidth+margin)
		height = max(height, at[n.Key].y+boxHeight+margin)
	}
	return at, width, height + headHeight
}

func (g *Graph) drawEdge(b *bytes.Buffer, at map[string]place, e Edge) {
	from, to := at[e.From], at[e.To]
	x1, y1, x2, y2 := from.x+boxWidth, from.y+boxHeight/2, to.x, to.y+boxHeight/2
	dash := ""
	if !e.Proven {
		dash = ` stroke-dasharray="5 4" stroke="#b00020"`
	}
	fmt.Fprintf(b, `<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="#7b8794"%s marker-end="url(#tip)"><title>%s</title></path>`,
		x1, y1, x1+gapX/2, y1, x2-gapX/2, y2, x2, y2, dash, escaped(e.Kind))
}

func (g *Graph) drawNode(b *bytes.Buffer, p place, n *Node) {
	look := looks[n.Kind]
	fill := look.fill
	if n.Status == "DENIED" {
		fill = deniedFill
	}
	weight := 1
	if n.Key == g.Start {
		weight = 3
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="%s" stroke-width="%d"/>`,
		escaped(n.Key+" "+n.Status+" "+n.Time), p.x, p.y, boxWidth, boxHeight, fill, look.line, weight)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold" fill="#1f2933">%s</text>`, p.x+10, p.y+21, escaped(short(look.name+" "+n.Title, 26)))
	second := short(n.ID, 18)
	if n.Channel != "" {
		second = n.Channel + " · " + second
	}
	if n.Status != "" {
		second += " · " + n.Status
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="#52606d">%s</text></g>`, p.x+10, p.y+40, escaped(second))
}

// short keeps a text within so many columns, of which a Chinese character takes
// about two.
func short(s string, columns int) string {
	n := 0
	for i, r := range s {
		if n++; utf8.RuneLen(r) > 2 {
			n++
		}
		if n > columns {
			return s[:i] + "…"
		}
	}
	return s
}

func escaped(s string) string {
	var b bytes.Buffer
	if xml.EscapeText(&b, []byte(s)) != nil { // a buffer takes everything
		return ""
	}
	return b.String()
}
