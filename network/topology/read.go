package topology

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problem is one thing that is wrong in a topology file.
type Problem struct {
	Line    int    // 1 for the first; 0 where no line is to blame
	Path    string // such as organisations[3].msp
	Message string
}

// Error is a topology file with all its problems, in the order of their lines.
type Error struct {
	File     string
	Problems []Problem
}

// Error lists one problem a line as file:line: path: message.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		at := e.File
		if p.Line > 0 {
			at += ":" + strconv.Itoa(p.Line)
		}
		if p.Path != "" {
			at += ": " + p.Path
		}
		lines[i] = at + ": " + p.Message
	}
	return strings.Join(lines, "\n")
}

// UnmarshalYAML reads a list of names or the word "all".
func (n *Names) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		if node.Value != "all" {
			return fmt.Errorf("line %d: want a list of names or the word all, not %q", node.Line, node.Value)
		}
		n.All = true
		return nil
	}
	return node.Decode(&n.List)
}

// Read reads and checks a topology file. What is wrong with it comes as *Error.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read topology: %w", err)
	}
	return Parse(path, data)
}

// Parse is Read of bytes that are at hand; name stands for the file in errors.
func Parse(name string, data []byte) (*File, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, &Error{File: name, Problems: yamlProblems(err)}
	}
	var file File
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{File: name, Problems: []Problem{{Message: "is empty"}}}
		}
		return nil, &Error{File: name, Problems: yamlProblems(err)}
	}
	c := &checker{root: &root}
	c.file(&file)
	if len(c.problems) > 0 {
		sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].Line < c.problems[j].Line })
		return nil, &Error{File: name, Problems: c.problems}
	}
	return &file, nil
}

// yamlProblems turns the decoder's "line N: text" messages into problems.
func yamlProblems(err error) []Problem {
	texts := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var te *yaml.TypeError
	if errors.As(err, &te) {
		texts = te.Errors
	}
	var out []Problem
	for _, t := range texts {
		p := Problem{Message: t}
		if rest, ok := strings.CutPrefix(t, "line "); ok {
			if num, msg, ok := strings.Cut(rest, ": "); ok {
				if n, err := strconv.Atoi(num); err == nil {
					p.Line, p.Message = n, msg
				}
			}
		}
		p.Message = strings.TrimSuffix(strings.Replace(p.Message, "in type topology.", "in a ", 1), "Spec")
		out = append(out, p)
	}
	return out
}

// lineOf finds the line of a path such as "channels", 2, "name": as far as the
// path exists, so that a missing field is blamed on the entry that misses it.
func lineOf(root *yaml.Node, path ...any) int {
	node := root
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	line := node.Line
	for _, step := range path {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		next := child(node, step)
		if next == nil {
			break
		}
		node, line = next, next.Line
	}
	return line
}

func child(node *yaml.Node, step any) *yaml.Node {
	switch s := step.(type) {
	case int:
		if node.Kind == yaml.SequenceNode && s < len(node.Content) {
			return node.Content[s]
		}
	case string:
		if node.Kind != yaml.MappingNode {
			return nil
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == s {
				return node.Content[i+1]
			}
		}
	}
	return nil
}

func pathText(path []any) string {
	var b strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", s)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}
