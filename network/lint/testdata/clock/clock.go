package clock

import (
	"context"
	"time"
)

var started = time.Now() // want `time.Now is used: take the transaction's time`

func now() time.Time { return time.Now().UTC() } // want `time.Now is used`

func age(since time.Time) time.Duration { return time.Since(since) } // want `time.Since is used`

func wait() {
	time.Sleep(time.Second)                                             // want `time.Sleep is used`
	<-time.After(time.Second)                                           // want `time.After is used`
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // want `context.WithTimeout is used`
	defer cancel()
	_ = ctx
}

func handedOn() func() time.Time { return time.Now } // want `time.Now is used`

func zone(t time.Time) string {
	_ = time.Local            // want `time.Local is used`
	_ = time.Unix(0, 0)       // want `time.Unix gives the time in the machine's own zone`
	_ = time.UnixMilli(0)     // want `time.UnixMilli gives the time`
	return t.Local().String() // want `\(time.Time\).Local is used`
}

func fine(t, u time.Time) bool {
	_ = time.Unix(0, 0).UTC()
	_ = time.Unix(0, 0).In(time.UTC)
	_ = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, _ = time.Parse(time.RFC3339, "2026-01-01T00:00:00Z")
	return t.After(u) || t.Add(time.Hour).Before(u)
}
