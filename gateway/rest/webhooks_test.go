package rest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"henanchain/gateway/events"
	"henanchain/gateway/httpsig"
	"henanchain/internal/gm"
)

// posted is what a receiver got.
type posted struct {
	mu     sync.Mutex
	bodies [][]byte
	heads  []http.Header
	status int
	key    *gm.PublicKey
	wrong  []string
}

func (p *posted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := httpsig.Parse(r, "http")
	if err == nil {
		err = s.Verify(p.key)
	}
	if err == nil {
		r.Body = s.Body(r.Body)
	}
	body, readErr := io.ReadAll(r.Body)
	if err != nil || readErr != nil {
		p.wrong = append(p.wrong, fmt.Sprint(err, readErr))
	}
	p.bodies, p.heads = append(p.bodies, body), append(p.heads, r.Header.Clone())
	w.WriteHeader(p.status)
}

func (p *posted) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.bodies)
}

func (p *posted) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// ids are those of the events that came; those of different records come in any order.
func (p *posted) ids() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, h := range p.heads {
		all = append(all, h.Get("webhook-id"))
	}
	slices.Sort(all)
	return all
}

func hookOf(t *testing.T, a answer, want int) webhookDocument {
	t.Helper()
	if a.status != want {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var w webhookDocument
	if err := json.Unmarshal(a.body, &w); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return w
}

func within(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !check(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// subscribed is a door with a webhook of everything that is deposited in Zhengzhou,
// where one record was deposited before.
type subscribed struct {
	*door
	*model
	*posted
	webhookDocument
	url, path string // of the receiver, of the webhook
	made      answer // when it was subscribed
}

func subscribe(t *testing.T) *subscribed {
	t.Helper()
	s := &subscribed{model: new(model)}
	s.door = open(t, withModel(t, s.model))
	s.posted, s.url = receive(t, s.model)
	s.write(t, "zhengzhou", "Deposit", "a")
	within(t, "the hub's first look", func() bool { heads, _ := s.Events.Now(); return heads["zhengzhou"].Place == 1 })
	s.made = s.call(t, "POST", "/v1/webhooks", `{"url":"`+s.url+`/in","label":"档案系统","operations":["Deposit"]}`)
	s.webhookDocument = hookOf(t, s.made, 201)
	s.path = "/v1/webhooks/" + s.ID
	return s
}

// receive is a receiver that holds the gateway to its signatures.
func receive(t *testing.T, m *model) (p *posted, url string) {
	t.Helper()
	p = &posted{status: 200, key: m.key.Public()}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.Close()
		if len(p.wrong) > 0 {
			t.Errorf("signatures: %v", p.wrong)
		}
	})
	return p, server.URL
}

// does a call about the webhook, which must be answered with 200, and tells how it
// stands then.
func (s *subscribed) does(t *testing.T, method, action, body string) webhookDocument {
	t.Helper()
	return hookOf(t, s.call(t, method, s.path+action, body), 200)
}

// stored waits until it is stored that everything up to a place was taken: what is
// not stored when a webhook is changed comes again.
func (s *subscribed) stored(t *testing.T, place string) {
	t.Helper()
	within(t, "that the events are taken is stored", func() bool { return s.does(t, "GET", "", "").Positions["zhengzhou"] == place })
}

func TestAWebhookBeginsNowAndItsReceiverCanTellWhoseItsEventsAre(t *testing.T) {
	s := subscribe(t)
	if s.made.header.Get("Location") != s.path || s.State != "active" || len(s.Cities) != 1 || s.Positions["zhengzhou"] != "zhengzhou-1" {
		t.Errorf("made %s", s.made.body)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Secret, "whsec_"))
	if err != nil || len(secret) != 32 {
		t.Errorf("the secret is %q: %v", s.Secret, err)
	}
	s.write(t, "zhengzhou", "Deposit", "b")
	within(t, "the first event", func() bool { return s.count() == 1 })
	hook, err := standardwebhooks.NewWebhook(strings.TrimPrefix(s.Secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	if err := hook.Verify(s.bodies[0], s.heads[0]); err != nil || s.heads[0].Get("webhook-id") != "zhengzhou-2" || s.heads[0].Get("Content-Type") != events.MediaType {
		t.Errorf("%v: %v %s", err, s.heads[0], s.bodies[0])
	}
	if a := s.call(t, "POST", s.path+":test", ""); a.status != 200 || !strings.Contains(string(a.body), `"delivered":true`) || s.count() != 2 {
		t.Errorf("a test: %d %s", a.status, a.body)
	}
}

func TestAWebhookIsReplayedFromABlock(t *testing.T) {
	s := subscribe(t)
	s.write(t, "zhengzhou", "Deposit", "b")
	s.stored(t, "zhengzhou-2")
	if w := s.does(t, "POST", ":replay", `{"city":"zhengzhou","block":0}`); w.Positions["zhengzhou"] != "zhengzhou-0" {
		t.Errorf("replayed from %v", w.Positions)
	}
	within(t, "the event before it and the one after", func() bool { return s.count() == 3 })
	if got := strings.Join(s.ids(), " "); got != "zhengzhou-1 zhengzhou-2 zhengzhou-2" {
		t.Errorf("came %s", got)
	}
}

func TestASuspendedWebhookSendsNothingAndGoesOnWhereItWas(t *testing.T) {
	s := subscribe(t)
	s.write(t, "zhengzhou", "Deposit", "b")
	s.stored(t, "zhengzhou-2")
	if w := s.does(t, "POST", ":suspend", ""); w.State != "suspended" {
		t.Errorf("suspended: %+v", w)
	}
	other, elsewhere := receive(t, s.model)
	hookOf(t, s.call(t, "POST", "/v1/webhooks", `{"url":"`+elsewhere+`","cities":["zhengzhou"],"fromBlock":0}`), 201) // it begins after the first one has stopped
	within(t, "another webhook's events", func() bool { return other.count() == 2 })
	s.write(t, "zhengzhou", "Deposit", "c")
	within(t, "another webhook's next event", func() bool { return other.count() == 3 })
	if s.count() != 1 {
		t.Errorf("%d deliveries, some of them while it is suspended", s.count())
	}
	s.does(t, "POST", ":resume", "")
	within(t, "what came meanwhile", func() bool { return strings.Join(s.ids(), " ") == "zhengzhou-2 zhengzhou-3" })
}

func TestAnEventRefusedToTheEndIsADeadLetterAndCanBeDeliveredAgain(t *testing.T) {
	s := subscribe(t)
	s.answer(400)
	s.write(t, "zhengzhou", "Deposit", "b")
	within(t, "the dead letter", func() bool { return s.does(t, "GET", "", "").DeadLetters == 1 })
	if a := s.call(t, "GET", s.path+"/dead-letters?limit=5", ""); !strings.Contains(string(a.body), `"event":"zhengzhou-2"`) || !strings.Contains(string(a.body), `"status":400`) {
		t.Errorf("dead letters: %s", a.body)
	}
	s.answer(200)
	before := s.count()
	if a := s.call(t, "POST", s.path+"/dead-letters:redeliver", `{"event":"zhengzhou-2"}`); string(a.body) != `{"redelivered":1}` {
		t.Errorf("%s", a.body)
	}
	within(t, "the dead letter's delivery", func() bool { return s.count() == before+1 })
	if a := s.call(t, "POST", s.path+"/dead-letters:redeliver", ""); string(a.body) != `{"redelivered":0}` {
		t.Errorf("all that are left, asked for without a body: %d %s", a.status, a.body)
	}
	if a := s.call(t, "POST", s.path+":replay", ""); a.status != 422 || !strings.Contains(string(a.body), `"field":"city"`) {
		t.Errorf("a replay of nothing: %d %s", a.status, a.body)
	}
}

func TestAWebhookIsChangedAndRemovedAndGoesOnWhereItWas(t *testing.T) {
	s := subscribe(t)
	s.write(t, "zhengzhou", "Deposit", "b")
	s.stored(t, "zhengzhou-2")
	w := s.does(t, "PUT", "", `{"url":"`+s.url+`/other","statuses":["ANCHORED"]}`)
	if w.URL != s.url+"/other" || len(w.Operations) != 0 || w.Positions["zhengzhou"] != "zhengzhou-2" || w.Secret != "" {
		t.Errorf("changed to %+v", w)
	}
	if a := s.call(t, "DELETE", s.path, ""); a.status != 204 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.call(t, "GET", s.path, ""); a.status != 404 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestAWebhookIsItsApplicationsAlone(t *testing.T) {
	s := subscribe(t)
	if a := s.call(t, "GET", "/v1/webhooks", ""); !strings.Contains(string(a.body), s.ID) || strings.Contains(string(a.body), "whsec_") {
		t.Errorf("the list: %s", a.body)
	}
	if a := s.call(t, "GET", "/v1/webhooks", "", "Authorization", "Bearer "+courtToken); strings.Contains(string(a.body), s.ID) {
		t.Errorf("another application sees it: %s", a.body)
	}
	for _, call := range [][2]string{{"GET", s.path}, {"DELETE", s.path}, {"POST", s.path + ":test"}, {"POST", s.path + ":suspend"}, {"GET", s.path + "/dead-letters"}} {
		if a := s.call(t, call[0], call[1], "", "Authorization", "Bearer "+courtToken); a.status != 404 || a.code(t) != "WEBHOOK_NOT_FOUND" {
			t.Errorf("%v as another application: %d %s", call, a.status, a.body)
		}
	}
}

func TestAWebhookThatCannotBeRightIsRefused(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	for body, want := range map[string]string{
		`{}`: "422 INPUT_INVALID url", `{"url":"ftp://a"}`: "422 INPUT_INVALID url", `{"url":"https://192.168.1.1/"}`: "422 INPUT_INVALID url",
		`{"url":"https://a.example/","ledgers":["astrology"]}`:               "422 INPUT_INVALID ledgers",
		`{"url":"https://a.example/","cities":["kaifeng"]}`:                  "403 CITY_FORBIDDEN",
		`{"url":"https://a.example/","fromBlock":7}`:                         "404 BLOCK_NOT_FOUND",
		`{"url":"https://a.example/","colour":"red"}`:                        "422 INPUT_INVALID colour",
		`{"url":"https://a.example/","cities":["zhengzhou"],"fromBlock":-1}`: "422 INPUT_INVALID fromBlock",
	} {
		p := d.call(t, "POST", "/v1/webhooks", body).problem(t)
		got := fmt.Sprintf("%d %s", p.Status, p.Code)
		if len(p.Errors) > 0 {
			got += " " + p.Errors[0].Field
		}
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	for i := range maxWebhooks + 1 {
		a := d.call(t, "POST", "/v1/webhooks", `{"url":"https://a.example/"}`)
		if want := map[bool]int{true: 201, false: 409}[i < maxWebhooks]; a.status != want {
			t.Errorf("webhook %d: %d %s", i+1, a.status, a.body)
		}
	}
}

func TestTheKeyThatSignsWebhooksIsTold(t *testing.T) {
	var m model
	d := open(t, withModel(t, &m))
	var got struct{ Keys []webhookKey }
	if err := json.Unmarshal(d.call(t, "GET", "/v1/webhook-keys", "", "Authorization", "").body, &got); err != nil || len(got.Keys) != 1 {
		t.Fatal(got, err)
	}
	key, err := gm.ParsePublicKeyPEM([]byte(got.Keys[0].PublicKey))
	if err != nil || !key.Equal(m.key.Public()) || got.Keys[0].ID != key.ID() {
		t.Errorf("%+v: %v", got, err)
	}
}
