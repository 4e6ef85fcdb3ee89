package catalog

import (
	"encoding/json"
	"testing"

	"henanchain/internal/operation"
)

func TestARecordIsHiddenFromWhoeverHasNoPartInIt(t *testing.T) {
	c := &Contract{Records: []Record{
		{Type: "file", Veil: &Veil{Field: "sealed", Parties: []string{"court", "chain.holder"}, Code: "SEALED"}},
		{Type: "note", Veil: &Veil{Of: &About{Type: "file", Field: "about"}, Code: "SEALED"}},
		{Type: "open"},
	}}
	files := map[string]*operation.Record{}
	file := func(id, body string) *operation.Record {
		files[id] = &operation.Record{Type: "file", ID: id, Org: "A", Dept: "1", Body: json.RawMessage(body)}
		return files[id]
	}
	load := func(recordType, id string) (*operation.Record, error) { return files[id], nil }
	sealed := file("sealed", `{"sealed":"MINOR","court":{"org":"B","dept":"2"},"chain":{"holder":{"org":"C","dept":"3"}}}`)
	nobodys := file("nobodys", `{"sealed":"MINOR","court":null,"chain":{"holder":7}}`)
	plain := file("plain", `{"court":null}`)
	note := func(about string) *operation.Record {
		return &operation.Record{Type: "note", ID: "n", Org: "D", Dept: "4", Body: json.RawMessage(`{"about":"` + about + `"}`)}
	}
	owner, court, holder, stranger := Reader{"A", "1"}, Reader{"B", "2"}, Reader{"C", "3"}, Reader{"D", "4"}
	for what, tc := range map[string]struct {
		record *operation.Record
		from   Reader
		hidden bool
	}{
		"the owner":                              {sealed, owner, false},
		"the court":                              {sealed, court, false},
		"the holder":                             {sealed, holder, false},
		"a stranger":                             {sealed, stranger, true},
		"the court's number in another body":     {sealed, Reader{"A", "2"}, true},
		"a stranger, where no party is named":    {nobodys, stranger, true},
		"the owner, where no party is named":     {nobodys, owner, false},
		"nobody":                                 {sealed, Reader{}, true},
		"an open record":                         {plain, stranger, false},
		"a note on it, by who wrote the note":    {note("sealed"), stranger, true},
		"a note on it, by the court":             {note("sealed"), court, false},
		"a note on an open one":                  {note("plain"), stranger, false},
		"a note on nothing":                      {note("none"), stranger, false},
		"a type without a veil":                  {&operation.Record{Type: "open", Body: json.RawMessage(`{"sealed":"X"}`)}, stranger, false},
		"a type that the contract does not know": {&operation.Record{Type: "other"}, stranger, false},
	} {
		hidden, err := c.Hides(tc.record, tc.from, load)
		if err != nil || hidden != tc.hidden {
			t.Errorf("%s: hidden %v, %v", what, hidden, err)
		}
	}
	if _, err := c.Hides(&operation.Record{Type: "file", Body: json.RawMessage(`{`)}, owner, load); err == nil {
		t.Error("a record that cannot be read is shown")
	}
	if hidden, err := c.Hides(file("empty", `{"sealed":"MINOR","court":{}}`), Reader{}, load); err != nil || !hidden {
		t.Errorf("a party that is not named lets nobody in: hidden %v, %v", hidden, err)
	}
}
