package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"henanchain/gateway/events"
	"henanchain/gateway/httpsig"
	"henanchain/gateway/index"
	"henanchain/gateway/store"
	"henanchain/gateway/store/storetest"
	"henanchain/internal/gm"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// ledgers are channels of which the tests write the changes.
type ledgers struct {
	mu      sync.Mutex
	changes map[string][]index.Change
	news    chan struct{}
}

func newLedgers() *ledgers {
	return &ledgers{changes: map[string][]index.Change{}, news: make(chan struct{})}
}

// write adds a change of a record of a channel.
func (l *ledgers) write(channel, id, op string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	place := int64(len(l.changes[channel]) + 1)
	l.changes[channel] = append(l.changes[channel], index.Change{Place: place, Channel: channel, Contract: "evidence", Type: "evidence", ID: id, Version: int(place), Op: op, Status: "FIXED", Block: uint64(place), Value: []byte(`{}`)})
	close(l.news)
	l.news = make(chan struct{})
	return place
}

func (l *ledgers) Now() (map[string]index.Head, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	heads := map[string]index.Head{}
	for channel, all := range l.changes {
		heads[channel] = index.Head{Place: int64(len(all))}
	}
	return heads, l.news
}

func (l *ledgers) Changes(_ context.Context, channel string, after int64, limit int) ([]index.Change, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.changes[channel]
	through := min(int64(len(all)), after+int64(limit))
	return append([]index.Change{}, all[min(after, through):through]...), through, nil
}

// receiver is a business system: it keeps what it takes, and refuses as told.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	taken   []events.Event
	headers []http.Header
	answer  func(e *events.Event) int
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		var e events.Event
		if err != nil || json.Unmarshal(body, &e) != nil {
			t.Errorf("a body that is no event: %v %.200s", err, body)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		status := 204
		if r.answer != nil {
			status = r.answer(&e)
		}
		if status < 300 {
			r.taken, r.headers = append(r.taken, e), append(r.headers, q.Header.Clone())
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(f func(e *events.Event) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// got lists the ids of the events taken, in their order.
func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.taken {
		all = append(all, e.ID)
	}
	return all
}

var secret = []byte("a secret of the tests, 32 bytes.")

// subscription makes a webhook of a receiver, of everything in Zhengzhou.
func subscription(t *testing.T, db *store.Store, url string, change ...func(*events.Filter)) *store.Webhook {
	t.Helper()
	f := events.Filter{Cities: []string{"zhengzhou"}}
	for _, c := range change {
		c(&f)
	}
	filter, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]int64{}
	for _, c := range f.Cities {
		places[c] = 0
	}
	h := &store.Webhook{ID: "w" + fmt.Sprint(time.Now().UnixNano()), App: "notary", URL: url, Filter: filter, Secret: secret, State: store.WebhookActive, Created: time.Now(), Places: places}
	if err := db.CreateWebhook(t.Context(), h, 5); err != nil {
		t.Fatal(err)
	}
	return h
}

// deliver runs a deliverer that may deliver everything until the test or the
// function returned ends it.
func deliver(t *testing.T, db Store, l *ledgers, o Options) (stop func()) {
	t.Helper()
	return deliverTo(t, db, l, &law{}, o)
}

func deliverTo(t *testing.T, db Store, l *ledgers, rights Rights, o Options) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	d := New(db, l, NewSender(SenderOptions{Networks: loopback, Plain: true, Timeout: time.Minute}), rights, o)
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// onBoth runs a test on both databases.
func onBoth(t *testing.T, run func(t *testing.T, db *store.Store)) {
	for name, dsn := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "gateway.db") },
		"postgres": func(t testing.TB) string { return storetest.Shared(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(context.Background(), dsn(t), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			run(t, db)
		})
	}
}

func TestEveryEventIsDeliveredOnceAndARecordsInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		subscription(t, db, r.URL)
		stop := deliver(t, db, l, Options{})
		for i := range 300 {
			l.write("zhengzhou", fmt.Sprint(i%7), "Deposit")
		}
		eventually(t, "300 events", func() bool { return len(r.got()) >= 300 })
		stop()
		seen, last := map[string]int{}, map[string]int{}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, e := range r.taken {
			seen[e.ID]++
			if e.Data.Version <= last[e.Data.ID] {
				t.Errorf("version %d of %s came after %d", e.Data.Version, e.Data.ID, last[e.Data.ID])
			}
			last[e.Data.ID] = e.Data.Version
		}
		if len(seen) != 300 || len(r.taken) != 300 {
			t.Errorf("%d events of 300, %d deliveries", len(seen), len(r.taken))
		}
	})
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		subscription(t, db, r.URL)
		for round := range 5 {
			for range 40 {
				l.write("zhengzhou", "a", "Deposit")
			}
			stop := deliver(t, db, l, Options{})
			eventually(t, "some events", func() bool { return len(r.got()) > round*40 })
			stop()
		}
		stop := deliver(t, db, l, Options{})
		eventually(t, "all events", func() bool { return len(r.got()) >= 200 })
		stop()
		got := r.got()
		for i, id := range got {
			if id != events.ID("zhengzhou", int64(i+1)) { // stopped in order, nothing comes twice
				t.Fatalf("event %d is %s: %v", i, id, got)
			}
		}
	})
}

func TestARefusedEventHoldsBackItsRecordAloneAndEndsAsADeadLetter(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		r.answers(func(e *events.Event) int {
			if e.ID == "zhengzhou-1" {
				return 500
			}
			return 200
		})
		h := subscription(t, db, r.URL)
		deliver(t, db, l, Options{Attempts: 2})
		l.write("zhengzhou", "a", "Deposit") // refused
		l.write("zhengzhou", "b", "Deposit")
		l.write("zhengzhou", "a", "Change")
		eventually(t, "the other record's event", func() bool { got := r.got(); return len(got) > 0 && got[0] == "zhengzhou-2" })
		eventually(t, "the record's next event after the dead letter", func() bool { got := r.got(); return len(got) == 2 && got[1] == "zhengzhou-3" })
		var dead []store.Delivery
		eventually(t, "the dead letter", func() (ok bool) {
			var err error
			if dead, err = db.DeadLetters(t.Context(), h.ID, "", 0, 10); err != nil {
				t.Fatal(err)
			}
			return len(dead) == 1
		})
		if dead[0].Place != 1 || dead[0].Attempts != 2 || dead[0].Status != 500 || dead[0].Record != "evidence/evidence/a" {
			t.Errorf("the dead letter is %+v", dead[0])
		}
		r.answers(nil)
		if n, err := db.Redeliver(t.Context(), h.App, h.ID, "zhengzhou", 1); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		// What was sent and not yet stored when the webhook changed is sent again too.
		eventually(t, "the dead letter's delivery", func() bool { got := r.got(); return slices.Contains(got[2:], "zhengzhou-1") })
		eventually(t, "no dead letter left", func() bool {
			waiting, dead, err := db.WebhookCounts(t.Context(), h.ID)
			return err == nil && waiting+dead == 0
		})
	})
}

func TestWhileNobodyIsThereNothingIsCountedAgainstAnEvent(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		tries := 0
		r.answers(func(*events.Event) int {
			if tries++; tries <= 3 {
				return 503
			}
			return 200
		})
		h := subscription(t, db, r.URL)
		deliver(t, db, l, Options{Attempts: 2})
		for i := range 20 {
			l.write("zhengzhou", fmt.Sprint(i), "Deposit")
		}
		eventually(t, "all events", func() bool { return len(r.got()) == 20 })
		eventually(t, "nothing left", func() bool {
			waiting, dead, err := db.WebhookCounts(t.Context(), h.ID)
			return err == nil && waiting+dead == 0
		})
	})
}

func TestOnlyWhatTheFilterLetsThroughIsDelivered(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		subscription(t, db, r.URL, func(f *events.Filter) {
			f.Cities, f.Operations = []string{"zhengzhou", "kaifeng"}, []string{"Deposit"}
		})
		deliver(t, db, l, Options{})
		l.write("luoyang", "x", "Deposit")
		l.write("kaifeng", "a", "Revoke")
		l.write("kaifeng", "a", "Deposit")
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "both cities' events", func() bool { return len(r.got()) == 2 })
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "the next event", func() bool { return len(r.got()) == 3 })
		got := r.got()
		slices.Sort(got)
		if text := strings.Join(got, " "); text != "kaifeng-2 zhengzhou-1 zhengzhou-2" {
			t.Errorf("got %s", text)
		}
	})
}

func TestAReplayDeliversAgainFromAPlaceOn(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		h := subscription(t, db, r.URL)
		deliver(t, db, l, Options{})
		for range 10 {
			l.write("zhengzhou", "a", "Deposit")
		}
		eventually(t, "10 events", func() bool { return len(r.got()) == 10 })
		if err := db.ReplayWebhook(t.Context(), h.App, h.ID, "zhengzhou", 6); err != nil {
			t.Fatal(err)
		}
		eventually(t, "4 of them again", func() bool { return len(r.got()) >= 14 })
		if got := r.got()[10:]; strings.Join(got, " ") != "zhengzhou-7 zhengzhou-8 zhengzhou-9 zhengzhou-10" {
			t.Errorf("again came %v", got)
		}
		// What is not stored yet when it is suspended comes again when it is resumed.
		eventually(t, "that they are taken is stored", func() bool {
			now, err := db.Webhook(t.Context(), h.App, h.ID)
			return err == nil && now.Places["zhengzhou"] == 10
		})
		if err := db.SetWebhookState(t.Context(), h.App, h.ID, store.WebhookSuspended); err != nil {
			t.Fatal(err)
		}
		other := newReceiver(t)
		subscription(t, db, other.URL) // it begins after the first one has stopped
		eventually(t, "another webhook's events", func() bool { return len(other.got()) == 10 })
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "another webhook's next event", func() bool { return len(other.got()) == 11 })
		if n := len(r.got()); n != 14 {
			t.Errorf("%d events after it was suspended", n)
		}
		if err := db.SetWebhookState(t.Context(), h.App, h.ID, store.WebhookActive); err != nil {
			t.Fatal(err)
		}
		eventually(t, "what came meanwhile", func() bool { return len(r.got()) == 15 })
	})
}

func TestAReceiverThatIsGoneSuspendsItsWebhook(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.Store) {
		l, r := newLedgers(), newReceiver(t)
		r.answers(func(*events.Event) int { return 410 })
		h := subscription(t, db, r.URL)
		deliver(t, db, l, Options{})
		l.write("zhengzhou", "a", "Deposit")
		eventually(t, "suspended", func() bool {
			now, err := db.Webhook(t.Context(), h.App, h.ID)
			return err == nil && now.State == store.WebhookSuspended && strings.Contains(now.Reason, "410")
		})
	})
}

func TestAReceiverCanTellThatAnEventIsTheGateways(t *testing.T) {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"specversion":"1.0"}`)
	checked := false
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		checked = true
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify(body, r.Header); err != nil {
			t.Errorf("the authentication code: %v", err)
		}
		if hook.Verify([]byte(`{}`), r.Header) == nil {
			t.Error("another body has the same authentication code")
		}
		s, err := httpsig.Parse(r, "http")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(key.Public()); err != nil || s.KeyID != key.Public().ID() {
			t.Errorf("the signature: %v", err)
		}
		if got, err := io.ReadAll(s.Body(r.Body)); err != nil || string(got) != string(body) {
			t.Errorf("the body: %q %v", got, err)
		}
	}))
	defer server.Close()
	s := NewSender(SenderOptions{Networks: loopback, Plain: true, Key: key})
	if o := s.Send(t.Context(), server.URL+"/hook?a=1", [][]byte{secret}, "zhengzhou-1", body); !o.Taken() || !checked {
		t.Errorf("%+v", o)
	}
}

func TestOnlyAllowedNetworksAreCalled(t *testing.T) {
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	s := NewSender(SenderOptions{Plain: true, Timeout: time.Second})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"} {
		if o := s.Send(t.Context(), "http://"+host+port, [][]byte{secret}, "x-1", []byte("{}")); o.Taken() || called {
			t.Errorf("%s was called: %+v", host, o)
		}
	}
	elsewhere := httptest.NewServer(http.RedirectHandler(server.URL, http.StatusTemporaryRedirect))
	defer elsewhere.Close()
	o := NewSender(SenderOptions{Plain: true, Networks: loopback}).Send(t.Context(), elsewhere.URL, [][]byte{secret}, "x-1", []byte("{}"))
	if called || o.Status != http.StatusTemporaryRedirect || o.Taken() {
		t.Errorf("a redirect: %+v", o)
	}
}

func TestAURLThatCannotBeRightIsRefusedAtOnce(t *testing.T) {
	s := NewSender(SenderOptions{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for url, want := range map[string]bool{
		"https://system.example/events": true, "https://system.example:8443/a?b=c": true, "https://10.1.2.3/": true, "https://1.1.1.1/": true,
		"http://system.example/": false, "ftp://system.example/": false, "https://": false, "system.example": false, "https://a:b@system.example/": false,
		"https://system.example/#a": false, "https://127.0.0.1/": false, "https://10.2.0.1/": false, "https://192.168.0.1/": false, "https://[::1]/": false,
		"https://169.254.169.254/latest": false, "https://[fe80::1]/": false, "https://" + strings.Repeat("a", 3000) + "/": false,
	} {
		if err := s.CheckURL(url); (err == nil) != want {
			t.Errorf("%.60s: %v", url, err)
		}
	}
}

func TestThePausesDoubleUpToTheLongestAndVaryByATenth(t *testing.T) {
	whole := firstPause
	for n := 1; n <= 40; n++ {
		d := backoff(n, longestPause)
		if d < whole*9/10 || d > whole*11/10 {
			t.Errorf("after %d failures: %s, expected %s give or take a tenth", n, d, whole)
		}
		whole = min(2*whole, longestPause)
	}
}
