package testnet

import (
	"context"
	"errors"
	"testing"
	"time"

	"henanchain/gateway/client"
)

// Patience is how long tests wait for what is certain to come, on however slow
// and busy a machine: it ends a test that has failed, and measures nothing.
const Patience = 4 * time.Minute

// Eventually waits until a check holds, and fails the test where it never does.
func Eventually(t testing.TB, what string, check func() error) {
	t.Helper()
	const longest = time.Second
	end := time.Now().Add(Patience)
	for pause := 25 * time.Millisecond; ; pause = min(pause*3/2, longest) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("in %s it has not come to pass that %s: %v", Patience, what, err)
		}
		time.Sleep(pause)
	}
}

// Ready waits until a gateway can do its work.
func Ready(t testing.TB, url string) {
	t.Helper()
	Eventually(t, "the gateway is ready", func() error { return ready(t.Context(), url) })
}

func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return client.New(url, "", nil).Ready(ctx)
}

// Meanwhile does something over and over while do runs, and returns the errors of
// both. What is done over and over ends with its first error.
func Meanwhile(again func(n int) error, do func() error) (err error) {
	ended, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-ended:
				failed <- nil
				return
			default:
			}
			if err := again(n); err != nil {
				failed <- err
				return
			}
		}
	}()
	func() {
		defer close(ended) // also where do ends the test
		err = do()
	}()
	return errors.Join(err, <-failed)
}
