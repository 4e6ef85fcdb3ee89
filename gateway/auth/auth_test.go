package auth

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"henanchain/gateway/problem"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
)

type registry map[string]*connection.Application

func (r registry) ByToken(digest string) (*connection.Application, bool) {
	a, ok := r[digest]
	return a, ok
}

func (r registry) Application(name string) (*connection.Application, bool) {
	for _, a := range r {
		if a.Name == name {
			return a, true
		}
	}
	return nil, false
}

func TestOnlyATokenThatWasGivenIsTaken(t *testing.T) {
	const token = "a-token-of-at-least-16"
	a := New(registry{gm.HexDigest([]byte(token)): {Name: "bank", Cities: []string{"zhengzhou"}, Roles: []string{"finance.bank"}}}, Options{})
	for name, c := range map[string]struct {
		headers []string
		ok      bool
	}{
		"the token":              {[]string{"Bearer " + token}, true},
		"the scheme in any case": {[]string{"bEARER " + token}, true},
		"spaces around":          {[]string{"Bearer   " + token + "  "}, true},
		"nothing":                {nil, false},
		"an empty header":        {[]string{""}, false},
		"no scheme":              {[]string{token}, false},
		"another scheme":         {[]string{"Basic " + token}, false},
		"no token":               {[]string{"Bearer "}, false},
		"another token":          {[]string{"Bearer " + token + "x"}, false},
		"the token's digest":     {[]string{"Bearer " + gm.HexDigest([]byte(token))}, false},
		"two tokens":             {[]string{"Bearer " + token, "Bearer " + token}, false},
		"a very long token":      {[]string{"Bearer " + strings.Repeat("a", 4096)}, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = c.headers
		caller, err := a.Authenticate(r.Context(), r)
		if !c.ok {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Code != problem.Unauthenticated || caller != nil {
				t.Errorf("%s: %v, %v", name, caller, err)
			} else if strings.Contains(p.Error(), token) {
				t.Errorf("%s: the problem repeats the token: %v", name, p)
			}
			continue
		}
		if err != nil || caller.Name != "bank" || caller.Method != "bearer" {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
}

func TestACallerMayOnlyWhatItWasGiven(t *testing.T) {
	c := &Caller{Application: &connection.Application{Cities: []string{"zhengzhou"}, Roles: []string{"a", "b"}}}
	if !c.May("zhengzhou") || c.May("kaifeng") || c.May("") {
		t.Error("the cities are not the caller's own")
	}
	if !c.HasAny([]string{"x", "b"}) || c.HasAny([]string{"x"}) || c.HasAny(nil) {
		t.Error("the roles are not the caller's own, or no role opens a door")
	}
}
