//go:build e2e

package readmodel

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// event is what receivers read of an event.
type event struct {
	ID, Source, Type string
	Data             struct {
		City, Ledger, Type, ID, Status, Operation, TxID string
		Version                                         int
		Block                                           uint64
	}
}

// taken are the events that a receiver has, each with how often it came.
type taken struct {
	mu     sync.Mutex
	first  []event // in the order in which they came first
	times  map[string]int
	secret string
	wrong  []string
	refuse func(e *event) int // 0: taken
}

func newTaken() *taken { return &taken{times: map[string]int{}} }

func (r *taken) take(e event) {
	if r.times[e.ID]++; r.times[e.ID] == 1 {
		r.first = append(r.first, e)
	}
}

func (r *taken) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.first)
}

// ServeHTTP is a business system that checks every event before it takes it.
func (r *taken) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var e event
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.secret != "" {
		hook, err2 := standardwebhooks.NewWebhook(strings.TrimPrefix(r.secret, "whsec_"))
		if err2 == nil {
			err2 = hook.Verify(body, q.Header)
		}
		if err == nil {
			err = err2
		}
	}
	if err != nil {
		r.wrong = append(r.wrong, fmt.Sprintf("%v: %.200s", err, body))
	}
	if r.refuse != nil {
		if status := r.refuse(&e); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	r.take(e)
}

// lacks tells of how many records no event has come yet. What a webhook says of
// itself is as of the moment in which the gateway looked last; this is not.
func (r *taken) lacks(records []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	there := map[string]bool{}
	for _, e := range r.first {
		there[e.Data.ID] = true
	}
	missing := 0
	for _, id := range records {
		if !there[id] {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("of %d records, no event has come of %d", len(records), missing)
	}
	return nil
}

// check holds what came to what must have come: every record's events, each
// record's in the order of its versions, as one who drops what comes twice sees it.
func (r *taken) check(t *testing.T, records []string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	last, again := map[string]int{}, 0
	for _, e := range r.first {
		key := e.Data.Type + "/" + e.Data.ID
		if e.Data.Version != last[key]+1 && last[key] != 0 {
			t.Errorf("version %d of %s came after version %d", e.Data.Version, key, last[key])
		}
		last[key] = e.Data.Version
	}
	for _, n := range r.times {
		again += n - 1
	}
	missing := 0
	for _, id := range records {
		if last["evidence/"+id] == 0 {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("of %d records, no event came of %d", len(records), missing)
	}
	if len(r.wrong) > 0 {
		t.Errorf("%d deliveries did not verify, such as %s", len(r.wrong), r.wrong[0])
	}
	t.Logf("%d events of %d records, %d of them again", len(r.first), len(records), again)
}

// subscribe makes a system's webhook of a receiver, of the city's evidence.
func (r *taken) subscribe(t *testing.T, p *program, system string) (id string) {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	made := askAs[struct{ ID, Secret string }](p, system, http.MethodPost, "/v1/webhooks", fields{"url": server.URL + "/in", "cities": []string{city}, "ledgers": []string{"evidence"}})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = made.Secret
	return made.ID
}

// settled tells whether a webhook has delivered everything.
func settled(p *program, id string) error {
	got := get[struct {
		Behind               map[string]int64
		Waiting, DeadLetters int
		LastAttempt          any
	}](p, "/v1/webhooks/"+id)
	if got.Behind[city] != 0 || got.Waiting != 0 || got.DeadLetters != 0 {
		return fmt.Errorf("the webhook stands at %+v", got)
	}
	return nil
}

// listen reads the city's events from a gateway until ctx ends, and connects
// again with the last event's id whenever the stream breaks.
func (r *taken) listen(ctx context.Context, url, token string) {
	last := ""
	for ctx.Err() == nil {
		last = r.stream(ctx, url+"/v1/events?ledger=evidence&city="+city, token, last)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (r *taken) stream(ctx context.Context, url, token, last string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return last
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return last
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	id, data := last, ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "data":
			data = value
		case "":
			var e event
			if data != "" && json.Unmarshal([]byte(data), &e) == nil {
				r.mu.Lock()
				r.take(e)
				r.mu.Unlock()
			}
			last, data = id, ""
		}
	}
	return last
}
