package rest

import (
	"net/http/httptest"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func TestAWebhooksSecretIsRotatedWithoutAGap(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	r := &posted{status: 200, key: m.key.Public()}
	receiver := httptest.NewServer(r)
	defer receiver.Close()
	first := hookOf(t, d.call(t, "POST", "/v1/webhooks", `{"url":"`+receiver.URL+`","cities":["zhengzhou"]}`), 201)
	path := "/v1/webhooks/" + first.ID
	// carries tells whether a test event carries the code of each secret.
	carries := func(secrets ...string) (all []bool) {
		t.Helper()
		if a := d.call(t, "POST", path+":test", ""); !strings.Contains(string(a.body), `"delivered":true`) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, secret := range secrets {
			hook, err := standardwebhooks.NewWebhook(strings.TrimPrefix(secret, secretPrefix))
			if err != nil {
				t.Fatal(err)
			}
			n := len(r.bodies) - 1
			all = append(all, hook.Verify(r.bodies[n], r.heads[n]) == nil)
		}
		return all
	}
	rotate := func(body string) webhookDocument {
		t.Helper()
		a := d.call(t, "POST", path+":rotate", body)
		w := hookOf(t, a, 200)
		if !strings.HasPrefix(w.Secret, secretPrefix) || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %v", a.body, a.header)
		}
		return w
	}
	second := rotate(`{}`)
	if second.SecretBeforeUntil == nil || second.Secret == first.Secret {
		t.Errorf("rotated to %+v", second)
	}
	if got := carries(first.Secret, second.Secret); !got[0] || !got[1] {
		t.Errorf("after a rotation an event carries the codes of the two: %v", got)
	}
	third := rotate(`{"overlapHours":1}`)
	if got := carries(first.Secret, second.Secret, third.Secret); got[0] || !got[1] || !got[2] {
		t.Errorf("after another an event carries the codes of the three: %v", got)
	}
	fourth := rotate(`{"overlapHours":0}`)
	if got := carries(third.Secret, fourth.Secret); got[0] || !got[1] || fourth.SecretBeforeUntil != nil {
		t.Errorf("after a secret has leaked an event carries the codes of the two: %v %+v", got, fourth)
	}
	if w := hookOf(t, d.call(t, "GET", path, ""), 200); w.Secret != "" {
		t.Error("the secret is told again")
	}
	if a := d.call(t, "POST", path+":rotate", `{"overlapHours":169}`); a.status != 422 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := d.call(t, "POST", path+":rotate", `{}`, "Authorization", "Bearer "+courtToken); a.status != 404 || a.code(t) != "WEBHOOK_NOT_FOUND" {
		t.Errorf("another application's: %d %s", a.status, a.body)
	}
}
