package index

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAsOfIsWrittenAsJSONMarshalWritesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := AsOf{Channel: rapid.StringMatching(`[a-z][a-z0-9.-]{0,20}`).Draw(t, "channel"), Block: rapid.Uint64().Draw(t, "block"),
			Time: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "time")).UTC()}
		want, err := json.Marshal(at)
		if got := at.AppendJSON([]byte("before")); err != nil || string(got) != "before"+string(want) {
			t.Fatalf("%s, want %s (%v)", got, want, err)
		}
	})
}
