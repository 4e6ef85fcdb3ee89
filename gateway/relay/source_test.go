package relay

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

func TestASystemOutsideIsAskedAndItsNoIsARefusal(t *testing.T) {
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := proof.Statement{Chain: "national", Contract: "licence", Function: "verify", Nonce: "00", Time: "2026-03-01T00:00:00Z", Answer: json.RawMessage(`{}`)}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status  int
		body    string
		refusal string // the code of a refusal; "again" where it is to be asked again
	}{
		"an answer":            {200, string(good), ""},
		"a no":                 {404, `{"code":"LICENCE_UNKNOWN","detail":"no such licence"}`, "LICENCE_UNKNOWN"},
		"a no without a code":  {403, `forbidden`, "HTTP_403"},
		"too busy":             {429, `{}`, "again"},
		"broken":               {500, `{"code":"X"}`, "again"},
		"a page":               {200, `<html>`, "again"},
		"an answer too large":  {200, strings.Repeat(" ", maxAnswer+1), "again"},
		"a way to another one": {302, ``, "again"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked Question
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/answers" || json.NewDecoder(r.Body).Decode(&asked) != nil {
					t.Errorf("asked at %s", r.URL.Path)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				w.Write([]byte(c.body)) //nolint:errcheck // the client sees it
			}))
			defer server.Close()
			var national chain
			if err := json.Unmarshal([]byte(`{"kind":"OUTSIDE","terms":{"endpoint":"`+server.URL+`/api/"}}`), &national); err != nil {
				t.Fatal(err)
			}
			raw, err := newOutsideSource().Answer(t.Context(), national, "", Question{RequestID: "r1", Nonce: "00", Purpose: "test"})
			var refusal *operation.Refusal
			switch errors.As(err, &refusal); {
			case c.refusal == "" && (err != nil || string(raw) != string(good)):
				t.Errorf("%s (%v)", raw, err)
			case c.refusal == "again" && (err == nil || refusal != nil):
				t.Errorf("%s (%v) is not to be tried again", raw, err)
			case c.refusal != "" && c.refusal != "again" && (refusal == nil || refusal.Code != c.refusal):
				t.Errorf("%v is not the refusal %s", err, c.refusal)
			}
			if asked.RequestID != "r1" {
				t.Errorf("it was asked %+v", asked)
			}
		})
	}
}

func TestACarrierCarriesInTheNameOfTheFirstOfTheOrganisations(t *testing.T) {
	c := &connection.Connection{Applications: []connection.Application{
		{Name: "other", MSPID: "HenanMSP", Roles: []string{"x"}, Cities: []string{"henan"}},
		{Name: "city", MSPID: "XinyangMSP", Roles: []string{carrierRole}, Cities: []string{"henan", "xinyang"}},
		{Name: "province", MSPID: "HenanMSP", Roles: []string{carrierRole}, Cities: []string{"henan"}},
	}}
	for _, x := range []struct {
		channel string
		of      []string
		want    string
	}{
		{"henan", []string{"HenanMSP", "XinyangMSP"}, "province"}, {"henan", []string{"XinyangMSP"}, "city"}, {"henan", nil, "city"},
		{"xinyang", []string{"HenanMSP"}, "city"}, {"zhengzhou", nil, ""},
	} {
		if got, err := applicationFor(c, carrierRole, x.channel, x.of...); got != x.want || (err == nil) == (x.want == "") {
			t.Errorf("on %s for %v: %q (%v)", x.channel, x.of, got, err)
		}
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	if a, b := pauseAfter(0), pauseAfter(3); a >= b || pauseAfter(100) != longestPause || pauseAfter(patient+1) != longAway {
		t.Errorf("%s, %s, %s, %s", a, b, pauseAfter(100), pauseAfter(patient+1))
	}
}
