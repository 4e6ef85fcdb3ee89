//go:build e2e

package contract

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"henanchain/test/journey"
	"henanchain/test/testnet"
)

// A deployment that is killed at any moment and run again ends as one that was
// not killed: every channel has the version, healthy, one sequence further, by
// one service alone, and no request of a business system has failed.
func TestADeploymentKilledAtAnyMomentGoesOn(t *testing.T) {
	began := time.Now()
	chaincode(t, "deploy", "evidence", "3.0")
	whole := time.Since(began)
	last := sequences(t, "3.0")
	l := work(t, net, 3, system{journey.City, journey.Notary}, system{"xinyang", provinceNotary})
	for i := range testnet.Kills(t, 3) {
		version := fmt.Sprintf("3.%d", i+1)
		said := killed(t, i, whole, "deploy", "evidence", version)
		t.Logf("%s: %s, it stood at %s", version, said, standing(status(t, "evidence")))
		chaincode(t, "deploy", "evidence", version)
		now := sequences(t, version)
		for ch, was := range last {
			if now[ch] != was+1 {
				t.Errorf("%s: %s went from sequence %d to %d", version, ch, was, now[ch])
			}
		}
		last = now
		l.until(t, 20)
	}
	l.end(t)
	chaincode(t, "rollback", "evidence")
}

// The same of a rollback, which goes on as a rollback and does not turn back.
func TestARollbackKilledAtAnyMomentGoesOn(t *testing.T) {
	for i := range min(testnet.Kills(t, 3), 10) {
		version := fmt.Sprintf("4.%d", i+1)
		chaincode(t, "deploy", "evidence", version)
		before := status(t, "evidence").Channels[0].Earlier[0]
		said := killed(t, i, 3*time.Second, "rollback", "evidence")
		s := status(t, "evidence")
		t.Logf("%s: %s, it stood at %s", version, said, standing(s))
		if s.Channels[0].Wanted != before || s.Underway != nil { // it had not begun, or has not ended
			chaincode(t, "rollback", "evidence")
		}
		wants(t, "evidence", before)
	}
}

// killed runs a command and kills it: at any moment of the time that it takes as
// a whole, or, every other time, at any moment after it has begun with the
// channels, which take only a small part of that time. It says how it ended.
func killed(t *testing.T, i int, whole time.Duration, args ...string) string {
	t.Helper()
	cmd := net.Command(append([]string{"chaincode"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if i%2 == 0 {
		defer time.AfterFunc(rand.N(whole), kill).Stop()
	}
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if i%2 == 1 && strings.Contains(lines.Text(), "installing on peers") {
			time.Sleep(rand.N(time.Second))
			kill()
		}
	}
	_ = cmd.Wait() // killed, or just done
	return fmt.Sprintf("%s after %s", cmd.ProcessState, time.Since(began).Round(time.Millisecond))
}
