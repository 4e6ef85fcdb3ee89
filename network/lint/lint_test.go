package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"henanchain/network/failure"
)

// want is what a line of testdata expects: patterns in backquotes after "// want".
var want = regexp.MustCompile("`([^`]*)`")

// check runs rules over folders of testdata as the command does, and compares
// with what the source expects, line by line, in both directions.
func check(t *testing.T, rules []Rule, scope []string, folders ...string) {
	t.Helper()
	problems, err := Run(t.Context(), "testdata", scope...)
	if err != nil {
		t.Fatal(err)
	}
	expected := expectations(t, folders)
	for _, p := range problems {
		at := fmt.Sprintf("%s:%d", p.File, p.Line)
		i := slices.IndexFunc(expected[at], func(re *regexp.Regexp) bool { return re.MatchString(p.Message) })
		switch {
		case !slices.Contains(rules, p.Rule) || !slices.Contains(folders, filepath.Dir(p.File)):
		case i < 0:
			t.Errorf("not expected: %s", p)
		default:
			expected[at] = slices.Delete(expected[at], i, i+1)
		}
	}
	for at, patterns := range expected {
		for _, re := range patterns {
			t.Errorf("%s: nothing was found that says %q", at, re)
		}
	}
}

func expectations(t *testing.T, folders []string) map[string][]*regexp.Regexp {
	t.Helper()
	out := map[string][]*regexp.Regexp{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("testdata/%s holds no source: %v", folder, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(data), "\n") {
				_, after, _ := strings.Cut(line, "// want ")
				for _, m := range want.FindAllStringSubmatch(after, -1) {
					at := fmt.Sprintf("%s:%d", filepath.Join(folder, filepath.Base(file)), i+1)
					out[at] = append(out[at], regexp.MustCompile(m[1]))
				}
			}
		}
	}
	return out
}

// Each folder of testdata holds what a rule must find, and what it must leave alone.
func TestEachRuleFindsItsFaultsAndNothingElse(t *testing.T) {
	for _, r := range []Rule{Clock, Randomness, Concurrency, MapOrder, Globals, Floats, Environment} {
		t.Run(string(r), func(t *testing.T) {
			check(t, []Rule{r}, []string{"./" + string(r)}, string(r))
		})
	}
}

func TestDirectivesAllowWithAReasonAndNothingMore(t *testing.T) {
	check(t, []Rule{Clock, Directives}, []string{"./directives"}, "directives")
}

func TestInAProgramOnlyWhatATransactionReachesIsJudged(t *testing.T) {
	check(t, []Rule{Clock, Environment, Concurrency}, []string{"./program"}, "program")
}

func TestAFaultBesideTheContractsIsToldWhereItIsCalled(t *testing.T) {
	check(t, []Rule{Clock, Randomness, MapOrder, Directives}, []string{"./outside/contract"}, "outside/contract", "outside/helper")
}

func TestTheAnalyzersAreValid(t *testing.T) {
	if err := analysis.Validate(Analyzers()); err != nil {
		t.Fatal(err)
	}
}

// module writes a small Go module.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module small\n\ngo 1.26\n"
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lint(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := Command(func() (string, error) { return "", errors.New("no folder") }, "./...")
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestTheCommandPrintsPlacesAndEndsWithAStatus(t *testing.T) {
	faulty := module(t, map[string]string{
		"contract/contract.go":      "package contract\n\nimport \"time\"\n\nfunc Now() int64 { return time.Now().UnixNano() }\n",
		"contract/contract_test.go": "package contract\n\nimport \"time\"\n\nvar _ = time.Now()\n",
		"contracttest/help.go":      "package contracttest\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc Now(*testing.T) time.Time { return time.Now() }\n",
	})
	out, err := lint(t, faulty)
	if want := "contract/contract.go:5:32: clock: time.Now is used: take the transaction's time (GetTxTimestamp), in UTC\n"; out != want {
		t.Errorf("it printed %q, want %q", out, want)
	}
	if failure.ExitStatus(err) != failure.Other || !strings.Contains(err.Error(), "1 place") {
		t.Errorf("it ended with %v, want a failure that counts the places", err)
	}
	out, _ = lint(t, faulty, "--json")
	var problems []Problem
	if err := json.Unmarshal([]byte(out), &problems); err != nil || len(problems) != 1 || problems[0].Rule != Clock || problems[0].Line != 5 {
		t.Errorf("as JSON it printed %s (%v)", out, err)
	}
	if out, err := lint(t, module(t, map[string]string{"a.go": "package a\n"})); err != nil || !strings.Contains(out, "no contract breaks a rule") {
		t.Errorf("a clean module gave %q, %v", out, err)
	}
}

func TestSourceThatCannotBeCheckedIsNoPass(t *testing.T) {
	for name, dir := range map[string]string{
		"does not compile": module(t, map[string]string{"a.go": "package a\n\nfunc f() { x }\n"}),
		"no package":       module(t, map[string]string{"README": ""}),
		"no folder":        filepath.Join(t.TempDir(), "away"),
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := lint(t, dir); err == nil {
				t.Fatalf("it passed: %s", out)
			}
		})
	}
}

func FuzzDirective(f *testing.F) {
	f.Add("//lint:allow clock a good reason")
	f.Add("//lint:allow")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\n\r") || !strings.HasPrefix(text, prefix) {
			return
		}
		d := parse(commentOf(text))
		if (d.wrong == "") != known(string(d.rule)) {
			t.Fatalf("%q gives rule %q and fault %q", text, d.rule, d.wrong)
		}
	})
}

func commentOf(text string) *ast.Comment { return &ast.Comment{Text: text} }
