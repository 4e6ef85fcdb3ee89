package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/gateway/subject"
	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// toy is a contract with what the real ones have one by one: a subject, a
// private half, a query, an operation that makes no record of its own.
func toy() catalog.Contract {
	type owner struct {
		Key string `json:"key" is:"subject"`
	}
	type made struct {
		ID        string  `json:"id" is:"maxLen=64"`
		HolderKey string  `json:"holderKey" is:"subject" zh:"持证主体标识"`
		Owners    []owner `json:"owners,omitempty"`
	}
	type secret struct {
		Name    string `json:"name" is:"maxLen=64"`
		WhoseID string `json:"whoseKey,omitempty" is:"subject"`
	}
	type found struct {
		HolderKey string `json:"holderKey" is:"subject"`
	}
	return catalog.Contract{
		Name: "toy", Title: "Toys", TitleZh: "玩具", Doc: "A ledger of the tests.",
		Records: []catalog.Record{{Type: "toy", Collection: "toys", Title: "toy", TitleZh: "玩具", Body: schema.For[made]()}},
		Operations: []catalog.Operation{
			{Name: "Make", Title: "Make a toy", TitleZh: "登记", Record: "toy", Creates: true, ID: "id", Lane: "id", Roles: []string{"toy.maker"},
				Input: schema.For[made](), Private: schema.For[secret](),
				Example:        json.RawMessage(`{"id":"t-1","holderKey":{"type":"111","number":"410105190001010010"}}`),
				PrivateExample: json.RawMessage(`{"name":"王小明"}`)},
			{Name: "Break", Title: "Break a toy", TitleZh: "损坏", Record: "toy", ID: "id", Verb: "break", Lane: "id", Roles: []string{"toy.maker"}, Input: schema.For[made]()},
		},
		Queries: []catalog.Query{{Name: "Find", Title: "Find toys", TitleZh: "查找", Path: "find", Roles: []string{"toy.maker"}, Input: schema.For[found](),
			Example: json.RawMessage(`{"holderKey":{"type":"001","number":"91410100MA9YTT01X0"}}`)}},
	}
}

// testKey is the subject key of the tests.
func testKey(t testing.TB) *subject.Key {
	t.Helper()
	k, err := subject.NewKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
