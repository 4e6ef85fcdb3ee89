package guide

import (
	"os"
	"path/filepath"
	"testing"

	"henanchain/gateway/rest"
	"henanchain/internal/catalog"
)

func TestTheGuidesInTheDocsAreThoseOfTheCatalogue(t *testing.T) {
	contracts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := rest.New(rest.Options{Contracts: contracts})
	if err != nil {
		t.Fatal(err)
	}
	for language, file := range map[string]string{"en": "rest.md", "zh": "rest.zh-CN.md"} {
		want, err := Write(language, contracts, s.Routes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
		if err != nil || string(got) != string(want) {
			t.Errorf("docs/%s is stale (%v): run go generate ./gateway/guide", file, err)
		}
	}
}

func TestEveryLedgerOfTheCatalogueIsInTheGuide(t *testing.T) {
	contracts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, s := range stories {
		told[s.ledger] = true
	}
	for _, c := range contracts {
		if !told[c.Name] {
			t.Errorf("the guide does not tell of the ledger %s", c.Name)
		}
	}
}
