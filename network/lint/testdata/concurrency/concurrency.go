package concurrency

import "sync"

func all(work []func(), in chan int) {
	results := make(chan int, 1) // want `a channel is made`
	for _, w := range work {
		go w() // want `a goroutine is started`
	}
	results <- 1 // want `a channel is sent to`
	<-results    // want `a channel is received from`
	select {     // want `select takes whichever is ready first`
	case <-in: // want `a channel is received from`
	default:
	}
	for range in { // want `a channel is received from`
	}
	var wg sync.WaitGroup
	wg.Go(func() {}) // want `a goroutine is started`
}

func fine(work []func()) {
	for _, w := range work {
		w()
	}
	_ = make([]int, 3)
	_ = make(map[string]int)
}
