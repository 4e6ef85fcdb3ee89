//go:build e2e

package gateway

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// The examples that people copy from the pages, as they stand there, in the
// folder in which the pages say to run them.
func TestTheExamplesOfThePagesRunAsTheyStand(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("skipped: there is no curl on this machine")
	}
	dir := t.TempDir()
	if err := os.Symlink(net.State, filepath.Join(dir, "state")); err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{} // what the pages of both languages have in common makes its records once
	for page, least := range map[string]int{"README.md": 1, "README.zh-CN.md": 1, "docs/rest.md": 15, "docs/rest.zh-CN.md": 15} {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		setup, calls := `curl() { command curl --fail-with-body "$@"; }`+"\n", 0
		for _, found := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			script := found[1]
			switch {
			case !strings.Contains(script, "GATEWAY"):
				continue
			case !strings.Contains(script, "curl "):
				setup += script
				continue
			}
			calls++
			if ran[script] {
				continue
			}
			ran[script] = true
			cmd := exec.Command("bash", "-euc", setup+script)
			cmd.Dir = dir
			out, err := cmd.Output()
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				if os.Getenv("HNC_TEST_STATE") != "" && strings.Contains(string(out), `"status":409`) {
					continue // an earlier run on this network made the record
				}
				t.Errorf("%s: %v: %s%s\n%s", page, err, out, failed.Stderr, script)
				continue
			}
			if want := wanted(script); err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s: %v: no %s in %s\n%s", page, err, want, out, script)
			}
		}
		if calls < least {
			t.Errorf("%s holds %d calls, and %d at least were to be run", page, calls, least)
		}
	}
}

// wanted is what the answer to a call must hold.
func wanted(script string) string {
	switch {
	case strings.Contains(script, ":verify"):
		return `"match":true`
	case strings.Contains(script, "?limit"):
		return `"records":[{`
	default:
		return `"digest":"`
	}
}
