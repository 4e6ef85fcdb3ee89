package ledger

import (
	"reflect"
	"strings"
)

// stringField reads the string field of a struct by its JSON name.
func stringField(input any, name string) string {
	return stringIn(reflect.Indirect(reflect.ValueOf(input)), name)
}

func stringIn(v reflect.Value, name string) string {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if s := stringIn(v.Field(i), name); s != "" {
				return s
			}
		}
		if json, _, _ := strings.Cut(f.Tag.Get("json"), ","); json == name && f.Type.Kind() == reflect.String {
			return v.Field(i).String()
		}
	}
	return ""
}
