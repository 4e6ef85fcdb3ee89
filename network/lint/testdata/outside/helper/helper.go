// Package helper is used by contracts and by others.
package helper

import (
	"crypto/rand"
	"time"
)

type Key struct{}

func (*Key) Sign() []byte { return draw() }

func draw() []byte {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return b
}

func Clock() time.Time { return time.Now() }

func Logged() int {
	_ = time.Now() //lint:allow clock the result does not depend on it
	return 1
}

func Any(m map[string]int) int {
	for _, v := range m {
		return v
	}
	return 0
}

func Fine(a int) int { return a + 1 }
