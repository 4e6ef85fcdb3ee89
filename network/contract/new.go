package contract

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"go/format"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"henanchain/network/failure"
	"henanchain/network/progress"
	"henanchain/network/state"
)

//go:embed template/*.tmpl
var templates embed.FS

// Draft is a contract to be written.
type Draft struct {
	Name    string // of the contract and of its Go package
	Title   string // in English; made of the name where empty
	TitleZh string // in Chinese
}

// Upper and Lower are the forms in which the templates use the draft.
func (d Draft) Upper() string { return strings.ToUpper(d.Name) }

// Lower is the title inside a sentence.
func (d Draft) Lower() string { return strings.ToLower(d.Title[:1]) + d.Title[1:] }

var (
	packageName = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)
	titleText   = regexp.MustCompile(`^[^"\\\x60\n]{1,80}$`)
)

// taken are folders of chaincode/ that are no contracts, and names that would
// hide what every contract uses.
var taken = []string{"contracts", "ledger", "page", "main", "testdata", "vendor", "internal", "catalog", "operation", "gm", "json", "testing", "ledgertest"}

func (d *Draft) check() error {
	if d.Title == "" && d.Name != "" {
		d.Title = strings.ToUpper(d.Name[:1]) + d.Name[1:]
	}
	if d.TitleZh == "" {
		d.TitleZh = d.Title
	}
	switch {
	case !packageName.MatchString(d.Name) || token.IsKeyword(d.Name):
		return failure.New(failure.Usage, "%q cannot be a contract's name: it is a Go package's as well, 2 to 31 small letters and digits, begun with a letter", d.Name)
	case slices.Contains(taken, d.Name):
		return failure.New(failure.Usage, "%q is another package's name: choose one that says what the ledger keeps", d.Name)
	case !titleText.MatchString(d.Title) || !titleText.MatchString(d.TitleZh):
		return failure.New(failure.Usage, "a title is one line without quotes or backslashes, at most 80 characters")
	}
	return nil
}

// Write writes a contract into a repository: its package with tests that pass, its
// line in the list of contracts, its tables and its page. It returns the files of
// the package.
func (d Draft) Write(ctx context.Context, root string, board *progress.Board) ([]string, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, "chaincode", d.Name)
	if state.Exists(dir) {
		return nil, failure.New(failure.State, "there is a folder %s already: choose another name, or edit what is there", dir)
	}
	list := filepath.Join(root, "chaincode", "contracts", "contracts.go")
	was, err := os.ReadFile(list)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "%s is no repository of this project", root)
	}
	now, err := listed(was, d.Name)
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot add the contract to %s", list)
	}
	files, err := d.files()
	if err != nil {
		return nil, err
	}
	if err := state.MakeDir(dir, func(tmp string) error {
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(tmp, f.name), f.text, 0o644); err != nil {
				return err
			}
		}
		return os.Chmod(tmp, 0o755)
	}); err != nil {
		return nil, err
	}
	if err := state.WriteFile(list, now, 0o644); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Join("chaincode", d.Name, f.name))
	}
	return names, d.prove(ctx, root, board)
}

type draftFile struct {
	name string
	text []byte
}

// files fills in the templates.
func (d Draft) files() ([]draftFile, error) {
	all, err := template.ParseFS(templates, "template/*.tmpl")
	if err != nil {
		return nil, err
	}
	var out []draftFile
	for _, t := range all.Templates() {
		var text bytes.Buffer
		if err := t.Execute(&text, d); err != nil {
			return nil, fmt.Errorf("write %s: %w", t.Name(), err)
		}
		formatted, err := format.Source(text.Bytes())
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", t.Name(), err)
		}
		out = append(out, draftFile{strings.TrimSuffix(t.Name(), ".tmpl"), formatted})
	}
	slices.SortFunc(out, func(a, b draftFile) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// listed adds a contract to the list, in the order of the names.
func listed(list []byte, name string) ([]byte, error) {
	const chaincode = "henanchain/chaincode/"
	lines := strings.Split(string(list), "\n")
	lines, imported := insertSorted(lines, "\t\""+chaincode, "\t\""+chaincode+name+"\"")
	lines, called := insertSorted(lines, "\t\t", "\t\t"+name+".New(),")
	if !imported || !called {
		return nil, fmt.Errorf("its imports or its function All are not as they were: add %q by hand", name)
	}
	return format.Source([]byte(strings.Join(lines, "\n")))
}

// insertSorted puts a line before the first that sorts after it, or after the
// last, among those that begin with a prefix and end as it does.
func insertSorted(lines []string, prefix, line string) ([]string, bool) {
	end := line[len(line)-1:]
	last := -1
	for i, l := range lines {
		if !strings.HasPrefix(l, prefix) || !strings.HasSuffix(l, end) || strings.HasPrefix(l, prefix+"\t") {
			continue
		}
		if l > line {
			return slices.Insert(lines, i, line), true
		}
		last = i
	}
	if last < 0 {
		return lines, false
	}
	return slices.Insert(lines, last+1, line), true
}

// prove writes tables and pages, and runs the new contract's tests.
func (d Draft) prove(ctx context.Context, root string, board *progress.Board) error {
	for _, step := range []struct {
		title string
		args  []string
		said  string
	}{
		{"Tables and pages", []string{"generate", "./chaincode"}, "written to internal/catalog/contracts and docs/ledgers"},
		{"Tests", []string{"test", "./chaincode/" + d.Name, "./chaincode"}, "pass"},
	} {
		task := board.Start(step.title)
		if _, err := goCommand(ctx, root, step.args...); err != nil {
			task.Fail()
			return toolchain(err, "the contract is in chaincode/%s, and `go %s` fails", d.Name, strings.Join(step.args, " "))
		}
		task.Done("%s", step.said)
	}
	return nil
}
