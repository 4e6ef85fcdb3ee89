package contract

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"henanchain/network/failure"
)

func TestAWrongOrderSaysWhatWouldBeRight(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		writeFile(t, filepath.Join(dir, name), content)
		return filepath.Join(dir, name)
	}
	for name, tc := range map[string]struct {
		order Order
		says  string
	}{
		"a name in capitals":             {Order{Name: "Evidence", Version: "1.0"}, "small letters"},
		"a version with a blank":         {Order{Name: "evidence", Version: "1 0"}, "such as 1.1"},
		"a path and a package":           {Order{Name: "a", Version: "1", Path: "x", Package: "y"}, "not both"},
		"a package to be built":          {Order{Name: "a", Version: "1", Package: "y", Rebuild: true}, "not built here"},
		"a policy that is none":          {Order{Name: "a", Version: "1", Policy: "AND("}, "policy"},
		"collections that are not there": {Order{Name: "a", Version: "1", Collections: filepath.Join(dir, "none")}, "cannot read"},
		"collections that are no JSON":   {Order{Name: "a", Version: "1", Collections: file("a", "x")}, "not JSON"},
		"collections without members":    {Order{Name: "a", Version: "1", Collections: file("b", `[{"name":"n","policy":""}]`)}, "organisations that hold"},
		"an unknown field":               {Order{Name: "a", Version: "1", Collections: file("c", `[{"title":"n"}]`)}, "title"},
		"a first call without function":  {Order{Name: "a", Version: "1", Init: `{"Args":[]}`}, "no function"},
		"a first call that is no JSON":   {Order{Name: "a", Version: "1", Init: `{Args`}, "--init takes"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.order.check()
			if err == nil {
				_, err = tc.order.rules()
			}
			if err == nil || !strings.Contains(err.Error(), tc.says) || failure.ExitStatus(err) != failure.Usage {
				t.Fatalf("refused with %v (status %d), which does not say %q", err, failure.ExitStatus(err), tc.says)
			}
		})
	}
}

func TestAFirstCallIsReadAsFabricsToolsWriteIt(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                      nil,
		"InitLedger":                            {"InitLedger"},
		`{"Args":["Begin","7"]}`:                {"Begin", "7"},
		`{"function":"Begin","Args":["a b"]}`:   {"Begin", "a b"},
		` {"function":"InitLedger","Args":[]} `: {"InitLedger"},
	} {
		if got, err := parseInit(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, %v", text, got, err)
		}
	}
}
