package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"henanchain/chaincode/contracts"
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

func TestTablesAndPagesAreTheContractsOwn(t *testing.T) {
	tables, pages := filepath.Join("..", "internal", "catalog", "contracts"), filepath.Join("..", "docs", "ledgers")
	want, err := descriptions(tables, pages, "schemas.lock")
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range want {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s is stale: run `go generate ./chaincode` (%v)", path, err)
		}
	}
	for _, pattern := range []string{filepath.Join(tables, "*.json"), filepath.Join(pages, "*.md")} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if want[path] == nil {
				t.Errorf("%s belongs to no contract", path)
			}
		}
	}
}

func TestContractsStandInTheOrderOfTheirNames(t *testing.T) {
	all := contracts.All()
	for i := 1; i < len(all); i++ {
		if all[i-1].Name() >= all[i].Name() {
			t.Errorf("%s stands before %s", all[i-1].Name(), all[i].Name())
		}
	}
}

func TestEveryOperationIsAllowedToItsRolesAndRefusedToAllOthers(t *testing.T) {
	for _, c := range contracts.All() {
		t.Run(c.Name(), func(t *testing.T) { ledgertest.CheckRoles(t, c) })
	}
}

// The metadata of a contract tells of every function that it has, with the
// schemas that its inputs are held to, and of none that it does not have.
func TestTheMetadataOfEveryContractIsCompleteAndTrue(t *testing.T) {
	for _, c := range contracts.All() {
		t.Run(c.Name(), func(t *testing.T) {
			app := ledgertest.New(t, c).App("ZhengzhouMSP", "zz-meta", ledgertest.DeptA)
			payload, failure := app.Invoke(nil, "org.hyperledger.fabric:GetMetadata")
			if failure != "" {
				t.Fatal(failure)
			}
			var m struct {
				Info      struct{ Title, Version string }
				Contracts map[string]struct{ Transactions []function }
			}
			if err := json.Unmarshal(payload, &m); err != nil {
				t.Fatal(err)
			}
			if m.Info.Title == "" || m.Info.Version == "" {
				t.Errorf("the contract's info is %+v", m.Info)
			}
			told := map[string]function{}
			for _, f := range m.Contracts[c.Name()].Transactions {
				if _, twice := told[f.Name]; twice {
					t.Errorf("%s stands there twice", f.Name)
				}
				told[f.Name] = f
			}
			checkFunctions(t, app, c.Describe(), told)
		})
	}
}

// function is one function in a contract's metadata.
type function struct {
	Name       string
	Tag        []string
	Parameters []struct {
		Name   string
		Schema json.RawMessage
	}
	Returns json.RawMessage
}

func checkFunctions(t *testing.T, app *ledgertest.App, d catalog.Contract, told map[string]function) {
	t.Helper()
	check := func(name, tag string, input, output *schema.Schema) {
		f, ok := told[name]
		if !ok {
			t.Errorf("the metadata does not tell of %s", name)
			return
		}
		delete(told, name)
		if !slices.Contains(f.Tag, tag) {
			t.Errorf("%s is to %s, and its tags are %v", name, tag, f.Tag)
		}
		if len(f.Parameters) != 1 || !sameJSON(t, f.Parameters[0].Schema, input) || !sameJSON(t, f.Returns, output) {
			t.Errorf("%s is told with other schemas than it has", name)
		}
		_, failure := app.Invoke(nil, name, `{}`)
		if r := operation.ParseRefusal(failure); r != nil && r.Code == ledger.OperationUnknown {
			t.Errorf("%s is told of and not there", name)
		}
	}
	result := schema.For[operation.Result]()
	for _, o := range d.Operations {
		check(o.Name, "submit", o.Input, result)
		if _, wrong, err := o.Input.Check(o.Example); o.Example != nil && (err != nil || len(wrong) > 0) {
			t.Errorf("the example of %s is not of its schema: %v %v", o.Name, wrong, err)
		}
	}
	for _, q := range d.Queries {
		check(q.Name, "evaluate", q.Input, q.Output)
	}
	for name, parameters := range map[string]int{operation.Apply: 1, operation.Get: 2, operation.History: 2, operation.Range: 4, operation.Verify: 1, operation.Read: 1, operation.Describe: 0} {
		f, ok := told[name]
		delete(told, name)
		if want := map[bool]string{true: "submit", false: "evaluate"}[name == operation.Apply]; !ok || len(f.Parameters) != parameters || !slices.Contains(f.Tag, want) {
			t.Errorf("%s is told as %+v", name, f)
		}
	}
	for name := range told {
		t.Errorf("the metadata tells of %s, which no table has", name)
	}
}

func sameJSON(t *testing.T, raw json.RawMessage, v any) bool {
	t.Helper()
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := strictjson.Canonical(raw)
	b, errB := strictjson.Canonical(want)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
