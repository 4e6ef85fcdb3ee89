package ledger

import (
	"encoding/json"
	"maps"
	"slices"

	"henanchain/internal/catalog"
)

// Dictionary is one vocabulary (数据字典), whose entries are what the ledger's are.
type Dictionary[C any] struct {
	Codes []C `json:"codes" zh:"代码"`
}

type dictionaryQuery struct {
	Name string `json:"name" zh:"字典名"`
}

// AnswerDictionaries registers the query for a ledger's vocabularies, by their
// names, which everybody may ask.
func AnswerDictionaries[C any](c *Contract, all map[string][]C, example json.RawMessage) {
	Answer(c, catalog.Query{
		Name: "Dictionary", Title: "A vocabulary of the ledger", TitleZh: "数据字典", Path: "dictionaries", Roles: []string{AnyRole}, Example: example,
	}, func(_ *Call, in *dictionaryQuery) (*Dictionary[C], error) {
		return &Dictionary[C]{slices.Clone(all[in.Name])}, nil
	})
	// Which names there are no tag can say.
	name, _ := c.queries["Dictionary"].info.Input.Properties.Get("name")
	name.Enum, name.MaxLength = slices.Sorted(maps.Keys(all)), 0
}
