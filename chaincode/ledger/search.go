package ledger

import "henanchain/internal/catalog"

// Keywords are fields that a record type is searched by word for word.
func Keywords(fields ...string) []catalog.SearchField { return searchBy("keyword", fields) }

// Dates are fields that a record type is searched by from a date to a date.
func Dates(fields ...string) []catalog.SearchField { return searchBy("date", fields) }

// Texts are fields that a record type is searched by for words in them.
func Texts(fields ...string) []catalog.SearchField { return searchBy("text", fields) }

// Numbers are fields that a record type is searched by from a number to a number.
func Numbers(fields ...string) []catalog.SearchField { return searchBy("number", fields) }

func searchBy(kind string, fields []string) []catalog.SearchField {
	list := make([]catalog.SearchField, len(fields))
	for i, f := range fields {
		list[i] = catalog.SearchField{Field: f, Kind: kind}
	}
	return list
}
