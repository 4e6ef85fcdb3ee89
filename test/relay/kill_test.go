//go:build e2e

package relay

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"henanchain/gateway/fabric"
	"henanchain/test/testnet"
)

// TestRequestsEndOnceThroughTwentyKills kills the carrier, the gateway and a
// peer, twenty times in all, while a thousand requests are under way: each ends
// in exactly one of its terminal states, the same on both ledgers.
func TestRequestsEndOnceThroughTwentyKills(t *testing.T) {
	testnet.Long(t)
	ready(t)
	const n, kills = 1000, 20
	evidence := deposited(t)
	names := []string{"relay", "gateway", "peer0.zhengzhou", "peer0.henan", "peer0.xinyang"}
	killed := make(chan map[string]int)
	go func() {
		count := map[string]int{}
		for range kills {
			time.Sleep(time.Duration(1+rand.IntN(3)) * time.Second)
			name := names[rand.IntN(len(names))]
			if pid := service(t, name).PID; pid != 0 && unix.Kill(pid, unix.SIGKILL) == nil {
				count[name]++
			}
		}
		killed <- count
	}()
	began := time.Now()
	ids := patiently(t, n, evidence)
	t.Logf("killed: %v; %d requests were made by then or after", <-killed, len(ids))
	statuses := map[string]int{}
	place := fabric.Place{Channel: "henan", Contract: "relay", App: carrier}
	deadline := time.Now().Add(8 * time.Minute)
	for _, id := range ids {
		status := ""
		for !terminal(status) && time.Now().Before(deadline) {
			if r, err := ledger.Get(within(t, 30*time.Second), place, "request", id); err == nil {
				status = r.Status
			}
			if !terminal(status) {
				time.Sleep(200 * time.Millisecond)
			}
		}
		statuses[status]++
		endedOnce(t, id, status)
	}
	t.Logf("%d requests ended in %s: %v", n, time.Since(began).Round(time.Second), statuses)
	if statuses["ACCEPTED"] != n {
		t.Errorf("they ended as %v; each has an answer and 20 minutes", statuses)
	}
}

// endedOnce holds a request's whole history to one terminal status, and the
// asking city's ledger to the same.
func endedOnce(t *testing.T, id, status string) {
	t.Helper()
	changes, err := ledger.History(within(t, 30*time.Second), fabric.Place{Channel: "henan", Contract: "relay", App: carrier}, "request", id)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	ends := 0
	for _, ch := range changes {
		if terminal(ch.Record.Status) {
			ends++
		}
	}
	if ends != 1 || !terminal(status) {
		t.Errorf("%s ended %d times, last as %s", id, ends, status)
		return
	}
	there, err := ledger.Get(within(t, 30*time.Second), fabric.Place{Channel: from, Contract: "relay", App: carrier}, "acceptance", id)
	if err != nil || there.Status != status {
		body, _ := json.Marshal(there)
		t.Errorf("%s is %s on the main channel, and in the city %s (%v)", id, status, body, err)
	}
}

// patiently asks, through a gateway that is killed now and then: each request
// is made once, by its reference.
func patiently(t *testing.T, n int, evidence string) []string {
	t.Helper()
	ids, questions := make([]string, n), many(n, evidence)
	each(8, n, func(i int) {
		c := caller(t, asker).WithIdempotencyKey(questions[i]["reference"].(string))
		for range 300 {
			if a, err := c.Create(t.Context(), from, "relay", "requests", questions[i]); err == nil {
				ids[i] = a.ID
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
		t.Errorf("request %d was never taken", i)
	})
	if t.Failed() {
		t.FailNow()
	}
	return ids
}
