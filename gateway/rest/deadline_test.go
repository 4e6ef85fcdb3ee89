package rest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestADeadlineEndsWhatWaitsForIt(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		asked, leave := context.WithCancel(context.WithValue(t.Context(), key{}, "of the request"))
		made := func(ctx context.Context) *deadline {
			return &deadline{Context: ctx, at: time.Now().Add(time.Minute)}
		}

		idle := made(asked)
		if idle.Err() != nil || idle.real != nil {
			t.Error("it has ended, or counts though nobody waits")
		}
		if at, ok := idle.Deadline(); !ok || time.Until(at) != time.Minute {
			t.Errorf("it ends at %v", at)
		}

		waiting := made(asked)
		inner, cancel := context.WithCancel(waiting)
		defer cancel()
		if inner.Value(key{}) != "of the request" || waiting.Value(key{}) != "of the request" {
			t.Error("what the request carries is lost")
		}
		began := time.Now()
		<-inner.Done()
		if time.Since(began) != time.Minute || !errors.Is(inner.Err(), context.DeadlineExceeded) || !errors.Is(waiting.Err(), context.DeadlineExceeded) {
			t.Errorf("after %s: %v, %v", time.Since(began), inner.Err(), waiting.Err())
		}
		if !errors.Is(idle.Err(), context.DeadlineExceeded) {
			t.Errorf("nobody waited, and after its time it says %v", idle.Err())
		}

		answered := made(asked)
		answered.end()
		if !errors.Is(answered.Err(), context.Canceled) {
			t.Errorf("after its request it says %v", answered.Err())
		}
		<-answered.Done()

		left, also := made(asked), made(asked)
		done := also.Done()
		leave()
		<-done
		if !errors.Is(left.Err(), context.Canceled) || !errors.Is(also.Err(), context.Canceled) {
			t.Errorf("its caller left, and it says %v, %v", left.Err(), also.Err())
		}
		for _, d := range []*deadline{idle, waiting, left, also} {
			d.end()
		}
	})
}
