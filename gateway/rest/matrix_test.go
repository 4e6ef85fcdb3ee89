package rest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/auth"
	"henanchain/gateway/directory"
	"henanchain/internal/catalog"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
)

// everybodyMayDoEverything gives the depositor every role that there is.
func everybodyMayDoEverything(o *Options) {
	roles := map[string]bool{ContractCaller: true, SubjectReader: true}
	for _, c := range o.Contracts {
		for _, op := range c.Operations {
			for _, r := range op.Roles {
				roles[r] = true
			}
		}
		for _, q := range c.Queries {
			for _, r := range q.Roles {
				roles[r] = true
			}
		}
	}
	app := application(o.Network.Connection(), "depositor")
	app.Roles = nil
	for r := range roles {
		app.Roles = append(app.Roles, r)
	}
}

func application(c *connection.Connection, name string) *connection.Application {
	for i := range c.Applications {
		if c.Applications[i].Name == name {
			return &c.Applications[i]
		}
	}
	return nil
}

// Every route, with each way of not being allowed to call it.
func TestEveryRouteRefusesWhoMayNotCallIt(t *testing.T) {
	d := open(t, realContracts(t), withModel(t, new(model)), func(o *Options) { application(o.Network.Connection(), "depositor").Roles = nil })
	for _, r := range d.Routes() {
		body := map[string]string{"POST": "{}"}[r.Method]
		name := r.Method + " " + r.Path
		if r.Public {
			if a := d.call(t, r.Method, fill(r.Path), body, "Authorization", ""); a.status != 200 {
				t.Errorf("%s is public and answers %d %s", name, a.status, a.body)
			}
			continue
		}
		for scheme, token := range map[string]string{"no token": "", "an unknown token": "Bearer nobody-has-this-token", "another scheme": "Basic YTpi", "an empty token": "Bearer "} {
			a := d.call(t, r.Method, fill(r.Path), body, "Authorization", token)
			if a.status != 401 || a.code(t) != "UNAUTHENTICATED" || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %s: %d %s", name, scheme, a.status, a.body)
			}
		}
		if r.inCity {
			a := d.call(t, r.Method, strings.Replace(fill(r.Path), "zhengzhou", "kaifeng", 1), body)
			if a.status != 403 || a.code(t) != "CITY_FORBIDDEN" {
				t.Errorf("%s of another city: %d %s", name, a.status, a.body)
			}
			a = d.call(t, r.Method, strings.Replace(fill(r.Path), "zhengzhou", "atlantis", 1), body)
			if a.status != 404 || a.code(t) != "CITY_UNKNOWN" {
				t.Errorf("%s of no city: %d %s", name, a.status, a.body)
			}
		}
		if len(r.Roles) > 0 {
			a := d.call(t, r.Method, fill(r.Path), body)
			if a.status != 403 || a.code(t) != "ROLE_REQUIRED" {
				t.Errorf("%s without the role: %d %s", name, a.status, a.body)
			}
		}
	}
	if len(d.calls) > 0 {
		t.Errorf("a refused call came to the writer: %+v", d.calls)
	}
}

// No operation is open to everybody by accident: whoever leaves the roles out
// closes it.
func TestEveryOperationOfTheCatalogueNamesItsRoles(t *testing.T) {
	for _, c := range contracts(t) {
		for _, op := range c.Operations {
			if len(op.Roles) == 0 {
				t.Errorf("%s.%s names no role: nobody could call it", c.Name, op.Name)
			}
		}
	}
}

func TestEveryRoleReachesItsOperationsAndNoOther(t *testing.T) {
	for _, c := range contracts(t) {
		roles := map[string]bool{}
		for _, op := range c.Operations {
			for _, r := range op.Roles {
				roles[r] = true
			}
		}
		for role := range roles {
			d := open(t, func(o *Options) { o.Contracts = []catalog.Contract{c} }, func(o *Options) {
				application(o.Network.Connection(), "depositor").Roles = []string{role}
				network := o.Network.Connection()
				for i := range network.Channels {
					network.Channels[i].Contracts = append(network.Channels[i].Contracts, c.Name)
				}
			})
			for _, op := range c.Operations {
				r, err := operationRoute(&c, &op)
				if err != nil {
					t.Fatal(err)
				}
				a := d.call(t, r.Method, fill(r.Path), "{}")
				refused := a.status == 403 && a.code(t) == "ROLE_REQUIRED"
				may := false
				for _, own := range op.Roles {
					may = may || own == role || own == anyRole
				}
				if refused == may {
					t.Errorf("%s as %s: %d %s", r.Path, role, a.status, a.body)
				}
				batch := d.call(t, "POST", "/v1/zhengzhou/"+c.Name+":batch", `[{"op":"`+op.Name+`","in":{}}]`)
				if strings.Contains(string(batch.body), "ROLE_REQUIRED") == may {
					t.Errorf("%s in a batch as %s: %s", op.Name, role, batch.body)
				}
			}
		}
	}
}

// rolesOf are all roles that any route names, and one that none does.
func rolesOf(routes []Route) []string {
	all := []string{"nobody.knows"}
	for _, r := range routes {
		all = append(all, r.Roles...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The matrix: every route, called by an application of every role, and of none
// other. Who may comes to the handler, who may not does not.
func TestEveryRouteForEveryRole(t *testing.T) {
	var roles []string
	d := open(t, realContracts(t), withModel(t, new(model)), func(o *Options) {
		plain, err := New(*o)
		if err != nil {
			t.Fatal(err)
		}
		o.Metrics = nil // a server has its own
		roles = rolesOf(plain.Routes())
		network := o.Network.Connection()
		for _, role := range roles {
			own := *application(network, "depositor")
			own.Name, own.Roles, own.TokenID = "app of "+role, []string{role}, gm.HexDigest([]byte(tokenOf(role)))
			network.Applications = append(network.Applications, own)
		}
		all := directory.Fixed(network)
		o.Network, o.Auth = all, auth.New(all, auth.Options{})
		o.IndexWait = time.Microsecond // nobody waits for what the ledger here never tells
	})
	d.EndStreams()
	if len(roles) < 50 || len(d.Routes()) < 200 {
		t.Fatalf("only %d roles and %d routes", len(roles), len(d.Routes()))
	}
	cells := 0
	for _, r := range d.Routes() {
		if r.Public {
			continue
		}
		for _, role := range roles {
			cells++
			request := httptest.NewRequest(r.Method, fill(r.Path), strings.NewReader("{}"))
			request.Header.Set("Authorization", "Bearer "+tokenOf(role))
			request.Header.Set("Content-Type", typeJSON)
			w := httptest.NewRecorder()
			d.ServeHTTP(w, request)
			may := len(r.Roles) == 0 || slices.Contains(r.Roles, role)
			refused := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), `"ROLE_REQUIRED"`)
			if refused == may || w.Code == http.StatusUnauthorized || w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s %s as %s: %d %.300s", r.Method, r.Path, role, w.Code, w.Body)
			}
		}
	}
	t.Logf("%d routes, %d roles, %d cells", len(d.Routes()), len(roles), cells)
}

func tokenOf(role string) string { return "token of the tests for " + role }
