package contract

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/failure"
	"henanchain/network/lint"
	"henanchain/network/progress"
)

// repository copies what git knows of this repository, so that a test may write
// into it.
func repository(t *testing.T) string {
	t.Helper()
	from, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", from, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "go.mod", "go.sum", "chaincode", "internal", "docs/ledgers").Output()
	if err != nil {
		t.Skipf("this is no git checkout, which the test copies: %v", err)
	}
	to := t.TempDir()
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue // removed and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(to, name), string(data))
	}
	return to
}

func TestANewContractHasPassingTestsTablesAndNothingThatLintRefuses(t *testing.T) {
	root := repository(t)
	t.Setenv("GOFLAGS", "-trimpath") // so that what is compiled here is compiled once
	board := progress.New(os.Stderr)
	defer board.Close()
	d := Draft{Name: "waterright", Title: "Water rights", TitleZh: "取水许可"}
	files, err := d.Write(t.Context(), root, board)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, "internal/catalog/contracts/waterright.json", "docs/ledgers/waterright.md") {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("%s is not there: %v", name, err)
		}
	}
	if problems, err := lint.Run(t.Context(), root, "./chaincode/waterright"); err != nil || len(problems) > 0 {
		t.Errorf("the new contract breaks rules: %v %v", problems, err)
	}
	if out, err := exec.Command("gofmt", "-l", filepath.Join(root, "chaincode")).Output(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change %s (%v)", out, err)
	}
	if _, err := d.Write(t.Context(), root, board); failure.ExitStatus(err) != failure.State {
		t.Errorf("the same contract was written again: %v", err)
	}
}

func TestAContractIsListedInTheOrderOfNames(t *testing.T) {
	list := "package contracts\n\nimport (\n\t\"henanchain/chaincode/evidence\"\n\t\"henanchain/chaincode/ledger\"\n)\n\nfunc All() []*ledger.Contract {\n\treturn []*ledger.Contract{\n\t\tevidence.New(),\n\t}\n}\n\nfunc Find() {\n\tfor {\n\t\tbreak\n\t}\n}\n"
	for name, want := range map[string]string{"agritrace": "agritrace.New(),\n\t\tevidence.New(),", "waterright": "evidence.New(),\n\t\twaterright.New(),"} {
		now, err := listed([]byte(list), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "contracts.go", now, 0); err != nil || !strings.Contains(string(now), want) || !strings.Contains(string(now), `"henanchain/chaincode/`+name+`"`) {
			t.Errorf("%s: %v\n%s", name, err, now)
		}
	}
	if _, err := listed([]byte("package contracts\n"), "waterright"); err == nil {
		t.Error("a list that is none was written to")
	}
}

func TestANameThatGoOrThisRepositoryCannotUseIsRefused(t *testing.T) {
	for _, d := range []Draft{{Name: "water-right"}, {Name: "Water"}, {Name: "func"}, {Name: "ledger"}, {Name: ""}, {Name: "ok", Title: `a "b"`}} {
		if err := d.check(); failure.ExitStatus(err) != failure.Usage {
			t.Errorf("%+v: %v", d, err)
		}
	}
}
