package operation

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// A verdict is written without encoding/json, and reads back with it.
func TestAVerdictReadsBackAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		v := Verdict{Match: rapid.Bool().Draw(t, "match"), Exists: rapid.Bool().Draw(t, "exists"), Type: text.Draw(t, "type"), ID: text.Draw(t, "id"),
			Status: text.Draw(t, "status"), Version: rapid.Int().Draw(t, "version"), Reason: text.Draw(t, "reason"), SupersededBy: text.Draw(t, "by")}
		for range rapid.IntRange(0, 3).Draw(t, "checks") {
			v.Checks = append(v.Checks, Check{text.Draw(t, "field"), rapid.Bool().Draw(t, "holds")})
		}
		raw := v.AppendJSON([]byte("before"))[len("before"):]
		var back Verdict
		if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%+v reads back as %+v, %v, from %s", v, back, err, raw)
		}
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var mine, standard map[string]any
		if err := json.Unmarshal(raw, &mine); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(want, &standard); err != nil || !reflect.DeepEqual(mine, standard) {
			t.Fatalf("%s has not the members of %s (%v)", raw, want, err)
		}
	})
}
