package catalog_test

import (
	"encoding/json"
	"testing"
	"time"

	"henanchain/internal/catalog"
)

func TestARecordLapsesWhenItsTimeHasPassed(t *testing.T) {
	r := catalog.Record{Lapse: &catalog.Lapse{Field: "end", From: []string{"VALID"}, To: "EXPIRED"}}
	for name, c := range map[string]struct {
		status, body, now, want string
	}{
		"the last day, late in China":   {"VALID", `{"end":"20260301"}`, "2026-03-01T15:59:59Z", "VALID"},
		"the day after begins in China": {"VALID", `{"end":"20260301"}`, "2026-03-01T16:00:00Z", "EXPIRED"},
		"the open end":                  {"VALID", `{"end":"99991231"}`, "2999-03-01T16:00:00Z", "VALID"},
		"a second before the time":      {"VALID", `{"end":"2026-03-01T08:00:00Z"}`, "2026-03-01T07:59:59Z", "VALID"},
		"the time itself":               {"VALID", `{"end":"2026-03-01T08:00:00Z"}`, "2026-03-01T08:00:00Z", "EXPIRED"},
		"a status that does not lapse":  {"REVOKED", `{"end":"20260301"}`, "2026-05-01T00:00:00Z", "REVOKED"},
		"no end":                        {"VALID", `{}`, "2026-05-01T00:00:00Z", "VALID"},
		"an end of another type":        {"VALID", `{"end":7}`, "2026-05-01T00:00:00Z", "VALID"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.StatusAt(c.status, json.RawMessage(c.body), now); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
	if got := (&catalog.Record{}).StatusAt("VALID", json.RawMessage(`{"end":"19990101"}`), time.Now()); got != "VALID" {
		t.Errorf("a type that does not lapse: %s", got)
	}
}
