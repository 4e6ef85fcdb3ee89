package ledger_test

import (
	"strings"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
)

// jars keeps jars, by the schema of that version.
func jars(version int) *ledger.Contract {
	c := ledger.New("jars", "Jars", "罐", "Jars, for tests.")
	r := ledger.Define[box](c, catalog.Record{Type: "jar", Collection: "jars", Title: "jar", TitleZh: "罐", Schema: version,
		Statuses: []catalog.Status{{Code: "OPEN", TitleZh: "打开"}}, Transitions: ledger.Steps("Make", "OPEN", "")})
	ledger.Handle(c, catalog.Operation{Name: "Make", Record: "jar", Creates: true, ID: "id", Roles: []string{keeper}}, func(c *ledger.Call, in *boxInput) error {
		_, err := r.Create(c, in.ID, "OPEN", box{in.Label, in.Count})
		return err
	})
	return c
}

func TestARecordCarriesTheVersionOfItsSchema(t *testing.T) {
	for version, want := range map[int]string{0: "", 2: `"schema":2,`} {
		l := ledgertest.New(t, jars(version))
		l.App("ZhengzhouMSP", "zz-jars", ledgertest.DeptA, keeper).Must("Make", map[string]any{"id": "j1", "label": "x", "count": 1})
		r := l.Record("jar", "j1")
		if text := string(l.Public()["jar/j1"]); strings.Contains(text, `"schema"`) != (want != "") || !strings.Contains(text, want) || r.Schema != version {
			t.Errorf("by version %d it is %s", version, text)
		}
		if digest, err := r.ComputeDigest(); err != nil || digest != r.Digest {
			t.Errorf("by version %d its digest is %s, and computes as %s (%v)", version, r.Digest, digest, err)
		}
	}
}

func TestTheFirstVersionOfASchemaIsLeftOut(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a record type says that its schema is the first version")
		}
	}()
	jars(1)
}
